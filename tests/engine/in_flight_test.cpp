// Must hold: what is in flight is bounded in bytes, and so is what all jobs need together.
#include "support/engine_run.hpp"
#include "support/service_run.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace in_flight_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// Holds up whoever passes until it is opened.
class barrier {
public:
  void pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

  void open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

constexpr std::size_t events_of_a_pulse = 25'000;

// Some 200 kB for bank0; a little for bank1.
std::vector<raw_message> large_pulse(std::uint64_t k, timestamp t) {
  const std::vector<std::int32_t> times(events_of_a_pulse, static_cast<std::int32_t>(k % 70) * 1'000'000);
  const std::vector<std::int32_t> pixels(events_of_a_pulse, 5);
  return {bank_message(0, t, times, pixels), bank_message(1, t, {1000}, {1005})};
}

std::int64_t bytes_in_flight(engine_run& run) {
  return gauge(run.system(), "in-flight.bytes",
               "Bytes of messages that wait or are at work, and of results on their way.", {})
    ->value();
}

std::int64_t dropped(engine_run& run, const std::string& stream) {
  return counter(run.system(), "source.messages-dropped", "Messages dropped because the jobs fell behind.",
                 {{"stream", stream}})
    ->value();
}

// Workflows of bank2 are built when the barrier is open, all others at once.
void hold_up_builds_of_bank2(service_run& run, const std::shared_ptr<barrier>& building) {
  auto kind = *run.registry.find("model");
  kind.build = [build = kind.build, building](const build_request& r) {
    if (r.source == "bank2") building->pass();
    return build(r);
  };
  run.registry = {};
  run.registry.add("model", kind);
}

} // namespace

TEST_CASE("what is in flight stays within its bytes while a job is stuck, what is dropped is counted, and it goes on") {
  auto stuck = std::make_shared<barrier>();
  engine_run::options o;
  o.threads = 2;
  o.pulses = 1400;
  o.speed = 200;
  o.queue_limit = 1'000'000;
  o.limits.in_flight_memory = 20;
  o.jobs = {request("scripted", "bank0"), request("scripted", "bank1")};
  o.hook = [stuck](const std::string& source, int call) {
    if (source == "bank0" && call == 2) stuck->pass();
  };
  o.pulse = large_pulse;
  engine_run run(o);
  REQUIRE(run.engine().start());
  std::int64_t most = 0;
  // 1400 pulses have 280 MB.
  while (!run.engine().wait_for_source(std::chrono::milliseconds(1)) && dropped(run, "bank0") < 800)
    most = std::max(most, bytes_in_flight(run));
  stuck->open();
  const auto report = run.finish();
  CHECK(most > 15'000'000);
  // And one portion.
  CHECK(most < 21'000'000);
  CHECK(report.events_dropped >= 800 * events_of_a_pulse);
  CHECK(report.events_processed > 0);
  CHECK(report.events_received == report.events_dropped + report.events_processed);
  // The small stream does not pay for the large one.
  CHECK(dropped(run, "bank1") == 0);
  CHECK(report.messages_received == 2 * 1400);
}

TEST_CASE("a window that alone has more bytes than may be in flight still ends") {
  engine_run::options o;
  o.threads = 2;
  o.pulses = 280;
  o.speed = 50;
  // Ten pulses.
  o.limits.in_flight_memory = 2;
  o.jobs = {request("scripted", "bank0")};
  o.pulse = [](std::uint64_t k, timestamp t) { return std::vector{large_pulse(k, t).front()}; };
  engine_run run(o);
  const auto report = run.run();
  CHECK(report.batches > 5);
  CHECK(report.events_dropped > 0);
  CHECK(report.events_received == report.events_dropped + report.events_processed);
}

