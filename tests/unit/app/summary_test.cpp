#include "app/summary.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

namespace summary_test {

using namespace livedata;

namespace {

run_report sample_report() {
  run_report r;
  r.elapsed_seconds = 10.5;
  r.jobs_active = 1;
  r.events_received = 5'000'000'000;
  r.events_processed = 4'999'999'999;
  r.events_dropped = 1;
  r.batches = 10;
  r.lag = {0.1, 0.2, 0.3};
  r.batch = {0.01, 0.02, 0.03};
  r.batch_seconds = 0.75;
  r.cpu_seconds = 7.25;
  r.rss_bytes = 1;
  r.max_rss_bytes = 123'456'789;
  r.profile = {10, 2, 7.25, {}};
  r.profile.phases[phase::verify] = 0.25;
  r.profile.phases[phase::accumulate] = 6;
  for (auto state : {job_state::active, job_state::error}) {
    job_line j;
    j.label = std::make_shared<job_label>(
      job_label{"detector_data", "view", "bank" + std::to_string(r.jobs.size()), "not in the summary"});
    j.state = state;
    j.events = 77;
    j.processing = {0.5, 0.75, 1};
    r.jobs.push_back(j);
  }
  return r;
}

} // namespace

TEST_CASE("the summary has these fields in this order") {
  auto expected = json::parse(R"({
    "duration_s": 10.5, "job_threads": 4, "jobs_active": 1,
    "events_received": 5000000000, "events_processed": 4999999999, "events_dropped": 1, "batches": 10,
    "lag_p50_s": 0.1, "lag_p99_s": 0.2, "lag_max_s": 0.3, "batch_p50_s": 0.01, "batch_p99_s": 0.02,
    "batch_total_s": 0.75,
    "cpu_s": 7.25, "max_rss_bytes": 123456789,
    "profile": { "wall_s": 10.0, "processors": 2, "cpu_s": 7.25, "phases_s": {
      "simulate": 0.0, "receive": 0.0, "verify": 0.25, "route": 0.0, "batch": 0.0, "accumulate": 6.0,
      "finalize": 0.0, "encode": 0.0, "send": 0.0, "other": 1.0, "idle": 12.75 } },
    "jobs": [
      { "workflow": "view", "source": "bank0", "state": "active", "events": 77,
        "processing_p50_s": 0.5, "processing_p99_s": 0.75 },
      { "workflow": "view", "source": "bank1", "state": "error", "events": 77,
        "processing_p50_s": 0.5, "processing_p99_s": 0.75 }
    ]})");
  CHECK(summary(sample_report(), 4).dump(2) == expected.dump(2));
}

TEST_CASE("a run without jobs has an empty list of them") {
  auto s = summary({}, 1);
  REQUIRE(s["jobs"].is_array());
  CHECK(s["jobs"].empty());
}

TEST_CASE("one job is a list of one object") {
  auto r = sample_report();
  r.jobs.resize(1);
  auto s = summary(r, 1);
  REQUIRE(s["jobs"].size() == 1);
  CHECK(s["jobs"][0]["source"] == "bank0");
}

TEST_CASE("the summary in the file is the summary, and replaces an older one") {
  auto pattern = (std::filesystem::temp_directory_path() / "livedata-summary-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  std::filesystem::path folder = pattern;
  auto path = folder / "summary.json";
  std::ofstream(path) << std::string(10'000, 'x');
  auto s = summary(sample_report(), 2);
  CHECK(write_summary(path, s));
  std::ifstream in(path);
  CHECK(json::parse(in) == s);
  CHECK(std::distance(std::filesystem::directory_iterator(folder), {}) == 1);

  // A name in another encoding does not cost the summary.
  s["jobs"][0]["source"] = "b\xFFnk";
  CHECK(write_summary(path, s));

  auto missing = folder / "missing" / "summary.json";
  auto r = write_summary(missing, s);
  REQUIRE(!r);
  CHECK(r.error().message.find(missing.string()) != std::string::npos);
  std::filesystem::remove_all(folder);
}

} // namespace summary_test
