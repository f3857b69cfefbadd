// Must hold: source, jobs and publisher are at work at the same time, on batches one behind the other; and where their
// time goes.
#include "support/engine_run.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>

namespace pipeline_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr duration batch_length{1'000'000'000};

// Three consecutive batches: the publisher has the first in its hands and does not let go, the jobs have the second
// and do not let go, until the source has taken in all messages of the third.
class three_batches {
public:
  // The publisher is at a batch that ends there. Whether all came together.
  bool publisher_at(timestamp end) {
    return wait([&] { published_ = end; });
  }

  bool jobs_at_next() {
    return wait([&] { jobs_ = true; });
  }

  // The source asks for a pulse when it has taken in those before.
  void source_at(timestamp pulse) {
    std::lock_guard lock(mutex_);
    taken_in_ = pulse;
    condition_.notify_all();
  }

private:
  bool together() const { return published_ && jobs_ && taken_in_ >= *published_ + 2 * batch_length; }

  template <class F>
  bool wait(F&& tell) {
    std::unique_lock lock(mutex_);
    tell();
    condition_.notify_all();
    return condition_.wait_for(lock, std::chrono::seconds(20), [&] { return together(); });
  }

  std::mutex mutex_;
  std::condition_variable condition_;
  std::optional<timestamp> published_;
  bool jobs_ = false;
  timestamp taken_in_;
};

class slow_sink final : public result_sink {
public:
  explicit slow_sink(std::function<void(const result_set&)> at) : at_(std::move(at)) {}

  void deliver(const result_set& results) override { at_(results); }

private:
  std::function<void(const result_set&)> at_;
};

} // namespace

TEST_CASE("batch k+1 is received, verified and routed while the jobs work on k and the publisher sends k-1") {
  three_batches scene;
  std::atomic<int> met = 0;
  engine_run::options o;
  o.threads = 2;
  o.batch = batch_length;
  o.pulses = 14 * 8;
  o.jobs = {request("scripted", "bank0")};
  o.record = std::make_shared<probe>();
  o.beside = std::make_shared<slow_sink>([&](const result_set& results) {
    if (results.batch == 2 && scene.publisher_at(results.results.at(0)->end)) ++met;
  });
  // The job has work in every batch, so its third call is the third batch.
  o.hook = [&](const std::string&, int call) {
    if (call == 3 && scene.jobs_at_next()) ++met;
  };
  o.pulse = [&](std::uint64_t k, timestamp t) {
    scene.source_at(t);
    return random_pulse(k, t);
  };
  engine_run run(o);
  auto report = run.run();
  CHECK(met == 2);
  CHECK(report.batches >= 7);
  CHECK(report.events_dropped == 0);
  CHECK(report.events_processed == report.events_received);
}

TEST_CASE("the report of a run says where its time went, also with several threads for one job") {
  for (auto threads : {std::size_t{1}, std::size_t{2}}) {
    engine_run::options o;
    o.threads = threads;
    o.divide_from = threads == 1 ? 0 : 1;
    o.jobs = {request("view", "bank0"), request("scripted", "bank1")};
    engine_run run(o);
    auto p = run.run().profile;
    for (auto at : {phase::simulate, phase::verify, phase::route, phase::batch, phase::accumulate, phase::finalize,
                    phase::encode, phase::send})
      CHECK_MESSAGE(p.phases[at] > 0, to_string(at));
    CHECK(p.phases[phase::receive] == 0);
    CHECK(p.wall_seconds > 0);
    CHECK(p.processors > 0);
    CHECK(p.cpu_seconds > 0);
    CHECK(p.phases.total() + p.other() + p.idle() >=
          doctest::Approx(p.wall_seconds * static_cast<double>(p.processors)));
  }
}

} // namespace pipeline_test
