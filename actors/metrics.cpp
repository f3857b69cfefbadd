#include "actors/metrics.hpp"

#include <algorithm>
#include <array>
#include <type_traits>

namespace livedata {

namespace {

constexpr std::string_view prefix = "livedata";

// CAF's exporter writes label values as they are; what would break its text becomes an underscore.
metric_labels cleaned(metric_labels labels) {
  for (auto& [name, value] : labels)
    std::replace_if(
      value.begin(), value.end(), [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' '; },
      '_');
  return labels;
}

template <class Family>
auto* child(Family* family, const metric_labels& labels) {
  std::vector<caf::telemetry::label_view> views;
  views.reserve(labels.size());
  for (const auto& [name, value] : labels)
    views.emplace_back(to_caf(name), to_caf(value));
  return family->get_or_add(views);
}

std::vector<caf_string_view> names_of(const metric_labels& labels) {
  std::vector<caf_string_view> names;
  names.reserve(labels.size());
  for (const auto& label : labels)
    names.push_back(to_caf(label.first));
  return names;
}

// Visits all metrics of the registry.
struct gauge_zeroing {
  template <class Metric>
  void operator()(const caf::telemetry::metric_family* family, const caf::telemetry::metric* /*of*/,
                  const Metric* value) const {
    using caf::telemetry::dbl_gauge;
    using caf::telemetry::int_gauge;
    if constexpr (std::is_same_v<Metric, int_gauge> || std::is_same_v<Metric, dbl_gauge>)
      // The registry shows values only, but they are there to be changed.
      if (family->prefix() == prefix && !family->name().starts_with("http")) const_cast<Metric*>(value)->value(0);
  }
};

} // namespace

void zero_gauges(caf::actor_system& system) {
  gauge_zeroing visitor;
  system.metrics().collect(visitor);
}

caf::telemetry::int_counter* counter(caf::actor_system& system, std::string_view name, std::string_view help,
                                     const metric_labels& labels) {
  auto names = names_of(labels);
  auto* family = system.metrics().counter_family(to_caf(prefix), to_caf(name), names, to_caf(help), "1", true);
  return child(family, cleaned(labels));
}

caf::telemetry::dbl_counter* seconds_counter(caf::actor_system& system, std::string_view name, std::string_view help,
                                             const metric_labels& labels) {
  auto names = names_of(labels);
  auto* family =
    system.metrics().counter_family<double>(to_caf(prefix), to_caf(name), names, to_caf(help), "seconds", true);
  return child(family, cleaned(labels));
}

caf::telemetry::int_gauge* gauge(caf::actor_system& system, std::string_view name, std::string_view help,
                                 const metric_labels& labels) {
  auto names = names_of(labels);
  auto* family = system.metrics().gauge_family(to_caf(prefix), to_caf(name), names, to_caf(help));
  return child(family, cleaned(labels));
}

caf::telemetry::dbl_gauge* time_gauge(caf::actor_system& system, std::string_view name, std::string_view help,
                                      const metric_labels& labels) {
  auto names = names_of(labels);
  auto* family = system.metrics().gauge_family<double>(to_caf(prefix), to_caf(name), names, to_caf(help), "seconds");
  return child(family, cleaned(labels));
}

caf::telemetry::dbl_histogram* duration_histogram(caf::actor_system& system, std::string_view name,
                                                  std::string_view help, const metric_labels& labels) {
  static constexpr std::array<double, 16> bounds{
    {0.0001, 0.0003, 0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.2, 0.3, 0.5, 1.0, 3.0, 10.0}};
  auto names = names_of(labels);
  auto* family =
    system.metrics().histogram_family<double>(to_caf(prefix), to_caf(name), names, bounds, to_caf(help), "seconds");
  return child(family, cleaned(labels));
}

caf::telemetry::int_counter* commands_counter(caf::actor_system& system, const std::string& service,
                                              std::string_view outcome) {
  return counter(system, "commands", "Commands, by what became of them.",
                 {{"service", service}, {"outcome", std::string(outcome)}});
}

} // namespace livedata
