// Backfill of one job: turns the messages of the past into tasks for the job, window by window. Afterwards come the
// batches that the other jobs were given meanwhile. Then the job has all that a job has that was there from the
// beginning. Plain code.
#pragma once

#include "actors/backfill/arrivals.hpp"
#include "actors/backfill/batch_windows.hpp"
#include "actors/job/job_table.hpp"
#include "actors/preprocess/preprocessor.hpp"
#include "actors/preprocess/stream_synthesizer.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

// A job as it was when it was saved.
struct saved_progress {
  job_record record;
  work_bytes work;
  // The messages that it had been given by then, and the end of the last window of these; nothing before the first.
  message_cut given;
  std::optional<timestamp> until;
};

class backfill_run {
public:
  // The schedule of the job must have a start. `windows` must hold a window and outlive this; more may be added.
  // `transitions`: the known times at which the run of the experiment changed.
  backfill_run(job_entry entry, const instrument& inst, std::string_view service, const batch_windows& windows,
               backfill_cut cut, const std::vector<timestamp>& transitions);

  // The same for a job that goes on from what was saved of it: what it had been given by then does not count again.
  backfill_run(const saved_progress& from, const instrument& inst, std::string_view service,
               const batch_windows& windows, backfill_cut cut, const std::vector<timestamp>& transitions);

  // Takes messages of the past, in the order in which the transport gives them. Messages behind the cut are held back.
  // Of messages before the start of the job, only context counts.
  void feed(const std::vector<stream_message>& messages);

  // All messages before the cut have been fed.
  void reading_done();

  // Closes the oldest window before all its messages are there. Those that follow are worked on as a window of their
  // own.
  void close_oldest();

  // --- the batches that the other jobs are given meanwhile

  // Whether the job takes the stream.
  bool takes(const std::string& stream) const;

  // The batch waits until the past is worked on.
  void wait_behind(const batch_data& batch);

  // The job does not get the batch, because it is paused. The cut is fixed.
  void skip();

  // The job does not get the batch, because there is no memory for it. The cut is fixed. The events of the job in it.
  std::uint64_t lose(const batch_data& batch);

  // Forgets the batches that wait: their messages lie before the new cut, and have to be read again. The cut must not
  // be fixed.
  void move_cut(backfill_cut cut);

  // From now on the cut stays where it is, and messages behind it are not held back any more.
  void fix_cut();

  bool cut_is_fixed() const noexcept { return cut_is_fixed_; }

  // The run of the experiment changes at `t`.
  void expect_run_transition(timestamp t) { table_.expect_run_transition(t); }

  // It does not after all.
  void forget_run_transition(timestamp t) { (void)table_.forget_run_transition(t); }

  // --- the work

  // Complete windows that wait for the job.
  std::size_t backlog() const noexcept { return ready_.size(); }

  std::size_t waiting_batches() const noexcept { return queue_.size(); }

  bool holds_back() const noexcept { return !held_back_.empty(); }

  bool is_reading() const noexcept { return !read_; }

  const backfill_cut& cut() const noexcept { return cut_; }

  struct step {
    // Whether the job has to forget all data before the task.
    bool reset = false;
    std::optional<job_task> task;
  };

  // The next step of the job; nothing if it has to wait for messages. `live` gives the latest context of the service,
  // for the batches that waited.
  std::optional<step> next(const context_lookup& live);

  // Enters the reply to the task.
  void book(const job_reply& reply);

  // Whether all is worked on, so that the job can take the next batch with the others.
  bool done() const noexcept { return read_ && ready_.empty() && queue_.empty(); }

  // Whether the schedule of the job has ended in the past. The last reply had the result.
  bool finished() const noexcept { return finished_; }

  // The job as it is now, to be put into the table of the service; nothing if it has finished.
  std::optional<job_record> record() const;

  // The end of the last window or batch that was worked on; at first the start of the job.
  timestamp reached() const noexcept { return reached_; }

  // How far backfill is, for people.
  std::string progress() const;

  // What was lost by lose(), for people; empty if nothing was.
  std::string loss() const;

private:
  backfill_run(job_record record, timestamp from, const instrument& inst, std::string_view service,
               const batch_windows& windows, backfill_cut cut, const std::vector<timestamp>& transitions);

  struct waiting_batch {
    batch_data batch;
    bool behind_gap = false;
  };

  void sort_in(stream_message m);
  bool is_of_before(const stream_message& m, const batch_window& window) const;
  void close_windows(timestamp until);
  std::optional<step> step_for(const batch_data& batch, const context_lookup& latest);

  job_id id_;
  std::set<std::string> data_streams_;
  std::set<std::string> context_streams_;
  const batch_windows& windows_;
  backfill_cut cut_;
  bool cut_is_fixed_ = false;
  stream_synthesizer synthesizer_;
  preprocessor preprocessor_;
  context_lookup remembered_ = [this](const std::string& stream) { return preprocessor_.context(stream); };
  job_table table_;
  // Its first window; or what it has been given already.
  std::optional<batch_window> first_;
  std::optional<message_cut> given_;
  // Windows that may still get messages.
  std::map<batch_window, std::vector<stream_message>> open_;
  std::deque<message_batch> ready_;
  std::deque<waiting_batch> queue_;
  // Batches were skipped or lost since the last one that waits.
  bool has_gap_ = false;
  // Messages that were read, but belong to a batch behind the cut.
  std::vector<stream_message> held_back_;
  timestamp reached_;
  bool read_ = false;
  bool finished_ = false;
  // What was lost.
  std::optional<batch_window> lost_;
  std::uint64_t lost_events_ = 0;
};

} // namespace livedata
