// The program with Kafka and recordings, without a broker.
#include "program/run_program.hpp"

#include <doctest/doctest.h>

#include <map>

namespace kafka_test {

using namespace livedata::test;

namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::map<std::string, std::string> files_below(const std::filesystem::path& folder) {
  std::map<std::string, std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) out[relative(entry.path(), folder).string()] = content_of(entry.path());
  return out;
}

} // namespace

TEST_CASE("Kafka settings are checked without a broker") {
#if defined(__SANITIZE_THREAD__)
  return; // ThreadSanitizer of g++ 12 crashes in the threads of C11 that a client of librdkafka makes
#endif
  auto o = run({"--instrument=loki", "--source=kafka", "--bootstrap-servers=127.0.0.1:1", "--check"});
  CAPTURE(o.err);
  CHECK(o.exit_code == 0);
}

TEST_CASE("a wrong Kafka setting ends the program with 2, checked or started") {
  for (const auto* how : {"--check", "--duration=0.1"}) {
    auto unknown = run({"--instrument=loki", "--source=kafka", "--kafka.properties=no.such.thing=1", how});
    CHECK(unknown.exit_code == 2);
    CHECK(holds(unknown.err, "no.such.thing"));
    auto unset = run({"--instrument=loki", "--source=kafka", how}, {{"LIVEDATA_ENV=docker"}, {}});
    CHECK(unset.exit_code == 2);
    CHECK(holds(unset.err, "KAFKA_BOOTSTRAP_SERVERS"));
  }
}

// ThreadSanitizer of g++ 12 does not know the threads of C11 that librdkafka makes, and crashes in the first of them.
#ifndef __SANITIZE_THREAD__
TEST_CASE("without a broker the program ends with 1 and says where it looked") {
  auto o = run({"--instrument=loki", "--source=kafka", "--bootstrap-servers=127.0.0.1:1", "--duration=1"});
  CHECK(o.exit_code == 1);
  CHECK(holds(o.err, "no Kafka broker answers at 127.0.0.1:1"));
}
#endif

TEST_CASE("what a run recorded gives the same results when it is replayed") {
  scratch_folder folder;
  auto at = [&](const std::string& name) { return (folder.path() / name).string(); };
  auto first = run({"--instrument=loki", "--rate=2e5", "--speed=0", "--pulses=40", "--display=none", "--publish=files",
                    "--publish.keep=all", "--publish-dir=" + at("first"), "--record=" + at("run.rec")});
  CAPTURE(first.err);
  REQUIRE(first.exit_code == 0);
  auto replay = [&](const std::string& results) {
    return run({"--instrument=loki", "--dev", "--source=replay", "--replay.file=" + at("run.rec"), "--speed=0",
                "--display=none", "--publish=files", "--publish.keep=all", "--publish-dir=" + at(results)});
  };
  auto again = replay("again");
  CAPTURE(again.err);
  REQUIRE(again.exit_code == 0);
  auto expected = files_below(at("first"));
  CHECK(expected.size() > 100);
  CHECK(files_below(at("again")) == expected);

  std::filesystem::resize_file(at("run.rec"), std::filesystem::file_size(at("run.rec")) / 2);
  auto cut = replay("cut");
  CHECK(cut.exit_code == 1);
  CHECK(holds(cut.err, "cut off"));
  CHECK_FALSE(files_below(at("cut")).empty());
}

TEST_CASE("a recording knows instrument, services and naming, and is not written over unasked") {
  scratch_folder folder;
  const auto file = (folder.path() / "run.rec").string();
  const auto record = [&](std::vector<std::string> more) {
    std::vector<std::string> args{"--instrument=dummy", "--services=detector_data,monitor_data",
                                  "--rate=1e4",         "--speed=0",
                                  "--pulses=20",        "--display=lines",
                                  "--record=" + file};
    args.insert(args.end(), more.begin(), more.end());
    return run(args);
  };
  const auto first = record({});
  CAPTURE(first.err);
  REQUIRE(first.exit_code == 0);
  const auto content = content_of(file);
  const auto again = record({});
  CHECK(again.exit_code == 2);
  CHECK(holds(again.err, "--record-force"));
  CHECK(content_of(file) == content);

  const auto replay = run({"--source=replay", "--replay.file=" + file, "--speed=0", "--display=lines"});
  CAPTURE(replay.err);
  CHECK(replay.exit_code == 0);
  CHECK(holds(replay.err, "instrument=dummy"));
  CHECK_FALSE(holds(replay.out, "events=0 "));

  const auto other = run({"--instrument=loki", "--source=replay", "--replay.file=" + file, "--speed=0"});
  CHECK(other.exit_code == 1);
  CHECK(holds(other.err, "recorded for instrument dummy"));
  CHECK(record({"--record-force"}).exit_code == 0);
}

// ThreadSanitizer of g++ 12 does not know the threads of C11 that librdkafka makes, and crashes in the first of them.
#ifndef __SANITIZE_THREAD__
TEST_CASE(
  "programs that send to Kafka wait for a broker as long as they are told, say so, and say what the engine says") {
  scratch_folder folder;
  const auto file = (folder.path() / "run.rec").string();
  REQUIRE(run({"--instrument=dummy", "--rate=1e4", "--speed=0", "--pulses=2", "--record=" + file}).exit_code == 0);
  const std::string nowhere = "--bootstrap-servers=127.0.0.1:1";
  const auto tool = [&](const std::string& name, const std::vector<std::string>& args) {
    surroundings around;
    around.program = name;
    return run(args, around);
  };
  for (const auto& o : {tool("livedata-replay", {"--input=" + file, nowhere, "--wait=2"}),
                        tool("livedata-simulate", {"--instrument=dummy", nowhere, "--wait=2"})}) {
    CAPTURE(o.err);
    CHECK(o.exit_code == 1);
    CHECK(holds(o.err, "kafka_waiting"));
    CHECK(holds(o.err, "no Kafka broker answers at 127.0.0.1:1"));
  }
  const auto topics = tool("livedata-topics", {"--instrument=dummy", nowhere});
  CHECK(topics.exit_code == 1);
  CHECK(holds(topics.err, "no Kafka broker answers at 127.0.0.1:1"));
}
#endif

TEST_CASE("a recording that is not there ends the program with 2") {
  auto o = run({"--instrument=loki", "--source=replay", "--replay.file=/nowhere/run.rec"});
  CHECK(o.exit_code == 2);
  CHECK(holds(o.err, "/nowhere/run.rec"));
}

} // namespace kafka_test
