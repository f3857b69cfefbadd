// A signal ends the program at every moment, also while it starts.
#include "program/loopback.hpp"
#include "program/run_program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <sys/stat.h>

namespace start_test {

using namespace livedata::test;

namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// An instrument the geometry of which is never read to the end: nobody writes to the pipe that is its file.
std::string waiting_instrument(const scratch_folder& folder) {
  auto pipe = (folder.path() / "geometry").string();
  if (mkfifo(pipe.c_str(), 0600) != 0) throw std::runtime_error("no named pipe");
  auto document = nlohmann::json::parse(content_of(LIVEDATA_SOURCE_DIR "/instruments/loki.json"));
  document.erase("geometry_files");
  // The simulator would need the geometry before any workflow does.
  document.erase("simulation");
  for (auto& d : document["detectors"])
    d["geometry"] = {{"kind", "nexus"}, {"file", pipe}, {"group", "/entry/instrument/detector"}};
  return folder.write("waiting.json", document.dump());
}

} // namespace

TEST_CASE("a signal ends the program while it builds workflows; what is recorded can be read") {
  for (const auto& [s, name] :
       {std::pair(SIGINT, "SIGINT"), std::pair(SIGTERM, "SIGTERM"), std::pair(SIGHUP, "SIGHUP")}) {
    scratch_folder folder;
    auto instrument = waiting_instrument(folder);
    program p({"--instrument=" + instrument, "--display=none", "--record=run.rec"}, folder.path());
    REQUIRE(p.logs("service_starting"));
    p.signal(s);
    auto o = p.wait();
    CAPTURE(o.err);
    CHECK(o.exit_code == 0);
    CHECK(holds(o.err, std::string("service_stopped reason=") + name));
    CHECK(!holds(o.err, "service_running"));
    auto replay = program({"--instrument=loki", "--dev", "--source=replay", "--replay.file=run.rec", "--display=none"},
                          folder.path())
                    .wait();
    CAPTURE(replay.err);
    CHECK(replay.exit_code == 0);
  }
}

// ThreadSanitizer of g++ 12 does not know the threads of C11 that librdkafka makes, and crashes in the first of them.
#ifndef __SANITIZE_THREAD__
TEST_CASE("a signal ends the program while it waits for Kafka") {
  listener silent;
  scratch_folder folder;
  program p({"--instrument=loki", "--source=kafka", "--bootstrap-servers=127.0.0.1:" + std::to_string(silent.port())},
            folder.path());
  REQUIRE(silent.somebody_comes());
  p.signal(SIGTERM);
  auto o = p.wait();
  CAPTURE(o.err);
  CHECK(o.exit_code == 0);
  CHECK(holds(o.err, "service_stopped reason=SIGTERM"));
}
#endif

} // namespace start_test
