#include "actors/source/replay_source.hpp"

#include "actors/recording/replay_clock.hpp"

#include <chrono>
#include <optional>
#include <spdlog/spdlog.h>

namespace livedata {

namespace {

using steady = std::chrono::steady_clock;

// Messages in one portion at most; in recorded time a portion is no longer than a pulse, so that a batch is not made to
// wait for the next.
constexpr std::size_t most_messages = 500;
constexpr duration longest_portion{70'000'000};

class replay_state {
public:
  static inline const char* name = "livedata.source";

  replay_state(source_actor::pointer self, std::shared_ptr<recording_reader> recording, double speed,
               source_surroundings around)
    : self_(self), recording_(std::move(recording)), speed_(speed), clock_(speed), intake_(self, std::move(around)) {
    survive_stray_errors(self);
  }

  source_actor::behavior_type make_behavior() {
    return {
      [this](run_atom) {
        intake_.begin();
        fetch();
        go_on();
      },
      [this](credit_atom, std::uint32_t receiver, std::uint32_t n) {
        intake_.add_credit(receiver, n);
        if (!waits_for_credit_) return;
        waits_for_credit_ = false;
        go_on();
      },
      [this](poll_atom) { go_on(); },
      [this](finish_atom) { intake_.stop(); },
    };
  }

private:
  // Hands on what is due, and sees to being called again; through the mailbox, so that credit and the end get in
  // between.
  void go_on() {
    if (intake_.stopping()) return;
    if (!next_) {
      if (why_)
        intake_.fail(*why_);
      else
        intake_.stop();
      return;
    }
    if (speed_ == 0 && !intake_.all_ready()) {
      waits_for_credit_ = true;
      return;
    }
    if (auto wait = due_ - steady::now(); speed_ != 0 && wait > steady::duration::zero()) {
      self_->run_delayed(wait, [this] { go_on(); });
      return;
    }
    std::vector<raw_message> portion;
    auto first = next_->around.time;
    auto now = steady::now();
    while (next_ && portion.size() < most_messages && due_ <= now && next_->around.time - first <= longest_portion) {
      portion.push_back({std::move(next_->topic), next_->around.time, std::move(next_->content)});
      fetch();
    }
    intake_.take(portion);
    tell(self_, source_actor(self_), poll_atom_v);
  }

  void fetch() {
    next_.reset();
    auto got = recording_->next();
    if (!got) {
      why_ = got.error().message;
      spdlog::error("recording_damaged text={}", *why_);
      return;
    }
    next_ = std::move(*got);
    if (next_) due_ = clock_.due(next_->around.time, steady::now());
  }

  source_actor::pointer self_;
  std::shared_ptr<recording_reader> recording_;
  double speed_;
  replay_clock clock_;
  source_intake intake_;
  std::optional<recorded_message> next_;
  std::optional<std::string> why_;
  steady::time_point due_;
  bool waits_for_credit_ = false;
};

} // namespace

source_actor spawn_replay_source(caf::actor_system& system, std::shared_ptr<recording_reader> recording, double speed,
                                 source_surroundings around) {
  return system.spawn<caf::stateful_actor<replay_state, source_actor::impl>, caf::detached>(std::move(recording), speed,
                                                                                            std::move(around));
}

} // namespace livedata
