// Must hold: whoever asks the publisher knows by the answer that the sink has taken the results.
#include "actors/publisher/publisher_actor.hpp"
#include "support/test_config.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <stdexcept>

namespace publisher_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// Does not return from deliver() before it is told to.
class held_sink final : public result_sink {
public:
  explicit held_sink(bool fails) : fails_(fails) {}

  void deliver(const result_set& /*results*/) override {
    entered_.set_value();
    released_.get_future().wait();
    if (fails_) throw std::runtime_error("no room");
  }

  void wait_for_delivery() { entered_.get_future().wait(); }

  void release() { released_.set_value(); }

private:
  bool fails_;
  std::promise<void> entered_;
  std::promise<void> released_;
};

// Answers whether the publisher has answered its request.
caf::actor asker(caf::actor_system& system, const publisher_actor& publisher) {
  return system.spawn([publisher](caf::event_based_actor* self) -> caf::behavior {
    auto answered = std::make_shared<bool>(false);
    return {
      [self, publisher, answered](run_atom) {
        ask(self, publisher, std::make_shared<const result_set>())
          .then([answered] { *answered = true; }, [](const caf::error& e) { FAIL_CHECK(to_string(e)); });
      },
      [answered](status_atom) { return *answered; },
    };
  });
}

// Whether a request is answered while the sink is busy with it, and after that.
std::pair<bool, bool> answered_during_and_after(bool fails) {
  std::pair<bool, bool> out;
  test_config config(1);
  caf::actor_system system(config);
  auto reporter = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
    self->set_default_handler(caf::drop);
    return {[](int) {}};
  });
  auto sink = std::make_shared<held_sink>(fails);
  auto publisher =
    spawn_publisher(system, sink, std::make_shared<system_wall_clock>(), caf::actor_cast<reporter_actor>(reporter));
  auto client = asker(system, publisher);
  caf::scoped_actor self(system);
  const auto failed = [](const caf::error& e) { FAIL(to_string(e)); };
  const auto answered = [&] {
    bool yes = false;
    ask(self.ptr(), client, status_atom_v).receive([&](bool is) { yes = is; }, failed);
    return yes;
  };
  tell(self.ptr(), client, run_atom_v);
  sink->wait_for_delivery();
  // An answer from before would have come to the client before this question.
  out.first = answered();
  sink->release();
  ask(self.ptr(), publisher, finish_atom_v).receive([] {}, failed);
  out.second = answered();
  for (const auto& handle : {caf::actor_cast<caf::actor>(publisher), client, reporter})
    caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
  return out;
}

} // namespace

TEST_CASE("the publisher answers a request when the sink has taken the results, not before") {
  CHECK(answered_during_and_after(false) == std::pair{false, true});
}

TEST_CASE("results that the sink fails to take are answered as well, so that nobody waits for them") {
  CHECK(answered_during_and_after(true) == std::pair{false, true});
}

} // namespace publisher_test
