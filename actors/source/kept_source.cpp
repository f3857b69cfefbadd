#include "actors/source/kept_source.hpp"

#include "messages/log_line.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <spdlog/spdlog.h>
#include <utility>

namespace livedata {

namespace {

// A portion is complete when it has as many messages or bytes.
constexpr std::size_t messages_of_a_read = 500;
constexpr std::size_t most_bytes = 8'000'000;
// A message may go to a coordinator under several names. A portion is smaller than the queue by this factor, so that
// nothing is dropped.
constexpr std::size_t names_of_a_message = 4;

class kept_source_state {
public:
  static inline const char* name = "livedata.source";

  kept_source_state(source_actor::pointer self, kept_messages what, source_surroundings around)
    : self_(self), what_(std::move(what)), routes_(around.routes),
      most_messages_(std::clamp<std::size_t>(around.queue_limit / names_of_a_message, 1, messages_of_a_read)),
      intake_(self, std::move(around)) {
    survive_stray_errors(self);
  }

  source_actor::behavior_type make_behavior() {
    return {
      [this](run_atom) {
        intake_.begin();
        go_on();
      },
      [this](credit_atom, std::uint32_t receiver, std::uint32_t n) {
        intake_.add_credit(receiver, n);
        if (std::exchange(waits_for_credit_, false)) go_on();
      },
      [](read_atom, std::uint32_t, const stream_names_ptr&) { return std::make_shared<const lane_offsets>(); },
      [this](poll_atom) { go_on(); },
      [this](finish_atom) { intake_.stop(); },
    };
  }

private:
  // Does one step, and has itself called again through the mailbox, so that credit and the end get in between.
  void go_on() {
    if (intake_.stopping()) return;
    if (!intake_.all_ready()) {
      waits_for_credit_ = true;
      return;
    }
    auto n = next_portion();
    if (n == 0 && !done_) {
      auto read = read_on();
      if (!read) {
        spdlog::error(log_line("kept_messages_unreadable", {{"text", read.error().message}}));
        intake_.fail(read.error().message);
        return;
      }
    } else if (n > 0) {
      intake_.take(std::span(held_).first(n));
      held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(n));
    } else {
      intake_.stop();
      return;
    }
    tell(self_, source_actor(self_), poll_atom_v);
  }

  // Messages of the next portion, 0 if it is not complete. Batches depend on portions. So a portion depends on the
  // messages only, and not on when they came.
  std::size_t next_portion() const {
    std::size_t bytes = 0;
    for (std::size_t n = 0; n < held_.size();) {
      bytes += held_[n++].content->bytes().size();
      if (n == most_messages_ || bytes >= most_bytes) return n;
    }
    return done_ ? held_.size() : 0;
  }

  status read_on() {
    try {
      if (!reader_) {
        // What is left is wanted, whatever has been deleted: as context is read.
        auto opened = what_.open({{0}, {}, what_.topics, clock_of_data()});
        if (!opened) return opened.error();
        reader_ = std::move(*opened);
      }
      auto got = reader_->read(what_.end, most_messages_, most_bytes);
      if (!got) return got.error();
      std::ranges::move(got->messages, std::back_inserter(held_));
      done_ = got->done;
      return nothing{};
    } catch (const std::exception& e) {
      return failure{"kafka", e.what()};
    }
  }

  // Whoever sends may have a clock of his own.
  data_clock clock_of_data() const {
    return [routes = routes_](const raw_message& raw) {
      const auto adapted = routes->adapt(raw);
      const auto* routed = adapted ? std::get_if<routed_message>(&*adapted) : nullptr;
      if (routed == nullptr) return std::optional<data_date>();
      return std::optional(data_date{routed->message.time, routed->message.stream.kind == stream_kind::log});
    };
  }

  source_actor::pointer self_;
  kept_messages what_;
  std::shared_ptr<const adapter> routes_;
  // In one portion.
  std::size_t most_messages_;
  // Read, and not handed on yet.
  std::vector<raw_message> held_;
  bool done_ = false;
  source_intake intake_;
  std::unique_ptr<past_reader> reader_;
  bool waits_for_credit_ = false;
};

} // namespace

source_actor spawn_kept_source(caf::actor_system& system, kept_messages what, source_surroundings around) {
  return system.spawn<caf::stateful_actor<kept_source_state, source_actor::impl>, caf::detached>(std::move(what),
                                                                                                 std::move(around));
}

} // namespace livedata
