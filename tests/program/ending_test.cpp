// However a run is ended, and whatever becomes of its outputs, it ends in order.
#include "program/loopback.hpp"
#include "program/pipe_ends.hpp"
#include "program/summary.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace ending_test {

using namespace livedata::test;

TEST_CASE("SIGINT, SIGTERM and SIGHUP end a run in order: nothing is lost, summary and pictures are written") {
  for (const auto& [s, name] :
       {std::pair(SIGINT, "SIGINT"), std::pair(SIGTERM, "SIGTERM"), std::pair(SIGHUP, "SIGHUP")}) {
    scratch_folder folder;
    program p({"--instrument=dummy", "--rate=1e5", "--display=lines", "--summary=summary.json", "--images=images"},
              folder.path());
    REQUIRE(p.shows("batches=[2-9]"));
    p.signal(s);
    auto o = p.wait();
    CAPTURE(o.err);
    CHECK(o.exit_code == 0);
    CHECK(o.out.find("jobs_active=3/3") != std::string::npos);
    CHECK(o.err.find(std::string("service_stopping reason=") + name) != std::string::npos);
    CHECK(o.err.find("service_stopped") != std::string::npos);
    check_nothing_lost(summary_in(folder));
    CHECK(summary_in(folder).at("jobs_active") == 3);
    check_pictures(folder.path() / "images", 3);
  }
}

TEST_CASE("a second signal ends the run at once, and the log says so") {
  scratch_folder folder;
  program p({"--instrument=dummy", "--rate=1e5", "--display=lines", "--summary=summary.json"}, folder.path());
  REQUIRE(p.shows("batches=[1-9]"));
  p.signal(SIGSTOP);
  p.signal(SIGINT);
  p.signal(SIGTERM);
  p.signal(SIGCONT);
  auto o = p.wait();
  CAPTURE(o.err);
  CHECK(o.err.find("service_stopping reason=SIGINT") != std::string::npos);
  CHECK(o.err.find("service_aborted reason=SIGTERM") != std::string::npos);
  CHECK(o.exit_code == -SIGTERM);
}

TEST_CASE("a run that was started with SIGHUP ignored does not end by it") {
  scratch_folder folder;
  auto before = std::signal(SIGHUP, SIG_IGN);
  program p({"--instrument=dummy", "--rate=1e5", "--display=lines"}, folder.path());
  std::signal(SIGHUP, before);
  REQUIRE(p.shows("batches=[1-9]"));
  p.signal(SIGHUP);
  REQUIRE(p.shows("batches=([4-9]|[1-9][0-9])"));
  p.signal(SIGTERM);
  auto o = p.wait();
  CHECK(o.exit_code == 0);
  CHECK(o.err.find("service_stopping reason=SIGTERM") != std::string::npos);
}