TEST_CASE("where nothing may be dropped, memory that is full makes the source wait") {
  engine_run::options o;
  o.threads = 2;
  o.pulses = 140;
  o.limits.in_flight_memory = 1;
  o.jobs = {request("scripted", "bank0"), request("scripted", "bank1")};
  o.pulse = large_pulse;
  engine_run run(o);
  const auto report = run.run();
  CHECK(report.events_dropped == 0);
  CHECK(report.events_processed == 140 * (events_of_a_pulse + 1));
}

TEST_CASE("books that do not balance are told") {
  // Loses the first message of each portion, which says how long the batch is.
  class losing_batcher final : public told_batcher {
  public:
    std::optional<message_count> content() const override { return message_count{}; }
  };

  service_run run;
  run.settings.make_batcher = [] { return std::make_unique<losing_batcher>(); };
  run.begin();
  run.send(portion({}, events(0, 100)));
  run.published();
  const auto all = run.metrics();
  CHECK(all.find(R"(livedata_books_difference{at="service",of="messages",service="data_reduction"} 1 )") !=
        std::string::npos);
  CHECK(all.find(R"(livedata_books_difference{at="service",of="events",service="data_reduction"} 0 )") !=
        std::string::npos);
}

TEST_CASE("requests for regions of interest do not crowd out data, however many there are") {
  auto stuck = std::make_shared<barrier>();
  engine_run::options o;
  o.threads = 2;
  o.pulses = 300;
  o.speed = 100;
  o.queue_limit = 1000;
  o.jobs = {request("scripted", "bank0")};
  o.hook = [stuck](const std::string&, int call) {
    if (call == 2) stuck->pass();
  };
  o.pulse = [](std::uint64_t k, timestamp t) {
    std::vector<raw_message> out{bank_message(0, t, {1000}, {5})};
    for (int i = 0; i < 20; ++i)
      out.push_back({"small_livedata_roi", t,
                     make_payload(da00::write("job/roi_rectangle", t,
                                              {{}, make_scalar(static_cast<double>(k), std::nullopt), {}, {}}))});
    return out;
  };
  engine_run run(o);
  REQUIRE(run.engine().start());
  while (!run.engine().wait_for_source(std::chrono::milliseconds(1)) && dropped(run, "livedata_roi") < 3000) {
  }
  stuck->open();
  const auto report = run.finish();
  CHECK(dropped(run, "livedata_roi") >= 3000);
  CHECK(dropped(run, "bank0") == 0);
  CHECK(report.events_processed == 300);
}

