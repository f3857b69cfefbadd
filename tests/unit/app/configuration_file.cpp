#include "configuration_fixture.hpp"

namespace configuration_file {

using namespace livedata;
using namespace livedata::testing;

TEST_CASE("every option of the file reaches its setting") {
  auto out = configure_file(R"(livedata {
  instrument = "loki"
  instrument-path = ["a", "b"]
  services = ["monitor_data", "timeseries"]
  job-threads = 3
  duration = 20s
  log-level = "debug"
  source { kind = "simulator", rate = 5, seed = 7, speed = 0.5, pulses = 5, queue-limit = 9 }
  batch { kind = "simple", interval = 250ms }
  publish { kind = "files", directory = "out", keep = "all" }
  restart { limit = 0, delay = 2s }
  display = "none"
  images = "pics"
  summary = "s.json"
  job-set = "none"
}
)");
  auto& s = out->values();
  CHECK(s.instrument == "loki");
  CHECK(s.instrument_path == std::vector<std::filesystem::path>{"a", "b"});
  CHECK(s.services == std::vector<std::string>{"monitor_data", "timeseries"});
  CHECK(s.job_threads == 3);
  CHECK(s.run_for == duration{20'000'000'000});
  CHECK(s.log_level == "debug");
  CHECK(s.source.rate == 5);
  CHECK(s.source.seed == 7);
  CHECK(s.source.speed == 0.5);
  CHECK(s.source.pulses == 5);
  CHECK(s.source.queue_limit == 9);
  CHECK(s.batch.interval == duration{250'000'000});
  CHECK(s.publish.kind == "files");
  CHECK(s.publish.directory == std::filesystem::path{"out"});
  CHECK(s.publish.keep == "all");
  CHECK(s.restart.limit == 0);
  CHECK(s.restart.delay == duration{2'000'000'000});
  CHECK(s.display == "none");
  CHECK(s.images == std::filesystem::path{"pics"});
  CHECK(s.summary == std::filesystem::path{"s.json"});
  CHECK(s.job_set == "none");
}

TEST_CASE("a configuration file that cannot be read is named with the reason") {
  scratch_folder folder;
  auto out = configure_with({"--instrument=loki", "--config-file=" + (folder.path() / "none.conf").string()});
  CHECK(out->reason() == "file");
  CHECK_HOLDS(out->error(), "none.conf", "No such file", "--config-file");
  CHECK_HOLDS(configure_with({"--instrument=loki", "--config-file=" + folder.path().string()})->error(),
              folder.path().string(), "is a folder");
}

TEST_CASE("an empty configuration file is refused") {
  CHECK_HOLDS(configure_file("")->error(), "test.conf", "empty");
  CHECK_HOLDS(configure_file("\n  # nothing but this\n\n")->error(), "test.conf", "empty");
  CHECK_HOLDS(configure_with({"--config-file="})->error(), "--config-file", "empty");
}

TEST_CASE("unknown keys are refused at any depth, with line and suggestion") {
  CHECK_HOLDS(configure_file("\nlivdata { instrument = \"x\" }")->error(), "test.conf:2:", "livdata",
              "did you mean 'livedata'?");
  CHECK_HOLDS(configure_block("sorce { rate = 1 }")->error(), "test.conf:2:", "livedata.sorce",
              "did you mean 'source'?");
  CHECK_HOLDS(configure_block("source {\n  rat = 1\n}")->error(), "test.conf:3:", "livedata.source.rat",
              "did you mean 'rate'?");
  CHECK_HOLDS(configure_block("source {\n  xxxxxx = 1\n}")->error(), "test.conf:3:", "livedata.source.xxxxxx",
              "known here: kind, rate");
  auto out = configure_block("source {\n  rat = 1\n}");
  CHECK(out->reason() == "key");
  CHECK_HOLDS(out->error(), out->file);
}

TEST_CASE("a key in the wrong place is told where it belongs") {
  CHECK_HOLDS(configure_file("instrument = \"loki\"")->error(),
              "test.conf:1: instrument:", "livedata { instrument = … }");
  CHECK_HOLDS(configure_block("rate = 5")->error(), "test.conf:2: livedata.rate:", "livedata { source { rate = … } }");
  CHECK_HOLDS(configure_block("metrics-port = 5")->error(),
              "test.conf:2:", "caf { middleman { prometheus-http { port = … } } }");
  CHECK_HOLDS(configure_block("check = true")->error(), "test.conf:2:", "--check", "command line");
  CHECK_HOLDS(configure_block("\"source.rate\" = 1")->error(), "test.conf:2:", "source { rate = … }");
}

TEST_CASE("values of the wrong type are refused with line, key, expectation and example") {
  auto out = configure_block("source {\n  rate = \"fast\"\n}");
  CHECK(out->reason() == "value");
  CHECK_HOLDS(out->error(), "test.conf:3: livedata.source.rate:", "a number greater than 0", "\"fast\"",
              "rate = 1000000");
  CHECK_HOLDS(configure_block("job-threads = \"4\"")->error(), "test.conf:2: livedata.job-threads:", "\"4\"",
              "job-threads = 1");
  CHECK_HOLDS(configure_block("job-threads = 2.5")->error(), "test.conf:2:", "2.5", "whole number");
  CHECK_HOLDS(configure_block("job-threads = -2")->error(), "test.conf:2:", "-2", "from 1");
  CHECK_HOLDS(configure_block("services = \"detector_data\"")->error(), "test.conf:2:", "a list of",
              "services = [\"detector_data\"]");
  CHECK_HOLDS(configure_block("services = [5]")->error(), "test.conf:2:", "livedata.services", "5");
  CHECK_HOLDS(configure_block("batch { interval = 5 }")->error(), "test.conf:2: livedata.batch.interval:", "unit",
              "5s");
  CHECK_HOLDS(configure_block("batch { interval = \"5s\" }")->error(), "test.conf:2:", "\"5s\"", "interval = 1s");
  CHECK_HOLDS(configure_block("display = true")->error(), "test.conf:2:", "true", "display = \"auto\"");
  CHECK_HOLDS(configure_block("images = 5")->error(), "test.conf:2:", "a text", "images = \"images\"");
  CHECK_HOLDS(configure_file("livedata { instrument = 5 }")->error(), "test.conf:1: livedata.instrument:", "a text",
              "instrument = \"loki\"");
  CHECK_HOLDS(configure_file("livedata { instrument = \"\" }")->error(), "test.conf:1:", "not empty");
}

TEST_CASE("a wrong value in the file is refused even if the command line sets the option") {
  CHECK_HOLDS(configure_block("source { rate = -1 }", {"--rate=5"})->error(),
              "test.conf:2: livedata.source.rate:", "-1");
}

TEST_CASE("values that are out of range or not allowed are refused") {
  CHECK_HOLDS(configure_block("source { kind = \"rabbit\" }")->error(),
              "test.conf:2: livedata.source.kind:", "simulator, kafka, replay");
  CHECK_HOLDS(configure_block("services = [\"timeseries\", \"timeseries\"]")->error(), "test.conf:2:", "twice");
  CHECK_HOLDS(configure_block("publish { keep = \"lates\" }")->error(), "test.conf:2:", "did you mean 'latest'?");
  CHECK_HOLDS(configure_block("publish {\n kind = \"files\"\n}")->error(),
              "test.conf:3: livedata.publish.kind:", "folder", "directory");
  CHECK(configure_block("publish { directory = \"x\" }", {"--publish=none"})->values().publish.kind == "none");
}

TEST_CASE("a block where a value is expected and a value where a block is expected are refused") {
  CHECK_HOLDS(configure_block("display { kind = \"x\" }")->error(), "test.conf:2: livedata.display:", "not a block",
              "display = \"auto\"");
  CHECK_HOLDS(configure_block("source = \"simulator\"")->error(), "test.conf:2: livedata.source:", "expected a block",
              "source { … }");
  CHECK_HOLDS(configure_file("livedata = 5")->error(), "test.conf:1: livedata:", "expected a block");
  CHECK_HOLDS(configure_block("jobs { workflow = \"x\" }")->error(), "test.conf:2: livedata.jobs:", "list of blocks");
  CHECK_HOLDS(configure_block("jobs = \"x\"")->error(), "test.conf:2: livedata.jobs:", "list of blocks");
  CHECK_HOLDS(configure_file("caf { metrics = 5 }")->error(), "test.conf:1: caf.metrics:", "expected a block");
  CHECK_HOLDS(configure_file("caf { scheduler { policy { } } }")->error(),
              "test.conf:1: caf.scheduler.policy:", "not a block");
  CHECK_HOLDS(configure_file("caf { logger { inline-output { } } }")->error(), "test.conf:1:", "not a block");
}

TEST_CASE("threads that file and command line give differently are refused with both places") {
  auto out =
    configure_file("livedata { instrument = \"x\" }\ncaf { scheduler { max-threads = 4 } }", {"--job-threads=2"});
  CHECK_HOLDS(out->error(), "test.conf:2: caf.scheduler.max-threads:", "4", "2", "--job-threads");
}

TEST_CASE("check is asked for beside a file") {
  auto out = configure_block("source { rate = 5 }", {"--check"});
  REQUIRE(out->made);
  CHECK(out->made->what == intent::check);
  CHECK(out->values().source.rate == 5);
}

} // namespace configuration_file
