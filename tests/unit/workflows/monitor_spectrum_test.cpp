// What the monitors of reductions take for counts.
#include "support/free_flight.hpp"
#include "workflows/reduction/monitor_spectrum.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <numeric>
#include <optional>
#include <places.hpp>
#include <stdexcept>

namespace monitor_spectrum_test {

using namespace livedata;
using namespace livedata::test;

namespace {

monitor_spectrum spectrum() {
  const auto inst = load_instrument(std::filesystem::path(LIVEDATA_SOURCE_DIR) / "instruments" / "loki.json").value();
  return {std::make_shared<const lookup_table>(free_flight_table(10, 30)),
          read_beamline(inst).value(),
          "beam_monitor_m1",
          {2, 4, 6, 8, 10}};
}

// Of 100 counts between 8 and 32 ms.
stream_value histogram_in(const std::optional<std::string>& unit) {
  data_array a;
  a.data = {{"frame_time"}, {1}, unit, std::vector<double>{100}};
  a.set_coord("frame_time", make_vector("frame_time", std::vector<double>{8, 32}, "ms"));
  return array_ptr(std::make_shared<const data_array>(std::move(a)));
}

double all_of(const monitor_spectrum& m) {
  return total(m.counts()).value;
}

} // namespace

TEST_CASE("histograms of counts are taken in any spelling, those of anything else are refused before they are added") {
  auto m = spectrum();
  for (const auto& unit : {std::optional<std::string>("counts"), {"count"}, {"dimensionless"}, {}})
    m.add(histogram_in(unit));
  // All of 15.2 m at 8 to 32 ms: 2.08 to 8.33 Å.
  CHECK(all_of(m) == doctest::Approx(400));
  for (const auto* unit : {"counts/s", "m", "ns", "nonsense"})
    CHECK_THROWS_WITH_AS(m.add(histogram_in(unit)), doctest::Contains("allowed: counts, dimensionless, or none"),
                         std::invalid_argument);
  CHECK(all_of(m) == doctest::Approx(400));
}

} // namespace monitor_spectrum_test
