#include "workflows/parameter_model.hpp"

#include "messages/suggestion.hpp"
#include "messages/units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>

namespace livedata {

namespace {

std::string value_text(const json& value) {
  auto text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

std::string_view without_blanks(std::string_view s) {
  auto blank = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!s.empty() && blank(s.front()))
    s.remove_prefix(1);
  while (!s.empty() && blank(s.back()))
    s.remove_suffix(1);
  return s;
}

std::optional<double> as_number(const json& value) {
  if (value.is_number()) return value.get<double>();
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (!value.is_string()) return std::nullopt;
  auto s = without_blanks(value.get_ref<const std::string&>());
  if (s.size() > 1 && s.front() == '+' && s[1] != '-') s.remove_prefix(1);
  double x = 0;
  auto [end, ec] = std::from_chars(s.data(), s.data() + s.size(), x);
  if (s.empty() || ec != std::errc{} || end != s.data() + s.size()) return std::nullopt;
  return x;
}

std::optional<bool> as_boolean(const json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) {
    if (value == 1) return true;
    if (value == 0) return false;
    return std::nullopt;
  }
  if (!value.is_string()) return std::nullopt;
  std::string word;
  for (auto c : value.get_ref<const std::string&>())
    word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const auto* yes : {"true", "t", "yes", "y", "on", "1"})
    if (word == yes) return true;
  for (const auto* no : {"false", "f", "no", "n", "off", "0"})
    if (word == no) return false;
  return std::nullopt;
}

// One spelling for signs that look alike: the micro sign becomes the Greek letter, the sign for ångström the letter.
std::string unified(std::string text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 2> same{
    {{"\u00b5", "\u03bc"}, {"\u212b", "\u00c5"}}};
  for (auto [sign, letter] : same)
    for (auto at = text.find(sign); at != std::string::npos; at = text.find(sign, at + letter.size()))
      text.replace(at, sign.size(), letter);
  return text;
}

std::string listed(const std::vector<json>& values) {
  std::vector<std::string> words;
  for (const auto& v : values)
    words.push_back(v.is_string() ? v.get<std::string>() : value_text(v));
  return fmt::format("{}", fmt::join(words, ", "));
}

class completion {
public:
  json run(const parameter_model& model, const json& given) {
    json all = json::object();
    if (!given.is_null() && !given.is_object()) {
      wrong("parameters", fmt::format("is {}, but must be an object", value_text(given)));
    } else {
      std::vector<std::string> names;
      for (const auto& group : model) {
        names.push_back(group.name);
        all[group.name] = complete(group, given);
      }
      refuse_unknown(given, names, "");
    }
    if (problems_.size() == 1) throw parameter_error(problems_.front());
    if (!problems_.empty())
      throw parameter_error(fmt::format("{} problems: {}", problems_.size(), fmt::join(problems_, "; ")));
    return all;
  }

private:
  void wrong(const std::string& path, const std::string& what) {
    problems_.push_back(fmt::format("'{}' {}", path, what));
  }

  void refuse_unknown(const json& given, const std::vector<std::string>& known, const std::string& prefix) {
    if (!given.is_object()) return;
    for (const auto& [key, value] : given.items()) {
      if (std::find(known.begin(), known.end(), key) != known.end()) continue;
      auto near = nearest(key, known);
      wrong(prefix + key,
            fmt::format("is unknown{}; known here: {}", near ? fmt::format(" (did you mean '{}'?)", *near) : "",
                        known.empty() ? std::string("nothing") : fmt::format("{}", fmt::join(known, ", "))));
    }
  }

  json complete(const parameter_group& group, const json& given) {
    const json* object = nullptr;
    if (given.is_object())
      if (auto i = given.find(group.name); i != given.end()) object = &*i;
    json all = json::object();
    if (object != nullptr && !object->is_object()) {
      wrong(group.name, fmt::format("is {}, but must be an object", value_text(*object)));
      return all;
    }
    auto before = problems_.size();
    std::vector<std::string> names;
    for (const auto& field : group.fields) {
      names.push_back(field.name);
      const json* value = nullptr;
      if (object != nullptr)
        if (auto i = object->find(field.name); i != object->end()) value = &*i;
      const auto path = group.name + "." + field.name;
      if (value != nullptr)
        all[field.name] = complete(field, *value, path);
      else
        all[field.name] = object != nullptr && !field.in_part.is_null() ? field.in_part : field.standard;
      if (value == nullptr && object != nullptr && field.needed)
        wrong(path, "is missing, and the others of its group are there");
    }
    if (object != nullptr) refuse_unknown(*object, names, group.name + ".");
    if (problems_.size() == before) check_rule(group, all);
    return all;
  }

