// Must hold: what goes wrong in one job stays in that job.
#include "actors/job/job.hpp"
#include "actors/service/commands.hpp"
#include "support/engine_run.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <set>
#include <thread>

namespace failure_test {

using namespace livedata;
using namespace livedata::test;

namespace {

double total_of(const std::vector<da00::message>& results, std::string_view part_of_key) {
  double last = -1;
  for (const auto& m : results)
    if (m.source_name.find(part_of_key) != std::string::npos)
      last = std::get<std::vector<double>>(m.data.data.data).at(0);
  return last;
}

std::size_t count_of(const std::vector<da00::message>& results, std::string_view part_of_key) {
  std::size_t n = 0;
  for (const auto& m : results)
    if (m.source_name.find(part_of_key) != std::string::npos) ++n;
  return n;
}

// The actor of a job that dies, without an answer, at its so manieth batch.
struct mortal_job_state {
  static inline const char* name = "livedata.test.mortal_job";

  mortal_job_state(job_actor::pointer self, std::shared_ptr<job> job_to_do, int batch)
    : work(std::move(job_to_do)), dies_at(batch) {
    self->set_exception_handler(
      [](std::exception_ptr&) { return make_error(caf::sec::runtime_error, "killed by the test"); });
  }

  job_actor::behavior_type make_behavior() {
    return {
      [this](const task_ptr& task) -> reply_ptr {
        if (++batches == dies_at) throw std::runtime_error("killed by the test");
        return std::make_shared<const job_reply>(work->process(*task));
      },
      [this](clear_atom) { work->reset(); },
      [this](save_atom) -> saved_work_ptr { return std::make_shared<const saved_work>(work->save()); },
      [](own_thread_atom) {},
    };
  }

