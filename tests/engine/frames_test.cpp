// Frames of area detectors and histograms of monitors through a whole engine.
#include "messages/codec/ad00.hpp"
#include "support/instrument_run.hpp"

#include <doctest/doctest.h>

#include <map>

namespace frames_test {

using namespace livedata;
using namespace livedata::test;

namespace {

std::shared_ptr<const instrument> frame_instrument() {
  auto inst = std::make_shared<instrument>();
  inst->name = "frames";
  inst->title = "Frames";
  inst->area_detectors = {{"panel", "Panel", {}, {}}};
  inst->monitors.push_back({"m1", "Monitor 1", 0});
  inst->workflows = {
    {"panel_view", 1, "Panel", "detector_data", "area_detector", {"panel"}, json::object()},
    {"monitor_histogram", 1, "Beam monitor", "monitor_data", "monitor_histogram", {"m1"}, json::object()}};
  return inst;
}

// A frame and a histogram with each pulse.
std::vector<raw_message> frame_pulse(std::uint64_t k, timestamp t) {
  std::vector<std::int64_t> shape{2, 3};
  std::vector<std::uint16_t> frame{1, 2, 3, 4, 5, static_cast<std::uint16_t>(k)};
  data_array histogram;
  histogram.data = make_vector("frame_time", std::vector<std::int32_t>{3, 4}, "counts");
  histogram.set_coord("frame_time", make_vector("frame_time", std::vector<double>{0, 1e7, 2e7}, "ns"));
  return {
    {"frames_area_detector", t, make_payload(ad00::write<std::uint16_t>("panel", 0, t, shape, frame))},
    {"frames_beam_monitor", t, make_payload(da00::write("monitor1", t, histogram))},
  };
}

} // namespace

TEST_CASE("every frame and every histogram is in the cumulative result, and in one of the updates") {
  std::map<std::string, data_array> last;
  std::vector<std::int64_t> updates(6);
  double counted = 0;
  for (const auto& r :
       results_of(frame_instrument(), {"detector_data", "monitor_data"},
                  {request("panel_view", "panel"), request("monitor_histogram", "m1")}, 100, 2, frame_pulse)) {
    last[r.source + " " + r.output] = r.data;
    if (r.source == "panel" && r.output == "current") {
      const auto& v = std::get<std::vector<std::int32_t>>(r.data.data.data);
      for (std::size_t i = 0; i < updates.size(); ++i)
        updates[i] += v[i];
    }
    if (r.source == "m1" && r.output == "counts_total")
      counted += std::get<std::vector<double>>(r.data.data.data).at(0);
  }
  const auto& image = last.at("panel cumulative");
  CHECK(image.name == "Image");
  CHECK(image.data.dims == std::vector<std::string>{"dim_0", "dim_1"});
  CHECK(image.data.data == values(std::vector<std::int32_t>{100, 200, 300, 400, 500, 99 * 100 / 2}));
  CHECK(updates == std::vector<std::int64_t>{100, 200, 300, 400, 500, 99 * 100 / 2});
  // Bins of 10 ms are split over bins of 0.7143 ms, so the sums are rounded.
  CHECK(counted == doctest::Approx(700).epsilon(1e-12));
  CHECK(std::get<std::vector<double>>(last.at("m1 counts_total_cumulative").data.data).at(0) ==
        doctest::Approx(700).epsilon(1e-12));
  const auto& histogram = last.at("m1 cumulative");
  CHECK(histogram.data.dims == std::vector<std::string>{"time_of_arrival"});
  CHECK(histogram.variances);
}

} // namespace frames_test
