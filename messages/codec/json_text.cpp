#include "messages/codec/json_text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace livedata::json_text {

namespace {

// No message has a use for more; what reads and copies values goes down level by level.
constexpr int max_depth = 64;
constexpr std::size_t longest_shown = 120;

std::string shortened(std::string text) {
  if (text.size() <= longest_shown) return text;
  text.resize(longest_shown);
  // Not in the middle of a character.
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80)
    text.pop_back();
  if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xc0) text.pop_back();
  return text + "…";
}

[[noreturn]] void refuse(std::string_view path, std::string_view expected, const json& value) {
  throw bad_field(fmt::format("{} must be {}, not {}", path, expected, shown(value)));
}

std::int64_t digits(std::string_view text, const json& value, std::string_view path) {
  const auto blank = " \t\n\r";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) refuse(path, "a whole number", value);
  text = text.substr(first, text.find_last_not_of(blank) - first + 1);
  if (text.starts_with('+') && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) refuse(path, "a whole number", value);
  return number;
}

} // namespace

std::string shown(const json& value) {
  return shortened(value.dump(-1, ' ', false, json::error_handler_t::replace));
}

result<json> parse(std::span<const std::byte> bytes) {
  const auto* begin = reinterpret_cast<const char*>(bytes.data());
  const json::parser_callback_t limit_depth = [](int depth, json::parse_event_t, json&) {
    if (depth > max_depth) throw bad_field(fmt::format("it is nested more than {} levels deep", max_depth));
    return true;
  };
  try {
    return json::parse(begin, begin + bytes.size(), limit_depth);
  } catch (const json::exception& e) {
    return failure{"bad_json", fmt::format("a message of {} bytes is no JSON: {}", bytes.size(), shortened(e.what()))};
  } catch (const bad_field& e) {
    return failure{"bad_json", fmt::format("a message of {} bytes is refused: {}", bytes.size(), e.what())};
  }
}

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::vector<std::byte> to_bytes(const json& value) {
  const auto text = dump(value);
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

const json& member(const json& object, std::string_view name, std::string_view path) {
  if (const auto* found = find(object, name)) return *found;
  throw bad_field(fmt::format("{} is missing", path));
}

const json* find(const json& object, std::string_view name) {
  const auto at = object.find(name);
  return at == object.end() ? nullptr : &*at;
}

std::int64_t whole_number(const json& value, floats how, std::string_view path) {
  if (value.is_number_unsigned()) {
    if (value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX))
      refuse(path, "a whole number of 64 bits with sign", value);
    return value.get<std::int64_t>();
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_string()) return digits(value.get_ref<const std::string&>(), value, path);
  if (!value.is_number_float()) refuse(path, "a whole number", value);
  const auto number = value.get<double>();
  constexpr double limit = 9223372036854775808.0;
  if (!(number >= -limit && number < limit)) refuse(path, "a whole number of 64 bits with sign", value);
  if (how == floats::must_be_whole && number != std::trunc(number)) refuse(path, "a whole number", value);
  return static_cast<std::int64_t>(number);
}

std::string text(const json& value, std::string_view path) {
  if (!value.is_string()) refuse(path, "a text", value);
  return value.get<std::string>();
}

const json& object(const json& value, std::string_view path) {
  if (!value.is_object()) refuse(path, "an object", value);
  return value;
}

workflow_id workflow(const json& value, std::string_view path) {
  if (value.is_string()) {
    auto parsed = parse_workflow_id(value.get_ref<const std::string&>());
    if (!parsed) throw bad_field(fmt::format("{}: {}", path, shortened(parsed.error().message)));
    return *std::move(parsed);
  }
  if (!value.is_object()) refuse(path, "a workflow: an object, or a text \"instrument/name/version\"", value);
  const auto at = [&](std::string_view name) { return fmt::format("{}.{}", path, name); };
  workflow_id id;
  id.instrument = text(member(value, "instrument", at("instrument")), at("instrument"));
  id.name = text(member(value, "name", at("name")), at("name"));
  const auto& version = member(value, "version", at("version"));
  const auto number = whole_number(version, floats::must_be_whole, at("version"));
  if (number < INT32_MIN || number > INT32_MAX) refuse(at("version"), "a number of 32 bits", version);
  id.version = static_cast<int>(number);
  return id;
}

job_id job(const json& value, std::string_view path) {
  if (!value.is_object()) refuse(path, "a job: an object with source_name and job_number", value);
  const auto at = [&](std::string_view name) { return fmt::format("{}.{}", path, name); };
  job_id id;
  id.source_name = text(member(value, "source_name", at("source_name")), at("source_name"));
  const auto& number = member(value, "job_number", at("job_number"));
  auto parsed = parse_uuid(text(number, at("job_number")));
  if (!parsed) refuse(at("job_number"), "a UUID", number);
  id.job_number = *parsed;
  return id;
}

json to_json(const workflow_id& id) {
  return {{"instrument", id.instrument}, {"name", id.name}, {"version", id.version}};
}

json to_json(const job_id& id) {
  return {{"source_name", id.source_name}, {"job_number", to_string(id.job_number)}};
}

} // namespace livedata::json_text
