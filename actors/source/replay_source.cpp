#include "actors/source/replay_source.hpp"

#include "messages/log_line.hpp"
#include "transport/recording/replay_clock.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <spdlog/spdlog.h>
#include <utility>
#include <variant>
#include <vector>

namespace livedata {

namespace {

using steady = std::chrono::steady_clock;

// Portions of a recording that has none: most messages in one, and its length in recorded time. A portion is no longer
// than a pulse, so that no batch waits for the next pulse. Where time matters, it is so short that nothing comes much
// before its time.
constexpr std::size_t messages_of_a_portion = 500;
constexpr duration longest_portion{70'000'000};
constexpr duration longest_before_time{5'000'000};

class replay_state {
public:
  static inline const char* name = "livedata.source";

  replay_state(source_actor::pointer self, std::shared_ptr<recording_reader> recording, double speed,
               source_surroundings around)
    : self_(self), recording_(std::move(recording)), has_portions_(around.recorded && around.recorded->has_portions()),
      speed_(speed), clock_(speed), intake_(self, std::move(around)) {
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
      [](read_atom, std::uint32_t, const stream_names_ptr&) { return std::make_shared<const lane_offsets>(); },
      [this](poll_atom) { go_on(); },
      [this](finish_atom) { intake_.stop(); },
    };
  }

private:
  // A portion that can be handed on.
  struct portion {
    std::vector<raw_message> messages;
    // As recorded, if it was.
    std::optional<portion_mark> mark;
    // When it came: by its mark, else by its first message.
    timestamp time;
  };

  // Hands on the next portion if it is due, and has itself called again through the mailbox, so that credit and the end
  // get in between.
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
    const auto known = intake_.knows(next_->messages);
    if (auto wait = due_ - steady::now(); speed_ != 0 && !known && wait > steady::duration::zero()) {
      self_->run_delayed(wait, [this] { go_on(); });
      return;
    }
    if (next_->mark)
      intake_.take(next_->messages, *next_->mark);
    else
      intake_.take(next_->messages);
    // Time begins with the first message that is new.
    if (known) clock_ = replay_clock(speed_);
    fetch();
    tell(self_, source_actor(self_), poll_atom_v);
  }

  void fetch() {
    next_ = has_portions_ ? recorded_portion() : short_portion();
    if (next_) due_ = clock_.due(next_->time, steady::now());
  }

  // All messages up to the next mark of a portion. What follows the last mark, in a recording that is cut off, is a
  // portion too.
  std::optional<portion> recorded_portion() {
    portion p;
    while (auto item = read()) {
      if (auto* m = std::get_if<recorded_message>(&*item)) {
        p.time = m->around.time;
        p.messages.push_back(raw(std::move(*m)));
      } else if (auto* mark = std::get_if<portion_mark>(&std::get<flow_mark>(*item))) {
        p.mark = *mark;
        p.time = mark->arrived;
        return p;
      }
    }
    return p.messages.empty() ? std::nullopt : std::optional(std::move(p));
  }

  std::optional<portion> short_portion() {
    if (!held_) held_ = read_message();
    if (!held_) return std::nullopt;
    portion p;
    p.time = held_->around.time;
    while (held_ && p.messages.size() < messages_of_a_portion && held_->around.time - p.time <= longest()) {
      p.messages.push_back(raw(std::move(*held_)));
      held_ = read_message();
    }
    return p;
  }

  duration longest() const {
    if (speed_ == 0) return longest_portion;
    const auto before_time = longest_before_time.seconds() * speed_;
    return before_time < longest_portion.seconds() ? duration::from_seconds(before_time) : longest_portion;
  }

  static raw_message raw(recorded_message m) {
    return {std::move(m.topic), m.around.time, std::move(m.content), m.around.type != envelope::time_type::none,
            m.position};
  }

  std::optional<recorded_message> read_message() {
    while (auto item = read())
      if (auto* m = std::get_if<recorded_message>(&*item)) return std::move(*m);
    return std::nullopt;
  }

  std::optional<recorded_item> read() {
    if (why_) return std::nullopt;
    auto got = recording_->next();
    if (got) return std::move(*got);
    why_ = got.error().message;
    spdlog::error(log_line("recording_damaged", {{"text", *why_}}));
    return std::nullopt;
  }

  source_actor::pointer self_;
  std::shared_ptr<recording_reader> recording_;
  bool has_portions_;
  double speed_;
  replay_clock clock_;
  source_intake intake_;
  std::optional<portion> next_;
  // The first message after a short portion.
  std::optional<recorded_message> held_;
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
