#include "actors/source/adapter.hpp"

#include "messages/codec/6s4t.hpp"
#include "messages/codec/ad00.hpp"
#include "messages/codec/commands.hpp"
#include "messages/codec/da00.hpp"
#include "messages/codec/f144.hpp"
#include "messages/codec/pl72.hpp"
#include "messages/random_uuid.hpp"

#include <fmt/format.h>

namespace livedata {

namespace {

using bytes_view = std::span<const std::byte>;

constexpr std::string_view alarm_schema = "al00";
constexpr std::string_view connection_schema = "ep01";
// A time of data within the year 1970, in a message that was sent much later, is an offset from something
// else, or in another unit.
constexpr std::int64_t ns_of_a_year = 365LL * 24 * 3600 * 1'000'000'000;
constexpr timestamp surely_later{10 * ns_of_a_year};
// Texts of failures may hold parts of the message.
constexpr std::size_t longest_text = 400;

// The schema identifier, as far as there is one.
std::string_view schema_of(bytes_view bytes) {
  if (bytes.size() < 8) return {};
  return {reinterpret_cast<const char*>(bytes.data()) + 4, 4};
}

// One line of bounded length.
failure tidy(failure f) {
  auto& text = f.message;
  for (auto& c : text)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  if (text.size() > longest_text) {
    auto end = longest_text;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
      --end;
    text.resize(end);
    text += "…";
  }
  return f;
}

// Adapting one message.
class reading {
public:
  reading(const raw_message& raw, const topic_routes& topic, sighting& seen, const adapter::id_maker& new_id)
    : raw_(raw), bytes_(raw.content ? raw.content->bytes() : bytes_view{}), topic_(topic), seen_(seen),
      new_id_(new_id) {}

  result<adapted_message> run() {
    if (topic_.readers.empty()) return adapted_message{ignored{}};
    const auto schema = schema_of(bytes_);
    switch (topic_.kind) {
    case topic_kind::detector:
      return events();
    case topic_kind::area_detector:
      return frame();
    case topic_kind::monitor:
      if (schema == ev44::schema) return events();
      if (schema == da00::schema) return array();
      return wrong_schema(schema, "ev44 or da00");
    case topic_kind::log:
      if (schema == alarm_schema || schema == connection_schema) return adapted_message{ignored{}};
      if (schema == f144::schema) return log();
      return wrong_schema(schema, "f144");
    case topic_kind::commands:
      return command();
    case topic_kind::roi:
      return array();
    case topic_kind::run_control:
      if (schema == pl72::schema) return control(pl72::read(bytes_), pl72::start_of);
      if (schema == run_6s4t::schema) return control(run_6s4t::read(bytes_), run_6s4t::stop_of);
      return wrong_schema(schema, "pl72 or 6s4t");
    }
    return adapted_message{ignored{}};
  }

private:
  failure wrong_schema(std::string_view schema, std::string_view expected) const {
    if (bytes_.size() < 8)
      return {"too_short", fmt::format("message of {} bytes on topic '{}': at least 8 are needed; check its producer",
                                       bytes_.size(), topic_.topic)};
    std::string shown;
    for (char c : schema)
      shown += c >= ' ' && c <= '~' ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    return {"wrong_schema", fmt::format("message with schema '{}' on topic '{}', which takes {}; check which topic its "
                                        "producer writes to",
                                        shown, topic_.topic, expected)};
  }

  // Notes the route of a source. Gives what to answer for the message if no service takes it; else nothing.
  std::optional<result<adapted_message>> find_route(std::string_view source) {
    seen_.source_name.emplace(source);
    if (topic_.any_source) {
      seen_.to = &*topic_.any_source;
      return std::nullopt;
    }
    const auto at = topic_.sources.find(source);
    if (at == topic_.sources.end())
      return result<adapted_message>(failure{
        "unknown_source", fmt::format("the instrument has no source '{}' on topic '{}'", source, topic_.topic)});
    seen_.to = &at->second;
    if (at->second.receivers.empty()) return result<adapted_message>(adapted_message{ignored{}});
    return std::nullopt;
  }

