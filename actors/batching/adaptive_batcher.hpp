// Makes batches longer while the jobs cannot keep up, and shorter again when they can.
#pragma once

#include "actors/batching/batcher.hpp"

#include <memory>
#include <optional>

namespace livedata {

// Seven levels, each longer than the one below by the square root of two (in whole pulses), from the length of the
// inner batcher to eight times that. Two batches in a row that took longer than the length in force raise it by two
// levels; three in a row that took less than 70 % of it, or three lengths without any message, lower it by one. A batch
// is judged by the length in force when it is reported, even if it was cut by another.
class adaptive_batcher final : public batcher {
public:
  explicit adaptive_batcher(std::unique_ptr<batcher> inner);

  std::optional<message_batch> add(std::vector<stream_message> messages, duration now = {}) override {
    return inner_->add(std::move(messages), now);
  }

  std::optional<message_batch> flush() override { return inner_->flush(); }

  // A new base: the lowest level.
  void set_batch_length(duration length) override;

  duration batch_length() const override { return length_at(level_); }

  void report_batch(std::optional<std::size_t> messages, duration took, duration now) override;

  const batcher_tally& tally() const override { return inner_->tally(); }

  std::optional<message_count> content() const override { return inner_->content(); }

  void state(archive& a, held_messages& held, duration now) override;

  // 0 to 6.
  int level() const noexcept { return level_; }

private:
  duration length_at(int level) const;
  void set_level(int level);

  std::unique_ptr<batcher> inner_;
  duration base_;
  int level_ = 0;
  int overloads_ = 0;
  int underloads_ = 0;
  // Of the last batch with messages, or the last step down since.
  std::optional<duration> idle_since_;
};

} // namespace livedata
