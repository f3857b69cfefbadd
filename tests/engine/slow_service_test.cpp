// Must hold: nothing that is slow (a job, the building of a workflow, the publisher) halts what is not, and what it
// costs is counted and said.
#include "support/service_run.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace slow_service_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// Holds up whoever passes until it is opened.
class gate {
public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    --waiting_;
  }

  void open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

  void await_somebody() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ > 0; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int waiting_ = 0;
};

// The workflow of the model, with something to be done before each accumulate().
class hooked_workflow final : public workflow {
public:
  explicit hooked_workflow(std::function<void()> before) : before_(std::move(before)) {}

  void accumulate(const job_data& data) override {
    before_();
    model_.accumulate(data);
  }

  void set_context(std::string_view stream, const stream_value& value) override { model_.set_context(stream, value); }

  std::vector<workflow_output> finalize() override { return model_.finalize(); }

  void clear() override { model_.clear(); }

  void state(archive& a) override { model_.state(a); }

private:
  model_workflow model_;
  std::function<void()> before_;
};

// `hook` is called with the source of the job, when its workflow is built and before each accumulate().
workflow_registry hooked_registry(std::function<void(const std::string& source)> on_build,
                                  std::function<void(const std::string& source)> on_accumulate) {
  workflow_registry r;
  auto kind = *model_registry().find("model");
  kind.build = [on_build, on_accumulate](const build_request& request) -> std::unique_ptr<workflow> {
    if (on_build) on_build(request.source);
    return std::make_unique<hooked_workflow>([on_accumulate, source = request.source] {
      if (on_accumulate) on_accumulate(source);
    });
  };
  r.add("model", kind);
  return r;
}

words counts_of(const words& all, const std::string& word) {
  words out;
  std::copy_if(all.begin(), all.end(), std::back_inserter(out), [&](const auto& w) { return w == word; });
  return out;
}

