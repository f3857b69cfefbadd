#include "workflows/parameters.hpp"

#include "messages/suggestion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace livedata {

namespace {

const json empty_object = json::object();

std::string shown(const json& value) {
  auto text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

std::optional<double> as_number(const json& value) {
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) {
    const auto& s = value.get_ref<const std::string&>();
    double x = 0;
    auto [end, ec] = std::from_chars(s.data(), s.data() + s.size(), x);
    if (ec == std::errc{} && end == s.data() + s.size()) return x;
  }
  return std::nullopt;
}

} // namespace

object_reader::object_reader(const json& object, std::string path)
  : object_(object.is_null() ? empty_object : object), path_(std::move(path)) {
  if (!object_.is_object())
    throw parameter_error(
      fmt::format("'{}' is {}, but must be an object", path_.empty() ? "parameters" : path_, shown(object_)));
}

std::string object_reader::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
}

const json* object_reader::find(std::string_view name) {
  known_.emplace_back(name);
  auto i = object_.find(known_.back());
  return i == object_.end() ? nullptr : &*i;
}

const json* object_reader::raw(std::string_view name) {
  return find(name);
}

double object_reader::number(std::string_view name, double fallback) {
  const auto* value = find(name);
  if (value == nullptr) return fallback;
  auto x = as_number(*value);
  if (!x || !std::isfinite(*x))
    throw parameter_error(fmt::format("'{}' is {}, but must be a finite number", path_of(name), shown(*value)));
  return *x;
}

std::int64_t object_reader::integer(std::string_view name, std::int64_t fallback, std::int64_t low, std::int64_t high) {
  const auto* value = find(name);
  if (value == nullptr) return fallback;
  auto x = as_number(*value);
  if (!x || std::trunc(*x) != *x || *x < static_cast<double>(low) || *x > static_cast<double>(high))
    throw parameter_error(
      fmt::format("'{}' is {}, but must be a whole number from {} to {}", path_of(name), shown(*value), low, high));
  return static_cast<std::int64_t>(*x);
}

bool object_reader::boolean(std::string_view name, bool fallback) {
  const auto* value = find(name);
  if (value == nullptr) return fallback;
  if (value->is_boolean()) return value->get<bool>();
  if (*value == 1 || *value == "true" || *value == "1") return true;
  if (*value == 0 || *value == "false" || *value == "0") return false;
  throw parameter_error(fmt::format("'{}' is {}, but must be true or false", path_of(name), shown(*value)));
}

std::string object_reader::text(std::string_view name, std::string_view fallback) {
  const auto* value = find(name);
  if (value == nullptr) return std::string(fallback);
  if (!value->is_string())
    throw parameter_error(fmt::format("'{}' is {}, but must be a text", path_of(name), shown(*value)));
  return value->get<std::string>();
}

std::string object_reader::choice(std::string_view name, std::string_view fallback,
                                  std::initializer_list<std::string_view> allowed) {
  const auto* value = find(name);
  if (value == nullptr) return std::string(fallback);
  if (value->is_string())
    for (auto word : allowed)
      if (value->get_ref<const std::string&>() == word) return std::string(word);
  throw parameter_error(
    fmt::format("'{}' is {}, but must be one of: {}", path_of(name), shown(*value), fmt::join(allowed, ", ")));
}

object_reader object_reader::object(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return {empty_object, path_of(name)};
  if (value->is_null()) throw parameter_error(fmt::format("'{}' is null, but must be an object", path_of(name)));
  return {*value, path_of(name)};
}

void object_reader::finish() const {
  for (const auto& [key, value] : object_.items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    auto near = nearest(key, known_);
    throw parameter_error(
      fmt::format("'{}' is unknown{}; known here: {}", path_of(key),
                  near ? fmt::format(" (did you mean '{}'?)", *near) : std::string{},
                  known_.empty() ? std::string("nothing") : fmt::format("{}", fmt::join(known_, ", "))));
  }
}

} // namespace livedata
