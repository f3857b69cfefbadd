// What can be asked of the program without a run, and where it takes its settings from.
#include "program/run_program.hpp"

#include <doctest/doctest.h>

namespace questions_test {

using namespace livedata::test;

namespace {

std::string dump(const std::vector<std::string>& args, const surroundings& around = {}) {
  auto all = args;
  all.emplace_back("--dump-config");
  auto o = run(all, around);
  CAPTURE(o.err);
  CHECK(o.exit_code == 0);
  CHECK(o.err.empty());
  return o.out;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("help, version and check are answered on standard output and end the program with 0") {
  auto help = run({"--help"});
  CHECK(help.exit_code == 0);
  CHECK(help.err.empty());
  for (const auto* option : {"--instrument", "--job-threads", "--rate", "--config-file", "--metrics-port", "--check"})
    CHECK(holds(help.out, option));
  CHECK(run({"-h"}).out == help.out);

  auto version = run({"--version"});
  CHECK(version.exit_code == 0);
  CHECK(version.err.empty());
  CHECK(version.out.starts_with("livedata "));

  auto check = run({"--instrument=loki", "--check"});
  CHECK(check.exit_code == 0);
  CHECK(check.err.empty());
  CHECK(holds(check.out, "jobs: 18\n"));
  CHECK(holds(check.out, "invented"));
  for (int bank = 0; bank < 9; ++bank) {
    CHECK(holds(check.out, "loki/tube_view/1 on loki_detector_" + std::to_string(bank) + "\n"));
    CHECK(holds(check.out, "loki/detector_xy_projection/1 on loki_detector_" + std::to_string(bank) + "\n"));
  }
}

TEST_CASE("instruments and the workflows of one are listed, as text and as JSON, and need no job") {
  auto all = run({"--list"});
  CHECK(all.exit_code == 0);
  CHECK(all.err.empty());
  CHECK(holds(all.out, "loki       LoKI\n"));
  auto one = run({"--instrument=magic", "--list"});
  CHECK(one.exit_code == 0);
  CHECK(holds(one.out, "magic/strip_view/1"));
  auto parsed = run({"--instrument=magic", "--list-json"});
  CHECK(parsed.exit_code == 0);
  CHECK(parsed.out.starts_with("{\n  \"name\": \"magic\""));
  CHECK(run({"--instrument=magik", "--list"}).exit_code == 2);
}

TEST_CASE("the jobs of the default set depend on the services, and a list of jobs takes their place") {
  CHECK(holds(run({"--instrument=loki", "--check", "--services=detector_data,monitor_data"}).out, "jobs: 23\n"));
  CHECK(holds(run({"--instrument=loki", "--check", "--services=monitor_data"}).out, "jobs: 5\n"));
  CHECK(holds(run({"--instrument=loki", "--check", "--job-set=none"}).out, "jobs: 0\n"));
  scratch_folder folder;
  auto file = folder.write("one.conf", "livedata {\n  instrument = \"loki\"\n  jobs = [\n    { workflow = "
                                       "\"tube_view\", source = \"loki_detector_3\" }\n  ]\n}\n");
  auto one = run({"--config-file=" + file, "--check"});
  CHECK(holds(one.out, "jobs: 1\n"));
  CHECK(holds(one.out, "loki/tube_view/1 on loki_detector_3\n"));
}

TEST_CASE("a value may follow its option with a blank or an equals sign") {
  auto plain = dump({"--instrument=loki"});
  auto equals = dump({"--instrument=loki", "--rate=5e5", "--job-threads=3", "--display=none", "--images=some/where"});
  auto blank = dump(
    {"--instrument", "loki", "--rate", "5e5", "--job-threads", "3", "--display", "none", "--images", "some/where"});
  CHECK(equals == blank);
  CHECK(equals != plain);
  CHECK(holds(equals, "some/where"));
}

TEST_CASE("the command line comes before the environment, which comes before the file") {
  scratch_folder folder;
  auto file = folder.write(
    "my.conf", "livedata {\n  instrument = \"loki\"\n  job-threads = 5\n  source { seed = 5, rate = 5 }\n}\n");
  auto mixed = dump({"--config-file=" + file, "--job-threads=7"},
                    {{"LIVEDATA_JOB_THREADS=6", "LIVEDATA_SOURCE_SEED=6", "LIVEDATA_SOURCE_SPEED="}, {}});
  CHECK(mixed == dump({"--instrument=loki", "--job-threads=7", "--seed=6", "--rate=5"}));
}

TEST_CASE("the dumped configuration can be read back and gives itself") {
  scratch_folder folder;
  auto jobs = folder.write("jobs.conf", R"(livedata {
  instrument = "loki"
  services = ["detector_data", "monitor_data"]
  jobs = [
    { workflow = "tube_view", source = "loki_detector_0", params { toa-edges { num-bins = 50 } }, start = 5, end = 6 },
    { workflow = "monitor_histogram", source = "beam_monitor_m1", number = "6f1a3c52-0b7e-4d19-9a41-2c8e5d7f0b63" }
  ]
}
)");
  for (const auto& args : std::vector<std::vector<std::string>>{
         {"--instrument=loki"},
         {"--instrument=loki", "--job-threads=3", "--duration=90min", "--instrument-path=a b,c\"d", "--publish=files",
          "--publish-dir=out", "--metrics-port=9464", "--caf.scheduler.policy=stealing", "--restart.delay=3ms"},
         {"--config-file=" + jobs}}) {
    auto first = dump(args);
    CHECK(dump({"--config-file=" + folder.write("dump.conf", first)}) == first);
  }
}

TEST_CASE("a file that CAF would read unasked is left alone") {
  scratch_folder folder;
  auto file = folder.write("caf-application.conf",
                           "livedata {\n  instrument = \"loki\"\n  source { seed = 4321 }\n}\nrubbish = 5\n");
  auto in_folder = [&](const std::vector<std::string>& args) { return program(args, folder.path()).wait(); };
  CHECK(in_folder({"--instrument=loki", "--dump-config"}).out == dump({"--instrument=loki"}));
  CHECK(in_folder({"--instrument=loki", "--check"}).exit_code == 0);
  CHECK(in_folder({"--check"}).exit_code == 2);
  // The same file is looked at once it is asked for.
  CHECK(in_folder({"--config-file=" + file, "--check"}).exit_code == 2);
}

} // namespace questions_test
