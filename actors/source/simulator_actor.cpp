#include "actors/source/simulator_actor.hpp"

#include "transport/recording/replay_clock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace livedata {

namespace {

using steady = std::chrono::steady_clock;

class simulator_state {
public:
  static inline const char* name = "livedata.source";

  simulator_state(source_actor::pointer self, pulse_maker make, pace how, source_surroundings around)
    : self_(self), make_(std::move(make)), pace_(how), clock_(around.clock), pulse_clock_(how.speed),
      intake_(self, std::move(around), phase::simulate) {
    survive_stray_errors(self);
  }

  source_actor::behavior_type make_behavior() {
    return {
      [this](run_atom) {
        first_ = pace_.first_pulse ? *pace_.first_pulse : clock_->now();
        intake_.begin();
        go_on();
      },
      [this](credit_atom, std::uint32_t receiver, std::uint32_t n) {
        intake_.add_credit(receiver, n);
        if (waits_for_credit_) {
          waits_for_credit_ = false;
          go_on();
        }
      },
      [](read_atom, std::uint32_t, const stream_names_ptr&) { return std::make_shared<const lane_offsets>(); },
      [this](poll_atom) { go_on(); },
      [this](finish_atom) { intake_.stop(); },
    };
  }

private:
  // Makes the next pulse if it is due, and has itself called again through the mailbox, so that credit and the end get
  // in between.
  void go_on() {
    if (intake_.stopping()) return;
    if (pace_.pulses != 0 && next_ == pace_.pulses) {
      intake_.stop();
      return;
    }
    if (pace_.speed == 0) {
      if (!intake_.all_ready()) {
        waits_for_credit_ = true;
        return;
      }
    } else {
      const auto now = steady::now();
      if (auto due = pulse_clock_.due(time_of(next_), now); due > now) {
        intake_.pass_time();
        auto tick = std::chrono::nanoseconds(intake_.longest_silence().ns);
        self_->run_delayed(std::min<steady::duration>(due - now, tick), [this] { go_on(); });
        return;
      }
    }
    auto k = next_++;
    intake_.take(raw_messages(k, time_of(k)));
    tell(self_, source_actor(self_), poll_atom_v);
  }

  timestamp time_of(std::uint64_t k) const { return first_ + static_cast<std::int64_t>(k) * pulse_period; }

  // A pulse that cannot be made is reported, and time goes on.
  std::vector<raw_message> raw_messages(std::uint64_t k, timestamp t) {
    try {
      return make_(k, t);
    } catch (const std::exception& e) {
      intake_.reject({"source_failed", fmt::format("pulse {} could not be made: {}", k, e.what())});
      return {};
    }
  }

  source_actor::pointer self_;
  pulse_maker make_;
  pace pace_;
  std::shared_ptr<const wall_clock> clock_;
  replay_clock pulse_clock_;
  source_intake intake_;
  timestamp first_;
  std::uint64_t next_ = 0;
  bool waits_for_credit_ = false;
};

} // namespace

source_actor spawn_simulator(caf::actor_system& system, pulse_maker make, const pace& how, source_surroundings around) {
  return system.spawn<caf::stateful_actor<simulator_state, source_actor::impl>, caf::detached>(std::move(make), how,
                                                                                               std::move(around));
}

} // namespace livedata
