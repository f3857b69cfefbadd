// The instrument file of LoKI against the numbers of its detector banks.
#include "workflows/geometry/detector_geometry.hpp"
#include "workflows/instrument/instrument.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <places.hpp>
#include <string>

namespace instrument_loki_test {

using namespace livedata;

namespace {

const instrument& loki() {
  static const instrument inst = load_instrument(LIVEDATA_SOURCE_DIR "/instruments/loki.json").value();
  return inst;
}

struct bank_numbers {
  const char* title;
  std::int32_t first;
  std::int32_t last;
  std::int64_t tubes;
  int y;
  int x;
};

constexpr bank_numbers banks[] = {
  {"Rear", 1, 802816, 56, 144, 144},
  {"Mid Top", 802817, 1032192, 16, 36, 108},
  {"Mid Left", 1032193, 1204224, 12, 108, 36},
  {"Mid Bottom", 1204225, 1433600, 16, 36, 108},
  {"Mid Right", 1433601, 1605632, 12, 108, 36},
  {"Front Top", 1605633, 2007040, 28, 36, 108},
  {"Front Left", 2007041, 2465792, 32, 108, 36},
  {"Front Bottom", 2465793, 2752512, 20, 36, 108},
  {"Front Right", 2752513, 3211264, 32, 108, 36},
};

// Where a bank is seen from the sample: the ranges of x/z and y/z.
struct window {
  double x_low, x_high, y_low, y_high;
};

window seen(const std::string& name) {
  auto g = make_geometry(*loki().find_detector(name)).value();
  window w{1e9, -1e9, 1e9, -1e9};
  for (const auto& p : g.positions) {
    w.x_low = std::min(w.x_low, p.x / p.z);
    w.x_high = std::max(w.x_high, p.x / p.z);
    w.y_low = std::min(w.y_low, p.y / p.z);
    w.y_high = std::max(w.y_high, p.y / p.z);
  }
  return w;
}

} // namespace

TEST_CASE("loki has nine banks with their detector numbers and sizes") {
  REQUIRE(loki().detectors.size() == std::size(banks));
  std::int64_t pixels = 0;
  for (std::size_t i = 0; i < std::size(banks); ++i) {
    CAPTURE(i);
    const auto& d = loki().detectors[i];
    CHECK(d.name == "loki_detector_" + std::to_string(i));
    CHECK(d.title == banks[i].title);
    CHECK(d.first_pixel == banks[i].first);
    CHECK(d.first_pixel + d.pixel_count() - 1 == banks[i].last);
    CHECK(d.sizes == std::vector<std::pair<std::string, std::int64_t>>{
                       {"layer", 4}, {"tube", banks[i].tubes}, {"straw", 7}, {"pixel", 512}});
    pixels += d.pixel_count();
  }
  CHECK(pixels == 3'211'264);
}

TEST_CASE("loki has five monitors") {
  REQUIRE(loki().monitors.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(loki().monitors[i].name == "beam_monitor_m" + std::to_string(i));
    CHECK(loki().monitors[i].title == "Beam Monitor " + std::to_string(i));
    CHECK(loki().monitors[i].simulated_events > 0);
  }
}

TEST_CASE("loki's views have the declared settings") {
  const auto* xy = loki().find_workflow("detector_xy_projection", 1);
  REQUIRE(xy != nullptr);
  CHECK(xy->title == "Detector XY Projection");
  CHECK(xy->service == "detector_data");
  CHECK(xy->kind == "geometric_view");
  CHECK(xy->sources.size() == 9);
  CHECK(xy->settings.at("projection") == "xy_plane");
  CHECK(xy->settings.at("noise") == "cylindrical");
  CHECK(xy->settings.at("flip_x") == true);
  const auto& resolution = xy->settings.at("resolution");
  CHECK(resolution.size() == 9);
  for (std::size_t i = 0; i < std::size(banks); ++i) {
    const auto& r = resolution.at("loki_detector_" + std::to_string(i));
    CHECK(r == json{{"y", banks[i].y}, {"x", banks[i].x}});
    CHECK(r.begin().key() == "y");
  }
  const auto* tube = loki().find_workflow("tube_view", 1);
  REQUIRE(tube != nullptr);
  CHECK(tube->kind == "logical_view");
  CHECK(tube->settings == json{{"reduce", {"straw", "pixel"}}, {"output_ndim", 2}});
  const auto* monitors = loki().find_workflow("monitor_histogram", 1);
  REQUIRE(monitors != nullptr);
  CHECK(monitors->service == "monitor_data");
  CHECK(monitors->sources.size() == 5);
}

TEST_CASE("loki's default jobs are both views of each bank in turn, then the monitors") {
  const auto* jobs = loki().find_job_set("default");
  REQUIRE(jobs != nullptr);
  REQUIRE(jobs->size() == 18 + 5);
  for (std::size_t i = 0; i < 18; ++i) {
    CHECK((*jobs)[i].workflow == (i % 2 == 0 ? "detector_xy_projection" : "tube_view"));
    CHECK((*jobs)[i].source == "loki_detector_" + std::to_string(i / 2));
  }
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK((*jobs)[18 + i].workflow == "monitor_histogram");
    CHECK((*jobs)[18 + i].source == "beam_monitor_m" + std::to_string(i));
  }
}

TEST_CASE("loki says that its geometry is invented") {
  CHECK(loki().note.find("invented") != std::string::npos);
}

TEST_CASE("loki's front and mid banks frame the view of the banks behind them") {
  auto is_frame = [](const std::string& top, const std::string& left, const std::string& bottom,
                     const std::string& right, window inside) {
    CHECK(seen(top).y_low > inside.y_high);
    CHECK(seen(bottom).y_high < inside.y_low);
    CHECK(seen(left).x_low > inside.x_high);
    CHECK(seen(right).x_high < inside.x_low);
  };
  is_frame("loki_detector_1", "loki_detector_2", "loki_detector_3", "loki_detector_4", seen("loki_detector_0"));
  auto mid = seen("loki_detector_1");
  auto left = seen("loki_detector_2");
  is_frame("loki_detector_5", "loki_detector_6", "loki_detector_7", "loki_detector_8",
           {-left.x_high, left.x_high, -mid.y_high, mid.y_high});
}

TEST_CASE("loki's rear bank is five metres behind the sample, round the beam") {
  auto rear = make_geometry(*loki().find_detector("loki_detector_0")).value();
  auto [low, high] = std::minmax_element(rear.positions.begin(), rear.positions.end(),
                                         [](const vec3& a, const vec3& b) { return a.z < b.z; });
  CHECK(0.5 * (low->z + high->z) == doctest::Approx(5.098));
  auto w = seen("loki_detector_0");
  CHECK(w.x_low == doctest::Approx(-w.x_high));
  CHECK(w.y_low == doctest::Approx(-w.y_high).epsilon(0.02));
}

} // namespace instrument_loki_test