// Receives until that word has been published so many times.
words until(service_run& run, const std::string& word, std::size_t times = 1) {
  words all;
  while (counts_of(all, word).size() < times) {
    auto more = run.next();
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

std::string text_of_job(service_run& run, std::size_t number) {
  return run.jobs().at(number).warning.value_or("");
}

} // namespace

TEST_CASE("a workflow that takes long to build halts no other job, and its job takes part from the next batch on") {
  auto building = std::make_shared<gate>();
  service_run run;
  run.settings.batches_wait_for_builds = false;
  run.registry = hooked_registry(
    [building](const std::string& source) {
      if (source == "bank1") building->pass();
    },
    {});
  run.begin();
  run.send(portion({start("1", "plain", "bank0")}));
  until(run, "answer 1");
  run.send(portion({start("2", "plain", "bank1"), start("3", "plain", "bank2")}));
  building->await_somebody();
  // The job after it does not wait for it either.
  until(run, "answer 3");
  for (std::int64_t k = 0; k < 5; ++k)
    run.send(portion({}, events(k * 100, k * 100 + 100)));
  auto before = until(run, "result bank0", 5);
  CHECK(counts_of(before, "result bank1").empty());
  CHECK(counts_of(before, "result bank2").size() == 5);
  // A command about the job waits for it, and takes effect after its start.
  run.send(portion({job_command{"4", job_id{"bank1", uuid_from_name("0")}, {}, job_action::pause}}));
  building->open();
  auto answers = until(run, "answer 4");
  CHECK(answers == words{"answer 2", "answer 4"});
  // In the order of the commands, whatever took longer.
  REQUIRE(run.jobs().size() == 3);
  CHECK(run.jobs()[1].job.source_name == "bank1");
}

TEST_CASE("a service that ends while a workflow is being built ends, and answers that the job was not started") {
  auto building = std::make_shared<gate>();
  service_run run;
  run.settings.batches_wait_for_builds = false;
  run.registry = hooked_registry([building](const std::string&) { building->pass(); }, {});
  run.begin();
  run.send(portion({start("1", "plain", "bank0")}));
  building->await_somebody();
  auto last = run.finish();
  CHECK(last == words{"answer 1"});
  building->open();
}

TEST_CASE("a job that does not answer in time: the others go on, and it takes its batches later, none lost") {
  auto slow = std::make_shared<gate>();
  service_run run;
  run.settings.deadline_lengths = 1;
  run.registry = hooked_registry({}, [slow](const std::string& source) {
    if (source == "bank1") slow->pass();
  });
  run.begin();
  run.send(portion({start("1", "plain", "bank0"), start("2", "plain", "bank1"), start("3", "plain", "bank2")}));
  for (std::int64_t k = 0; k < 6; ++k)
    run.send(portion({}, events(k * 100, k * 100 + 100)));
  auto before = until(run, "result bank2", 6);
  CHECK(counts_of(before, "result bank0").size() == 6);
  CHECK(counts_of(before, "result bank1").empty());
  CHECK(run.jobs().at(1).state == job_state::warning);
  CHECK(text_of_job(run, 1).find("Behind") != std::string::npos);
  CHECK(run.jobs().at(0).state == job_state::active);
  slow->open();
  auto after = until(run, "result bank1", 6);
  CHECK(counts_of(after, "result bank1").size() == 6);
  // Where the others are again.
  run.send(portion({}, events(600, 700)));
  until(run, "result bank2");
  CHECK(run.jobs().at(1).state == job_state::active);
  CHECK(run.jobs().at(1).end == timestamp{700});
  CHECK(run.metrics().find("livedata_job_left_behind_total{service=\"data_reduction\",source=\"bank1\","
                           "workflow=\"plain\"} 1 ") != std::string::npos);
}

TEST_CASE("the late answer of a job that was stopped is not taken for one of the job that was started in its place") {
  auto former = std::make_shared<gate>();
  auto latter = std::make_shared<gate>();
  auto calls = std::make_shared<std::atomic<int>>(0);
  service_run run(4);
  run.settings.deadline_lengths = 1;
  run.registry = hooked_registry({}, [=](const std::string& source) {
    if (source == "bank1") ++*calls == 1 ? former->pass() : latter->pass();
  });
  run.begin();
  run.send(portion({start("1", "plain", "bank0"), start("2", "plain", "bank1")}, events(0, 100)));
  former->await_somebody();
  until(run, "result bank0");
  run.send(portion({job_command{"3", job_id{"bank1", uuid_from_name("0")}, {}, job_action::stop}}));
  run.send(portion({start("4", "plain", "bank1")}));
  for (std::int64_t k = 1; k < 4; ++k)
    run.send(portion({}, events(k * 100, k * 100 + 100)));
  latter->await_somebody();
  until(run, "result bank0", 3);
  former->open();
  run.send(portion({}, events(400, 500)));
  auto before = until(run, "result bank0");
  CHECK(counts_of(before, "result bank1").empty());
  CHECK(text_of_job(run, 1).find("Behind") != std::string::npos);
  latter->open();
  auto after = until(run, "result bank1", 4);
  CHECK(counts_of(after, "result bank1").size() == 4);
  CHECK(run.jobs().at(1).start == timestamp{100});
}

TEST_CASE("what waits for a job that is behind is bounded; what it does not get is counted and said") {
  auto slow = std::make_shared<gate>();
  service_run run;
  run.settings.deadline_lengths = 1;
  run.settings.behind_batches = 3;
  run.registry = hooked_registry({}, [slow](const std::string& source) {
    if (source == "bank1") slow->pass();
  });
  run.begin();
  run.send(portion({start("1", "plain", "bank0"), start("2", "plain", "bank1")}));
  for (std::int64_t k = 0; k < 10; ++k)
    run.send(portion({}, events(k * 100, k * 100 + 100)));
  until(run, "result bank0", 10);
  slow->open();
  // The batch at which it was, and the last three.
  auto after = until(run, "result bank1", 4);
  CHECK(counts_of(after, "result bank1").size() == 4);
  CHECK(run.jobs().at(1).state == job_state::warning);
  CHECK(text_of_job(run, 1).find("data of 6 batches") != std::string::npos);
  CHECK(run.metrics().find("livedata_job_events_dropped_total{service=\"data_reduction\",source=\"bank1\","
                           "workflow=\"plain\"} 6 ") != std::string::npos);
  run.send(portion({job_command{"3", job_id{"bank1", uuid_from_name("0")}, {}, job_action::reset}}));
  until(run, "answer 3");
  CHECK(run.jobs().at(1).state == job_state::active);
}

TEST_CASE("a job that hangs does not keep its service from ending, and what it did not get is counted") {
  auto hung = std::make_shared<gate>();
  service_run run;
  run.settings.deadline_lengths = 1;
  run.registry = hooked_registry({}, [hung](const std::string& source) {
    if (source == "bank1") hung->pass();
  });
  run.begin();
  run.send(portion({start("1", "plain", "bank0"), start("2", "plain", "bank1")}));
  for (std::int64_t k = 0; k < 3; ++k)
    run.send(portion({}, events(k * 100, k * 100 + 100)));
  until(run, "result bank0", 3);
  CHECK(run.finish().empty());
  CHECK(run.metrics().find("livedata_job_batches_dropped_total{service=\"data_reduction\",source=\"bank1\","
                           "workflow=\"plain\"} 2 ") != std::string::npos);
  hung->open();
}

TEST_CASE("a job that was slow once gets a thread of its own, so that one job thread is enough for the others") {
  auto slow = std::make_shared<gate>();
  auto calls = std::make_shared<int>(0);
  service_run run(1);
  run.settings.deadline_lengths = 1;
  run.registry = hooked_registry({}, [slow, calls](const std::string& source) {
    if (source != "bank1") return;
    if (++*calls == 1)
      std::this_thread::sleep_for(std::chrono::milliseconds(1200));
    else
      slow->pass();
  });
  run.begin();
  run.send(portion({start("1", "plain", "bank0"), start("2", "plain", "bank1")}));
  for (std::int64_t k = 0; k < 4; ++k)
    run.send(portion({}, events(k * 100, k * 100 + 100)));
  // The second call of bank1 never ends, and there is one job thread.
  until(run, "result bank0", 4);
  slow->open();
  until(run, "result bank1");
}

TEST_CASE("no more jobs get threads of their own than are allowed; the others stay on the job threads") {
  std::mutex mutex;
  std::map<std::string, std::vector<std::thread::id>> threads;
  service_run run(1);
  run.settings.deadline_lengths = 1;
  run.settings.own_threads = 1;
  run.registry = hooked_registry({}, [&](const std::string& source) {
    const auto first = [&] {
      std::lock_guard lock(mutex);
      threads[source].push_back(std::this_thread::get_id());
      return threads[source].size() == 1;
    }();
    if (first && source != "bank0") std::this_thread::sleep_for(std::chrono::milliseconds(1050));
  });
  run.begin();
  run.send(portion({start("1", "plain", "bank0"), start("2", "plain", "bank1"), start("3", "plain", "bank2")}));
  run.send(portion({}, events(0, 100)));
  run.await_batches(1);
  until(run, "result bank1");
  run.send(portion({}, events(100, 200)));
  run.finish();
  std::lock_guard lock(mutex);
  REQUIRE(threads["bank1"].size() == 2);
  REQUIRE(threads["bank2"].size() == 2);
  const auto job_thread = threads["bank0"].front();
  const auto elsewhere = [&](const std::string& source) { return threads[source].back() != job_thread; };
  CHECK(!elsewhere("bank0"));
  CHECK(elsewhere("bank1") + elsewhere("bank2") == 1);
}

TEST_CASE("while the publisher has too many results waiting, jobs take data in and give it out later, all of it") {
  service_run run;
  run.settings.results_in_flight = 2;
  run.begin();
  run.send(portion({start("1", "plain", "bank0")}));
  CHECK(run.published() == words{"answer 1"});
  for (std::int64_t k = 0; k < 6; ++k)
    run.send(portion({}, events(k * 100, k * 100 + 100)));
  run.await_batches(6);
  CHECK(run.metrics().find("livedata_batch_held_total{service=\"data_reduction\"} 4 ") != std::string::npos);
  CHECK(run.waiting() == words{"result bank0", "result bank0"});
  // What was held back goes out at the end.
  auto last = run.finish();
  CHECK(counts_of(last, "result bank0").size() == 1);
  CHECK(run.jobs().at(0).end == timestamp{600});
}

TEST_CASE("a job whose actor died says what it has lost until it is reset") {
  service_run run;
  run.settings.restart_delay = std::chrono::milliseconds(1);
  run.settings.spawn = [once = std::make_shared<bool>(true)](caf::actor_system& system, const job_order& order,
                                                             std::shared_ptr<job> work) {
    auto actor = spawn_job(system, order, std::move(work));
    if (std::exchange(*once, false)) caf::anon_send_exit(actor, caf::exit_reason::kill);
    return actor;
  };
  run.begin();
  run.send(portion({start("1", "plain", "bank0")}));
  until(run, "answer 1");
  // Until it is back.
  for (std::int64_t k = 0; counts_of(run.published(), "result bank0").empty(); ++k)
    run.send(portion({}, events(k * 100, k * 100 + 100)));
  CHECK(run.jobs().at(0).state == job_state::warning);
  CHECK(text_of_job(run, 0).find("is lost") != std::string::npos);
  run.send(portion({job_command{"2", job_id{"bank0", uuid_from_name("0")}, {}, job_action::reset}}));
  until(run, "answer 2");
  CHECK(run.jobs().at(0).state == job_state::active);
  CHECK(text_of_job(run, 0).empty());
}

TEST_CASE("a job that entered late, because its workflow took long to build, enters at the same place in a replay") {
  auto building = std::make_shared<gate>();
  std::vector<cycle_mark> marks;
  std::vector<model_step> steps{portion({start("1", "plain", "bank0"), start("2", "plain", "bank1")}, events(0, 100)),
                                portion({}, events(100, 200)), portion({}, events(200, 300)),
                                portion({}, events(300, 400)), portion({}, events(400, 500))};
  words recorded;
  {
    service_run run;
    run.settings.batches_wait_for_builds = false;
    run.settings.note = [&marks](const flow_mark& m) {
      if (const auto* c = std::get_if<cycle_mark>(&m)) marks.push_back(*c);
    };
    run.registry = hooked_registry(
      [building](const std::string& source) {
        if (source == "bank1") building->pass();
      },
      {});
    run.begin();
    run.send(steps[0]);
    // The first job may enter before the first batch or after it.
    recorded = until(run, "answer 1");
    auto more = [&](words w) { recorded.insert(recorded.end(), w.begin(), w.end()); };
    run.send(steps[1]);
    run.send(steps[2]);
    more(until(run, "result bank0", 2));
    building->open();
    more(until(run, "answer 2"));
    run.send(steps[3]);
    run.send(steps[4]);
    more(run.published());
    CHECK(run.jobs().at(1).start == timestamp{300});
  }
  service_run replay;
  replay.settings.recorded_cycles = marks;
  replay.begin();
  for (const auto& step : steps)
    replay.send(step);
  CHECK(replay.published() == recorded);
  CHECK(replay.jobs().at(1).start == timestamp{300});
}

} // namespace slow_service_test
