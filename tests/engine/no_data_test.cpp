// Must hold: when data stop, what has come is given out all the same, the report says since when, and a replay does it
// again.
#include "actors/source/replay_source.hpp"
#include "messages/random_uuid.hpp"
#include "support/engine_run.hpp"
#include "transport/recording/flow_recorder.hpp"
#include "transport/recording/recorded_flow.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>

namespace no_data_test {

using namespace livedata;
using namespace livedata::test;

namespace {

struct recording_file {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("livedata-" + to_string(random_uuid()));

  ~recording_file() { std::filesystem::remove(path); }
};

// An engine on the time of the wall, or on a recording of one.
struct live_engine {
  test_config config{1};
  caf::actor_system system{config};
  std::shared_ptr<memory_sink> sink = std::make_shared<memory_sink>();
  settings s;
  engine_surroundings around;
  std::optional<livedata::engine> engine;

  live_engine() {
    s.source.speed = 1;
    s.jobs = {request("view", "bank0")};
    s.job_set = "none";
    s.batch.interval = duration{300'000'000};
    around.sink = sink;
    around.clock = std::make_shared<system_wall_clock>();
  }

  void start() {
    auto plan = make_plan_for(small_instrument(), s, small_registry());
    REQUIRE(plan);
    engine.emplace(system, s, *plan, around);
    REQUIRE(engine->start());
  }

  std::vector<std::vector<std::byte>> results() const {
    std::vector<std::vector<std::byte>> out;
    for (const auto& m : sink->messages())
      out.emplace_back(m->bytes().begin(), m->bytes().end());
    return out;
  }
};

template <class F>
bool eventually(F&& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

// Pulses that have been counted in a batch so far.
std::int64_t pulses_processed(caf::actor_system& system) {
  return counter(system, "batch.messages", "Messages in booked batches.", {{"service", "detector_data"}})->value();
}

} // namespace

TEST_CASE("when data stop, the open window is given out, silence is no lag, and a replay gives the same results") {
  constexpr std::int64_t pulses = 20;
  recording_file file;
  std::vector<std::vector<std::byte>> expected;
  {
    live_engine run;
    run.around.pulses = [](std::uint64_t k, timestamp t) {
      return k < pulses ? std::vector{bank_message(0, t, {5, 6}, {1, 2})} : std::vector<raw_message>{};
    };
    const auto recorder = std::make_shared<flow_recorder>(recording_writer::create(file.path).value());
    run.around.recorder = recorder;
    run.around.tap = [recorder](const raw_message& raw) { recorder->message(raw); };
    run.start();
    // The source goes on, without messages.
    CHECK(eventually([&] { return pulses_processed(run.system) == pulses; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    expected = run.results();
    CHECK(expected.size() > 2);
    CHECK_FALSE(run.engine->wait_for_source(std::chrono::milliseconds(0)));
    const auto last = run.engine->finish();
    CHECK(run.results().size() == expected.size());
    // Without the silence, which takes at least a second.
    CHECK(last.lag.max < 0.9);
    REQUIRE(recorder->finish());
  }
  live_engine again;
  const auto recording = std::shared_ptr<recording_reader>(recording_reader::open(file.path).value());
  again.s.source.kind = "replay";
  // As the simulator speaks, whose messages these are.
  again.s.dev = true;
  again.s.source.speed = 0;
  again.around.recorded = std::make_shared<const recorded_flow>(recorded_flow::of(*recording));
  again.around.spawn_source = [recording](caf::actor_system& system, source_surroundings ss) {
    return spawn_replay_source(system, recording, 0, std::move(ss));
  };
  again.start();
  CHECK(again.engine->wait_for_source(std::chrono::seconds(60)));
  (void)again.engine->finish();
  CHECK(again.results() == expected);
}

TEST_CASE("jobs are reported before there are any data, with what they wait for, and counted by state") {
  live_engine run;
  run.around.pulses = [](std::uint64_t, timestamp) { return std::vector<raw_message>{}; };
  std::atomic<bool> told = false;
  std::atomic<bool> no_data = false;
  run.around.display = caf::actor_cast<display_actor>(run.system.spawn([&](caf::event_based_actor*) -> caf::behavior {
    return {[&](const run_report_ptr& r) {
              if (r->jobs.size() == 1 && r->jobs.front().state == job_state::scheduled &&
                  r->jobs.front().text == "waits for bank0")
                told = true;
              if (r->no_data_seconds) no_data = true;
            },
            [](finish_atom) {}};
  }));
  run.start();
  CHECK(eventually([&] { return told.load(); }));
  const auto jobs_in = [&](const char* state) {
    return gauge(run.system, "jobs", "Jobs in the table, by state.", {{"service", "detector_data"}, {"state", state}})
      ->value();
  };
  CHECK(jobs_in("scheduled") == 1);
  CHECK(jobs_in("active") == 0);
  // After five seconds without any.
  CHECK(eventually([&] { return no_data.load(); }));
  (void)run.engine->finish();
}

} // namespace no_data_test
