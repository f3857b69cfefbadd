// What a user of the services monitor_data and timeseries sees, from commands and messages on the wire to results on
// the wire. Numbers are those of the statements about workflows.
#include "support/scripted_service.hpp"

#include <doctest/doctest.h>

#include <map>

namespace monitor_service_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// Time goes on by another monitor.
scripted_service monitors_of(const std::string& instrument) {
  return {instrument, {"monitor_data"}, [](scripted_service& s) { s.events("beam_monitor", "monitor2", 1, 1, 1); }};
}

} // namespace

TEST_CASE(
  "16, 17, 18, 19: monitors publish six outputs in a cycle, and count every event, those of a repeated time too") {
  const std::map<std::string, std::string> first_monitors{
    {"dummy", "monitor1"}, {"bifrost", "psc_monitor"}, {"dream", "monitor_bunker"}, {"loki", "beam_monitor_m0"}};
  for (const auto& [instrument, monitor] : first_monitors) {
    CAPTURE(instrument);
    auto s = monitors_of(instrument);
    s.start("monitor_histogram", monitor);
    s.events("beam_monitor", "monitor1", 2000, 1, 1);
    s.step();
    s.events("beam_monitor", "monitor1", 3000, 1, 1);
    s.step();
    s.events("beam_monitor", "monitor1", 1000, 1, 1);
    s.events("beam_monitor", "monitor1", 1000, 1, 1);
    s.step();
    s.run();
    CHECK(s.results().size() == 3 * 6);
    for (const auto* output : {"cumulative", "counts_total_cumulative"})
      CHECK(s.sums(output) == "2000 5000 7000");
    for (const auto* output : {"current", "counts_total"})
      CHECK(s.sums(output) == "2000 3000 2000");
  }
}

TEST_CASE("32: readings that came before the job was started are given when any other message arrives") {
  scripted_service s("dummy", {"timeseries"}, [](scripted_service&) {});
  s.log("motion1", 1.5);
  s.step();
  s.log("motion1", 2.5);
  s.step();
  s.start("timeseries_data", "motion1");
  s.step();
  s.log("motion2", 9.0);
  s.step();
  s.run();
  REQUIRE(s.results().size() == 1);
  CHECK(s.results()[0].source == "motion1");
  CHECK(std::get<std::vector<double>>(s.results()[0].data.data.data) == std::vector<double>{1.5, 2.5});
}

} // namespace monitor_service_test
