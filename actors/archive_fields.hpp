// Fields of an archive for what messages/ and the standard library have and an archive does not know. Plain code.
#pragma once

#include "messages/log_sample.hpp"
#include "messages/message_position.hpp"
#include "messages/stream.hpp"
#include "workflows/archive.hpp"

#include <cstdint>
#include <deque>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace livedata::fields {

inline void add(archive& a, std::string_view name, duration& d) {
  a.field(name, d.ns);
}

inline void add(archive& a, std::string_view name, std::optional<duration>& d) {
  std::optional<std::int64_t> ns;
  if (d) ns = d->ns;
  a.field(name, ns);
  if (a.loading()) d = ns ? std::optional(duration{*ns}) : std::nullopt;
}

// Bytes as a list that an archive has.
inline std::vector<std::uint8_t> numbers_of(std::span<const std::byte> bytes) {
  const auto* first = reinterpret_cast<const std::uint8_t*>(bytes.data());
  return {first, first + bytes.size()};
}

// Of an enumeration whose last word is `last`.
template <class Enum>
void word(archive& a, std::string_view name, Enum& e, Enum last) {
  auto number = static_cast<std::uint8_t>(e);
  a.field(name, number);
  if (number > static_cast<std::uint8_t>(last)) a.refuse(name, "is a word that this program does not know");
  e = static_cast<Enum>(number);
}

// A size or an index.
inline void size(archive& a, std::string_view name, std::size_t& n) {
  std::uint64_t number = n;
  a.field(name, number);
  n = static_cast<std::size_t>(number);
}

template <class T>
void queue(archive& a, std::string_view name, std::deque<T>& q) {
  std::vector<T> list(q.begin(), q.end());
  a.field(name, list);
  if (a.loading()) q.assign(std::make_move_iterator(list.begin()), std::make_move_iterator(list.end()));
}

// Numbers by number.
template <class Key, class Value>
void map(archive& a, const std::string& name, std::map<Key, Value>& m) {
  std::vector<Key> keys;
  std::vector<Value> content;
  for (const auto& [k, v] : m) {
    keys.push_back(k);
    content.push_back(v);
  }
  a.field(name, keys);
  a.field(name + " values", content);
  if (!a.loading()) return;
  if (keys.size() != content.size()) a.refuse(name, "has not one value for each key");
  m.clear();
  for (std::size_t i = 0; i < keys.size(); ++i)
    m.insert_or_assign(keys[i], content[i]);
}

// A group of its own, whose fields `f(archive&)` names.
template <class F>
void group(archive& a, std::string_view name, F&& f) {
  struct named_group {
    F& f;

    void state(archive& inner) { f(inner); }
  };

  named_group g{f};
  a.field(name, g);
}

inline void add(archive& a, std::string_view name, stream_id& s) {
  group(a, name, [&](archive& inner) {
    word(inner, "kind", s.kind, stream_kind::roi);
    inner.field("name", s.name);
  });
}

inline void add(archive& a, std::string_view name, message_position& p) {
  group(a, name, [&](archive& inner) {
    inner.field("lane", p.lane);
    inner.field("offset", p.offset);
  });
}

// A sample in the form of fields.
struct saved_sample {
  timestamp time;
  std::optional<std::int64_t> whole;
  double value = 0;
  std::optional<double> target;
  std::optional<bool> idle;

  saved_sample() = default;

  explicit saved_sample(const log_sample& s) : time(s.time), target(s.target), idle(s.idle) {
    if (const auto* n = std::get_if<std::int64_t>(&s.value))
      whole = *n;
    else
      value = std::get<double>(s.value);
  }

  log_sample get() const {
    log_sample s{time, value, target, idle};
    if (whole) s.value = *whole;
    return s;
  }

  void state(archive& a) {
    a.field("time", time);
    a.field("whole", whole);
    a.field("value", value);
    a.field("target", target);
    a.field("idle", idle);
  }
};

inline void add(archive& a, std::string_view name, std::optional<log_sample>& s) {
  std::optional<saved_sample> saved;
  if (s) saved.emplace(*s);
  a.field(name, saved);
  if (a.loading()) s = saved ? std::optional(saved->get()) : std::nullopt;
}

} // namespace livedata::fields
