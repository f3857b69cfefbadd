// The jobs of a service: who they are, what phase they are in, what went wrong last. Plain code that is told what
// happened; the order of every list it gives is the order in which jobs were added.
#pragma once

#include "actors/messages.hpp"
#include "actors/preprocess/batch_data.hpp"
#include "messages/heartbeat.hpp"
#include "messages/ids.hpp"
#include "messages/job_schedule.hpp"
#include "messages/job_state.hpp"
#include "messages/timestamp.hpp"
#include "workflows/registry.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

// The latest value of a context stream or log that the service has seen, by the name of the stream.
using context_lookup = std::function<std::optional<stream_value>(const std::string& stream)>;

// What a job is, as it was asked for.
struct job_entry {
  job_id id;
  workflow_id workflow;
  job_schedule schedule = {};
  stream_needs needs = {};
  bool reset_on_run_transition = true;
  bool supports_reset = true;
  // Jobs stand in the table in this order, whatever the order in which they enter it; jobs of equal order as they come.
  std::uint64_t order = 0;
};

struct job_record : job_entry {
  enum class phase : std::uint8_t { scheduled, pending_context, active };
  phase current = phase::scheduled;
  // The end has come with the batch in work; the job goes when that is booked.
  bool finishing = false;
  // Takes no data until it is resumed, and stays in its phase.
  bool paused = false;
  // Primary data was taken in since the last successful finalise.
  bool pending = false;
  // Its actor is gone and not back yet.
  bool lost = false;
  // How far it is, while it takes in data from before it was started; the batches of the service are not for it. Empty:
  // it does not.
  std::string catching_up;
  // Why the others go on without it, and how far it is; its batches wait. Empty: they do not.
  std::string behind;
  // Data that it should have and has not, until it is reset. Empty: none.
  std::string missing;
  // How its actor died, and with it all that the job had, until it is reset. Empty: it did not.
  std::string died;
  // Its actor does not know the present context: it is new, or missed some.
  bool context_due = false;
  // The last finalise failed, or the actor died. Empty: no.
  std::string error;
  // The last accumulate failed, outputs were absent, or context is waited for. Empty: no.
  std::string warning;
  // Inputs that have to deliver before there is a result. Empty: none.
  std::vector<std::string> waits_for;
  // The workflow refused the latest value of a context stream, and works with the one before. Empty: no.
  std::string refused_context;
  std::optional<timestamp> start;
  std::optional<timestamp> end;

  job_record() = default;

  // A job that is new.
  explicit job_record(job_entry entry) : job_entry(std::move(entry)) {}

  job_state state() const noexcept;
  // All that is to be warned of; empty: nothing.
  std::string warning_text() const;

  // All but what the job is (job_entry), and what cannot outlive the process: that it is behind, or catches up, or has
  // lost its actor.
  void state(archive& a);

  // It has had no data since it was made or reset, and nothing else keeps it from having some.
  bool awaits_data() const noexcept { return !start && !paused && !finishing && !lost && catching_up.empty(); }

  // "waits for loki_detector_0"; only while it awaits data.
  std::string awaited_text() const;
  job_heartbeat heartbeat() const;
};

class job_table {
public:
  // Adds a job in phase scheduled. A job of the same id is replaced, in its place.
  void add(job_entry entry);

  // The same, for a job that is as that record says.
  void put(job_record record);

  // Whether there was one.
  bool remove(const job_id& id);

  enum class answer : std::uint8_t { done, unknown, refused };

  // Back to a job that has seen nothing; its phase stays. A job that waits for context is warned of what is still
  // missing. Refused by jobs that do not support it.
  answer reset(const job_id& id, const context_lookup& latest);

  // A paused job keeps what it has and takes no data until it is resumed.
  answer pause(const job_id& id);
  answer resume(const job_id& id);

  // The run of the experiment changes at `t`: jobs are reset before the first batch that ends at or after it.
  void expect_run_transition(timestamp t);

  // It does not change then after all. Whether that comes in time.
  bool forget_run_transition(timestamp t);

  struct work_item {
    job_id job;
    job_task task;
  };

  // What a batch means for the jobs.
  struct preparation {
    // Their data has to be cleared before anything else.
    std::vector<job_id> resets;
    // Phase changes, for the log.
    std::vector<job_id> activated;
    std::vector<job_id> waiting;
    std::vector<work_item> work;
  };

  // Moves the table on to a batch: resets, starts and marks jobs by the time of the batch, opens the gates of those
  // that wait for context, and says what is to be done: for each active job with data, or with data pending. With
  // `hold` jobs take data in, but only those that end give results.
  preparation prepare(const batch_data& batch, const context_lookup& latest, bool hold = false);

  // Starts a job without a batch if its time has come and some of its streams have a remembered value: as if a batch
  // [now, now] had brought those values to this job alone.
  preparation start_from_memory(const job_id& id, timestamp now, const context_lookup& latest);

  // Enters what a job answered. A job that is not in the table any more is passed over.
  void book(const job_id& id, const job_reply& reply);

  // Its actor died: the job has lost what it had, and gets no work until returned().
  void lost(const job_id& id, std::string why);

  // A new actor is in place of the lost one. The error text stays until a result comes; that data is missing is said
  // until the job is reset.
  void returned(const job_id& id);

  // The others go on without the job, or it is where they are again (an empty text).
  void behind(const job_id& id, std::string why);

  // Data that the job should have is lost for good.
  void misses(const job_id& id, std::string what);

  // The job takes in data of the past, and gets no work until goes_on(). `progress` is its status.
  void catches_up(const job_id& id, std::string progress);

  // It is where the others are, as a job of that record. Told to be paused meanwhile, it stays so.
  void goes_on(const job_id& id, const job_record& now);

  // It begins with the next batch, without the past that it should have.
  void has_no_past(const job_id& id, std::string why);

  // After everything is booked: takes the finishing jobs out and gives their ids, but for those that are behind.
  std::vector<job_id> remove_finished();

  const std::vector<job_record>& jobs() const noexcept { return jobs_; }

  // Grows whenever a job comes, goes or takes the place of another.
  std::uint64_t revision() const noexcept { return revision_; }

  // nullptr if there is none.
  const job_record* find(const job_id& id) const;

  // Times of run transitions that have not come yet, in order.
  const std::vector<timestamp>& expected_transitions() const noexcept { return transitions_; }

  // The times, not the jobs.
  void state(archive& a);

private:
  job_record* record(const job_id& id);
  void reset(job_record& j, const context_lookup& latest);
  void fire_transitions(timestamp end, const context_lookup& latest, preparation& out);
  static bool starts(const job_record& j, timestamp t);
  void activate(job_record& j, const batch_data& batch, const context_lookup& latest, preparation& out);
  static void try_gate(job_record& j, const batch_data* batch, const context_lookup& latest, preparation& out);
  static std::optional<job_task> task_for(job_record& j, const batch_data& batch, const context_lookup& latest,
                                          bool fresh, bool hold);

  std::vector<job_record> jobs_;
  std::uint64_t revision_ = 0;
  std::vector<timestamp> transitions_;
};

} // namespace livedata
