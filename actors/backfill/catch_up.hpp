// The jobs that are taking in their past: has it read for them, gives it to their actors, and tells when they can go on
// with all others. Part of the coordinator's actor, in whose name it sends.
#pragma once

#include "actors/actors.hpp"
#include "actors/backfill/backfill_run.hpp"
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
  // What the owner is told, between two of its messages. Except for the first, the job is no concern of this any more.
  struct listener {
    // The job's actor answered to a task.
    std::function<void(const job_id&, const job_reply&)> worked;
    // It did not answer.
    std::function<void(const job_id&, const caf::error&)> silent;
    // All is taken in, up to the batch that the others were given last.
    std::function<void(const job_id&, const backfill_run&)> caught_up;
    // The past cannot be read, or not to its end.
    std::function<void(const job_id&, const std::string& why)> failed;
  };

  // `latest`: what the service remembers.
  catch_up(coordinator_actor::pointer self, context_lookup latest, listener l)
    : self_(self), latest_(std::move(latest)), listener_(std::move(l)) {}

  catch_up(const catch_up&) = delete;
  catch_up& operator=(const catch_up&) = delete;
  // Ends all reading.
  ~catch_up();

  void begin(const job_id& id, std::unique_ptr<backfill_run> run, past_actor reader, job_actor worker);

  // The job has stopped, was reset, or lost its actor.
  void cancel(const job_id& id);
  void cancel_all();

  // nullptr if the job is not catching up.
  const backfill_run* find(const job_id& id) const;

  const context_lookup& latest() const noexcept { return latest_; }

  bool empty() const noexcept { return efforts_.empty(); }

  // The others are given a batch. `cut`: what they have been given with it; for those jobs that are far behind.
  // `paused`: whether a job takes no data now.
  void wait_behind(const batch_data& batch, const std::function<backfill_cut()>& cut,
                   const std::function<bool(const job_id&)>& paused);

  void expect_run_transition(timestamp t);

  // Batches wait in memory, so that more should not be made if that can be helped.
  bool is_behind() const;

private:
  struct effort {
    std::uint64_t number = 0;
    std::unique_ptr<backfill_run> run;
    past_actor reader;
    job_actor worker;
    bool reads = false;
    bool works = false;
    // Batches were left out, so that what lies behind must not be read again.
    bool has_gap = false;
    // Tells an answer to a former cut.
    std::uint64_t cuts = 0;
  };

  effort* present(const job_id& id, std::uint64_t number);
  void go_on(const job_id& id);
  void read(const job_id& id, effort& e);
  void work(const job_id& id, effort& e);
  void took(const job_id& id, std::uint64_t number, std::uint64_t cut, const past_portion& portion);
  void fail(const job_id& id, std::uint64_t number, const std::string& why);

  coordinator_actor::pointer self_;
  context_lookup latest_;
  listener listener_;
  std::map<job_id, effort> efforts_;
  std::uint64_t last_number_ = 0;
};

} // namespace livedata
