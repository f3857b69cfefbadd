// How one job takes in the past: from the messages that are read again to the tasks of its actor, window by window, and
// then the batches that came meanwhile, up to where it can go on with all others. Plain code.
#pragma once

#include "actors/backfill/arrivals.hpp"
#include "actors/backfill/batch_windows.hpp"
#include "actors/job/job_table.hpp"
#include "actors/preprocess/preprocessor.hpp"
#include "actors/preprocess/stream_synthesizer.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

class backfill_run {
public:
  // `windows` must hold at least one window, and live as long as this; it may grow. `transitions`: times of the runs
  // that the service has been told of. The schedule of the job must have a start.
  backfill_run(job_entry entry, const instrument& inst, std::string_view service, const batch_windows& windows,
               backfill_cut cut, const std::vector<timestamp>& transitions);

  // Messages that were read again, in the order of their transport. What lies after the cut is left to the batches
  // after it; what lies before the start of the job counts only as far as it is a setting.
  void feed(std::vector<stream_message> messages);

  // Nothing more is to be read before the cut.
  void reading_done();

  // A batch that the other jobs are given now; the job takes it after its past.
  void wait_behind(const batch_data& batch);

  // Gives the batches that wait back to the past: they are read again like all else before the new cut.
  void move_cut(backfill_cut cut);

  // The run of the experiment changes at `t`.
  void expect_run_transition(timestamp t) { table_.expect_run_transition(t); }

  // Windows and batches that are complete and wait to be worked on, or have to.
  std::size_t backlog() const noexcept { return ready_.size(); }

  std::size_t waiting_batches() const noexcept { return queue_.size(); }

  bool is_reading() const noexcept { return !read_; }

  const backfill_cut& cut() const noexcept { return cut_; }

  struct step {
    // Before the task, the job forgets everything.
    bool reset = false;
    std::optional<job_task> task;
  };

  // What the job has to do next; nothing if there is nothing now. `live`: what the service remembers, for batches that
  // waited.
  std::optional<step> next(const context_lookup& live);

  // What the job answered to the task.
  void book(const job_reply& reply);

  // Everything is taken in: the job can go on with the next batch.
  bool done() const noexcept { return read_ && ready_.empty() && queue_.empty(); }

  // The end of the job's schedule lay in the past, and its last results were given.
  bool finished() const noexcept { return finished_; }

  // The job as it has become, to be put into the table of the service.
  const job_record* record() const { return table_.find(id_); }

  // The end of what the job has taken in; its start, if that is nothing.
  timestamp reached() const noexcept { return reached_; }

private:
  void sort_in(stream_message m);
  void take_context(stream_message m);
  void close_windows(timestamp until);
  std::optional<step> step_for(const batch_data& batch, const context_lookup& latest);

  job_id id_;
  std::set<std::string> data_streams_;
  std::set<std::string> context_streams_;
  const batch_windows& windows_;
  backfill_cut cut_;
  stream_synthesizer synthesizer_;
  preprocessor preprocessor_;
  context_lookup remembered_ = [this](const std::string& stream) { return preprocessor_.context(stream); };
  job_table table_;
  std::optional<batch_window> first_;
  // By window; more than one, because messages come late.
  std::map<batch_window, std::vector<stream_message>> open_;
  std::deque<message_batch> ready_;
  std::deque<batch_data> queue_;
  // Read, but to come with a batch after the cut.
  std::vector<stream_message> held_back_;
  timestamp reached_;
  bool read_ = false;
  bool finished_ = false;
};

} // namespace livedata