  std::shared_ptr<job> work;
  int dies_at;
  int batches = 0;
};

job_actor spawn_mortal_job(caf::actor_system& system, std::shared_ptr<job> work, int batch) {
  return system.spawn<caf::stateful_actor<mortal_job_state, job_actor::impl>>(std::move(work), batch);
}

} // namespace

TEST_CASE("P-5: a workflow that throws in accumulate gets a warning, others go on, the next success clears it") {
  engine_run::options broken;
  broken.pulses = 14 * 5;
  broken.jobs = {request("view", "bank0"),
                 request("scripted", "bank0", {{"fail_accumulate", {1, 2, 3, 4, 5, 6, 7, 8}}}),
                 request("view", "bank1")};
  engine_run run(broken);
  auto report = run.run();
  const auto* bad = find_line(report, "scripted", "bank0");
  REQUIRE(bad != nullptr);
  CHECK(bad->state == job_state::warning);
  CHECK(bad->text.find("scripted accumulate failure") != std::string::npos);
  CHECK(find_line(report, "view", "bank0")->state == job_state::active);
  CHECK(find_line(report, "view", "bank1")->state == job_state::active);
  CHECK(count_of(run.results(), R"("name":"scripted")") == 0);
  CHECK(count_of(run.results(), R"("name":"view")") == 2 * 10 * report.batches);

  auto healing = broken;
  healing.jobs[1] = request("scripted", "bank0", {{"fail_accumulate", {1, 2}}});
  engine_run again(healing);
  auto healed = again.run();
  CHECK(find_line(healed, "scripted", "bank0")->state == job_state::active);
  CHECK(count_of(again.results(), R"("name":"scripted")") == 2 * (healed.batches - 2));
}

TEST_CASE("a finalise that fails is an error, its data stays pending, and is given with the next batch, even without "
          "new data") {
  engine_run::options o;
  o.pulses = 14 * 6;
  // Data for bank0 only in the first second; then other banks drive time on.
  o.pulse = [](std::uint64_t k, timestamp t) {
    if (k < 14) return std::vector<raw_message>{bank_message(0, t, {5}, {1}), bank_message(1, t, {5}, {1001})};
    return std::vector<raw_message>{bank_message(1, t, {5}, {1001})};
  };
  o.jobs = {request("scripted", "bank0", {{"fail_finalize", {2, 3}}})};
  engine_run run(o);
  auto report = run.run();
  auto results = run.results();
  // Batches of bank0: the first pulse, then the other 13; finalise 2 and 3 fail, the fourth gives all.
  CHECK(find_line(report, "scripted", "bank0")->state == job_state::active);
  CHECK(total_of(results, R"("output_name":"counts")") == 14);
  CHECK(count_of(results, R"("output_name":"counts")") == 2);

  o.jobs = {request("scripted", "bank0", {{"fail_finalize", {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}})};
  engine_run stuck(o);
  report = stuck.run();
  const auto* line = find_line(report, "scripted", "bank0");
  CHECK(line->state == job_state::error);
  CHECK(line->text.find("scripted finalize failure") != std::string::npos);
  CHECK(count_of(stuck.results(), R"("output_name":"counts")") == 1);
}

TEST_CASE("a job that cannot be built is an error of the start, and nothing flows") {
  engine_run::options o;
  o.jobs = {request("view", "bank0"), request("scripted", "bank1", {{"fail_build", true}})};
  engine_run run(o);
  auto ok = run.engine().start();
  REQUIRE_FALSE(ok);
  CHECK(ok.error().message.find("told not to build") != std::string::npos);
  CHECK(run.results().empty());
}

TEST_CASE(
  "a job whose actor dies in the middle of a batch: the batch completes, the job is reported and restarted, the "
  "rest is untouched") {
  for (auto threads : {std::size_t{1}, std::size_t{2}}) {
    engine_run::options o;
    o.threads = threads;
    o.pulses = 14 * 400;
    o.restart.delay = duration{1'000'000};
    o.jobs = {request("scripted", "bank0"), request("scripted", "bank1"), request("view", "bank2")};
    auto spawned = std::make_shared<int>(0);
    o.spawn = [spawned](caf::actor_system& system, const job_order& order, std::shared_ptr<job> work) {
      auto mortal = order.id.source_name == "bank1" && (*spawned)++ == 0;
      return mortal ? spawn_mortal_job(system, std::move(work), 3) : spawn_job(system, order, std::move(work));
    };
    o.hook = [](const std::string&, int call) { // time for the restart to happen
      if (call > 50) std::this_thread::sleep_for(std::chrono::microseconds(200));
    };
    engine_run run(o);
    auto report = run.run();
    auto results = run.results();
    CHECK(*spawned == 2);
    CHECK(report.jobs.size() == 3);
    CHECK(find_line(report, "scripted", "bank0")->state == job_state::active);
    CHECK(find_line(report, "view", "bank2")->state == job_state::active);
    CHECK(count_of(results, R"("job_id":{"source_name":"bank0")") == 2 * report.batches);
    CHECK(count_of(results, R"("job_id":{"source_name":"bank2")") == 10 * report.batches);
    // Back at work, with what it had before lost and some batches missed.
    const auto* victim = find_line(report, "scripted", "bank1");
    CHECK(victim->state == job_state::warning);
    CHECK(victim->text.find("What the job had accumulated is lost") != std::string::npos);
    auto of_victim = count_of(results, R"("job_id":{"source_name":"bank1")");
    CHECK(of_victim > 2 * 2);
    CHECK(of_victim <= 2 * (report.batches - 1));
    auto metrics = run.metrics_text();
    CHECK(
      metrics.find(
        R"(livedata_job_failures_total{service="detector_data",source="bank1",stage="actor",workflow="scripted"} 1 )") !=
      std::string::npos);
  }
}

TEST_CASE("a job whose actor keeps dying is given up after the limit and left in error") {
  engine_run::options o;
  o.pulses = 14 * 600;
  o.restart.limit = 2;
  o.restart.delay = duration{1'000'000};
  o.jobs = {request("scripted", "bank0"), request("scripted", "bank1")};
  auto spawned = std::make_shared<int>(0);
  o.spawn = [spawned](caf::actor_system& system, const job_order& order, std::shared_ptr<job> work) {
    if (order.id.source_name != "bank1") return spawn_job(system, order, std::move(work));
    ++*spawned;
    return spawn_mortal_job(system, std::move(work), 2);
  };
  o.hook = [](const std::string&, int) { std::this_thread::sleep_for(std::chrono::microseconds(100)); };
  engine_run run(o);
  auto report = run.run();
  CHECK(*spawned == 3);
  const auto* line = find_line(report, "scripted", "bank1");
  REQUIRE(line != nullptr);
  CHECK(line->state == job_state::error);
  CHECK(line->text.find("Given up after 2 restarts") != std::string::npos);
  CHECK(line->text.find("What the job had accumulated is lost") != std::string::npos);
  CHECK(find_line(report, "scripted", "bank0")->state == job_state::active);
  CHECK(count_of(run.results(), R"("job_id":{"source_name":"bank0")") == 2 * report.batches);
}

TEST_CASE("a sink that fails is counted, keeps no results from other sinks, and stops nothing") {
  class failing_sink final : public result_sink {
  public:
    void deliver(const result_set& results) override {
      if (results.batch % 2 == 0) throw std::runtime_error("disk full");
    }

    void finish() override { throw std::runtime_error("still full"); }
  };

  engine_run::options o;
  o.pulses = 14 * 10;
  o.jobs = {request("view", "bank0")};
  o.beside = std::make_shared<failing_sink>();
  engine_run run(o);
  auto report = run.run();
  CHECK(report.results_failed == 10 * (report.batches / 2));
  CHECK(report.results + report.results_failed == 10 * report.batches);
  CHECK(count_of(run.results(), R"("name":"view")") == 10 * report.batches);
}

TEST_CASE("a job can be cleared and removed while data flows, and what is not there is said so") {
  engine_run::options o;
  o.pulses = 14 * 300;
  o.jobs = {request("scripted", "bank0"), request("view", "bank1")};
  o.hook = [](const std::string&, int) { std::this_thread::sleep_for(std::chrono::microseconds(300)); };
  engine_run run(o);
  REQUIRE(run.engine().start());
  caf::scoped_actor self(run.system());
  auto coordinator = run.engine().coordinator(0);
  auto answer_to = [&](job_action action, const job_id& id) {
    std::string problem;
    ask(self.ptr(), coordinator, command_ptr(std::make_shared<const control_message>(job_command{"", id, {}, action})))
      .receive([&](const std::string& text) { problem = text; }, [](const caf::error&) { FAIL("no answer"); });
    return problem;
  };
  while (count_of(run.results(), R"("output_name":"counts")") == 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const auto& scripted = run.plan().orders[0]->id;
  const auto& view = run.plan().orders[1]->id;
  CHECK(answer_to(job_action::reset, scripted).empty());
  CHECK(answer_to(job_action::stop, view).empty());
  CHECK(answer_to(job_action::stop, view).find("no such job") != std::string::npos);
  CHECK(answer_to(job_action::reset, view).find("no such job") != std::string::npos);
  auto report = run.finish();
  CHECK(report.jobs.size() == 1);
  CHECK(find_line(report, "scripted", "bank0")->state == job_state::active);
  // The counts began anew: at the end there are fewer than the events that the job was given.
  auto total = total_of(run.results(), R"("output_name":"counts")");
  CHECK(total > 0);
  CHECK(total < static_cast<double>(find_line(report, "scripted", "bank0")->events));
}

TEST_CASE("a coordinator that dies ends the run as failed, and the other service ends in order with its last results") {
  auto text = [](std::string s) {
    const auto* p = reinterpret_cast<const std::byte*>(s.data());
    return make_payload({p, p + s.size()});
  };
  engine_run::options o;
  o.services = {"detector_data", "monitor_data"};
  o.pulses = 0; // without end
  o.jobs = {request("scripted", "bank1"), request("monitor_histogram", "m1")};
  o.restart.delay = duration{1'000'000};
  auto spawned = std::make_shared<int>(0);
  // An error of the program within the coordinator: when it replaces the actor that has died.
  o.spawn = [spawned](caf::actor_system& system, const job_order& order, std::shared_ptr<job> work) {
    if (order.id.source_name != "bank1") return spawn_job(system, order, std::move(work));
    if (++*spawned > 1) throw std::logic_error("broken by the test");
    return spawn_mortal_job(system, std::move(work), 3);
  };
  o.status = {[&](const job_heartbeat& h) { return text("job " + std::string(to_string(h.state))); },
              [&](const service_heartbeat& h) {
                auto state = h.state == service_state::running ? "running"
                             : h.state == service_state::error ? "error"
                                                               : "stopped";
                return text(fmt::format("{} {} {}", h.service_name, state, h.error.value_or("")));
              }};
  engine_run run(o);
  CHECK_FALSE(run.engine().what_broke());
  auto report = run.run();
  REQUIRE(run.engine().what_broke());
  CHECK(run.engine().what_broke()->find("the coordinator of detector_data died") != std::string::npos);
  CHECK_FALSE(run.engine().source_failure());
  std::set<std::string> said;
  for (const auto& m : run.sent())
    said.emplace(reinterpret_cast<const char*>(m.content->bytes().data()), m.content->bytes().size());
  CHECK(said.contains("detector_data error broken by the test"));
  CHECK(said.contains("monitor_data stopped "));
  CHECK(said.contains("job stopped"));
  const auto* monitor = find_line(report, "monitor_histogram", "m1");
  REQUIRE(monitor != nullptr);
  CHECK(monitor->state == job_state::active);
  CHECK(count_of(run.results(), R"("name":"monitor_histogram")") > 0);
}

TEST_CASE("a source that dies ends the run as failed, with the last results") {
  engine_run::options o;
  o.pulses = 0;
  o.jobs = {request("scripted", "bank0")};
  engine_run run(o);
  REQUIRE(run.engine().start());
  while (run.results().empty())
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  caf::anon_send_exit(run.engine().source(), caf::exit_reason::kill);
  auto report = run.finish();
  REQUIRE(run.engine().what_broke());
  CHECK(run.engine().what_broke()->find("the source died") != std::string::npos);
  CHECK(count_of(run.results(), R"("output_name":"counts")") == report.batches);
}

TEST_CASE("a job whose past cannot be read begins now, and its status says why; others notice nothing") {
  engine_run::options o;
  o.pulses = 14 * 200;
  o.jobs = {request("view", "bank0")};
  o.hook = [](const std::string&, int) { std::this_thread::sleep_for(std::chrono::microseconds(300)); };
  for (auto can_rewind : {false, true}) {
    if (can_rewind)
      o.past = {[](const past_topics& wanted) -> result<std::unique_ptr<past_reader>> {
                  CHECK(wanted.data == std::vector<std::string>{"small_detector"});
                  return failure{"gone", "it was deleted long ago"};
                },
                {{0, 0}}};
    engine_run run(o);
    REQUIRE(run.engine().start());
    while (run.results().empty())
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    auto late = std::make_shared<job_order>(*run.plan().orders[0]);
    late->id.job_number = uuid_from_name("late");
    late->schedule.start = first_pulse;
    caf::scoped_actor self(run.system());
    ask(self.ptr(), run.engine().coordinator(0), command_ptr(std::make_shared<const control_message>(start_of(*late))))
      .receive([](const std::string& problem) { CHECK(problem.empty()); },
               [](const caf::error&) { FAIL("no answer"); });
    auto report = run.finish();
    REQUIRE(report.jobs.size() == 2);
    CHECK(report.jobs[0].state == job_state::active);
    CHECK(report.jobs[1].state == job_state::warning);
    CHECK(report.jobs[1].text.find("Began late") != std::string::npos);
    CHECK(report.jobs[1].text.find(can_rewind ? "deleted long ago" : "cannot be read again") != std::string::npos);
    CHECK(count_of(run.results(), R"("job_id":{"source_name":"bank0")") > 10 * report.batches);
  }
}

} // namespace failure_test
