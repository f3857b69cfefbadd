// Must hold: where the time went adds up.
#include "actors/profile/phase_meter.hpp"
#include "actors/profile/profiler.hpp"

#include <caf/telemetry/collector/prometheus.hpp>
#include <doctest/doctest.h>

namespace phases_test {

using namespace livedata;

namespace {

double whole(const run_profile& p) {
  return p.phases.total() + p.other() + p.idle();
}

struct measured_system {
  caf::actor_system_config config;
  caf::actor_system system{config};

  phase_times totals() { return phase_meter::totals(system); }

  // Keeps the thread at work until that phase has some time.
  void work(phase_meter& meter, phase p) {
    auto before = totals()[p];
    while (totals()[p] == before)
      meter.over(p);
  }
};

} // namespace

TEST_CASE("phases, what is in no phase and idle time are all processors for all of the time") {
  run_profile p{10, 2, 7.5, {}};
  CHECK(p.other() == 7.5);
  CHECK(p.idle() == 12.5);
  p.phases[phase::accumulate] = 4;
  p.phases[phase::encode] = 1.5;
  CHECK(p.phases.total() == 5.5);
  CHECK(p.other() == 2);
  CHECK(p.idle() == 12.5);
  CHECK(whole(p) == 20);
}

TEST_CASE("clocks that disagree by a tick make no time negative, and the whole stays the whole") {
  run_profile p{10, 2, 3, {}};
  p.phases[phase::accumulate] = 3.25;
  CHECK(p.other() == 0);
  CHECK(p.idle() == 16.75);
  CHECK(whole(p) == 20);
  p = {1, 1, 1.5, {}};
  p.phases[phase::send] = 1.25;
  CHECK(p.other() == 0.25);
  CHECK(p.idle() == 0);
}

TEST_CASE("the time of a stretch is a difference of sums") {
  phase_times begin;
  begin[phase::verify] = 1;
  begin[phase::route] = 2;
  auto end = begin;
  end[phase::route] = 5;
  auto between = end - begin;
  CHECK(between[phase::verify] == 0);
  CHECK(between[phase::route] == 3);
  CHECK(between.total() == 3);
}

TEST_CASE("every phase has a name of its own") {
  for (std::size_t i = 0; i < phase_count; ++i)
    for (std::size_t k = 0; k < i; ++k)
      CHECK(std::string(phase_names[i]) != phase_names[k]);
  CHECK(to_string(phase::simulate) == "simulate");
  CHECK(to_string(phase::batch) == "batch");
  CHECK(to_string(phase::send) == "send");
}

TEST_CASE("time goes to the phase that is over, from all meters of a system, into its metrics") {
  measured_system m;
  phase_meter one(m.system);
  phase_meter other(m.system);
  one.start();
  m.work(one, phase::encode);
  auto after_one = m.totals();
  CHECK(after_one[phase::encode] > 0);
  CHECK(after_one.total() == after_one[phase::encode]);
  other.start();
  m.work(other, phase::encode);
  m.work(other, phase::send);
  auto after_other = m.totals();
  CHECK(after_other[phase::encode] > after_one[phase::encode]);
  CHECK(after_other[phase::send] > 0);
  caf::telemetry::collector::prometheus text;
  auto view = text.collect_from(m.system.metrics());
  std::string all(view.begin(), view.end());
  CHECK(all.find(R"(livedata_phase_cpu_time_seconds_total{phase="encode"} )") != std::string::npos);
}

TEST_CASE("a span takes the time of its scope, and none before it") {
  measured_system m;
  phase_meter spans(m.system);
  phase_meter all(m.system);
  all.start();
  m.work(all, phase::route);
  auto before = m.totals();
  phase_meter whole_thread(m.system);
  whole_thread.start();
  {
    const phase_meter::span sending(spans, phase::send);
    m.work(all, phase::route);
  }
  whole_thread.over(phase::verify);
  auto taken = m.totals() - before;
  CHECK(taken[phase::send] > 0);
  CHECK(taken[phase::send] <= taken[phase::verify]);
}

TEST_CASE("a profile begins when it is told to") {
  measured_system m;
  phase_meter meter(m.system);
  meter.start();
  m.work(meter, phase::verify);
  profiler p(m.system);
  CHECK(p.get().phases.total() == 0);
  m.work(meter, phase::route);
  auto got = p.get();
  CHECK(got.phases[phase::verify] == 0);
  CHECK(got.phases[phase::route] > 0);
  CHECK(got.processors > 0);
  p.begin();
  CHECK(p.get().phases.total() == 0);
}

} // namespace phases_test
