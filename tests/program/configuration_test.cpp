// A wrong configuration ends the program with code 2 and a message that says where and what to do.
#include "program/loopback.hpp"
#include "program/run_program.hpp"

#include <doctest/doctest.h>

namespace configuration_test {

using namespace livedata::test;

namespace {

// All texts must be in the message, and nothing on standard output.
void check_refused(const outcome& o, const std::vector<std::string>& texts) {
  CAPTURE(o.err);
  CHECK(o.exit_code == 2);
  CHECK(o.out.empty());
  CHECK(o.err.starts_with("livedata: "));
  for (const auto& text : texts) {
    CAPTURE(text);
    CHECK(o.err.find(text) != std::string::npos);
  }
}

// Refused when it is started and when it is checked.
void check_line_refused(const std::vector<std::string>& args, const std::vector<std::string>& texts) {
  for (const auto* how : {"--duration=0.1", "--check"}) {
    auto all = args;
    all.insert(all.begin(), {"--instrument=loki", how});
    check_refused(run(all), texts);
  }
}

// Refused when it is checked and when it is started; the message names the file.
void check_file_refused(const std::string& content, std::vector<std::string> texts) {
  scratch_folder folder;
  auto file = folder.write("my.conf", content);
  texts.push_back("my.conf");
  CAPTURE(content);
  for (const auto* how : {"--check", "--duration=0.1"})
    check_refused(run({"--config-file=" + file, how}), texts);
}

// Stands in line 3.
std::string with_line(const std::string& line) {
  return "livedata {\n  instrument = \"loki\"\n" + line + "\n}\n";
}

// The first job stands in line 4.
std::string with_jobs(const std::string& jobs) {
  return with_line("  jobs = [\n" + jobs + "\n  ]");
}

std::string with_job(const std::string& content) {
  return with_jobs("    { " + content + " }");
}

} // namespace

TEST_CASE("an unknown option or a stray argument is refused, with what was perhaps meant") {
  check_line_refused({"--job-thread=2"}, {"--job-thread'", "did you mean --job-threads?"});
  check_line_refused({"--entirely-unheard-of"}, {"--entirely-unheard-of", "--help"});
  check_line_refused({"-r", "5"}, {"-r"});
  check_line_refused({"positional"}, {"positional", "--name=value"});
  check_line_refused({"loki.conf"}, {"--config-file=loki.conf"});
}

TEST_CASE("a value that the option does not take is refused, with what it takes") {
  check_line_refused({"--rate=fast"}, {"--rate", "\"fast\"", "a number greater than 0"});
  check_line_refused({"--rate=0"}, {"--rate", "greater than 0", "got 0"});
  check_line_refused({"--rate=nan"}, {"--rate"});
  check_line_refused({"--rate"}, {"--rate", "missing", "--rate="});
  check_line_refused({"--source=rabbit"}, {"rabbit", "simulator, kafka, replay"});
  check_line_refused({"--display=tables"}, {"tables", "table", "lines"});
  check_line_refused({"--services=detector_date"}, {"detector_date", "detector_data"});
  check_line_refused({"--batch.interval=1"}, {"--batch.interval", "unit"});
  check_line_refused({"--publish=files"}, {"--publish-dir=<folder>"});
  check_line_refused({"--metrics-port=65536"}, {"--metrics-port", "65535"});
}

TEST_CASE("a number of threads that is no whole number from 1 on is refused") {
  for (const auto* n : {"0", "-1", "2.5", "many", ""}) {
    check_line_refused({std::string("--job-threads=") + n}, {"--job-threads", "whole number from 1"});
    check_line_refused({"--job-threads", n}, {"--job-threads", "whole number from 1"});
  }
}

TEST_CASE("an instrument has to be given, and one that exists") {
  check_refused(run({}), {"--instrument=<name>", "LIVEDATA_INSTRUMENT", "--config-file"});
  check_refused(run({"--check"}), {"--instrument=<name>"});
  check_refused(run({"--instrument=lokl", "--check"}), {"lokl", "did you mean \"loki\"?"});
  check_refused(run({"--instrument=lokl", "--duration=0.1"}), {"lokl", "did you mean \"loki\"?"});
}

TEST_CASE("an unknown job set is refused, and those that exist are named") {
  check_line_refused({"--job-set=everything"},
                     {"job-set", "'everything'", "none, default, reduction, lookup_table, all"});
  check_line_refused({"--job-set=everything", "--check"},
                     {"job-set", "'everything'", "none, default, reduction, lookup_table, all"});
}

TEST_CASE("a wrong variable of the environment is refused by its name") {
  check_refused(run({"--instrument=loki", "--check"}, {{"LIVEDATA_JOB_THREADS=0"}, {}}),
                {"LIVEDATA_JOB_THREADS", "whole number from 1", "got 0"});
  check_refused(run({"--check"}, {{"LIVEDATA_INSTRUMENT=lokl"}, {}}), {"lokl", "loki"});
}

TEST_CASE("a configuration file that cannot be read is refused") {
  check_line_refused({"--config-file=nowhere.conf"}, {"nowhere.conf", "No such file"});
  check_line_refused({"--config-file=/"}, {"is a folder"});
  check_file_refused("", {"is empty"});
}

TEST_CASE("an unknown key in the file is refused with its line and what was perhaps meant") {
  check_file_refused(with_line("  job-thread = 2"), {":3", "livedata.job-thread", "did you mean 'job-threads'?"});
  check_file_refused(with_line("  source { speed = 1, rates = 5 }"), {":3", "livedata.source.rates", "'rate'"});
  check_file_refused("instrument = \"loki\"\n", {":1", "instrument", "livedata {"});
}

TEST_CASE("a value of the wrong type in the file is refused with line, key and an example") {
  check_file_refused(with_line("  job-threads = \"two\""),
                     {":3", "livedata.job-threads", "a whole number", "\"two\"", "job-threads = 1"});
  check_file_refused(with_line("  job-threads = 2.5"), {":3", "livedata.job-threads", "2.5"});
  check_file_refused(with_line("  source = 5"), {":3", "livedata.source", "block"});
  check_file_refused(with_line("  display = lines"), {":3", "\"lines\""});
  check_file_refused(with_line("  jobs = \"tube_view\""), {":3", "livedata.jobs", "list"});
}

TEST_CASE("what CAF's reader would drop in silence is refused with its line") {
  check_file_refused(with_line("  source.rate = 5"), {":3", "source.rate", "source { rate = "});
  check_file_refused("livedata {\n  instrument = \"loki\"\n  source {\n    rate = 5\n}\n",
                     {":1", "never closed", "'}'"});
  check_file_refused(with_line("}"), {":4", "}"});
  check_file_refused(with_line("  instrument = \"loki\""), {":3", "'instrument'", "line 2"});
}

TEST_CASE("an unknown workflow or source of a job is refused with its line and what was perhaps meant") {
  check_file_refused(with_job("workflow = \"tube_viev\", source = \"loki_detector_0\""),
                     {":4", "tube_viev", "'loki/tube_view/1'"});
  check_file_refused(with_job("workflow = \"loki/tube_view/2\", source = \"loki_detector_0\""),
                     {":4", "loki/tube_view/2", "loki/tube_view/1"});
  check_file_refused(with_job("workflow = \"dream/tube_view/1\", source = \"loki_detector_0\""),
                     {":4", "dream/tube_view/1"});
  check_file_refused(with_job("workflow = \"tube_view\", source = \"loki_detector_9\""),
                     {":4", "loki_detector_9", "'loki_detector_0'"});
  check_file_refused(with_job("workflow = \"tube_view\", source = \"beam_monitor_m1\""), {":4", "beam_monitor_m1"});
}

TEST_CASE("a job that lacks its workflow or source, or has an unknown key, is refused") {
  check_file_refused(with_job("workflow = \"tube_view\""), {":4", "'source' is missing"});
  check_file_refused(with_job("source = \"loki_detector_0\""), {":4", "'workflow' is missing"});
  check_file_refused(with_job("workflow = \"tube_view\", source = \"loki_detector_0\", parms { }"),
                     {":4", "parms", "'params'"});
}

TEST_CASE("a wrong parameter of a workflow is refused with the line of the job and the parameter") {
  auto with_params = [](const std::string& params) {
    return with_job("workflow = \"tube_view\", source = \"loki_detector_0\", params { " + params + " }");
  };
  check_file_refused(with_params("toa-edges { num-bins = 0 }"), {":4", "toa_edges.num_bins", "from 1 to"});
  check_file_refused(with_params("toa-edges { num-bins = \"ten\" }"), {":4", "toa_edges.num_bins"});
  check_file_refused(with_params("toa-edge { num-bins = 3 }"), {":4", "'toa_edge'", "'toa_edges'"});
}

TEST_CASE("a job of a service that does not run is refused") {
  check_file_refused(with_job("workflow = \"monitor_histogram\", source = \"beam_monitor_m1\""),
                     {":4", "'monitor_data'", "'services'"});
}

TEST_CASE("a job that is listed twice is refused with both lines, whichever way its workflow is written") {
  for (const auto* again : {"tube_view", "loki/tube_view/1"})
    check_file_refused(with_jobs("    { workflow = \"tube_view\", source = \"loki_detector_0\" },\n"
                                 "    { workflow = \"" +
                                 std::string(again) + "\", source = \"loki_detector_0\" },"),
                       {":4", ":5", "loki_detector_0", "number"});
}

TEST_CASE("a metrics port that is taken is refused") {
  listener taken;
  auto port = std::to_string(taken.port());
  check_line_refused({"--metrics-port=" + port}, {port, "127.0.0.1", "taken", "--metrics-port"});
}

TEST_CASE("a place that cannot be written is refused before anything runs") {
  scratch_folder folder;
  auto file = folder.write("file", "");
  for (const auto& place : {file, file + "/below"}) {
    check_line_refused({"--images=" + place}, {"images", place});
    check_line_refused({"--publish=files", "--publish-dir=" + place}, {"publish.directory", place});
  }
  for (const auto& place : {file + "/below", folder.path().string(), folder.path().string() + "/nowhere/file"})
    check_line_refused({"--summary=" + place}, {"summary", place});
  check_line_refused({"--record=" + file}, {"record", file, "--record-force"});
  check_line_refused({"--record=" + file + "/below"}, {"record", file});
  check_line_refused({"--source=replay", "--replay.file=/nowhere/run.rec"}, {"/nowhere/run.rec"});
}

TEST_CASE("a comment or a block of another language in the file is refused with what to write") {
  check_file_refused(with_line("  // a comment"), {":3", "comments begin with '#'"});
  check_file_refused(with_line("  job-threads = 2 // two"), {":3", "comments begin with '#'"});
  check_file_refused("livedata:\n  instrument: loki\n", {":1", "YAML", "livedata {"});
  check_file_refused("---\nlivedata:\n", {":1", "YAML"});
}

TEST_CASE("a variable of the environment that looks like ours and means nothing is warned of") {
  const auto o = run({"--instrument=loki", "--check"}, {{"LIVEDATA_JOB_THREDS=2", "LIVEDATA_INSTRUMENT=loki"}});
  CHECK(o.exit_code == 0);
  CHECK(o.err.find("warning: the variable LIVEDATA_JOB_THREDS means nothing; did you mean LIVEDATA_JOB_THREADS?") !=
        std::string::npos);
  CHECK(o.err.find("LIVEDATA_INSTRUMENT") == std::string::npos);
}

} // namespace configuration_test
