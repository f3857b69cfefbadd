#include "app/configuration/config_writer.hpp"

#include "actors/caf_compat.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <utility>

namespace livedata {

namespace {

std::string written_timespan(caf::timespan t) {
  static constexpr std::array<std::pair<std::int64_t, const char*>, 6> units{{{3'600'000'000'000, "h"},
                                                                              {60'000'000'000, "min"},
                                                                              {1'000'000'000, "s"},
                                                                              {1'000'000, "ms"},
                                                                              {1'000, "us"},
                                                                              {1, "ns"}}};
  auto ns = static_cast<std::int64_t>(t.count());
  if (ns == 0) return "0s";
  for (auto& [size, name] : units)
    if (ns % size == 0) return fmt::format("{}{}", ns / size, name);
  return fmt::format("{}ns", ns);
}

struct writer {
  std::string operator()(const caf::none_t&) const { return "null"; }

  std::string operator()(caf::config_value::integer x) const { return std::to_string(x); }

  std::string operator()(caf::config_value::boolean x) const { return x ? "true" : "false"; }

  std::string operator()(caf::config_value::real x) const {
    auto text = fmt::format("{}", x);
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
  }

  std::string operator()(caf::timespan x) const { return written_timespan(x); }

  std::string operator()(const caf::uri& x) const { return fmt::format("<{}>", to_string(x)); }

  std::string operator()(const std::string& x) const { return in_quotes(x); }

  std::string operator()(const caf::config_value::list& xs) const {
    std::string out = "[";
    for (auto& x : xs)
      out.append(out.size() > 1 ? ", " : "").append(to_config_text(x));
    return out + "]";
  }

  std::string operator()(const caf::config_value::dictionary& xs) const {
    std::string out = "{";
    for (auto& [key, value] : xs)
      out += fmt::format("{} {} = {}", out.size() > 1 ? "," : "", written_key(key), to_config_text(value));
    return out + " }";
  }
};

} // namespace

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += c;
    }
  }
  return out + '"';
}

std::string written_key(std::string_view key) {
  for (char c : key)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_') return in_quotes(key);
  return key.empty() ? in_quotes(key) : std::string{key};
}

std::string to_config_text(const caf::config_value& value) {
  return visit_value(writer{}, value);
}

std::string to_argument_text(const caf::config_value& value) {
  if (auto* text = caf::get_if<std::string>(&value)) return *text;
  auto* list = caf::get_if<caf::config_value::list>(&value);
  if (list == nullptr) return to_config_text(value);
  std::string out;
  for (auto& x : *list)
    out.append(out.empty() ? "" : ",").append(to_argument_text(x));
  return out;
}

std::string to_config_lines(const caf::settings& block, int indent) {
  std::string out;
  for (auto& [key, value] : block) {
    if (auto* inner = caf::get_if<caf::settings>(&value))
      out += fmt::format("{:{}}{} {{\n{}{:{}}}}\n", "", indent, written_key(key), to_config_lines(*inner, indent + 2),
                         "", indent);
    else
      out += fmt::format("{:{}}{} = {}\n", "", indent, written_key(key), to_config_text(value));
  }
  return out;
}

} // namespace livedata
