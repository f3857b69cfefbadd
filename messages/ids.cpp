#include "messages/ids.hpp"

#include "messages/json.hpp"

#include <fmt/format.h>

#include <bit>
#include <charconv>

namespace livedata {

namespace {

failure bad_workflow_id(std::string_view text, std::string_view why) {
  return {"bad_workflow_id",
          fmt::format("'{}' is no workflow id: {}; write it as instrument/name/version, such as loki/tube_view/1", text,
                      why)};
}

failure bad_uuid(std::string_view text, std::string_view why) {
  return {"bad_uuid",
          fmt::format("'{}' is no UUID: {}; write it like 0f8fad5b-d9cb-469f-a165-70867728950e", text, why)};
}

// -1 if `c` is no hexadecimal digit.
int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool starts_with_any_case(std::string_view text, std::string_view lower_case_prefix) {
  if (text.size() < lower_case_prefix.size()) return false;
  for (std::size_t i = 0; i < lower_case_prefix.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != lower_case_prefix[i]) return false;
  }
  return true;
}

// Whether a hyphen stands before the byte of that number in the written form.
constexpr bool hyphen_before(std::size_t byte) {
  return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

// Spreads every bit of `x` over all of the result; a bijection.
constexpr std::uint64_t scramble(std::uint64_t x) {
  x = (x ^ (x >> 33)) * 0xff51'afd7'ed55'8ccdU;
  x = (x ^ (x >> 33)) * 0xc4ce'b9fe'1a85'ec53U;
  return x ^ (x >> 33);
}

} // namespace

std::string to_string(const workflow_id& id) {
  return fmt::format("{}/{}/{}", id.instrument, id.name, id.version);
}

result<workflow_id> parse_workflow_id(std::string_view text) {
  const auto first = text.find('/');
  const auto second = first == std::string_view::npos ? first : text.find('/', first + 1);
  if (second == std::string_view::npos || text.find('/', second + 1) != std::string_view::npos)
    return bad_workflow_id(text, "it has not exactly three parts");
  const auto instrument = text.substr(0, first);
  const auto name = text.substr(first + 1, second - first - 1);
  const auto version = text.substr(second + 1);
  if (instrument.empty() || name.empty()) return bad_workflow_id(text, "instrument or name is empty");
  int number = 0;
  const auto* end = version.data() + version.size();
  const auto [stop, error] = std::from_chars(version.data(), end, number);
  if (error != std::errc{} || stop != end || number < 0)
    return bad_workflow_id(text, "the version is not a whole number");
  return workflow_id{std::string(instrument), std::string(name), number};
}

std::string to_string(const uuid& id) {
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    if (hyphen_before(i)) text += '-';
    fmt::format_to(std::back_inserter(text), "{:02x}", id.bytes[i]);
  }
  return text;
}

result<uuid> parse_uuid(std::string_view text) {
  auto rest = text;
  if (constexpr std::string_view urn = "urn:uuid:"; starts_with_any_case(rest, urn)) {
    rest.remove_prefix(urn.size());
  } else if (rest.starts_with('{')) {
    if (!rest.ends_with('}')) return bad_uuid(text, "the brace is not closed");
    rest = rest.substr(1, rest.size() - 2);
  }
  const bool hyphens = rest.find('-') != std::string_view::npos;
  if (rest.size() != (hyphens ? 36U : 32U)) return bad_uuid(text, "it has not 32 hexadecimal digits");
  uuid id;
  std::size_t at = 0;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    if (hyphens && hyphen_before(i) && rest[at++] != '-') return bad_uuid(text, "a hyphen stands in the wrong place");
    const auto high = hex_digit(rest[at++]);
    const auto low = hex_digit(rest[at++]);
    if (high < 0 || low < 0) return bad_uuid(text, "a character is not a hexadecimal digit");
    id.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return id;
}

uuid uuid_from_name(std::string_view text) {
  // Two running hashes: FNV-1a, and one that takes the first in at each step.
  std::uint64_t high = 0xcbf2'9ce4'8422'2325U;
  std::uint64_t low = 0x9e37'79b9'7f4a'7c15U;
  for (const char c : text) {
    high = (high ^ static_cast<unsigned char>(c)) * 0x0000'0100'0000'01b3U;
    low = std::rotl(low ^ high, 27) * 0x9fb2'1c65'1e98'df25U;
  }
  low = scramble(low ^ text.size());
  high = scramble(high ^ low);
  uuid id;
  for (std::size_t i = 0; i < 8; ++i) {
    id.bytes[i] = static_cast<std::uint8_t>(high >> (56 - 8 * i));
    id.bytes[8 + i] = static_cast<std::uint8_t>(low >> (56 - 8 * i));
  }
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x80);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

std::string to_string(const job_id& id) {
  return fmt::format("{}/{}", id.source_name, to_string(id.job_number));
}

std::string result_key(const workflow_id& workflow, const job_id& job, std::string_view output_name) {
  json key;
  auto& w = key["workflow_id"];
  w["instrument"] = workflow.instrument;
  w["name"] = workflow.name;
  w["version"] = workflow.version;
  auto& j = key["job_id"];
  j["source_name"] = job.source_name;
  j["job_number"] = to_string(job.job_number);
  key["output_name"] = output_name;
  // A name that is not UTF-8 must not cost the result: its bad bytes become replacement characters.
  return key.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace livedata
