#include "actors/view/http/metrics_text.hpp"

#include <caf/telemetry/collector/prometheus.hpp>

#include <algorithm>

namespace livedata {

namespace {

bool is_time_stamp(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; });
}

// A sample is "name value time", where the name may have labels with blanks in them.
std::string_view without_time_stamp(std::string_view line) {
  if (line.starts_with('#')) return line;
  const auto last = line.rfind(' ');
  if (last == std::string_view::npos || last == 0) return line;
  const auto before = line.rfind(' ', last - 1);
  const auto labels = line.rfind('}');
  const bool has_time = before != std::string_view::npos && (labels == std::string_view::npos || labels < before);
  return has_time && is_time_stamp(line.substr(last + 1)) ? line.substr(0, last) : line;
}

} // namespace

std::string without_time_stamps(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto end = text.find('\n');
    out.append(without_time_stamp(text.substr(0, end)));
    if (end == std::string_view::npos) break;
    out += '\n';
    text.remove_prefix(end + 1);
  }
  return out;
}

std::string metrics_text(caf::actor_system& system) {
  caf::telemetry::collector::prometheus collector;
  const auto text = collector.collect_from(system.metrics());
  return without_time_stamps({text.data(), text.size()});
}

} // namespace livedata
