// Runs backfill for the jobs of a service: has the past read, hands the tasks to the actors of the jobs, and tells when
// a job can go on with the others. Belongs to the actor of the service, in whose name it sends.
//
// Jobs that begin to catch up within a moment share one reader of the past, and so do jobs that wait for their turn.
// What backfill holds stays within a limit: reading pauses, and batches that would have to wait are read again later.
#pragma once

#include "actors/actors.hpp"
#include "actors/backfill/backfill_run.hpp"
#include "actors/backfill/held_bytes.hpp"
#include "actors/backfill/past_actor.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace livedata {

class catch_up {
public:
  // Called between two messages of the owner. After caught_up, silent and failed the job is not catching up any more.
  struct listener {
    // The job replied to a task.
    std::function<void(const job_id&, const job_reply&)> worked;
    // The actor of the job did not reply.
    std::function<void(const job_id&, const caf::error&)> silent;
    // The job has all data up to the batch that the others were given last.
    std::function<void(const job_id&, const backfill_run&)> caught_up;
    // The past cannot be read, or not to its end.
    std::function<void(const job_id&, const std::string& why)> failed;
    // The status text of the job has changed.
    std::function<void(const job_id&, const std::string& text)> progress;
    // There was no memory for a batch that the job should have taken.
    std::function<void(const job_id&, std::uint64_t events)> lost;
    // is_behind() may have become false.
    std::function<void()> eased;
  };

  // `latest` gives the latest context of the service; `cut` is the cut behind the batch that the jobs were given last.
  catch_up(coordinator_actor::pointer self, backfill_limits limits, past_spawner spawn, context_lookup latest,
           std::function<backfill_cut()> cut, listener l);

  catch_up(const catch_up&) = delete;
  catch_up& operator=(const catch_up&) = delete;

  // Ends all reading.
  ~catch_up() { cancel_all(); }

  // `request` tells what the job needs of the past.
  void begin(const job_id& id, std::unique_ptr<backfill_run> run, backfill_request request, job_actor worker);

  // The job was removed or reset, or lost its actor.
  void cancel(const job_id& id);
  void cancel_all();

  bool empty() const noexcept { return efforts_.empty(); }

  // The other jobs are given a batch. `paused` tells whether a job takes no data now.
  void wait_behind(const batch_data& batch, const std::function<bool(const job_id&)>& paused);

  void expect_run_transition(timestamp t);
  void forget_run_transition(timestamp t);

  // Whether the source should give no more, if it can wait: many batches wait already, or a job has to wait for its
  // turn to read the past.
  bool is_behind() const;

private:
  struct effort {
    std::uint64_t number = 0;
    std::unique_ptr<backfill_run> run;
    backfill_request request;
    job_actor worker;
    // By number; 0: it waits for its turn.
    std::uint64_t reader = 0;
    // A reader that it shared could not be opened.
    bool reads_alone = false;
    bool works = false;
  };

  struct reading {
    past_actor actor;
    bool reads = false;
    bool has_read = false;
  };

  void start_readers();
  void end_readers();
  void go_on();
  void go_on_later();
  bool is_stuck() const;
  void make_room();
  void read(std::uint64_t number, reading& r, bool urgent);
  void took(std::uint64_t number, const past_request& asked, past_portion_ptr portion);
  void fail(std::uint64_t number, const std::string& why);
  void work(const job_id& id, effort& e);
  effort* find(const job_id& id, std::uint64_t number);
  void tell_progress(const job_id& id, const effort& e) const;

  coordinator_actor::pointer self_;
  backfill_limits limits_;
  past_spawner spawn_;
  context_lookup latest_;
  std::function<backfill_cut()> cut_;
  listener listener_;
  std::map<job_id, effort> efforts_;
  std::map<std::uint64_t, reading> readers_;
  // What was read, until the jobs have worked on it.
  held_bytes past_;
  // Batches that wait behind the past.
  held_bytes waiting_;
  bool was_stuck_ = false;
  std::uint64_t last_number_ = 0;
};

} // namespace livedata
