#include "actors/reporter/reporter_actor.hpp"

#include <doctest/doctest.h>

#include <atomic>

namespace statistics_reporter_test {

using namespace livedata;

namespace {

class settable_clock final : public wall_clock {
public:
  timestamp now() const override { return {ns_}; }

  void advance(duration d) { ns_ += d.ns; }

private:
  std::atomic<std::int64_t> ns_ = 1'000'000'000'000;
};

constexpr duration second{1'000'000'000};
constexpr auto never = std::chrono::hours(10);

// Hands everything that it is shown to somebody else.
display_actor relay(caf::actor_system& system, const caf::actor& to) {
  return system.spawn([to](display_actor::pointer) -> display_actor::behavior_type {
    return {
      [to](const run_report_ptr& r) { tell_from_outside(to, r); },
      [](finish_atom) {},
    };
  });
}

struct reporter_run {
  caf::actor_system_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  std::shared_ptr<settable_clock> clock = std::make_shared<settable_clock>();
  display_actor display = relay(system, caf::actor_cast<caf::actor>(self.ptr()));

  run_report_ptr finish(const reporter_actor& r) {
    run_report_ptr out;
    self->request(r, caf::infinite, finish_atom_v)
      .receive([&](const run_report_ptr& x) { out = x; }, [](const caf::error& e) { FAIL(to_string(e)); });
    return out;
  }

  run_report_ptr shown() {
    run_report_ptr out;
    self->receive([&](const run_report_ptr& r) { out = r; });
    return out;
  }

  void end(const reporter_actor& r) {
    caf::anon_send_exit(r, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(display, caf::exit_reason::user_shutdown);
  }
};

batch_report_ptr batch_of(std::uint64_t events) {
  auto b = std::make_shared<batch_report>();
  b->events = events;
  return b;
}

} // namespace

TEST_CASE("at the end the reporter answers what it was told, and shows the same as the last report") {
  reporter_run run;
  auto reporter = spawn_reporter(run.system, run.clock, run.display, never);
  auto source = std::make_shared<source_report>();
  source->events = 50;
  auto handover = std::make_shared<handover_report>();
  handover->results = 6;
  run.self->send(reporter, batch_of(40));
  run.self->send(reporter, source_report_ptr(source));
  run.self->send(reporter, handover_report_ptr(handover));
  run.clock->advance(4 * second);
  auto last = run.finish(reporter);
  REQUIRE(last);
  CHECK(last->events_processed == 40);
  CHECK(last->events_received == 50);
  CHECK(last->results == 6);
  CHECK(last->elapsed_seconds == doctest::Approx(4));
  CHECK(last->events_per_second == doctest::Approx(10));
  CHECK(last->rss_bytes > 0);
  CHECK(run.shown() == last);
  run.end(reporter);
}

TEST_CASE("the reporter shows the run at its own cadence, again and again") {
  reporter_run run;
  auto reporter = spawn_reporter(run.system, run.clock, run.display, std::chrono::milliseconds(1));
  auto first = run.shown();
  auto second_one = run.shown();
  CHECK(first != second_one);
  run.end(reporter);
}

TEST_CASE("report_atom asks for a report out of turn") {
  reporter_run run;
  auto reporter = spawn_reporter(run.system, run.clock, run.display, never);
  run.self->send(reporter, batch_of(7));
  run.self->send(reporter, report_atom_v);
  CHECK(run.shown()->events_processed == 7);
  run.end(reporter);
}

TEST_CASE("a reporter without display, and one with a dead display, go on") {
  reporter_run run;
  auto reporter = spawn_reporter(run.system, run.clock, display_actor{}, std::chrono::milliseconds(1));
  run.self->send(reporter, batch_of(7));
  CHECK(run.finish(reporter)->events_processed == 7);
  run.end(reporter);

  caf::anon_send_exit(run.display, caf::exit_reason::kill);
  auto other = spawn_reporter(run.system, run.clock, run.display, std::chrono::milliseconds(1));
  run.self->send(other, batch_of(7));
  CHECK(run.finish(other)->events_processed == 7);
  run.end(other);
}

} // namespace statistics_reporter_test
