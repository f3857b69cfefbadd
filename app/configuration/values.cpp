#include "app/configuration/values.hpp"

#include "app/configuration/config_writer.hpp"
#include "app/configuration/value_kind.hpp"
#include "messages/suggestion.hpp"
#include "transport/kafka/properties.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>

namespace livedata {

namespace {

using caf::config_value;

// A text as messages may show it.
std::string shown_text(const option& o, const std::string& text) {
  return o.path == kafka_properties_path ? shown_property(text) : text;
}

failure unexpected(const option& o, const config_value& value, const origin& from, const std::string& remark = {}) {
  auto* text = caf::get_if<std::string>(&value);
  auto is_hidden = o.path == kafka_properties_path && text == nullptr;
  return value_failure(from, fmt::format("expected {}, but got {}{}; for example {}", expectation(o),
                                         is_hidden         ? "something else"
                                         : text != nullptr ? to_config_text(config_value{shown_text(o, *text)})
                                                           : to_config_text(value),
                                         remark, written_example(o, from)));
}

std::optional<double> number_in(const config_value& value) {
  if (auto* i = caf::get_if<config_value::integer>(&value)) return static_cast<double>(*i);
  if (auto* d = caf::get_if<config_value::real>(&value)) return *d;
  return std::nullopt;
}

bool in_range(const option& o, double x) {
  return !(o.low && (x < *o.low || (o.above_low && x <= *o.low))) && !(o.high && x > *o.high);
}

std::string range_remark(const option& o, double x) {
  return o.high && x > *o.high ? fmt::format(" (the largest is {})", *o.high) : std::string{};
}

result<config_value> check_number(const option& o, const config_value& value, const origin& from) {
  auto number = number_in(value);
  if (!number) return unexpected(o, value, from);
  if (!in_range(o, *number)) return unexpected(o, value, from, range_remark(o, *number));
  if (o.kind == option_kind::number) return config_value{*number};
  if (caf::holds_alternative<config_value::integer>(value)) return value;
  // Bounds of 2^53 at most make the conversion exact.
  if (std::trunc(*number) != *number) return unexpected(o, value, from);
  return config_value{static_cast<std::int64_t>(*number)};
}

result<config_value> check_time(const option& o, const config_value& value, const origin& from) {
  auto number = number_in(value);
  if (number && o.kind == option_kind::timespan)
    return unexpected(o, value, from, fmt::format(" without a unit; write {}s for seconds", to_config_text(value)));
  auto seconds = number;
  if (auto* t = caf::get_if<caf::timespan>(&value)) seconds = static_cast<double>(t->count()) * 1e-9;
  if (!seconds) return unexpected(o, value, from);
  if (!in_range(o, *seconds)) return unexpected(o, value, from, range_remark(o, *seconds));
  if (!number) return value;
  auto ns = std::llround(*seconds * 1e9);
  if (ns == 0 && o.above_low) return unexpected(o, value, from, " (less than a nanosecond)");
  return config_value{caf::timespan{ns}};
}

result<config_value> check_word(const option& o, const config_value& value, const origin& from) {
  auto* word = caf::get_if<std::string>(&value);
  if (word == nullptr) return unexpected(o, value, from);
  if (std::ranges::find(o.allowed, *word) != o.allowed.end()) return value;
  auto near = nearest(*word, o.allowed);
  return value_failure(from, fmt::format("'{}' is not known; {}allowed: {}", *word,
                                         near ? fmt::format("did you mean '{}'? ", *near) : "", joined(o.allowed)));
}

result<config_value> check_text(const option& o, const config_value& value, const origin& from) {
  auto* text = caf::get_if<std::string>(&value);
  if (text == nullptr || text->empty()) return unexpected(o, value, from);
  return value;
}

result<config_value> check_list(const option& o, const config_value& value, const origin& from) {
  auto* list = caf::get_if<config_value::list>(&value);
  if (list == nullptr) return unexpected(o, value, from);
  if (list->empty() && o.kind == option_kind::words) return unexpected(o, value, from, " (at least one is needed)");
  std::set<std::string> seen;
  for (auto& element : *list) {
    auto checked = o.kind == option_kind::words ? check_word(o, element, from) : check_text(o, element, from);
    if (!checked) return checked;
    if (!seen.insert(caf::get<std::string>(element)).second)
      return value_failure(from, fmt::format("'{}' is in the list twice; remove one of them",
                                             shown_text(o, caf::get<std::string>(element))));
  }
  return value;
}

// Text of the command line that stands for a number, a time or a boolean.
result<config_value> parse_scalar(const std::string& text) {
  auto kind = classify_value(text);
  if (!kind) return kind.error();
  auto parsed = config_value::parse(text);
  if (!parsed || caf::holds_alternative<std::string>(*parsed))
    return failure{"value", fmt::format("{} cannot be read", text)};
  return std::move(*parsed);
}

result<config_value> parse_list(const std::string& text, const origin& from) {
  if (text.starts_with('[')) {
    auto parsed = config_value::parse(text);
    if (!parsed)
      return value_failure(
        from, fmt::format("the value is no list; write {}a,b or, in single quotes for the shell, {}[\"a\",\"b\"]",
                          from.assignment, from.assignment));
    return std::move(*parsed);
  }
  config_value::list list;
  for (std::size_t begin = 0;;) {
    auto end = text.find(',', begin);
    list.emplace_back(text.substr(begin, end == std::string::npos ? end : end - begin));
    if (end == std::string::npos) return config_value{std::move(list)};
    begin = end + 1;
  }
}

std::string caf_type(const caf::config_option& o) {
  return {o.type_name().begin(), o.type_name().end()};
}

bool takes_list(const caf::config_option& o) {
  return caf_type(o).starts_with("std::vector") || caf_type(o).starts_with("list");
}

} // namespace

failure value_failure(const origin& from, const std::string& message) {
  return {"value", from.where + ": " + message};
}

std::string written_example(const option& o, const origin& from) {
  auto value = o.shown_example();
  return from.assignment + (from.in_file ? to_config_text(value) : to_argument_text(value));
}

result<config_value> check_value(const option& o, const config_value& value, const origin& from) {
  switch (o.kind) {
  case option_kind::text:
    return check_text(o, value, from);
  case option_kind::word:
    return check_word(o, value, from);
  case option_kind::texts:
  case option_kind::words:
    return check_list(o, value, from);
  case option_kind::whole:
  case option_kind::number:
    return check_number(o, value, from);
  case option_kind::timespan:
  case option_kind::seconds:
    return check_time(o, value, from);
  case option_kind::jobs:
    if (caf::holds_alternative<config_value::list>(value)) return value;
    return value_failure(from, "expected a list of blocks: jobs = [ { workflow = \"…\", source = \"…\" } ]");
  case option_kind::flag:
    if (caf::holds_alternative<bool>(value)) return value;
    return unexpected(o, value, from);
  }
  return value;
}

result<config_value> read_argument(const option& o, const std::string& text, const origin& from) {
  if (text.empty())
    return value_failure(
      from, fmt::format("the value is empty; expected {}, for example {}", expectation(o), written_example(o, from)));
  switch (o.kind) {
  case option_kind::text:
  case option_kind::word:
    return check_value(o, config_value{text}, from);
  case option_kind::texts:
  case option_kind::words: {
    auto list = parse_list(text, from);
    return list ? check_value(o, *list, from) : list;
  }
  default: {
    auto scalar = parse_scalar(text);
    return check_value(o, scalar ? *scalar : config_value{text}, from);
  }
  }
}

result<config_value> check_caf_value(const caf::config_option& o, config_value value, const origin& from) {
  auto type = caf_type(o);
  auto given = to_config_text(value);
  auto mismatch = [&](const std::string& why) {
    return value_failure(from, fmt::format("expected a value of type {}, but got {}{}", type, given, why));
  };
  // CAF turns everything into text, also lists.
  if ((type == "std::string" || type == "string") && !caf::holds_alternative<std::string>(value))
    return mismatch("; text needs quotes");
  if (type == "bool" && !caf::holds_alternative<bool>(value)) return mismatch("; write true or false");
  if (auto error = o.sync(value))
    return mismatch(type.find("timespan") != std::string::npos ? "; times need a unit, such as 1s" : "");
  return value;
}

result<config_value> read_caf_argument(const caf::config_option& o, const std::string& text, const origin& from) {
  if (text.empty())
    return value_failure(from, fmt::format("the value is empty; expected a value of type {}", caf_type(o)));
  if (takes_list(o)) {
    auto list = parse_list(text, from);
    return list ? check_caf_value(o, *list, from) : list;
  }
  if (caf_type(o) == "bool")
    if (auto flag = parse_scalar(text)) return check_caf_value(o, *flag, from);
  return check_caf_value(o, config_value{text}, from);
}

} // namespace livedata