  // `kind` of the message, which may differ from that of the route.
  adapted_message routed(stream_kind kind, timestamp time, stream_content content) const {
    const auto& name = topic_.any_source ? *seen_.source_name : seen_.to->stream.name;
    return routed_message{{{kind, name}, time, std::move(content)}, seen_.to};
  }

  // Gives what to answer for a message whose time is none; else nothing. Where it would go as data of 1970, it would
  // draw all others with it.
  std::optional<result<adapted_message>> check_time(std::string_view schema, timestamp time) {
    if (time.ns < 0 || time.ns >= ns_of_a_year || !raw_.stamped || raw_.received < surely_later) {
      seen_.schema = schema;
      seen_.time = time;
      return std::nullopt;
    }
    return result<adapted_message>(
      failure{"time_of_1970", fmt::format("{} message of '{}' with the time {}, sent at {}: that is an offset, or no "
                                          "nanoseconds; its producer must give nanoseconds since the start of 1970",
                                          schema, *seen_.source_name, to_string(time), to_string(raw_.received))});
  }

  result<adapted_message> events() {
    const auto message = ev44::read(bytes_);
    if (!message) return message.error();
    if (auto out = find_route(message->source_name)) return *std::move(out);
    auto chunk = ev44::events(*message, seen_.to->flavour, raw_.content, raw_.received);
    if (!chunk) return chunk.error();
    const auto time = chunk->pulse_time;
    if (auto refused = check_time(ev44::schema, time)) return *std::move(refused);
    return routed(seen_.to->stream.kind, time, *std::move(chunk));
  }

  result<adapted_message> array() {
    auto message = da00::read(bytes_);
    if (!message) return message.error();
    if (auto out = find_route(message->source_name)) return *std::move(out);
    const bool request = topic_.kind == topic_kind::roi;
    // A request has no time of its own.
    if (!request)
      if (auto refused = check_time(da00::schema, message->time)) return *std::move(refused);
    return routed(request ? stream_kind::roi : stream_kind::monitor_counts, message->time,
                  array_ptr{std::make_shared<data_array>(std::move(message->data))});
  }

  result<adapted_message> frame() {
    auto message = ad00::read(bytes_);
    if (!message) return message.error();
    if (auto out = find_route(message->source_name)) return *std::move(out);
    if (auto refused = check_time(ad00::schema, message->time)) return *std::move(refused);
    return routed(stream_kind::area_detector, message->time,
                  array_ptr{std::make_shared<data_array>(std::move(message->data))});
  }

  result<adapted_message> log() {
    const auto message = f144::read(bytes_);
    if (!message) return message.error();
    if (auto out = find_route(message->source_name)) return *std::move(out);
    auto sample = f144::sample(*message);
    if (!sample) return sample.error();
    return routed(stream_kind::log, sample->time, *sample);
  }

  result<adapted_message> command() {
    auto read = commands::read(bytes_, new_id_);
    if (!read) return read.error();
    return std::visit([](auto& c) { return adapted_message{control_message{std::move(c)}}; }, *read);
  }

  template <class Message, class Convert>
  result<adapted_message> control(const result<Message>& message, Convert convert) const {
    if (!message) return message.error();
    auto told = convert(*message);
    if (!told) return told.error();
    return adapted_message{control_message{*std::move(told)}};
  }

  const raw_message& raw_;
  bytes_view bytes_;
  const topic_routes& topic_;
  sighting& seen_;
  const adapter::id_maker& new_id_;
};

} // namespace

adapter::adapter(route_table routes, id_maker new_id) : routes_(std::move(routes)), new_id_(std::move(new_id)) {
  if (!new_id_) new_id_ = [] { return to_string(random_uuid()); };
}

result<adapted_message> adapter::adapt(const raw_message& raw) const {
  sighting seen;
  return adapt(raw, seen);
}

result<adapted_message> adapter::adapt(const raw_message& raw, sighting& seen) const {
  seen = {};
  seen.topic = routes_.find(raw.topic);
  if (seen.topic == nullptr) return tidy({"unknown_topic", fmt::format("the instrument has no topic '{}'", raw.topic)});
  auto adapted = reading(raw, *seen.topic, seen, new_id_).run();
  if (!adapted) return tidy(adapted.error());
  return adapted;
}

} // namespace livedata
