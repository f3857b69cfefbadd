// The jobs of a service as they come and go: has them built, enters them, lets those with a start in the past catch up,
// and ends them. Owns the table of jobs and their actors. Part of the coordinator's actor, in whose name it sends.
#pragma once

#include "actors/backfill/arrivals.hpp"
#include "actors/backfill/batch_windows.hpp"
#include "actors/backfill/catch_up.hpp"
#include "actors/service/agenda.hpp"
#include "actors/service/coordinator_actor.hpp"
#include "actors/service/job_keeper.hpp"
#include "actors/service/service_metrics.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace livedata {

class job_office {
public:
  struct listener {
    // Something that the agenda waited for has come.
    std::function<void()> go_on;
    // A job has entered and is to begin as soon as it can.
    std::function<void(const job_id&)> entered;
    // A result outside of any batch, of a job that ended in the past.
    std::function<void(const std::shared_ptr<const job_result>&)> result;
  };

  // `settings` and `metrics` live as long as this. `latest`: what the service remembers.
  job_office(coordinator_actor::pointer self, const coordinator_settings& settings, const service_metrics& metrics,
             context_lookup latest, listener l);

  job_table& table() noexcept { return table_; }

  const job_table& table() const noexcept { return table_; }

  crew_member* find(const job_id& id) { return keeper_.find(id); }

  // Workflows are built side by side, but take effect as commands in the order in which they came; the next batch waits
  // for that. So neither the table nor the first batch of a job depends on how long building takes. `answer` gets what
  // was wrong, or nothing.
  void build(agenda& in_turn, const order_ptr& order, std::function<void(const std::string& problem)> answer);

  // Whether there was one.
  bool remove(const job_id& id);
  // Forgets all data of the job; whether there is one that can.
  bool clear(const job_id& id);
  // What a command did to jobs besides what it did to the table.
  void follow(const command_outcome& outcome);
  // The job is to forget all data before its next task.
  void clear_actor(const job_id& id);
  // Takes the jobs out that have ended.
  void dismiss_finished();
  void expect_run_transition(timestamp t);

  void book(const job_id& id, const job_reply& reply);

  void died(const job_id& id, std::uint64_t generation, const caf::error& reason) {
    keeper_.died(id, generation, reason);
  }

  job_statuses_ptr statuses() const;

  // --- for those with a start in the past

  // Data came in, in order of arrival.
  void came(std::span<const stream_message> messages);
  // The jobs are about to be given a batch.
  void begins(const message_batch& batch);
  // They are given it.
  void given(const batch_data& batch);

  bool is_catching_up() const noexcept { return !catch_up_.empty(); }

  // Jobs that catch up have more waiting behind the past than they should.
  bool is_behind() const { return catch_up_.is_behind(); }

  // Ends all catching up, done or not.
  void stop_catching_up() { catch_up_.cancel_all(); }

  // Whether a job has come out of the past since the last call.
  bool has_caught_up() { return std::exchange(caught_up_, false); }

private:
  void enter(const order_ptr& order, const job_actor& actor);
  bool begins_in_the_past(const job_id& id, timestamp start);
  void read_past(const job_id& id);
  void count_lost(const job_id& id, std::uint64_t events);
  void caught_up(const job_id& id, const backfill_run& run);
  void past_failed(const job_id& id, const std::string& why);
  void count_jobs();

  coordinator_actor::pointer self_;
  const coordinator_settings& settings_;
  const service_metrics& metrics_;
  listener listener_;
  job_table table_;
  job_keeper keeper_;
  arrivals arrivals_;
  batch_windows windows_;
  std::vector<timestamp> transitions_;
  catch_up catch_up_;
  bool caught_up_ = false;
};

} // namespace livedata
