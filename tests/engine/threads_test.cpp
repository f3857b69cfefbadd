// Must hold: how jobs meet threads.
#include "support/engine_run.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>
#include <set>

namespace threads_test {

using namespace livedata;
using namespace livedata::test;

namespace {

std::vector<job_request> six_jobs() {
  std::vector<job_request> jobs;
  for (const auto* bank : {"bank0", "bank1", "bank2"}) {
    jobs.push_back(request("scripted", bank));
    jobs.push_back(request("view", bank));
  }
  return jobs;
}

std::set<std::thread::id> threads_of(const probe& p) {
  std::set<std::thread::id> out;
  for (const auto& c : p.calls())
    out.insert(c.thread);
  return out;
}

// Lets callers go on when so many are waiting; false for all if that does not happen in time.
class rendezvous {
public:
  explicit rendezvous(int n) : expected_(n) {}

  bool arrive() {
    std::unique_lock lock(mutex_);
    ++arrived_;
    condition_.notify_all();
    return condition_.wait_for(lock, std::chrono::seconds(20), [&] { return arrived_ >= expected_; });
  }

private:
  std::mutex mutex_;
  std::condition_variable condition_;
  int expected_;
  int arrived_ = 0;
};

// Messages that job actors have handled, as CAF counts them.
std::uint64_t job_messages(engine_run& run) {
  auto all = run.metrics_text();
  std::string key = R"(caf_actor_processing_time_seconds_count{name="livedata.job"} )";
  auto at = all.find(key);
  REQUIRE(at != std::string::npos);
  return static_cast<std::uint64_t>(std::stod(all.substr(at + key.size())));
}

} // namespace

TEST_CASE("P-3: with one job thread there is one worker, and every job runs on it") {
  engine_run::options o;
  o.jobs = six_jobs();
  o.record = std::make_shared<probe>();
  engine_run run(o);
#if CAF_MAJOR_VERSION < 1
  CHECK(run.system().scheduler().num_workers() == 1);
#endif
  run.run();
  CHECK(o.record->calls().size() > 20);
  CHECK(threads_of(*o.record).size() == 1);
}

TEST_CASE("P-1: with several job threads several jobs run at the same time") {
  auto meeting = std::make_shared<rendezvous>(3);
  auto met = std::make_shared<std::atomic<int>>(0);
  engine_run::options o;
  o.threads = 3;
  o.jobs = {request("scripted", "bank0"), request("scripted", "bank1"), request("scripted", "bank2")};
  o.record = std::make_shared<probe>();
  o.hook = [=](const std::string&, int call) {
    if (call == 2 && meeting->arrive()) ++*met;
  };
  engine_run run(o);
  run.run();
  CHECK(met->load() == 3);
  CHECK(threads_of(*o.record).size() > 1);
  CHECK(threads_of(*o.record).size() <= 3);
}

TEST_CASE("P-2: accumulate and finalise of a job are one message to its actor, on one thread") {
  for (auto threads : {std::size_t{1}, std::size_t{4}}) {
    engine_run::options o;
    o.threads = threads;
    o.jobs = {request("scripted", "bank0"), request("scripted", "bank1")};
    o.record = std::make_shared<probe>();
    engine_run run(o);
    auto report = run.run();
    std::map<std::string, std::vector<probe::call>> by_job;
    for (const auto& c : o.record->calls())
      by_job[c.source].push_back(c);
    std::uint64_t tasks = 0;
    for (const auto& [source, calls] : by_job) {
      REQUIRE(calls.size() == 2 * report.batches);
      for (std::size_t i = 0; i < calls.size(); i += 2) {
        CHECK(calls[i].what == "accumulate");
        CHECK(calls[i + 1].what == "finalize");
        CHECK(calls[i].thread == calls[i + 1].thread);
      }
      tasks += calls.size() / 2;
    }
    // One message to build each job, one for each batch with work, and the end. CAF counts a message after its answer
    // is on its way, so the last ones may take a moment to show.
    auto expected = 2 + tasks;
    for (int i = 0; i < 1000 && job_messages(run) < expected; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK(job_messages(run) >= expected);
    CHECK(job_messages(run) <= expected + 2);
  }
}

} // namespace threads_test
