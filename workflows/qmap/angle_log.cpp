#include "workflows/qmap/angle_log.hpp"

#include "workflows/geometry/transformation.hpp"
#include "workflows/reduction/reduction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

namespace livedata {

namespace {

// Samples that were loaded.
struct kept_samples {
  std::vector<timestamp> time;
  std::vector<double> value;
};

} // namespace

void angle_log::take(const stream_value& value, std::string_view stream) {
  const auto& series = samples_of(value, stream);
  const auto unit = series->unit.value_or("no unit");
  const auto factor = radians_per(unit);
  if (!factor) throw std::invalid_argument(fmt::format("stream '{}' gives an angle in {}", stream, unit));
  factor_ = *factor;
  series_ = series;
}

std::optional<double> angle_log::at(timestamp t) const {
  if (!series_) return std::nullopt;
  const auto after = std::upper_bound(series_->time.begin(), series_->time.end(), t);
  if (after == series_->time.begin()) return std::nullopt;
  return series_->value[static_cast<std::size_t>(after - series_->time.begin()) - 1] * factor_;
}

void angle_log::state(archive& a) {
  auto kept = std::make_shared<kept_samples>();
  if (series_) {
    kept->time.assign(series_->time.begin(), series_->time.end());
    kept->value.assign(series_->value.begin(), series_->value.end());
  }
  std::vector<std::int64_t> times;
  for (auto t : kept->time)
    times.push_back(t.ns);
  a.field("time", times);
  a.field("value", kept->value);
  a.field("factor", factor_);
  if (!a.loading()) return;
  if (times.size() != kept->value.size()) a.refuse("value", "is not as long as the times");
  kept->time.clear();
  for (auto t : times)
    kept->time.push_back({t});
  series_.reset();
  if (kept->time.empty()) return;
  auto series = std::make_shared<log_series>();
  series->time = kept->time;
  series->value = kept->value;
  series->owner = kept;
  series_ = std::move(series);
}

} // namespace livedata
