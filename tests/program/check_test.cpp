// --check of every job that each instrument offers, with default parameters.
#include "messages/json.hpp"
#include "program/loopback.hpp"
#include "program/run_program.hpp"

#include <doctest/doctest.h>

namespace check_test {

using namespace livedata;
using namespace livedata::test;

namespace {

const std::string services = "detector_data,monitor_data,timeseries";

void check_instrument(const std::string& name) {
  CAPTURE(name);
  auto listed = run({"--instrument=" + name, "--list-json"});
  REQUIRE(listed.exit_code == 0);
  auto o = run({"--instrument=" + name, "--services=" + services, "--job-set=all", "--check"});
  CHECK_MESSAGE(o.exit_code == 0, o.err);
  CHECK(o.err.empty());
  std::size_t jobs = 0;
  const auto description = json::parse(listed.out);
  for (const auto& workflow : description["workflows"]) {
    if (!workflow["available"] || services.find(workflow["service"].get<std::string>()) == std::string::npos) continue;
    for (const auto& source : workflow["sources"]) {
      ++jobs;
      auto line = workflow["id"].get<std::string>() + " on " + source.get<std::string>() + "\n";
      CHECK_MESSAGE(o.out.find("  " + line) != std::string::npos, line);
    }
  }
  CHECK(jobs > 0);
  CHECK(o.out.find("jobs: " + std::to_string(jobs) + "\n") != std::string::npos);
  CHECK(o.out.ends_with("everything can be built\n"));
}

} // namespace

TEST_CASE("every job of every instrument can be built with default parameters") {
  for (const auto* name : {"beer", "bifrost", "dream", "dummy", "estia", "loki", "magic", "nmx", "odin", "tbl"})
    check_instrument(name);
}

TEST_CASE("on the simulator, jobs of reductions have their lookup tables; elsewhere these are asked for") {
  scratch_folder empty;
  surroundings around;
  around.environment = {"XDG_CACHE_HOME=" + empty.path().string()};
  for (const auto* name : {"loki", "dream"}) {
    CAPTURE(name);
    const std::vector<std::string> arguments{"--instrument=" + std::string(name), "--services=data_reduction",
                                             "--job-set=reduction", "--check"};
    const auto simulated = run(arguments, around);
    CHECK_MESSAGE(simulated.exit_code == 0, simulated.err);
    auto of_kafka = arguments;
    of_kafka.emplace_back("--source=kafka");
    const auto real = run(of_kafka, around);
    CHECK(real.exit_code == 2);
    CHECK(real.err.find("put it there") != std::string::npos);
  }
}

TEST_CASE("services without a job, and ports that are taken, are told by --check") {
  const auto idle = run({"--instrument=dummy", "--services=detector_data,timeseries", "--check"});
  CHECK(idle.exit_code == 0);
  CHECK_MESSAGE(idle.out.find("warning: service timeseries has no job") != std::string::npos, idle.out);
  CHECK(idle.out.find("service detector_data has no job") == std::string::npos);
  const auto never = run({"--instrument=nmx", "--services=data_reduction", "--check"});
  CHECK_MESSAGE(never.out.find("warning: service data_reduction can never have a job") != std::string::npos, never.out);
  listener taken;
  const auto port = std::to_string(taken.port());
  const auto busy = run({"--instrument=dummy", "--http-port=" + port, "--check"});
  CHECK(busy.exit_code == 2);
  CHECK_MESSAGE(busy.err.find("HTTP port " + port) != std::string::npos, busy.err);
}

TEST_CASE("--check says where snapshots are kept, and what the next start does") {
  const scratch_folder folder;
  const auto in_folder = run({"--instrument=dummy", "--snapshots=" + folder.path().string(), "--check"});
  CHECK(in_folder.exit_code == 0);
  CHECK_MESSAGE(in_folder.out.find("snapshots: every 10 s in " + folder.path().string() + ", the last 3") !=
                  std::string::npos,
                in_folder.out);
  CHECK(in_folder.out.find("begins anew") != std::string::npos);
  const auto in_topic =
    run({"--instrument=dummy", "--source=kafka", "--snapshots.topic=dummy_snapshots", "--snapshots.keep=2", "--check"});
  CHECK(in_topic.exit_code == 0);
  CHECK_MESSAGE(in_topic.out.find("snapshots: every 10 s in topic dummy_snapshots, the last 2") != std::string::npos,
                in_topic.out);
  const auto both = run({"--instrument=dummy", "--source=kafka", "--snapshots.topic=a", "--snapshots=b", "--check"});
  CHECK(both.exit_code == 2);
}

} // namespace check_test
