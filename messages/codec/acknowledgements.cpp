#include "messages/codec/acknowledgements.hpp"

#include "messages/codec/json_text.hpp"

#include <fmt/format.h>

namespace livedata::acknowledgements {

namespace {

using namespace json_text;

constexpr std::string_view done = "ACK";
constexpr std::string_view refused = "ERR";

} // namespace

std::vector<std::byte> write(const acknowledgement& a) {
  return to_bytes({{"message_id", a.message_id},
                   {"device", a.device},
                   {"response", a.error ? refused : done},
                   {"message", a.error ? json(*a.error) : json(nullptr)}});
}

result<acknowledgement> read(std::span<const std::byte> bytes) {
  const auto message = parse(bytes);
  if (!message) return message.error();
  try {
    object(*message, "the answer");
    acknowledgement a;
    a.message_id = text(member(*message, "message_id", "message_id"), "message_id");
    a.device = text(member(*message, "device", "device"), "device");
    const auto& response = member(*message, "response", "response");
    if (response != json(done) && response != json(refused))
      throw bad_field(fmt::format("response must be {} or {}, not {}", done, refused, shown(response)));
    const auto* why = find(*message, "message");
    const bool has_text = why && !why->is_null();
    if (response == json(refused)) a.error = has_text ? text(*why, "message") : "";
    return a;
  } catch (const bad_field& e) {
    return failure{"bad_field", fmt::format("answer refused: {}", e.what())};
  }
}

} // namespace livedata::acknowledgements
