// Whole runs of the program: what comes in goes out, whatever ends it.
#include "program/run_program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <sys/socket.h>

using namespace livedata::test;
using nlohmann::json;

namespace {

json summary_in(const scratch_folder& folder) {
  return json::parse(content_of(folder.path() / "summary.json"));
}

void check_nothing_lost(const json& s) {
  CHECK(s.at("events_received").get<std::uint64_t>() > 0);
  CHECK(s.at("events_received") == s.at("events_processed"));
  CHECK(s.at("events_dropped") == 0);
}

std::size_t files_in(const std::filesystem::path& folder, const std::string& extension) {
  std::size_t n = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == extension) ++n;
  return n;
}

std::uint16_t free_port() {
  auto fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(address.sin_port);
}

std::string scrape(std::uint16_t port) {
  auto fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string text;
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    std::string request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
    if (write(fd, request.data(), request.size()) == static_cast<ssize_t>(request.size())) {
      char part[4096];
      for (ssize_t n = 0; (n = read(fd, part, sizeof part)) > 0;)
        text.append(part, static_cast<std::size_t>(n));
    }
  }
  close(fd);
  return text;
}

} // namespace

TEST_CASE("a run of so many pulses ends by itself, with nothing lost, a complete summary, and a picture for each job") {
  for (const auto* threads : {"1", "2"}) {
    scratch_folder folder;
    program p({"--instrument=loki", "--rate=1e5", "--speed=0", "--pulses=140", "--summary=summary.json",
               "--images=images", std::string("--job-threads=") + threads},
              folder.path());
    auto o = p.wait();
    CAPTURE(o.err);
    CHECK(o.exit_code == 0);
    auto s = summary_in(folder);
    check_nothing_lost(s);
    CHECK(s.at("jobs_active") == 18);
    CHECK(s.at("job_threads") == std::stoi(threads));
    CHECK(s.at("batches").get<int>() >= 10);
    for (const auto* key :
         {"duration_s", "lag_p50_s", "lag_p99_s", "lag_max_s", "batch_p50_s", "batch_p99_s", "cpu_s", "max_rss_bytes"})
      CHECK(s.at(key).get<double>() > 0);
    CHECK(s.at("jobs").size() == 18);
    std::map<std::string, std::uint64_t> by_bank;
    std::uint64_t sum = 0;
    for (const auto& j : s.at("jobs")) {
      auto events = j.at("events").get<std::uint64_t>();
      sum += events;
      auto [i, first] = by_bank.try_emplace(j.at("source").get<std::string>(), events);
      CHECK(i->second == events); // both jobs of a bank see the same
      CHECK(j.at("state") == "active");
      CHECK(j.at("processing_p50_s").get<double>() > 0);
      CHECK(j.at("processing_p99_s").get<double>() >= j.at("processing_p50_s").get<double>());
    }
    CHECK(by_bank.size() == 9);
    CHECK(sum == 2 * s.at("events_received").get<std::uint64_t>());
    CHECK(files_in(folder.path() / "images", ".png") == 18);
    CHECK(o.out.find("jobs_active=18/18") != std::string::npos);
  }
}

TEST_CASE("results in files: the latest of each output, or all of them") {
  scratch_folder folder;
  std::vector<std::string> args{"--instrument=loki", "--rate=1e5",      "--speed=0",
                                "--pulses=42",       "--publish=files", "--services=detector_data,monitor_data"};
  auto latest = args;
  latest.insert(latest.end(), {"--publish-dir=latest"});
  CHECK(program(latest, folder.path()).wait().exit_code == 0);
  CHECK(files_in(folder.path() / "latest", ".da00") == 23 * 6);
  auto all = args;
  all.insert(all.end(), {"--publish-dir=all", "--publish.keep=all"});
  CHECK(program(all, folder.path()).wait().exit_code == 0);
  CHECK(files_in(folder.path() / "all", ".da00") > 23 * 6);
  CHECK(files_in(folder.path() / "all", ".da00") % (23 * 6) == 0);
}

TEST_CASE("SIGINT and SIGTERM end a run in order: nothing is lost, summary and pictures are written") {
  for (auto s : {SIGINT, SIGTERM}) {
    scratch_folder folder;
    program p({"--instrument=loki", "--rate=1e5", "--display=lines", "--summary=summary.json", "--images=images"},
              folder.path());
    REQUIRE(p.says("elapsed=2"));
    p.signal(s);
    auto o = p.wait();
    CHECK(o.exit_code == 0);
    check_nothing_lost(summary_in(folder));
    CHECK(summary_in(folder).at("jobs_active") == 18);
    CHECK(files_in(folder.path() / "images", ".png") == 18);
  }
}

TEST_CASE("a run with a duration ends by itself") {
  scratch_folder folder;
  program p({"--instrument=loki", "--rate=1e5", "--duration=1.5", "--display=none", "--summary=summary.json"},
            folder.path());
  auto o = p.wait();
  CHECK(o.exit_code == 0);
  CHECK(o.out.empty());
  check_nothing_lost(summary_in(folder));
}

TEST_CASE("metrics can be scraped while the program runs") {
  scratch_folder folder;
  auto port = free_port();
  program p({"--instrument=loki", "--rate=1e5", "--metrics-port=" + std::to_string(port)}, folder.path());
  std::vector<std::string> names{"caf_system_running_actors",
                                 "livedata_source_events_total{stream=\"loki_detector_0\"}",
                                 "livedata_batches_total{service=\"detector_data\"}",
                                 "livedata_job_processing_time_seconds_bucket",
                                 "livedata_lag_seconds_count",
                                 "livedata_jobs{service=\"detector_data\"} 18"};
  // Some metrics come with the first batch.
  std::string text;
  std::string missing;
  for (int i = 0; i < 600; ++i) {
    text = scrape(port);
    auto gap =
      std::find_if(names.begin(), names.end(), [&](const auto& n) { return text.find(n) == std::string::npos; });
    missing = gap == names.end() ? "" : *gap;
    if (missing.empty()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  CHECK(missing == "");
  p.signal(SIGTERM);
  CHECK(p.wait().exit_code == 0);
}
