// The table on terminals as people have them, with as many jobs as a real instrument.
#include "actors/view/terminal/report_table.hpp"
#include "actors/view/terminal/text.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

namespace report_table_screens_test {

using namespace livedata;

namespace {

struct screen_text {
  std::vector<std::string> lines;

  screen_text(const run_report& r, int columns, int rows) {
    std::istringstream in(render_table(r, columns, rows));
    for (std::string line; std::getline(in, line);)
      lines.push_back(line);
    CHECK(static_cast<int>(lines.size()) <= rows);
    for (const auto& line : lines)
      CHECK_MESSAGE(width(line) <= columns, line);
  }

  // Number of lines with this part, and where the first of them is.
  int count(const std::string& part) const {
    return static_cast<int>(
      std::count_if(lines.begin(), lines.end(), [&](auto& l) { return l.find(part) != std::string::npos; }));
  }

  std::ptrdiff_t place(const std::string& part) const {
    auto i = std::find_if(lines.begin(), lines.end(), [&](auto& l) { return l.find(part) != std::string::npos; });
    REQUIRE_MESSAGE(i != lines.end(), part);
    return i - lines.begin();
  }
};

// Two jobs on each of nine banks, as of an instrument at ten million events a second.
run_report busy_report() {
  run_report r;
  for (int bank = 0; bank < 9; ++bank)
    for (const auto* workflow : {"detector_xy_projection", "tube_view"}) {
      job_line j;
      j.label =
        std::make_shared<job_label>(job_label{"detector_data", workflow, "loki_detector_" + std::to_string(bank), ""});
      j.state = job_state::active;
      j.events_per_second = bank == 0 ? 4e6 : 8.5e5;
      j.seconds = 0.284;
      j.processing = {0.2, 0.396, 0.4};
      j.lag_seconds = 0.41;
      r.jobs.push_back(j);
    }
  r.jobs_active = r.jobs.size();
  r.elapsed_seconds = 3723;
  r.events_received = 37'230'000'000;
  r.events_processed = 37'220'000'000;
  r.received_per_second = 1e7;
  r.events_per_second = 1e7;
  r.batches = 3722;
  r.results = 401'976;
  r.lag_seconds = 0.41;
  r.lag = {0.48, 0.62, 0.62};
  r.batch = {0.413, 0.545, 0.545};
  r.cpu_share = 1.27;
  r.rss_bytes = 275'000'000;
  r.max_rss_bytes = 276'000'000;
  return r;
}

run_report troubled_report() {
  auto r = busy_report();
  r.jobs[17].state = job_state::error;
  r.jobs[17].text = "Job failed to finalise: bad shape";
  r.jobs[14].state = job_state::warning;
  r.jobs[14].text = "late data";
  r.jobs_active -= 2;
  r.messages_dropped = 1234;
  r.events_dropped = 5'600'000;
  r.rejected = {{"too_small", 3}};
  return r;
}

} // namespace

TEST_CASE("120 by 40 has room for 18 jobs with full names and for everything on the run") {
  screen_text s(busy_report(), 120, 40);
  CHECK(s.count("detector_xy_projection loki_detector_") == 9);
  CHECK(s.count("tube_view              loki_detector_") == 9);
  CHECK(s.count("more jobs") == 0);
  CHECK(s.count("1:02:03  18 jobs, 18 active") == 1);
  for (const auto* label : {"events ", "batches ", "lag  ", "process ", "losses "})
    CHECK_MESSAGE(s.count(label) >= 1, label);
}

TEST_CASE("80 by 24 has all columns and everything on the run, and says how many of 18 jobs it leaves out") {
  screen_text s(busy_report(), 80, 24);
  for (const auto* title : {"events/s", "last ms", "p99 ms", "lag s"})
    CHECK_MESSAGE(s.lines[1].find(title) != std::string::npos, title);
  auto shown = s.count("  active  ");
  CHECK(shown >= 12);
  CHECK(s.count("and " + std::to_string(18 - shown) + " more jobs") == 1);
  for (const auto* label : {"events ", "batches ", "lag  ", "process ", "losses "})
    CHECK_MESSAGE(s.count(label) >= 1, label);
}

TEST_CASE("80 by 24 shows all trouble: the jobs that have it first, and what was lost") {
  screen_text s(troubled_report(), 80, 24);
  CHECK(s.lines[0] == "livedata  1:02:03  LOSSES, 1 in error, 1 with a warning, 18 jobs, 16 active");
  CHECK(s.lines[2].find("loki_detector_8  error") != std::string::npos);
  CHECK(s.lines[3].find("loki_detector_7  warning") != std::string::npos);
  CHECK(s.lines[4].find("loki_detector_0  active") != std::string::npos);
  CHECK(s.place("DROPPED") > s.place("more jobs"));
  CHECK(s.count("DROPPED   1.23 k messages, 5.60 M events") == 1);
  CHECK(s.count("REJECTED  3 messages: too_small 3") == 1);
  CHECK(s.count("tube_view loki_detector_8: Job failed to finalise: bad shape") == 1);
}

TEST_CASE("a tiny terminal still tells of trouble before anything else") {
  screen_text small(troubled_report(), 40, 10);
  CHECK(small.lines[2].find("_8") != std::string::npos);
  CHECK(small.lines[2].find("error") != std::string::npos);
  CHECK(small.count("DROPPED") == 1);
  CHECK(small.count("tube_view loki_detector_8: Job") == 1);
  CHECK(small.count("failed to finalise: bad shape") == 1);
  CHECK(small.count("process") == 0);

  screen_text tiny(troubled_report(), 20, 4);
  CHECK(tiny.lines.size() == 4);
  CHECK(tiny.lines[0].find("livedata") == 0);
  CHECK(tiny.lines[2].find("error") != std::string::npos);

  screen_text one(troubled_report(), 40, 1);
  REQUIRE(one.lines.size() == 1);
  CHECK(one.lines[0].find("LOSSES, 1 in error") != std::string::npos);
}

TEST_CASE("the first line has the colour of the worst that happened, and any kind of loss is one") {
  auto colour = [](const run_report& r) {
    auto text = render_table(r, 80, 24, true);
    return text.substr(0, text.find('m') + 1);
  };
  CHECK(colour(busy_report()) == "\x1b[1m");
  auto warned = busy_report();
  warned.jobs[5].state = job_state::warning;
  CHECK(colour(warned) == "\x1b[1;33m");
  warned.jobs[6].state = job_state::error;
  CHECK(colour(warned) == "\x1b[1;31m");
  auto dropped = busy_report();
  dropped.messages_dropped = 1;
  auto rejected = busy_report();
  rejected.rejected = {{"none_of_these", 0}, {"too_small", 1}};
  auto failed = busy_report();
  failed.results_failed = 1;
  for (const auto& r : {dropped, rejected, failed}) {
    CHECK(colour(r) == "\x1b[1;31m");
    CHECK(screen_text(r, 80, 24).lines[0].find("LOSSES") != std::string::npos);
  }
  auto harmless = busy_report();
  harmless.rejected = {{"too_small", 0}};
  CHECK(colour(harmless) == "\x1b[1m");
}

} // namespace report_table_screens_test
