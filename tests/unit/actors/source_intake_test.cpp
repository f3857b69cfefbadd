// Must hold: an exception costs the messages of its own portion, and nothing of it is left for the next.
#include "actors/source/source_intake.hpp"
#include "messages/codec/ev44.hpp"
#include "support/routed_instrument.hpp"
#include "support/test_config.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

namespace source_intake_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr timestamp first{1'790'000'000'000'000'000};

raw_message pulse(int number) {
  std::vector<std::int64_t> reference{(first + number * pulse_period).ns};
  std::vector<std::int32_t> index{0};
  std::vector<std::int32_t> numbers{1, 2};
  return {"small_detector_a", first, make_payload(ev44::write("caen", 0, reference, index, numbers, numbers))};
}

// Takes in each of its portions, and goes on after an exception, as the source of Kafka does.
class source_of_portions {
public:
  source_of_portions(source_actor::pointer self, std::vector<std::vector<int>> portions, source_surroundings around,
                     int* failures)
    : portions_(std::move(portions)), failures_(failures), intake_(self, std::move(around)) {}

  source_actor::behavior_type make_behavior() {
    return {
      [this](run_atom) {
        intake_.begin();
        for (const auto& p : portions_)
          take(p);
        intake_.stop();
      },
      [this](credit_atom, std::uint32_t receiver, std::uint32_t n) { intake_.add_credit(receiver, n); },
      [](read_atom, std::uint32_t, const stream_names_ptr&) { return std::make_shared<const lane_offsets>(); },
      [](poll_atom) {},
      [](finish_atom) {},
    };
  }

private:
  void take(const std::vector<int>& numbers) {
    std::vector<raw_message> messages;
    for (auto n : numbers)
      messages.push_back(pulse(n));
    try {
      intake_.take(messages);
    } catch (const std::exception&) {
      ++*failures_;
    }
  }

  std::vector<std::vector<int>> portions_;
  int* failures_;
  source_intake intake_;
};

struct handed_on {
  int failures = 0;
  std::vector<timestamp> times;
};

// What a coordinator gets of those portions. Pulse -1 throws when it is looked at.
handed_on run(std::vector<std::vector<int>> portions) {
  handed_on out;
  test_config config(1);
  caf::actor_system system(config);
  auto coordinator = system.spawn([&out](caf::event_based_actor* self) -> caf::behavior {
    self->set_default_handler(caf::drop);
    return {[&out](const portion_ptr& portion) {
              for (const auto& m : portion->messages)
                out.times.push_back(m.time);
            },
            [](finish_atom) {}};
  });
  auto reporter = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
    self->set_default_handler(caf::drop);
    return {[](int) {}};
  });
  source_surroundings around;
  const std::vector<std::string> services{"detector_data"};
  around.routes = std::make_shared<const adapter>(route_table(routed_instrument(), services, {}));
  around.receivers = {caf::actor_cast<coordinator_actor>(coordinator)};
  around.reporter = caf::actor_cast<reporter_actor>(reporter);
  around.clock = std::make_shared<system_wall_clock>();
  around.services = services;
  const auto bad = pulse(-1);
  around.tap = [bad](const raw_message& raw) {
    if (std::ranges::equal(raw.content->bytes(), bad.content->bytes())) throw std::runtime_error("no room");
  };
  auto source = system.spawn<caf::stateful_actor<source_of_portions, source_actor::impl>>(
    std::move(portions), std::move(around), &out.failures);
  caf::scoped_actor self(system);
  tell(self.ptr(), source, run_atom_v);
  self->receive([](end_atom) {});
  // It has seen all.
  ask(self.ptr(), coordinator, finish_atom_v).receive([] {}, [](const caf::error& e) { FAIL(to_string(e)); });
  for (const auto& handle : {caf::actor_cast<caf::actor>(source), coordinator, reporter})
    caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
  return out;
}

std::vector<timestamp> times_of(const std::vector<int>& numbers) {
  std::vector<timestamp> out;
  for (auto n : numbers)
    out.push_back(first + n * pulse_period);
  return out;
}

} // namespace

TEST_CASE("an exception in a source costs its own portion; those before and after it are handed on once") {
  const auto out = run({{1, 2}, {3, 4, -1, 5}, {6}, {-1}, {7, 8}});
  CHECK(out.failures == 2);
  CHECK(out.times == times_of({1, 2, 6, 7, 8}));
}

} // namespace source_intake_test