  json complete(const parameter_field& field, const json& value, const std::string& path) {
    using kind = parameter_field::kind;
    if (field.type == kind::boolean) {
      auto b = as_boolean(value);
      if (!b) wrong(path, fmt::format("is {}, but must be true or false", value_text(value)));
      return b.value_or(false);
    }
    if (field.type == kind::text) {
      if (!value.is_string() && field.allowed.empty()) {
        wrong(path, fmt::format("is {}, but must be a text", value_text(value)));
        return field.standard;
      }
      json word = value.is_string() ? json(unified(value.get<std::string>())) : value;
      return choose(field, word, value, path);
    }
    auto x = as_number(value);
    if (field.type == kind::number) {
      if (!x || !std::isfinite(*x) || *x < field.low || *x > field.high) {
        wrong(path, fmt::format("is {}, but must be a finite number{}", value_text(value), bounds(field)));
        return field.standard;
      }
      return *x;
    }
    constexpr double exact = 9007199254740992;
    if (!x || std::trunc(*x) != *x || std::abs(*x) > exact || *x < field.low || *x > field.high) {
      wrong(path,
            fmt::format("is {}, but must be {}", value_text(value),
                        field.allowed.empty() ? "a whole number" + bounds(field) : "one of: " + listed(field.allowed)));
      return field.standard;
    }
    return choose(field, static_cast<std::int64_t>(*x), value, path);
  }

  // The allowed unit that a text means, if it is spelled otherwise.
  static std::optional<json> same_unit_of(const parameter_field& field, const json& word) {
    if (field.name != "unit" || !word.is_string()) return std::nullopt;
    for (const auto& unit : field.allowed)
      if (unit.is_string() && same_unit(unit.get_ref<const std::string&>(), word.get_ref<const std::string&>()))
        return unit;
    return std::nullopt;
  }

  json choose(const parameter_field& field, json chosen, const json& value, const std::string& path) {
    for (const auto& [name, why] : field.unavailable)
      if (name == chosen) {
        wrong(path, fmt::format("is {}: {}", value_text(value), why));
        return chosen;
      }
    if (field.allowed.empty() || std::find(field.allowed.begin(), field.allowed.end(), chosen) != field.allowed.end())
      return chosen;
    if (auto unit = same_unit_of(field, chosen)) return *unit;
    wrong(path, fmt::format("is {}, but must be one of: {}", value_text(value), listed(field.allowed)));
    return field.standard;
  }

  static std::string bounds(const parameter_field& field) {
    auto low = field.low > std::numeric_limits<double>::lowest();
    auto high = field.high < std::numeric_limits<double>::max();
    if (low && high) return fmt::format(" from {} to {}", field.low, field.high);
    if (low) return fmt::format(" from {}", field.low);
    return high ? fmt::format(" up to {}", field.high) : std::string{};
  }

  void check_rule(const parameter_group& group, const json& all) {
    if (group.rule == group_rule::none) return;
    auto start = all.at("start").get<double>();
    auto stop = all.at("stop").get<double>();
    if (!(stop > start))
      wrong(group.name + ".stop", fmt::format("is {}, but stop must be greater than start ({})", stop, start));
    if (group.rule == group_rule::edges && all.at("scale") == "log" && start <= 0)
      wrong(group.name + ".start", fmt::format("is {}, but start must be positive when scale is 'log'", start));
  }

  std::vector<std::string> problems_;
};

} // namespace

json complete_parameters(const parameter_model& model, const json& given) {
  return completion{}.run(model, given);
}

parameter_group read_parameter_group(const std::string& name, const json& declared, const std::string& path) {
  auto fail = [](const std::string& where, const std::string& what) {
    throw parameter_error(fmt::format("'{}' {}", where, what));
  };
  if (!declared.is_object() || declared.empty()) fail(path, "must be an object of fields");
  parameter_group group{name, {}, group_rule::none};
  for (const auto& [field_name, d] : declared.items()) {
    if (field_name == "comment") continue;
    auto here = path + "." + field_name;
    if (!d.is_object() || !d.contains("default")) fail(here, "must be an object with a 'default'");
    for (const auto& [key, value] : d.items())
      if (key != "default" && key != "allowed" && key != "unavailable" && key != "comment")
        fail(here, fmt::format("has an unknown key '{}'; known here: default, allowed, unavailable", key));
    parameter_field field{field_name, parameter_field::kind::text, d.at("default")};
    using kind = parameter_field::kind;
    field.type = field.standard.is_boolean()          ? kind::boolean
                 : field.standard.is_number_integer() ? kind::integer
                 : field.standard.is_number()         ? kind::number
                                                      : kind::text;
    if (field.type == kind::text && !field.standard.is_string())
      fail(here + ".default", "must be a number, a text, true or false");
    if (auto i = d.find("allowed"); i != d.end()) {
      if (!i->is_array()) fail(here + ".allowed", "must be a list");
      field.allowed.assign(i->begin(), i->end());
    }
    if (auto i = d.find("unavailable"); i != d.end()) {
      if (!i->is_object()) fail(here + ".unavailable", "must be an object of values with reasons");
      for (const auto& [value, why] : i->items()) {
        if (!why.is_string()) fail(here + ".unavailable", "must be an object of values with reasons");
        field.unavailable.emplace_back(value, why.get<std::string>());
      }
    }
    group.fields.push_back(std::move(field));
  }
  return group;
}

} // namespace livedata