TEST_CASE("a start that needs more than all jobs together may have is refused, with what it needs and what is left") {
  service_run run;
  run.settings.batches_wait_for_builds = false;
  run.settings.jobs_memory = memory_budget(1'000'000);
  auto kind = *run.registry.find("model");
  kind.build = [build = kind.build](const build_request& r) {
    r.claim(300'000);
    return build(r);
  };
  run.registry = {};
  run.registry.add("model", kind);
  run.begin();
  run.send(portion({start("1", "plain", "bank0"), start("2", "plain", "bank1")}));
  words answers;
  while (answers.size() < 2)
    for (auto& w : run.next())
      answers.push_back(w);
  CHECK(run.jobs().size() == 2);
  CHECK(run.refusals().empty());
  run.send(portion({start("3", "plain", "bank2")}));
  CHECK(run.next() == words{"answer 3"});
  REQUIRE(run.refusals().size() == 1);
  CHECK(run.refusals()[0].find("needs 0.2 MB, but of the 1.0 MB that all jobs together may have "
                               "(limits.jobs-memory) only 0.0 MB are left") != std::string::npos);
  CHECK(run.jobs().size() == 2);
  // What a job had is there for others when it has stopped.
  run.send(portion({job_command{"4", job_id{"bank0", uuid_from_name("0")}, {}, job_action::stop}}));
  CHECK(run.next() == words{"answer 4"});
  for (auto used = run.settings.jobs_memory.used(); used > 500'000; used = run.settings.jobs_memory.used())
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  run.send(portion({start("5", "plain", "bank2")}));
  CHECK(run.next() == words{"answer 5"});
  CHECK(run.refusals().size() == 1);
}

TEST_CASE("answers to starts go out one by one, while others are being built and the jobs keep all threads busy") {
  auto building = std::make_shared<barrier>();
  auto working = std::make_shared<barrier>();
  service_run run(1);
  run.settings.batches_wait_for_builds = false;
  hold_up_builds_of_bank2(run, building);
  run.settings.spawn = [working](caf::actor_system& system, const job_order&, std::shared_ptr<job> work) {
    return caf::actor_cast<job_actor>(system.spawn([working, work](caf::event_based_actor*) -> caf::behavior {
      return {[working, work](const task_ptr& task) -> reply_ptr {
                working->pass();
                return std::make_shared<const job_reply>(work->process(*task));
              },
              [work](clear_atom) { work->reset(); },
              [work](save_atom) -> saved_work_ptr { return std::make_shared<const saved_work>(work->save()); },
              [](own_thread_atom) {}};
    }));
  };
  run.begin();
  run.send(portion({start("1", "plain", "bank0")}));
  CHECK(run.next() == words{"answer 1"});
  // The only job thread is busy now.
  run.send(portion({}, events(0, 100)));
  run.send(portion({start("2", "plain", "bank2"), start("3", "plain", "bank1"), start("4", "plain", "bank1", 1)}));
  words answers;
  while (answers.size() < 2)
    for (auto& w : run.next())
      answers.push_back(w);
  std::ranges::sort(answers);
  CHECK(answers == words{"answer 3", "answer 4"});
  building->open();
  CHECK(run.next() == words{"answer 2"});
  working->open();
  CHECK(run.next() == words{"result bank0"});
  CHECK(run.jobs().size() == 4);
}

TEST_CASE("a burst of 300 starts is answered one by one: 299 while one of them still takes long to build") {
  constexpr std::size_t starts = 300;
  auto building = std::make_shared<barrier>();
  service_run run(1);
  run.settings.batches_wait_for_builds = false;
  hold_up_builds_of_bank2(run, building);
  run.begin();
  std::vector<control_message> burst;
  for (std::size_t i = 0; i < starts; ++i)
    burst.push_back(start(std::to_string(i), "plain", i == 100 ? "bank2" : "bank0", static_cast<int>(i)));
  run.send(portion(std::move(burst)));
  std::map<std::string, int> answers;
  while (answers.size() < starts - 1)
    for (const auto& w : run.next())
      if (w.starts_with("answer ")) ++answers[w];
  CHECK_FALSE(answers.contains("answer 100"));
  // Data go on meanwhile.
  run.send(portion({}, events(0, 100)));
  words results;
  while (results.size() < starts - 1)
    for (const auto& w : run.next())
      results.push_back(w);
  CHECK(std::ranges::all_of(results, [](const auto& w) { return w == "result bank0"; }));
  building->open();
  CHECK(run.next() == words{"answer 100"});
  CHECK(std::ranges::all_of(answers, [](const auto& a) { return a.second == 1; }));
  CHECK(run.refusals().empty());
  CHECK(run.jobs().size() == starts);
}

TEST_CASE("the end of a run does not wait for workflows that are still to be built") {
  auto building = std::make_shared<barrier>();
  auto built = std::make_shared<std::atomic<int>>(0);
  service_run run(1);
  run.settings.batches_wait_for_builds = false;
  auto kind = *run.registry.find("model");
  kind.build = [build = kind.build, building, built](const build_request& r) {
    ++*built;
    building->pass();
    return build(r);
  };
  run.registry = {};
  run.registry.add("model", kind);
  run.begin();
  std::vector<control_message> starts;
  for (int i = 0; i < 50; ++i)
    starts.push_back(start(std::to_string(i), "plain", "bank0", i));
  run.send(portion(std::move(starts)));
  CHECK(run.finish().size() == 50);
  building->open();
  CHECK(run.refusals().size() == 50);
  CHECK(*built <= 2);
}

} // namespace in_flight_test
