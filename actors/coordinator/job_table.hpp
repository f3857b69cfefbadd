// The jobs of a service: who they are, what phase they are in, what went wrong last. Plain code that is told what
// happened; the order of every list it gives is the order in which jobs were added.
#pragma once

#include "actors/coordinator/preprocess/batch_data.hpp"
#include "actors/job/job_messages.hpp"
#include "messages/ids.hpp"
#include "messages/job_schedule.hpp"
#include "messages/job_state.hpp"
#include "messages/timestamp.hpp"

#include <optional>
#include <string>
#include <vector>

namespace livedata {

struct job_record {
  job_id id;
  workflow_id workflow;
  job_schedule schedule;

  enum class phase : std::uint8_t { scheduled, active };
  phase current = phase::scheduled;
  // The end has come with the batch in work; the job goes when that is booked.
  bool finishing = false;
  // Primary data was taken in since the last successful finalise.
  bool pending = false;
  // Its actor is gone and not back yet.
  bool lost = false;
  // The last finalise failed, or the actor died. Empty: no.
  std::string error;
  // The last accumulate failed, or outputs were absent. Empty: no.
  std::string warning;
  std::optional<timestamp> start;
  std::optional<timestamp> end;

  job_state state() const noexcept;
};

class job_table {
public:
  // Adds a job in phase scheduled. A job of the same id is replaced, in its place.
  void add(job_id id, workflow_id workflow, job_schedule schedule);

  // Whether there was one.
  bool remove(const job_id& id);

  // Back to a job that has seen nothing; its phase stays. Whether there was one.
  bool reset(const job_id& id);

  struct work_item {
    job_id job;
    job_task task;
  };

  // Moves the table on to a batch: starts and marks jobs by the time of the batch, and says what is to be done: for
  // each active job with data, or with data pending.
  std::vector<work_item> prepare(const batch_data& batch);

  // Enters what a job answered. A job that is not in the table any more is passed over.
  void book(const job_id& id, const job_reply& reply);

  // Its actor died: the job has lost what it had, and gets no work until returned().
  void lost(const job_id& id, std::string why);

  // A new actor is in place of the lost one; the error text stays until a result comes.
  void returned(const job_id& id);

  // After everything is booked: takes the finishing jobs out and gives their ids.
  std::vector<job_id> remove_finished();

  const std::vector<job_record>& jobs() const noexcept { return jobs_; }

  // nullptr if there is none.
  const job_record* find(const job_id& id) const;

private:
  job_record* find(const job_id& id);

  std::vector<job_record> jobs_;
};

} // namespace livedata
