// What a coordinator has to do, in the order in which it came: commands that take effect between two batches, and
// batches. Plain code.
#pragma once

#include "actors/batching/batcher.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace livedata {

struct ready_batch {
  message_batch content;
  // Wall time of the message that completed it.
  timestamp completed;
  // No more will come: nothing is held back.
  bool last = false;
};

class agenda {
public:
  using action = std::function<void()>;

  struct item {
    // What came in at once is of one cycle: commands, then the batch that the data with them completes.
    std::uint64_t cycle = 0;
    // One of the two.
    action act;
    std::unique_ptr<ready_batch> batch;
  };

  // What is added from now on came together.
  void begin_cycle() { ++cycle_; }

  void add(action a) { queue_.push_back({{cycle_, std::move(a), nullptr}, nullptr}); }

  // Nothing behind an action goes on before it is ready.
  void add_when(std::function<bool()> ready, action a) {
    queue_.push_back({{cycle_, std::move(a), nullptr}, std::move(ready)});
  }

  void add(ready_batch b) {
    queue_.push_back({{cycle_, nullptr, std::make_unique<ready_batch>(std::move(b))}, nullptr});
    ++batches_;
  }

  bool empty() const noexcept { return queue_.empty(); }

  std::size_t batches() const noexcept { return batches_; }

  // Whether what comes next is of another cycle than what was taken last, or not there.
  bool cycle_is_over() const { return queue_.empty() || queue_.front().content.cycle != taken_; }

  // Nothing if there is nothing, or if it is not ready.
  std::optional<item> take() {
    if (queue_.empty() || (queue_.front().ready && !queue_.front().ready())) return std::nullopt;
    auto next = std::move(queue_.front().content);
    queue_.pop_front();
    taken_ = next.cycle;
    if (next.batch) --batches_;
    return next;
  }

private:
  struct entry {
    item content;
    std::function<bool()> ready;
  };

  std::deque<entry> queue_;
  std::size_t batches_ = 0;
  std::uint64_t cycle_ = 0;
  std::uint64_t taken_ = 0;
};

} // namespace livedata