TEST_CASE("a signal ends a run at full speed with nothing lost") {
  scratch_folder folder;
  program p({"--instrument=dummy", "--rate=1e5", "--speed=0", "--job-threads=2", "--display=lines",
             "--services=detector_data,monitor_data", "--summary=summary.json"},
            folder.path());
  REQUIRE(p.shows("batches=[1-9]"));
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
  program p({"--instrument=dummy", "--rate=1e5", "--duration=3.5", "--display=lines", "--summary=summary.json"},
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
  pipe.fill();
  program p({"--instrument=dummy", "--rate=1e5", "--duration=2.5", "--display=lines", "--summary=summary.json"},
            folder.path(), {{}, pipe.writer});
  CHECK(p.wait().exit_code == 0);
  check_nothing_lost(summary_in(folder));
}

TEST_CASE("metrics can be scraped while the program runs") {
  scratch_folder folder;
  auto port = free_port();
  program p({"--instrument=loki", "--rate=1e5", "--metrics-port=" + std::to_string(port), "--summary=summary.json"},
            folder.path());
  const std::vector<std::string> names{
    "caf_system_running_actors", "livedata_source_events_total{stream=\"loki_detector_0\"}",
    "livedata_batches_total{service=\"detector_data\"}", "livedata_job_processing_time_seconds_bucket",
    "livedata_lag_seconds_count", "livedata_log_lines_lost_total 0", "caf_actor_mailbox_size{name=\"livedata.job\"}",
    "caf_actor_mailbox_size{name=\"livedata.publisher\"}",
    "caf_actor_mailbox_time_seconds_bucket{name=\"livedata.coordinator\"",
    "caf_actor_processing_time_seconds_bucket{name=\"livedata.coordinator\"",
    "caf_actor_processing_time_seconds_bucket{name=\"livedata.job\"",
    "livedata_jobs{service=\"detector_data\",state=\"active\"} 18",
    "livedata_build_info{version=", "livedata_batch_last_time_seconds{service=\"detector_data\"} 1",
    "livedata_source_last_message_time_seconds{stream=\"loki_detector_0\"} 1",
    // There before the first failure.
    "livedata_source_messages_rejected_total{reason=\"wrong_schema\"} 0",
    "livedata_results_failed_total{service=\"detector_data\"} 0",
    "livedata_commands_total{outcome=\"refused\",service=\"detector_data\"} 0",
    "livedata_commands_unreadable_total{reason=\"bad_json\"} 0",
    "livedata_batch_refused_messages_total{reason=\"failed\",service=\"detector_data\"} 0"};
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

TEST_CASE("a metrics port is taken again at once after a run that was scraped to its end") {
  scratch_folder folder;
  auto port = free_port();
  for (int round = 0; round < 2; ++round) {
    CAPTURE(round);
    program p({"--instrument=dummy", "--rate=1e5", "--display=none", "--metrics-port=" + std::to_string(port)},
              folder.path());
    std::string text;
    for (int i = 0; i < 600 && !p.ended() && text.empty(); ++i) {
      text = http_get(port, "/metrics");
      if (text.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    CHECK(text.find("livedata_") != std::string::npos);
    // The side that closes a connection first keeps the port for a minute. This one is closed by the program.
    tcp_socket open;
    auto address = loopback_address(port);
    CHECK(::connect(open.fd(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    p.signal(SIGTERM);
    auto o = p.wait();
    CAPTURE(o.err);
    CHECK(o.exit_code == 0);
  }
}

TEST_CASE("a full disk ends a run with exit code 1, and the last words name the file and the error") {
  scratch_folder folder;
  auto o = program({"--instrument=dummy", "--rate=1e5", "--duration=2.5", "--display=none", "--record=/dev/full",
                    "--summary=summary.json"},
                   folder.path())
             .wait();
  CAPTURE(o.err);
  CHECK(o.exit_code == 1);
  const auto last = o.err.substr(o.err.rfind('\n', o.err.size() - 2) + 1);
  CHECK(last.find("/dev/full") != std::string::npos);
  CHECK(last.find("No space left on device") != std::string::npos);
  // What can be written is.
  check_nothing_lost(summary_in(folder));
}

TEST_CASE("results and pictures that could not be written end a run with exit code 1") {
  for (const auto* option : {"--images=out", "--publish-dir=out"}) {
    scratch_folder folder;
    std::vector<std::string> args{"--instrument=dummy", "--rate=1e5", "--display=none", option};
    if (std::string(option).starts_with("--publish")) args.emplace_back("--publish=files");
    program p(args, folder.path());
    REQUIRE(p.logs("service_running"));
    // Where the folder was is a file now.
    std::filesystem::remove_all(folder.path() / "out");
    folder.write("out", "");
    std::this_thread::sleep_for(std::chrono::milliseconds(2500));
    p.signal(SIGTERM);
    auto o = p.wait();
    CAPTURE(o.err);
    CHECK(o.exit_code == 1);
    const auto last = o.err.substr(o.err.rfind('\n', o.err.size() - 2) + 1);
    CHECK(last.find("livedata: ") == 0);
    CHECK(last.find("out") != std::string::npos);
  }
}

} // namespace ending_test
