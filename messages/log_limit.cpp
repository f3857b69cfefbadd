#include "messages/log_limit.hpp"

#include <utility>

namespace livedata {

namespace {

// Of all keys for which there is no room.
constexpr std::string_view any_other = "";

} // namespace

std::optional<std::uint64_t> log_limit::admit(std::string_view key, clock::time_point now) {
  auto i = entries_.find(key);
  if (i == entries_.end() && entries_.size() >= most_keys_) {
    forget_quiet(now);
    if (entries_.size() >= most_keys_) i = entries_.find(key = any_other);
  }
  if (i == entries_.end()) {
    entries_.emplace(key, entry{now});
    return 0;
  }
  auto& e = i->second;
  if (now - e.written < interval_) {
    ++e.left_out;
    return std::nullopt;
  }
  e.written = now;
  return std::exchange(e.left_out, 0);
}

void log_limit::forget_quiet(clock::time_point now) {
  std::erase_if(entries_, [&](const auto& e) { return now - e.second.written >= interval_; });
}

log_field left_out_field(std::uint64_t left_out) {
  return {"left_out", left_out == 0 ? std::nullopt : std::optional(left_out)};
}

} // namespace livedata
