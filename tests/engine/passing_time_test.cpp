// Must hold: coordinators hear that time passes, also those for which nothing comes.
#include "support/engine_run.hpp"

#include <doctest/doctest.h>

#include <atomic>

namespace passing_time_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// What a coordinator was sent.
struct heard {
  std::atomic<int> with_messages = 0;
  std::atomic<int> empty = 0;
  std::atomic<int> without_time = 0;
};

// Takes every portion at once.
coordinator_actor listener(caf::actor_system& system, std::uint32_t number, heard& h) {
  auto who = system.spawn([number, &h](caf::event_based_actor* self) -> caf::behavior {
    self->set_default_handler(caf::drop);
    return {[self, number, &h](const portion_ptr& chunk) {
              ++(chunk->messages.empty() ? h.empty : h.with_messages);
              if (chunk->mark.clock.ns == 0) ++h.without_time;
              tell(self, caf::actor_cast<source_actor>(self->current_sender()), credit_atom_v, number,
                   std::uint32_t{1});
            },
            [](finish_atom) { return std::uint32_t{0}; }};
  });
  return caf::actor_cast<coordinator_actor>(who);
}

struct two_services {
  heard detectors;
  heard monitors;

  // A quarter of a second of pulses, with messages for detectors only.
  void run(bool wall_time) {
    test_config config(1);
    caf::actor_system system(config);
    settings s;
    s.services = {"detector_data", "monitor_data"};
    s.jobs = {request("view", "bank0"), request("monitor_histogram", "m1")};
    s.job_set = "none";
    auto plan = make_plan_for(small_instrument(), s, small_registry());
    REQUIRE(plan);
    auto clock = std::make_shared<system_wall_clock>();
    auto reporter = caf::actor_cast<reporter_actor>(system.spawn([](caf::event_based_actor* self) -> caf::behavior {
      self->set_default_handler(caf::drop);
      return {[](int) {}};
    }));
    source_surroundings around;
    around.routes = plan->routes;
    const std::vector receivers{listener(system, 0, detectors), listener(system, 1, monitors)};
    around.receivers = receivers;
    around.reporter = reporter;
    around.clock = clock;
    around.services = s.services;
    around.wall_time = wall_time;
    auto source = spawn_simulator(
      system, [](std::uint64_t, timestamp t) { return std::vector{bank_message(0, t, {5}, {1})}; }, {10, 35, {}},
      std::move(around));
    caf::scoped_actor self(system);
    tell(self.ptr(), source, run_atom_v);
    self->receive([](end_atom) {});
    // They have seen all.
    for (const auto& r : receivers)
      ask(self.ptr(), r, finish_atom_v).receive([](std::uint32_t) {}, [](const caf::error& e) { FAIL(to_string(e)); });
    for (const auto& handle : {caf::actor_cast<caf::actor>(source), caf::actor_cast<caf::actor>(reporter)})
      caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
  }
};

} // namespace

TEST_CASE("where data time is the time on the wall, time passes for every coordinator, also without messages for it") {
  two_services t;
  t.run(true);
  CHECK(t.detectors.with_messages == 35);
  CHECK(t.monitors.with_messages == 0);
  // The pulses take longer than a coordinator may hear nothing.
  CHECK(t.monitors.empty > 0);
  CHECK(t.detectors.empty == t.monitors.empty);
  CHECK(t.detectors.without_time + t.monitors.without_time == 0);
}

TEST_CASE("where data time is another, only messages are sent") {
  two_services t;
  t.run(false);
  CHECK(t.detectors.with_messages == 35);
  CHECK(t.detectors.empty == 0);
  CHECK(t.monitors.empty == 0);
  CHECK(t.detectors.without_time == 35);
}

} // namespace passing_time_test
