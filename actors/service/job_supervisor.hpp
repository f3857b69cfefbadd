// The jobs of a service: has their workflows built, gives each an actor, hands it its work, watches it, and replaces
// one that dies. Owns the table of jobs and their actors. Part of the coordinator's actor, in whose name it sends.
#pragma once

#include "actors/actors.hpp"
#include "actors/job/job_table.hpp"
#include "actors/service/build_queue.hpp"
#include "actors/service/commands.hpp"
#include "actors/service/coordinator_settings.hpp"
#include "actors/service/job_backfill.hpp"
#include "actors/service/job_log.hpp"
#include "actors/service/metrics.hpp"
#include "actors/snapshot/service_snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace livedata {

// What the coordinator hears of its jobs, between two of its messages.
class job_events {
public:
  job_events() = default;
  job_events(const job_events&) = delete;
  job_events& operator=(const job_events&) = delete;
  virtual ~job_events() = default;

  // A job answered to an item of a cycle. Null: its actor died.
  virtual void answered(std::uint64_t cycle, std::size_t item, const job_id& id, const reply_ptr& reply) = 0;

  // A result outside of any batch: of a job that is behind, or that ended in the past.
  virtual void result(const std::shared_ptr<const job_result>& r) = 0;

  // A job got no data of a batch, because too much waited for it.
  virtual void dropped(const job_id& id, std::uint64_t batch) = 0;

  // Something that a command or the end waited for has come.
  virtual void go_on() = 0;
};

// Where a piece of work stands.
struct work_place {
  std::uint64_t cycle = 0;
  std::size_t item = 0;
  // Number of the batch.
  std::uint64_t batch = 0;
};

class job_supervisor {
public:
  // `settings` and `events` live as long as this. `latest`: what the service remembers.
  job_supervisor(coordinator_actor::pointer self, const coordinator_settings& settings, context_lookup latest,
                 job_events& events);
  job_supervisor(const job_supervisor&) = delete;
  job_supervisor& operator=(const job_supervisor&) = delete;
  // Ends all actors.
  ~job_supervisor();

  const job_table& table() const noexcept { return table_; }

  // Tells the metrics how many jobs are in which state.
  void count_jobs();

  // Those that take in their past.
  job_backfill& past() noexcept { return past_; }

  // Whether a job has come out of its past since the last call.
  bool has_caught_up() { return std::exchange(caught_up_, false); }

  // --- jobs come and go

  // Their workflows are built here before they enter.
  build_queue& builds() noexcept { return builds_; }

  // Takes on a job whose workflow is built, in place of a former job of that id. `number`: its place among all starts.
  // Whether it takes in its past before it takes part in batches.
  bool enter(const order_ptr& order, const built_ptr& built, std::uint64_t number);

  // The same for a job that goes on from a snapshot of that time: as it was then, or without what it had, if that is
  // not there or was not loaded.
  void enter_saved(const order_ptr& order, const built_ptr& built, const saved_job& saved, timestamp taken);

  // Between two batches: has all jobs give what they have, and tells it when the last has, in table order. What the
  // jobs are given from now on is not in it.
  void save(std::function<void(std::vector<saved_job>)> tell);

  // What all jobs have to know, for saving and for loading. `lanes`: see batch_windows.
  void state(archive& a, const std::map<std::uint32_t, std::uint32_t>& lanes);

  // Acts on jobs in the table. Nothing: none was meant.
  std::optional<acknowledgement> act(const job_command& command);

  void expect_run_transition(timestamp t);
  void forget_run_transition(timestamp t);

  // Takes the jobs out that have ended.
  void dismiss_finished();

  // --- work

  // Data came in, in order of arrival.
  void came(std::span<const stream_message> messages) { past_.came(messages); }

  // The jobs are about to be given a batch.
  void begins(const message_batch& batch);

  // What the batch means for them.
  job_table::preparation prepare(const batch_data& batch, bool hold);

  // The same for one job that begins with what is remembered.
  job_table::preparation start_from_memory(const job_id& id, timestamp now) {
    return table_.start_from_memory(id, now, latest_);
  }

