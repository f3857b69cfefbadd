// Whole runs of the program: what comes in goes out.
#include "messages/codec/da00.hpp"
#include "program/summary.hpp"

#include <span>

namespace run_test {

using namespace livedata;
using namespace livedata::test;

namespace {

data_array decoded(const std::string& content) {
  auto read = da00::read(std::as_bytes(std::span<const char>(content)));
  REQUIRE(read);
  return std::move(read->data);
}

double sum(const variable& v) {
  return std::visit(
    [](const auto& elements) {
      double total = 0;
      for (auto x : elements)
        total += static_cast<double>(x);
      return total;
    },
    v.data);
}

// Of views and monitors; views have four more, of regions of interest.
const std::vector<std::string> outputs{"cumulative",          "current",
                                       "counts_total",        "counts_total_cumulative",
                                       "counts_in_toa_range", "counts_in_toa_range_cumulative"};

// Ten seconds of data, all of it published.
outcome run_with_files(const scratch_folder& folder, const std::string& threads) {
  return program({"--instrument=loki", "--rate=1e5", "--speed=0", "--pulses=140", "--display=none",
                  "--services=detector_data,monitor_data", "--summary=summary.json", "--publish=files",
                  "--publish-dir=results", "--publish.keep=all", "--job-threads=" + threads},
                 folder.path())
    .wait();
}

} // namespace

TEST_CASE("a run of so many pulses ends by itself, with nothing lost, a complete summary, and a picture for each job") {
  for (const auto* threads : {"1", "2"}) {
    scratch_folder folder;
    auto o = program({"--instrument=loki", "--rate=1e5", "--speed=0", "--pulses=140", "--display=none",
                      "--summary=summary.json", "--images=images", std::string("--job-threads=") + threads},
                     folder.path())
               .wait();
    CAPTURE(o.err);
    CHECK(o.exit_code == 0);
    CHECK(o.out.empty());
    auto s = summary_in(folder);
    check_nothing_lost(s);
    // 1e5 events per second, 14 pulses per second.
    CHECK(s.at("events_received").get<double>() == doctest::Approx(1e6).epsilon(0.001));
    CHECK(s.at("jobs_active") == 18);
    CHECK(s.at("job_threads") == std::stoi(threads));
    // The first pulse, then one each second.
    CHECK(s.at("batches") == 11);
    for (const auto* key : {"duration_s", "lag_p50_s", "lag_p99_s", "lag_max_s", "batch_p50_s", "batch_p99_s",
                            "batch_total_s", "cpu_s", "max_rss_bytes"})
      CHECK(s.at(key).get<double>() > 0);
    CHECK(s.at("jobs").size() == 18);
    std::map<std::string, std::uint64_t> by_bank;
    std::uint64_t total = 0;
    for (const auto& j : s.at("jobs")) {
      auto events = j.at("events").get<std::uint64_t>();
      total += events;
      auto [i, first] = by_bank.try_emplace(j.at("source").get<std::string>(), events);
      CHECK(i->second == events);
      CHECK(j.at("state") == "active");
      CHECK(j.at("processing_p50_s").get<double>() > 0);
      CHECK(j.at("processing_p99_s").get<double>() >= j.at("processing_p50_s").get<double>());
    }
    CHECK(by_bank.size() == 9);
    CHECK(total == 2 * s.at("events_received").get<std::uint64_t>());
    check_pictures(folder.path() / "images", 18);
  }
}

TEST_CASE("two runs publish the same files with the same values, also with another number of threads") {
  std::vector<std::map<std::string, std::string>> results;
  for (const auto* threads : {"1", "1", "2"}) {
    scratch_folder folder;
    auto o = run_with_files(folder, threads);
    CAPTURE(o.err);
    REQUIRE(o.exit_code == 0);
    results.push_back(files_in(folder.path() / "results", ".da00"));
    CHECK(results.back().size() == (18 * (outputs.size() + 4) + 5 * outputs.size()) * 11);
  }
  for (std::size_t i : {1U, 2U}) {
    REQUIRE(results[i].size() == results[0].size());
    auto other = results[i].begin();
    // The times differ, as data time is that of the wall.
    for (const auto& [name, content] : results[0]) {
      CAPTURE(name);
      CHECK(other->first == name);
      CHECK(other->second.size() == content.size());
      CHECK(decoded(other->second).data == decoded(content).data);
      ++other;
    }
  }
}

TEST_CASE("what is published adds up to the events that were simulated") {
  scratch_folder folder;
  // The edges reach far enough for all arrival times, also those before the pulse.
  auto job = [](const std::string& workflow, const std::string& source) {
    return "    { workflow = \"" + workflow + "\", source = \"" + source +
           "\", params { toa-edges { start = -1000, stop = 1000, num-bins = 50 } } },\n";
  };
  folder.write("my.conf", "livedata {\n  instrument = \"loki\"\n  services = [\"detector_data\", \"monitor_data\"]\n"
                          "  jobs = [\n" +
                            job("tube_view", "loki_detector_0") + job("tube_view", "loki_detector_8") +
                            job("detector_xy_projection", "loki_detector_8") +
                            job("monitor_histogram", "beam_monitor_m1") + "  ]\n}\n");
  auto o = program({"--config-file=my.conf", "--rate=1e5", "--speed=0", "--pulses=140", "--display=none",
                    "--summary=summary.json", "--publish=files", "--publish-dir=results", "--publish.keep=all"},
                   folder.path())
             .wait();
  CAPTURE(o.err);
  REQUIRE(o.exit_code == 0);
  auto s = summary_in(folder);
  CHECK(s.at("jobs_active") == 4);
  CHECK(s.at("events_dropped") == 0);
  REQUIRE(s.at("jobs").size() == 4);
  for (const auto& j : s.at("jobs")) {
    auto workflow = j.at("workflow").get<std::string>();
    auto source = j.at("source").get<std::string>();
    CAPTURE(source);
    CAPTURE(workflow);
    auto events = j.at("events").get<double>();
    CHECK(events > 0);
    auto value = [&](const std::string& output, int batch) {
      auto number = std::to_string(batch);
      auto file = output + "-" + std::string(8 - number.size(), '0') + number + ".da00";
      return sum(decoded(content_of(folder.path() / "results" / source / workflow / file)).data);
    };
    double counted = 0;
    for (int batch = 1; batch <= 11; ++batch) {
      CHECK(value("current", batch) == value("counts_total", batch));
      counted += value("counts_total", batch);
      CHECK(value("cumulative", batch) == counted);
      CHECK(value("counts_total_cumulative", batch) == counted);
    }
    CHECK(counted == events);
  }
}

TEST_CASE("of results in files, the latest of each output is kept unless all are asked for") {
  scratch_folder folder;
  auto o = program({"--instrument=loki", "--rate=1e5", "--speed=0", "--pulses=42", "--publish=files",
                    "--publish-dir=not/yet/there"},
                   folder.path())
             .wait();
  CHECK(o.exit_code == 0);
  auto files = files_in(folder.path() / "not/yet/there", ".da00");
  CHECK(files.size() == 18 * (outputs.size() + 4));
  for (const auto& output : outputs)
    CHECK(files.contains("loki_detector_0/tube_view/" + output + ".da00"));
}

TEST_CASE("a run with a duration ends by itself") {
  scratch_folder folder;
  auto o = program({"--instrument=loki", "--rate=1e5", "--duration=1.5", "--display=none", "--summary=summary.json"},
                   folder.path())
             .wait();
  CHECK(o.exit_code == 0);
  CHECK(o.out.empty());
  auto s = summary_in(folder);
  check_nothing_lost(s);
  CHECK(s.at("duration_s").get<double>() >= 1.5);
}

} // namespace run_test
