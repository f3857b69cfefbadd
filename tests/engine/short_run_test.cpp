// Must hold: a run that ends before its first pulse is known to be whole gives out what came.
#include "actors/batching/rate_aware_batcher.hpp"
#include "support/engine_run.hpp"
#include "support/service_run.hpp"

#include <doctest/doctest.h>

namespace short_run_test {

using namespace livedata;
using namespace livedata::test;

TEST_CASE("a run that ends while its first pulse is still held gives out that pulse, with every batcher") {
  for (const auto* kind : {"told", "naive", "simple", "rate-aware"}) {
    CAPTURE(std::string(kind));
    service_run run;
    if (kind != std::string_view("told"))
      run.settings.make_batcher = [kind] { return make_batcher(kind, {1'000'000'000}); };
    run.begin();
    run.send(portion({start("1", "plain", "bank0")}), {500'000});
    CHECK(run.published() == words{"answer 1"});
    // The same pulse in two portions, a millisecond apart, and the end right behind it.
    run.send(portion({}, events(0, 100)), {1'000'000});
    run.send(portion({}, events(0, 100)), {2'000'000});
    CHECK(run.published().empty());
    CHECK(run.finish() == words{"result bank0"});
    CHECK(run.metrics().find(R"(livedata_batch_events_total{service="data_reduction"} 8 )") != std::string::npos);
  }
}

TEST_CASE("an engine whose source ends with the first pulse counts every event of it") {
  engine_run::options o;
  // In the time of the wall, where the first pulse is held.
  o.speed = 1;
  o.pulses = 1;
  o.jobs = {request("scripted", "bank0"), request("view", "bank1")};
  engine_run run(o);
  const auto report = run.run();
  CHECK(report.events_received > 0);
  CHECK(report.events_processed == report.events_received);
  CHECK(report.events_dropped == 0);
  for (const auto& [workflow, source] : {std::pair("scripted", "bank0"), std::pair("view", "bank1")}) {
    const auto* line = find_line(report, workflow, source);
    REQUIRE(line != nullptr);
    CHECK(line->state == job_state::active);
  }
  CHECK(run.results().size() > 2);
}

} // namespace short_run_test