  // The job forgets all data before its next task.
  void clear(const job_id& id);

  // Hands a job its work. False if the job is behind: the work waits for it, and no answer to the item comes.
  bool give(const job_id& id, job_task task, const work_place& place);

  // Keeps work from a job; what it has of context comes with the next.
  void drop(const job_id& id, job_task task);

  // What a job answered.
  void book(const job_id& id, const job_reply& reply);

  // The others go on without the job, whose answer has not come for `seconds`.
  void leave_behind(const job_id& id, double seconds);

  // The answer of a job that was left behind, to a task that the others no longer wait for.
  void book_late(const job_id& id, const reply_ptr& reply);

  // Whether a job is behind, and at work.
  bool any_behind() const;

  // Whether a job whose actor died is on its way back to where it was.
  bool any_returning() const;

  // Nothing is waited for any more: what waits for jobs that are behind is lost. Gives the number of such jobs.
  std::size_t give_up_on_behind();

  // --- what is told

  std::shared_ptr<const job_label> label(const job_id& id) const;

  job_statuses_ptr statuses() const;

private:
  // A job that is behind has its work here.
  struct waiting_task {
    job_task task;
    work_place place;
    std::uint64_t bytes = 0;
  };

  struct member {
    order_ptr order;
    std::shared_ptr<const job_label> label;
    job_actor actor;
    // Tells a message about the present actor from one about a former.
    std::uint64_t generation = 0;
    std::size_t restarts = 0;
    // Batches booked since the last restart.
    std::size_t batches_alive = 0;
    job_metrics metrics;
    bool behind = false;
    bool own_thread = false;
    // Whether what is answered next was asked before the job was cleared.
    bool outdated = false;
    std::deque<waiting_task> waiting = {};
    std::uint64_t waiting_bytes = 0;
    std::uint64_t dropped_batches = 0;
    // From tasks that were dropped.
    std::vector<stream_data> context_due = {};
    // What was saved of it last, from which another actor may go on; nothing if it was cleared or paused since.
    std::shared_ptr<const saved_progress> saved = {};
    // How often it was.
    std::uint64_t changes = 0;
    // Its actor has died, and it goes on from there, but is not where the others are yet.
    bool returns = false;

    void forget_saved() {
      saved = nullptr;
      ++changes;
    }

    void forget_waiting() {
      waiting.clear();
      waiting_bytes = 0;
    }

    waiting_task take_waiting() {
      auto first = std::move(waiting.front());
      waiting.pop_front();
      waiting_bytes -= first.bytes;
      return first;
    }
  };

  member* find(const job_id& id);
  void add_member(const order_ptr& order, const built_ptr& built);
  void remember(const job_id& id, const work_bytes& work);
  void take_on(const order_ptr& order, const built_ptr& built);
  void dismiss(const job_id& id);
  void send(const job_id& id, member& m, job_task task, const work_place& place);
  void wait(const job_id& id, member& m, waiting_task task);
  void note_dropped(const job_id& id, member& m, const job_task& task);
  void send_next(const job_id& id, member& m);
  void tell_behind(const job_id& id, const member& m);
  void died(const job_id& id, std::uint64_t generation, const caf::error& reason);
  void replace(const job_id& id, member& m, const std::string& why);
  void restart(const job_id& id, const order_ptr& order);
  void go_on(const job_id& id, const order_ptr& order, const std::shared_ptr<const saved_progress>& from,
             const built_ptr& built);
  void read_past(const job_id& id);
  void caught_up(const job_id& id, const backfill_run& run);

  coordinator_actor::pointer self_;
  const coordinator_settings& settings_;
  context_lookup latest_;
  job_events& events_;
  // By state.
  std::map<job_state, caf::telemetry::int_gauge*> job_gauges_;
  watcher watcher_;
  job_table table_;
  std::map<job_id, member> members_;
  std::uint64_t last_generation_ = 0;
  build_queue builds_;
  failure_log failures_;
  std::size_t own_threads_ = 0;
  // Of the batch that was prepared last.
  duration batch_length_;
  job_backfill past_;
  bool caught_up_ = false;
};

} // namespace livedata
