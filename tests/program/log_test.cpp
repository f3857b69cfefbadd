// The log never holds up a run.
#include "program/pipe_ends.hpp"
#include "program/summary.hpp"

namespace log_test {

using namespace livedata::test;

TEST_CASE(
  "a run is not held up by a reader of its log who does not read: results come, and a signal ends it in order") {
  scratch_folder folder;
  pipe_ends pipe;
  pipe.fill();
  surroundings around;
  around.err = pipe.writer;
  program p({"--instrument=dummy", "--rate=1e5", "--display=lines", "--log-level=debug", "--summary=summary.json",
             "--publish=files", "--publish-dir=results"},
            folder.path(), around);
  REQUIRE(p.shows("batches=[2-9]"));
  p.signal(SIGTERM);
  CHECK(p.wait().exit_code == 0);
  auto s = summary_in(folder);
  check_nothing_lost(s);
  CHECK(s.at("batches").get<int>() >= 2);
  CHECK_FALSE(files_in(folder.path() / "results", ".da00").empty());
}

TEST_CASE("what ends the program at its start does not wait for a reader of standard error who does not read") {
  pipe_ends pipe;
  pipe.fill();
  surroundings around;
  around.err = pipe.writer;
  CHECK(run({"--instrument=loki", "--no-such-option"}, around).exit_code == 2);
  CHECK(run({"--instrument=no_such_instrument"}, around).exit_code == 2);
  around.program = "livedata-geometry";
  CHECK(run({"--no-such-option"}, around).exit_code == 2);
}

TEST_CASE("the log goes on when its reader reads again") {
  scratch_folder folder;
  pipe_ends pipe;
  pipe.fill();
  surroundings around;
  around.err = pipe.writer;
  program p({"--instrument=dummy", "--rate=1e5", "--display=lines"}, folder.path(), around);
  REQUIRE(p.shows("batches=[1-9]"));
  p.signal(SIGTERM);
  pipe_ends::close_end(pipe.writer);
  std::string text;
  std::array<char, 512> part{};
  for (ssize_t n = 0; (n = read(pipe.reader, part.data(), part.size())) > 0;)
    text.append(part.data(), static_cast<std::size_t>(n));
  CHECK(p.wait().exit_code == 0);
  CAPTURE(text.substr(text.find_first_not_of('\0')));
  CHECK(text.find(" info service_running ") != std::string::npos);
  CHECK(text.find(" info service_stopped ") != std::string::npos);
}

TEST_CASE("the jobs of the configuration have one line in the log, and each a line at level debug") {
  const auto lines_with = [](const std::string& text, const std::string& event) {
    std::size_t n = 0;
    for (auto at = text.find(event); at != std::string::npos; at = text.find(event, at + 1))
      ++n;
    return n;
  };
  const std::vector<std::string> arguments{"--instrument=loki", "--rate=1e5", "--display=none", "--speed=0",
                                           "--pulses=42"};
  const auto usual = run(arguments);
  CAPTURE(usual.err);
  CHECK(lines_with(usual.err, " info jobs_scheduled service=detector_data jobs=18 "
                              "workflows=\"detector_xy_projection (9), tube_view (9)\"") == 1);
  CHECK(lines_with(usual.err, " info jobs_activated service=detector_data jobs=18 ") == 1);
  for (const auto* one : {" job_scheduled ", " job_activated ", " processing_command "})
    CHECK_MESSAGE(lines_with(usual.err, one) == 0, one);
  CHECK(lines_with(usual.err, "\n") < 20);
  auto all = arguments;
  all.emplace_back("--log-level=debug");
  const auto more = run(all);
  CHECK(lines_with(more.err, " debug job_scheduled job=") == 18);
  CHECK(lines_with(more.err, " debug job_activated job=") == 18);
}

} // namespace log_test
