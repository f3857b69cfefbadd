#include "app/configuration/value_kind.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

namespace livedata {

namespace {

struct unit {
  std::string_view name;
  std::int64_t ns;
};

constexpr std::array<unit, 6> units{{{"ns", 1},
                                     {"us", 1'000},
                                     {"ms", 1'000'000},
                                     {"s", 1'000'000'000},
                                     {"min", 60'000'000'000},
                                     {"h", 3'600'000'000'000}}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

failure refuse(std::string message) {
  return {"value", std::move(message)};
}

failure not_a_value(std::string_view text) {
  if (text == "null") return refuse("null is no value here; leave the key out instead");
  for (auto word : {"True", "TRUE", "yes", "on", "False", "FALSE", "no", "off"})
    if (text == word) return refuse(fmt::format("{} is no value; write true or false", text));
  return refuse(fmt::format("{} is no value; text needs quotes: \"{}\"", text, text));
}

// Hexadecimal or binary: the digits after 0x or 0b.
result<node_kind> classify_prefixed(std::string_view text, std::string_view digits, int base) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error == std::errc::result_out_of_range)
    return refuse(
      fmt::format("{} is out of range; whole numbers end at {}", text, std::numeric_limits<std::int64_t>::max()));
  if (error != std::errc{} || end != digits.data() + digits.size()) return not_a_value(text);
  return node_kind::number;
}

result<node_kind> classify_timespan(std::string_view text, std::string_view digits, std::string_view suffix,
                                    bool whole) {
  for (auto& u : units) {
    if (u.name != suffix) continue;
    if (!whole)
      return refuse(
        fmt::format("{}: a time must be a whole number of its unit; take a smaller unit, 1500ms for 1.5s", text));
    std::int64_t count = 0;
    auto error = std::from_chars(digits.data(), digits.data() + digits.size(), count).ec;
    if (error != std::errc{} || count > std::numeric_limits<std::int64_t>::max() / u.ns)
      return refuse(fmt::format("{} is out of range; the longest time is some 292 years", text));
    return node_kind::timespan;
  }
  return refuse(fmt::format("{}: '{}' is no unit of time; the units are ns, us, ms, s, min, h", text, suffix));
}

bool only_letters(std::string_view s) {
  for (char c : s)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) return false;
  return !s.empty();
}

} // namespace

std::string_view to_string(node_kind kind) {
  switch (kind) {
  case node_kind::block:
    return "a block";
  case node_kind::list:
    return "a list";
  case node_kind::text:
    return "a text";
  case node_kind::number:
    return "a number";
  case node_kind::timespan:
    return "a time";
  case node_kind::boolean:
    return "a boolean";
  case node_kind::uri:
    return "a URI";
  }
  return "";
}

result<node_kind> classify_value(std::string_view text) {
  if (text == "true" || text == "false") return node_kind::boolean;
  auto rest = text;
  if (!rest.empty() && (rest.front() == '+' || rest.front() == '-')) rest.remove_prefix(1);
  if (rest.size() > 1 && rest[0] == '0') {
    if (rest[1] == 'x' || rest[1] == 'X') return classify_prefixed(text, rest.substr(2), 16);
    if (rest[1] == 'b' || rest[1] == 'B') return classify_prefixed(text, rest.substr(2), 2);
    if (is_digit(rest[1]))
      return refuse(fmt::format("{} starts with 0 and would be read as octal; leave out the leading 0", text));
  }
  std::size_t i = 0;
  auto skip_digits = [&] {
    auto from = i;
    while (i < rest.size() && is_digit(rest[i]))
      ++i;
    return i - from;
  };
  auto before = skip_digits();
  std::size_t after = 0;
  bool whole = true;
  if (i < rest.size() && rest[i] == '.') {
    whole = false;
    ++i;
    after = skip_digits();
    if (after == 0) return not_a_value(text);
  }
  if (before + after == 0) return not_a_value(text);
  auto mantissa_end = i;
  if (i < rest.size() && (rest[i] == 'e' || rest[i] == 'E')) {
    ++i;
    if (i < rest.size() && (rest[i] == '+' || rest[i] == '-')) ++i;
    if (skip_digits() == 0) return not_a_value(text);
    whole = false;
  }
  if (i < rest.size()) {
    auto suffix = rest.substr(i);
    if (!only_letters(suffix)) return not_a_value(text);
    return classify_timespan(text, rest.substr(0, mantissa_end), suffix, whole);
  }
  if (whole) {
    std::int64_t value = 0;
    if (std::from_chars(rest.data(), rest.data() + rest.size(), value).ec != std::errc{})
      return refuse(
        fmt::format("{} is out of range; whole numbers end at {}", text, std::numeric_limits<std::int64_t>::max()));
  } else {
    double value = 0;
    if (std::from_chars(rest.data(), rest.data() + rest.size(), value).ec != std::errc{})
      return refuse(fmt::format("{} is out of the range of a number", text));
  }
  return node_kind::number;
}

} // namespace livedata
