// The batch that the jobs are at: what was asked of whom, in which order, what came back, and what is told of it when
// all have answered. Plain code.
#pragma once

#include "actors/job/job_table.hpp"
#include "actors/messages.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

struct fan_out_limits {
  // Threads that can work at the same time.
  std::size_t workers = 1;
  // A job with fewer events in a batch is not divided; 0: none is.
  std::uint64_t divide_from = 0;
};

// Events among the data of the task.
std::uint64_t events_of(const job_task& task);

// Threads for a job with so many of all events of the batch: all of them if its events keep one thread busy longer than
// the others have to do, else one.
std::size_t workers_for(std::uint64_t events, std::uint64_t all, const fan_out_limits& limits) noexcept;

// Lets a job whose events keep one thread busy longer than all others have to do use all threads. Gives the places of
// the items in the order in which they are to begin: those with the most events first, so that none begins late that
// takes long. What comes of the work does not depend on either.
std::vector<std::size_t> plan_fan_out(std::vector<job_table::work_item>& items, const fan_out_limits& limits);

struct batch_in_work {
  batch_data data;
  // Before it was prepared.
  message_count came = {};
  timestamp lag_from;
  std::vector<job_table::work_item> items;
  // By item; null for a job that died, or that the others no longer wait for.
  std::vector<std::shared_ptr<const job_reply>> replies = {};
  // Not a batch, but a job that begins with what is remembered.
  bool from_memory = false;
  std::chrono::steady_clock::time_point begin = {};
};

class batch_cycle {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using reply = std::shared_ptr<const job_reply>;

  // Begins with a batch, and gives the number of the cycle.
  std::uint64_t begin(batch_in_work work, time_point now);

  bool busy() const noexcept { return work_.has_value(); }

  // All have answered.
  bool complete() const noexcept { return work_ && outstanding_ == 0; }

  // Whether the answer to an item of that cycle is still waited for.
  bool waits_for(std::uint64_t cycle, std::size_t item) const;

  // An answer; null for a job that died, or that is not waited for any more.
  void answered(std::size_t item, reply r, time_point now);

  // Whether no answer has come for so long.
  bool silent(time_point now, std::chrono::nanoseconds limit) const;

  // Items that have not been answered.
  std::vector<std::size_t> unanswered() const;

  batch_in_work& work() { return *work_; }

  // The batch with all answers.
  batch_in_work take();

private:
  std::optional<batch_in_work> work_;
  std::vector<bool> open_;
  std::size_t outstanding_ = 0;
  std::uint64_t number_ = 0;
  time_point last_answer_ = {};
};

using label_lookup = std::function<std::shared_ptr<const job_label>(const job_id&)>;

// What the reporter is told of batches, one after the other: of all jobs if anything but their work has changed since
// it was told last, so that jobs without data cost nothing but a look whether it has.
class batch_reports {
public:
  // Service and number of the batch are left to the caller.
  batch_report make(const batch_in_work& done, const job_table& table, batch_cycle::time_point now,
                    const label_lookup& label_of);

  // All jobs without any work, for a change between two batches; nothing if nothing has changed.
  std::optional<std::vector<job_report>> changes(const job_table& table, const label_lookup& label_of);

private:
  job_report line_of(const job_table& table, std::size_t place, const label_lookup& label_of) const;

  struct told {
    job_state state;
    // Error, else warning.
    std::string text;
    bool awaits_data;

    friend bool operator==(const told&, const told&) = default;
  };

  // Whether they are others than before.
  bool look_at(const job_table& table);

  std::uint64_t revision_ = 0;
  // By job of the table.
  std::vector<told> told_;
};

} // namespace livedata
