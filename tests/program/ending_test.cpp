// However a run is ended, and whatever becomes of its outputs, it ends in order.
#include "program/loopback.hpp"
#include "program/summary.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

using namespace livedata::test;

namespace {

struct pipe_ends {
  int reader = -1;
  int writer = -1;

  pipe_ends() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    reader = ends[0];
    writer = ends[1];
  }

  pipe_ends(const pipe_ends&) = delete;
  pipe_ends& operator=(const pipe_ends&) = delete;

  ~pipe_ends() {
    close_end(reader);
    close_end(writer);
  }

  static void close_end(int& fd) {
    if (fd >= 0) close(fd);
    fd = -1;
  }
};

} // namespace

TEST_CASE("SIGINT and SIGTERM end a run in order: nothing is lost, summary and pictures are written") {
  for (auto s : {SIGINT, SIGTERM}) {
    scratch_folder folder;
    program p({"--instrument=loki", "--rate=1e5", "--display=lines", "--summary=summary.json", "--images=images"},
              folder.path());
    REQUIRE(p.says("elapsed=2"));
    p.signal(s);
    auto o = p.wait();
    CAPTURE(o.err);
    CHECK(o.exit_code == 0);
    CHECK(o.out.find("jobs_active=18/18") != std::string::npos);
    CHECK(o.err.find("service_stopped") != std::string::npos);
    check_nothing_lost(summary_in(folder));
    CHECK(summary_in(folder).at("jobs_active") == 18);
    check_pictures(folder.path() / "images", 18);
  }
}

TEST_CASE("a signal ends a run at full speed with nothing lost") {
  scratch_folder folder;
  program p({"--instrument=loki", "--rate=1e5", "--speed=0", "--job-threads=2", "--display=lines",
             "--services=detector_data,monitor_data", "--summary=summary.json"},
            folder.path());
  REQUIRE(p.says("elapsed=1"));
  p.signal(SIGTERM);
  CHECK(p.wait().exit_code == 0);
  check_nothing_lost(summary_in(folder));
}

TEST_CASE("events that were dropped are part of the account") {
  scratch_folder folder;
  // Fewer messages may wait than one pulse brings.
  auto o = program({"--instrument=loki", "--rate=1e5", "--speed=0", "--pulses=100", "--source.queue-limit=1",
                    "--display=none", "--summary=summary.json"},
                   folder.path())
             .wait();
  CHECK(o.exit_code == 0);
  auto s = summary_in(folder);
  auto number = [&](const char* key) { return s.at(key).get<std::uint64_t>(); };
  CHECK(number("events_dropped") > 0);
  CHECK(number("events_processed") > 0);
  CHECK(number("events_received") == number("events_processed") + number("events_dropped"));
}

TEST_CASE("a run goes on when nobody reads its output any more") {
  scratch_folder folder;
  pipe_ends pipe;
  program p({"--instrument=loki", "--rate=1e5", "--duration=3.5", "--display=lines", "--summary=summary.json"},
            folder.path(), {{}, pipe.writer});
  pipe_ends::close_end(pipe.writer);
  char first = 0;
  REQUIRE(read(pipe.reader, &first, 1) == 1);
  CHECK(first == 'e');
  pipe_ends::close_end(pipe.reader);
  auto o = p.wait();
  CAPTURE(o.err);
  CHECK(o.exit_code == 0);
  auto s = summary_in(folder);
  check_nothing_lost(s);
  CHECK(s.at("duration_s").get<double>() >= 3.5);
}

TEST_CASE("a run is not held up by a reader of its output who does not read") {
  scratch_folder folder;
  pipe_ends pipe;
  fcntl(pipe.writer, F_SETPIPE_SZ, 4096);
  std::array<char, 4096> filling{};
  fcntl(pipe.writer, F_SETFL, O_NONBLOCK);
  while (write(pipe.writer, filling.data(), filling.size()) > 0) {
  }
  fcntl(pipe.writer, F_SETFL, 0);
  program p({"--instrument=loki", "--rate=1e5", "--duration=2.5", "--display=lines", "--summary=summary.json"},
            folder.path(), {{}, pipe.writer});
  CHECK(p.wait().exit_code == 0);
  check_nothing_lost(summary_in(folder));
}

TEST_CASE("metrics can be scraped while the program runs") {
  scratch_folder folder;
  auto port = free_port();
  program p({"--instrument=loki", "--rate=1e5", "--metrics-port=" + std::to_string(port), "--summary=summary.json"},
            folder.path());
  const std::vector<std::string> names{"caf_system_running_actors",
                                       "livedata_source_events_total{stream=\"loki_detector_0\"}",
                                       "livedata_batches_total{service=\"detector_data\"}",
                                       "livedata_job_processing_time_seconds_bucket",
                                       "livedata_lag_seconds_count",
                                       "livedata_jobs{service=\"detector_data\"} 18"};
  // Some metrics come with the first batch.
  std::string text;
  std::string missing;
  for (int i = 0; i < 600 && !p.ended(); ++i) {
    text = http_get(port, "/metrics");
    auto gap =
      std::find_if(names.begin(), names.end(), [&](const auto& n) { return text.find(n) == std::string::npos; });
    missing = gap == names.end() ? "" : *gap;
    if (missing.empty()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  CHECK(missing == "");
  REQUIRE(text.starts_with("HTTP/1.1 200 OK"));
  p.signal(SIGTERM);
  CHECK(p.wait().exit_code == 0);

  std::uint64_t scraped = 0;
  const std::string sample = "\nlivedata_source_events_total{";
  for (auto at = text.find(sample); at != std::string::npos; at = text.find(sample, at + 1))
    scraped += std::stoull(text.substr(text.find("} ", at) + 2));
  CHECK(scraped > 0);
  CHECK(scraped <= summary_in(folder).at("events_received").get<std::uint64_t>());
}
