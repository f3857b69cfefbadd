// What a user of the service detector_data sees, from commands and events on the wire to results on the wire. Numbers
// are those of the statements about workflows.
#include "messages/codec/ad00.hpp"
#include "support/scripted_service.hpp"

#include <doctest/doctest.h>

namespace detector_service_test {

using namespace livedata;
using namespace livedata::test;

namespace {

using names = std::vector<std::string>;

const names all_outputs{"cumulative",
                        "current",
                        "counts_total",
                        "counts_in_toa_range",
                        "counts_total_cumulative",
                        "counts_in_toa_range_cumulative",
                        "roi_spectra_cumulative",
                        "roi_spectra_current",
                        "roi_rectangle",
                        "roi_polygon"};

// The dummy instrument; time goes on by its other detector.
scripted_service dummy() {
  return {"dummy", {"detector_data"}, [](scripted_service& s) {
            std::vector<std::int64_t> shape{1, 1};
            std::vector<std::uint16_t> frame{0};
            s.receive("area_detector", ad00::write<std::uint16_t>("area_panel", 0, s.now(), shape, frame));
          }};
}

void panel_events(scripted_service& s, std::size_t count, std::optional<timestamp> when = {}) {
  s.events("detector", "panel_0", count, 1, 128 * 128, when);
}

scripted_service loki() {
  return {
    "loki", {"detector_data"}, [](scripted_service& s) { s.events("detector", "loki_detector_8", 1, 2'752'513, 1); }};
}

void bank_0_events(scripted_service& s, std::size_t count) {
  s.events("detector", "loki_detector_0", count, 1, 802'816);
}

} // namespace

TEST_CASE("1: a job without data publishes nothing") {
  auto s = dummy();
  s.start("panel_0_xy", "panel_0");
  s.step();
  s.run();
  CHECK(s.results().empty());
  CHECK(s.report().jobs.size() == 1);
}

TEST_CASE("2, 3, 4: each batch with data publishes all outputs in their order, a batch without publishes nothing") {
  auto s = dummy();
  s.start("panel_0_xy", "panel_0");
  panel_events(s, 2000);
  s.step();
  s.step();
  panel_events(s, 3000);
  s.step();
  s.run();
  auto twice = all_outputs;
  twice.insert(twice.end(), all_outputs.begin(), all_outputs.end());
  CHECK(s.outputs() == twice);
  CHECK(s.sums("cumulative") == "2000 5000");
  CHECK(s.sums("current") == "2000 3000");
}

TEST_CASE("5: a message with the time of an earlier batch counts with the batch it comes with") {
  auto s = dummy();
  s.start("panel_0_xy", "panel_0");
  auto earlier = s.now();
  panel_events(s, 2000);
  s.step();
  panel_events(s, 3000);
  s.step();
  panel_events(s, 1000);
  s.portion();
  panel_events(s, 1000, earlier);
  s.step();
  s.run();
  CHECK(s.sums("cumulative") == "2000 5000 7000");
  CHECK(s.sums("current") == "2000 3000 2000");
}

TEST_CASE("6: after a stop without selectors nothing more is published") {
  auto s = dummy();
  s.start("panel_0_xy", "panel_0");
  panel_events(s, 2000);
  s.step();
  s.command({{"kind", "job_command"}, {"action", "stop"}});
  s.step();
  panel_events(s, 3000);
  s.step();
  s.run();
  CHECK(s.sums("cumulative") == "2000");
}

TEST_CASE(
  "8, 11: a gated job publishes nothing until every part of its device is there, and has lost what came before") {
  auto s = loki();
  s.start("detector_xy_projection", "loki_detector_0");
  s.start("tube_view", "loki_detector_0");
  bank_0_events(s, 100);
  for (const auto* part : {"value", "target_value", "idle_flag"}) {
    s.step();
    s.log(std::string("detector_carriage/") + part, 1.0);
    s.step();
    bank_0_events(s, 1000);
  }
  s.step();
  s.run();
  CHECK(s.sums("counts_total_cumulative", "detector_xy_projection") == "1000");
  CHECK(s.sums("counts_total_cumulative", "tube_view") == "100 1100 2100 3100");
}

TEST_CASE("9: a detector that moves starts its counts anew") {
  auto s = loki();
  s.start("detector_xy_projection", "loki_detector_0");
  s.log("detector_carriage/value", 5000.0);
  s.log("detector_carriage/target_value", 5000.0);
  s.log("detector_carriage/idle_flag", std::int64_t{1});
  s.step();
  bank_0_events(s, 2000);
  s.step();
  bank_0_events(s, 3000);
  s.step();
  s.log("detector_carriage/value", 6000.0);
  s.step();
  bank_0_events(s, 1000);
  s.step();
  s.run();
  CHECK(s.sums("cumulative") == "2000 5000 1000");
  CHECK(s.sums("current") == "2000 3000 1000");
}

namespace {

// What is seen of a detector after a move from 5 m to 6 m, at the end of which value and idle flag carry one time.
struct seen_move {
  values image;
  values x;
  double value = 0;
  std::int32_t idle = 0;
};

// `end`: the two parts, in the order in which they come. `apart`: in batches of their own.
seen_move seen_after_move(const std::vector<std::pair<std::string, f144::log_value>>& end, bool apart) {
  scripted_service s("loki", {"detector_data", "timeseries"},
                     [](scripted_service& t) { t.events("detector", "loki_detector_8", 1, 2'752'513, 1); });
  s.start("detector_xy_projection", "loki_detector_0");
  s.start("timeseries_data", "detector_carriage");
  s.log("detector_carriage/value", 5000.0);
  s.log("detector_carriage/target_value", 6000.0);
  s.log("detector_carriage/idle_flag", std::int64_t{0});
  s.step();
  bank_0_events(s, 2000);
  s.step();
  const auto there = s.now();
  for (const auto& [part, value] : end) {
    s.log("detector_carriage/" + part, value, there);
    if (apart) s.step();
  }
  s.step();
  bank_0_events(s, 3000);
  s.step();
  s.run();
  seen_move seen;
  for (const auto& r : s.results()) {
    if (r.output == "cumulative") {
      seen.image = r.data.data.data;
      seen.x = r.data.coord("x")->data;
    } else if (r.output == "delta") {
      seen.value = std::get<std::vector<double>>(r.data.data.data).back();
      seen.idle = std::get<std::vector<std::int32_t>>(r.data.coord("idle")->data).back();
    }
  }
  return seen;
}

} // namespace

TEST_CASE(
  "a detector is in its new place when value and idle flag of its motor carry one time, whichever comes first") {
  const std::pair<std::string, f144::log_value> value{"value", 6000.0};
  const std::pair<std::string, f144::log_value> idle{"idle_flag", std::int64_t{1}};
  // The same with times that differ.
  auto expected = loki();
  expected.start("detector_xy_projection", "loki_detector_0");
  expected.log("detector_carriage/value", 6000.0);
  expected.log("detector_carriage/target_value", 6000.0);
  expected.log("detector_carriage/idle_flag", std::int64_t{1});
  expected.step();
  bank_0_events(expected, 3000);
  expected.step();
  expected.run();
  const auto& image = expected.results().front();
  REQUIRE(image.output == "cumulative");
  for (const bool apart : {false, true})
    for (const auto& end : {std::vector{value, idle}, std::vector{idle, value}}) {
      CAPTURE(apart);
      CAPTURE(end.front().first);
      const auto seen = seen_after_move(end, apart);
      CHECK(seen.image == image.data.data.data);
      CHECK(seen.x == image.data.coord("x")->data);
      CHECK(seen.value == 6000);
      CHECK(seen.idle == 1);
    }
}

TEST_CASE("10: magic's projection waits for the rotation of its detector") {
  scripted_service s("magic", {"detector_data"},
                     [](scripted_service& t) { t.events("detector", "magic_detector_b", 1, 491'521, 1); });
  s.start("detector_projection", "magic_detector_a");
  s.events("detector", "magic_detector_a", 500, 1, 1000);
  s.step();
  s.log("detector_a_rotation/value", 1.0);
  s.log("detector_a_rotation/target_value", 1.0);
  s.log("detector_a_rotation/idle_flag", std::int64_t{1});
  s.step();
  s.events("detector", "magic_detector_a", 700, 1, 1000);
  s.step();
  s.run();
  CHECK(s.sums("counts_total_cumulative") == "700");
}

TEST_CASE(
  "12, 13: an unknown workflow draws no output, keeps no later start from working and no running job from counting") {
  auto s = dummy();
  s.start("no_such_view", "panel_0");
  s.step();
  s.start("panel_0_xy", "panel_0");
  panel_events(s, 2000);
  s.step();
  s.start("no_such_view", "panel_0");
  panel_events(s, 3000);
  s.step();
  s.run();
  CHECK(s.sums("cumulative") == "2000 5000");
}

TEST_CASE("14: the total of a view is also the value of a device, with its times") {
  auto s = dummy();
  s.start("panel_0_xy", "panel_0");
  auto first = s.now();
  panel_events(s, 2000);
  s.step();
  s.run();
  std::vector<da00::message> values;
  for (const auto& m : s.sent())
    if (m.to == channel::devices) values.push_back(da00::read(m.content->bytes()).value());
  REQUIRE(values.size() == 1);
  const auto& value = values.front();
  CHECK(value.source_name == "panel_0_counts_total");
  CHECK(std::get<std::vector<double>>(value.data.data.data) == std::vector<double>{2000});
  auto time = [&](const char* coord) {
    return std::get<std::vector<std::int64_t>>(value.data.coord(coord)->data).at(0);
  };
  CHECK(time("start_time") <= first.ns);
  CHECK(time("time") >= first.ns);
  CHECK(time("end_time") == time("time"));
}

TEST_CASE("15: a message of an unknown schema, or one that cannot be decoded, is skipped") {
  auto s = dummy();
  s.start("panel_0_xy", "panel_0");
  std::vector<std::byte> unknown(64);
  for (std::size_t i = 0; i < 4; ++i)
    unknown[4 + i] = static_cast<std::byte>("zz99"[i]);
  s.receive("detector", unknown);
  auto damaged = unknown;
  for (std::size_t i = 0; i < 4; ++i)
    damaged[4 + i] = static_cast<std::byte>("ev44"[i]);
  s.receive("detector", damaged);
  panel_events(s, 2000);
  s.step();
  s.run();
  CHECK(s.sums("cumulative") == "2000");
}

TEST_CASE("22, 23: a reset starts the counts anew, also one by a raw command for a workflow") {
  auto s = dummy();
  s.start("panel_0_xy", "panel_0");
  panel_events(s, 500);
  s.step();
  s.command({{"kind", "job_command"}, {"action", "reset"}});
  panel_events(s, 1000);
  s.step();
  panel_events(s, 1000);
  s.step();
  s.command({{"kind", "job_command"}, {"action", "reset"}, {"workflow_id", "dummy/panel_0_xy/1"}});
  panel_events(s, 100);
  s.step();
  s.run();
  CHECK(s.sums("cumulative") == "500 1000 2000 100");
}

TEST_CASE("21: events that came before the job was started are not in its counts") {
  auto s = dummy();
  panel_events(s, 700);
  s.step();
  s.start("panel_0_xy", "panel_0");
  panel_events(s, 100);
  s.step();
  s.run();
  CHECK(s.sums("cumulative") == "100");
}

} // namespace detector_service_test
