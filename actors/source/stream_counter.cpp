#include "actors/source/stream_counter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace livedata {

namespace {

constexpr double early_seconds = -0.1;
constexpr double late_seconds = 2.0;
constexpr std::size_t longest_name = 200;
constexpr std::string_view surplus = "<other>";

bool is_motor_detail(std::string_view source) {
  return source.ends_with(".DMOV") || source.ends_with(".VAL");
}

std::string shortened(std::string_view name) {
  if (name.size() <= longest_name) return std::string(name);
  auto end = longest_name;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80)
    --end;
  return std::string(name.substr(0, end)) + "…";
}

} // namespace

lag_level stream_lag::level() const {
  if (min_seconds < early_seconds) return lag_level::error;
  return max_seconds > late_seconds ? lag_level::warning : lag_level::normal;
}

void stream_counter::add(table& counts, const std::string& topic, std::string_view source,
                         const std::optional<std::string>& stream) {
  name_key key{topic, shortened(source)};
  auto at = counts.find(key);
  if (at == counts.end()) {
    if (counts.size() >= most_names) key.second = surplus;
    at = counts.try_emplace(std::move(key)).first;
    if (at->first.second != surplus) at->second.stream = stream;
  }
  ++at->second.count;
}

void stream_counter::count(const raw_message& raw, const sighting& seen, const failure* refused) {
  const bool unknown_source = refused != nullptr && refused->reason == "unknown_source";
  if (seen.topic == nullptr) {
    for (auto& counts : counts_)
      add(counts, shortened(raw.topic), unreadable, std::nullopt);
    return;
  }
  const bool request = seen.topic->any_source.has_value();
  if (seen.source_name && !request && !is_motor_detail(*seen.source_name)) {
    if (seen.to != nullptr) {
      for (auto service : seen.to->receivers)
        add(counts_[service], raw.topic, *seen.source_name, seen.to->stream.name);
    } else {
      for (auto service : seen.topic->readers)
        add(counts_[service], raw.topic, *seen.source_name, std::nullopt);
    }
    if (refused == nullptr && seen.time && raw.stamped) {
      const auto seconds = (raw.received - *seen.time).seconds();
      const std::tuple key{raw.topic, shortened(*seen.source_name), std::string(seen.schema)};
      const auto [at, added] = lags_.try_emplace(key);
      auto& lag = at->second;
      if (added) lag = {std::get<0>(key), std::get<1>(key), std::get<2>(key), seconds, seconds, 0};
      lag.min_seconds = std::min(lag.min_seconds, seconds);
      lag.max_seconds = std::max(lag.max_seconds, seconds);
      ++lag.count;
    }
  }
  if (refused != nullptr && !unknown_source)
    for (auto service : seen.topic->readers)
      add(counts_[service], raw.topic, unreadable, std::nullopt);
}

stream_statistics stream_counter::take(std::uint32_t service, double window_seconds) {
  stream_statistics out{window_seconds, {}};
  for (auto& [name, e] : std::exchange(counts_[service], {}))
    out.streams.push_back({name.first, name.second, e.stream, e.count});
  return out;
}

std::vector<stream_lag> stream_counter::take_lags() {
  std::vector<stream_lag> out;
  for (auto& [key, lag] : std::exchange(lags_, {}))
    out.push_back(std::move(lag));
  return out;
}

std::string to_string(const stream_lag& lag) {
  return fmt::format("topic={} source={} schema={} min_lag_s={:.3f} max_lag_s={:.3f} count={}", lag.topic,
                     lag.source_name, lag.schema, lag.min_seconds, lag.max_seconds, lag.count);
}

} // namespace livedata
