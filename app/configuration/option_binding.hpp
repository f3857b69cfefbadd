// How members of settings become configuration values and back, by their type.
#pragma once

#include "app/configuration/options.hpp"

#include <chrono>
#include <concepts>
#include <type_traits>
#include <utility>

namespace livedata::binding {

template <class T>
struct codec;

template <>
struct codec<std::string> {
  static constexpr auto kind = option_kind::text;

  static caf::config_value show(const std::string& x) { return caf::config_value{x}; }

  static std::string read(const caf::config_value& v) { return caf::get<std::string>(v); }
};

template <>
struct codec<std::filesystem::path> {
  static constexpr auto kind = option_kind::text;

  static caf::config_value show(const std::filesystem::path& x) { return caf::config_value{x.string()}; }

  static std::filesystem::path read(const caf::config_value& v) { return caf::get<std::string>(v); }
};

template <>
struct codec<double> {
  static constexpr auto kind = option_kind::number;

  static caf::config_value show(double x) { return caf::config_value{x}; }

  static double read(const caf::config_value& v) { return caf::get<double>(v); }
};

template <>
struct codec<bool> {
  static constexpr auto kind = option_kind::flag;

  static caf::config_value show(bool x) { return caf::config_value{x}; }

  static bool read(const caf::config_value& v) { return caf::get<bool>(v); }
};

template <std::unsigned_integral T>
struct codec<T> {
  static constexpr auto kind = option_kind::whole;

  static caf::config_value show(T x) { return caf::config_value{static_cast<std::int64_t>(x)}; }

  static T read(const caf::config_value& v) { return static_cast<T>(caf::get<std::int64_t>(v)); }
};

template <>
struct codec<duration> {
  static constexpr auto kind = option_kind::timespan;

  static caf::config_value show(duration x) { return caf::config_value{caf::timespan{x.ns}}; }

  static duration read(const caf::config_value& v) {
    return {static_cast<std::int64_t>(caf::get<caf::timespan>(v).count())};
  }
};

template <class T>
struct codec<std::vector<T>> {
  static constexpr auto kind = option_kind::texts;

  static caf::config_value show(const std::vector<T>& xs) {
    caf::config_value::list list;
    for (auto& x : xs)
      list.push_back(codec<T>::show(x));
    return caf::config_value{std::move(list)};
  }

  static std::vector<T> read(const caf::config_value& v) {
    std::vector<T> xs;
    for (auto& x : caf::get<caf::config_value::list>(v))
      xs.push_back(codec<T>::read(x));
    return xs;
  }
};

template <class T>
struct optional_of {
  using type = T;
  static constexpr bool value = false;
};

template <class T>
struct optional_of<std::optional<T>> {
  using type = T;
  static constexpr bool value = true;
};

// Fills in kind, assign and show of an entry. `member` gives the member of a settings object, const or not.
template <class Member>
option bind(option entry, Member member) {
  using held = std::remove_cvref_t<decltype(member(std::declval<settings&>()))>;
  using value = typename optional_of<held>::type;
  entry.kind = codec<value>::kind;
  if (entry.kind == option_kind::text && !entry.allowed.empty()) entry.kind = option_kind::word;
  if (entry.kind == option_kind::texts && !entry.allowed.empty()) entry.kind = option_kind::words;
  entry.assign = [member](settings& s, const caf::config_value& v) { member(s) = codec<value>::read(v); };
  entry.show = [member](const settings& s) -> std::optional<caf::config_value> {
    if constexpr (optional_of<held>::value)
      return member(s) ? std::optional{codec<value>::show(*member(s))} : std::nullopt;
    else
      return codec<value>::show(member(s));
  };
  return entry;
}

} // namespace livedata::binding
