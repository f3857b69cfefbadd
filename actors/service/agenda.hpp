// What a coordinator has to do, in the order in which it came: commands, which take effect between two batches, and
// batches. Plain code.
#pragma once

#include "actors/batching/batcher.hpp"
#include "messages/ids.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace livedata {

struct ready_batch {
  message_batch content;
  // Wall time of the message that completed it.
  timestamp completed;
  // No more will come: no results are held back.
  bool last = false;
  // Nothing came for a while before it was complete: that while is no lag.
  bool after_silence = false;
};

// The jobs that a command is about: one if `job` is given, else those of a workflow, else all or none.
struct command_target {
  std::optional<job_id> job = {};
  std::optional<workflow_id> workflow = {};
  bool all = false;

  // Whether the command of this target is about the job that `start` starts.
  bool covers(const command_target& start) const {
    if (job) return job == start.job;
    return workflow ? workflow == start.workflow : all;
  }
};

class agenda {
public:
  using action = std::function<void()>;

  struct item {
    // One of the two.
    action act;
    std::unique_ptr<ready_batch> batch;
  };

  // A command that can take effect at once. It waits for the starts before it that it is about.
  void add(action act, command_target about = {}) { queue_.push_back({{std::move(act), nullptr}, std::move(about)}); }

  // A command that starts a job: it takes effect when `built` says so. With a `place`, before the batch of that number
  // (counted from 0), which waits for it; without one, before whatever batch is next by then.
  void add_start(action act, command_target about, std::function<bool()> built, std::optional<std::uint64_t> place) {
    queue_.push_back({{std::move(act), nullptr}, std::move(about), std::move(built), place});
  }

  void add(ready_batch b) {
    queue_.push_back({{nullptr, std::make_unique<ready_batch>(std::move(b))}});
    ++batches_;
  }

  bool empty() const noexcept { return queue_.empty(); }

  // That wait.
  std::size_t batches() const noexcept { return batches_; }

  // In the batches that wait, counted one by one.
  message_count content() const {
    message_count n;
    for (const auto& e : queue_)
      if (e.content.batch) n += count_of(e.content.batch->content.messages);
    return n;
  }

  // Commands, too, or the end of a start.
  bool has_commands() const noexcept { return queue_.size() > batches_; }

  // Calls f(batch) for each batch that waits, in order.
  template <class F>
  void each_batch(F&& f) {
    for (auto& e : queue_)
      if (e.content.batch) f(*e.content.batch);
  }

  // That were taken.
  std::uint64_t batches_begun() const noexcept { return begun_; }

  // The first that can be done now. What waits for a workflow to be built lets others pass.
  std::optional<item> take() {
    std::vector<const entry*> waiting;
    for (auto i = queue_.begin(); i != queue_.end(); ++i) {
      if (!waits(*i, waiting)) return take(i);
      if (i->place && *i->place <= begun_) return std::nullopt;
      waiting.push_back(&*i);
    }
    return std::nullopt;
  }

  // Whether a workflow is being built for which the next batch waits.
  bool waits_for_build() const {
    return std::ranges::any_of(
      queue_, [this](const auto& e) { return e.built && !e.built() && e.place && *e.place <= begun_; });
  }

  // All that is left, in order: nothing will be waited for any more.
  std::vector<action> abandon() {
    std::vector<action> left;
    for (auto& e : queue_)
      if (e.content.act) left.push_back(std::move(e.content.act));
    queue_.clear();
    batches_ = 0;
    return left;
  }

private:
  struct entry {
    item content;
    command_target about = {};
    // For starts only.
    std::function<bool()> built = {};
    std::optional<std::uint64_t> place = {};
  };

  bool waits(const entry& e, const std::vector<const entry*>& before) const {
    if (e.content.batch) return false;
    for (const auto* b : before)
      if (e.about.covers(b->about)) return true;
    return e.built && !(e.built() && (!e.place || *e.place <= begun_));
  }

  item take(std::deque<entry>::iterator i) {
    auto next = std::move(i->content);
    queue_.erase(i);
    if (next.batch) {
      --batches_;
      ++begun_;
    }
    return next;
  }

  std::deque<entry> queue_;
  std::size_t batches_ = 0;
  std::uint64_t begun_ = 0;
};

} // namespace livedata
