// Must hold: what users ask for at run time is bounded as what they ask for at the start, and costs nobody else.
#include "messages/codec/ad00.hpp"
#include "support/region_requests.hpp"
#include "support/scripted_service.hpp"

#include <doctest/doctest.h>

namespace jobs_memory_test {

using namespace livedata;
using namespace livedata::test;

namespace {

void panel_events(scripted_service& s, std::size_t count) {
  s.events("detector", "panel_0", count, 1, 128 * 128);
}

void frame(scripted_service& s, std::int64_t side) {
  std::vector<std::int64_t> shape{side, side};
  std::vector<std::uint16_t> pixels(static_cast<std::size_t>(side * side), 1);
  s.receive("area_detector", ad00::write<std::uint16_t>("area_panel", 0, s.now(), shape, pixels));
}

// The dummy instrument; time goes on by the detector that no job takes.
scripted_service dummy(bool by_frames) {
  return {"dummy", {"detector_data"}, [by_frames](scripted_service& s) {
            if (by_frames)
              frame(s, 1);
            else
              panel_events(s, 1);
          }};
}

const job_line* line_with(const run_report& r, std::string_view text) {
  for (const auto& line : r.jobs)
    if (line.text.find(text) != std::string::npos) return &line;
  return nullptr;
}

std::vector<std::string> refusals(const scripted_service& s) {
  std::vector<std::string> out;
  for (const auto& m : s.sent())
    if (m.to == channel::responses) {
      const auto bytes = m.content->bytes();
      const auto answer = json::parse(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
      if (answer.at("response") == "ERR") out.push_back(answer.at("message"));
    }
  return out;
}

} // namespace

TEST_CASE("1000 polygons of 50 corners are refused with the reason, the former regions stay, and all jobs go on") {
  auto s = dummy(true);
  const auto view = s.start("panel_0_xy", "panel_0");
  s.start("panel_0_layers", "panel_0");
  panel_events(s, 1000);
  s.step();
  s.regions(view, "rectangle", many_rectangles(3));
  panel_events(s, 1000);
  s.step();
  s.regions(view, "polygon", wild_polygons(1000, 50));
  panel_events(s, 1000);
  s.step();
  panel_events(s, 1000);
  s.step();
  s.run();
  CHECK(s.sums("cumulative", "panel_0_xy") == "1000 2000 3000 4000");
  CHECK(s.sums("cumulative", "panel_0_layers") == "1000 2000 3000 4000");
  REQUIRE(line_with(s.report(), "the former one stays: 1003 regions on a screen of 128 by 128 bins overlap so much") !=
          nullptr);
  std::vector<std::string> regions;
  for (const auto& r : s.results())
    if (r.output.starts_with("roi_") && !r.data.data.shape.empty())
      regions.push_back(fmt::format("{} {}", r.output, r.data.data.shape.front()));
  REQUIRE(regions.size() == 16);
  CHECK(std::vector(regions.end() - 4, regions.end()) == std::vector<std::string>{"roi_spectra_cumulative 3",
                                                                                  "roi_spectra_current 3",
                                                                                  "roi_rectangle 6", "roi_polygon 0"});
}

TEST_CASE("frames of area detectors count in the memory of all jobs: the next job is refused, and data beyond it") {
  auto s = dummy(false);
  // Frames of one job need 32 MB, those of another 32 MB, a view with 400 bins of time some 27 MB.
  s.configuration().limits.jobs_memory = 50;
  s.start("area_panel_xy", "area_panel");
  s.start("area_panel_xy", "area_panel");
  frame(s, 1000);
  s.step();
  s.start("panel_0_xy", "panel_0", {{"toa_edges", {{"num_bins", 400}}}});
  frame(s, 1000);
  s.step();
  s.run();
  CHECK(s.sums("cumulative", "area_panel_xy") == "1000000 2000000");
  CHECK(s.sums("cumulative", "panel_0_xy").empty());
  CHECK(line_with(s.report(), "the job needs 32.0 MB, but of the 50.0 MB that all jobs together may have") != nullptr);
  const auto answers = refusals(s);
  REQUIRE(answers.size() == 1);
  CHECK(answers.front().find("but of the 50.0 MB that all jobs together may have (limits.jobs-memory)") !=
        std::string::npos);
}

TEST_CASE("a view with 400 bins of time fits where no frames are") {
  auto s = dummy(true);
  s.configuration().limits.jobs_memory = 50;
  s.start("panel_0_layers", "panel_0");
  s.start("panel_0_xy", "panel_0", {{"toa_edges", {{"num_bins", 400}}}});
  panel_events(s, 1000);
  s.step();
  s.run();
  CHECK(s.sums("cumulative", "panel_0_xy") == "1000");
  CHECK(refusals(s).empty());
}

} // namespace jobs_memory_test
