// Lets jobs whose start lies in the past take in what they have missed, before they take part in batches. Knows what
// the service has received and in which windows its jobs were given that. Part of the coordinator's actor.
#pragma once

#include "actors/backfill/arrivals.hpp"
#include "actors/backfill/batch_windows.hpp"
#include "actors/backfill/catch_up.hpp"
#include "actors/job/job_table.hpp"
#include "actors/service/coordinator_settings.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace livedata {

class job_backfill {
public:
  // `settings` and `table` live as long as this. `latest`: what the service remembers.
  job_backfill(coordinator_actor::pointer self, const coordinator_settings& settings, job_table& table,
               context_lookup latest, catch_up::listener l);

  // Data came in, in order of arrival.
  void came(std::span<const stream_message> messages);

  // The jobs are about to be given a batch. Gives those that have to take in their past first, which is known only with
  // the first batch.
  std::vector<job_id> begins(const message_batch& batch);

  // What was received has left with that batch: it is past for jobs that begin() from now on.
  void left(const message_batch& batch);

  // The jobs are given the batch.
  void given(const batch_data& batch);

  // Whether there were batches that a job of that start would have taken. If they cannot be had any more, its status
  // says so.
  bool is_due(const job_id& id, timestamp start);

  // Has the job take in its past.
  void begin(const job_id& id, job_actor worker);

  // What a job has been given by now, and with it its record; nothing if it could not go on from there, because what
  // comes from now on cannot be read again.
  std::optional<saved_progress> progress_of(const job_record& job) const;

  // Has the job, which has been loaded with what was saved of it, take in what it should have been given since. Whether
  // there is something to take in.
  bool begin_again(const saved_progress& from, job_actor worker);

  void expect_run_transition(timestamp t);
  void forget_run_transition(timestamp t);

  // The data from its start on cannot be had.
  void failed(const job_id& id, const std::string& why);

  // The job has stopped, was reset, or lost its actor.
  void cancel(const job_id& id) { catch_up_.cancel(id); }

  // Ends all catching up, done or not.
  void cancel_all() { catch_up_.cancel_all(); }

  // What of the past is known: runs and windows. `lanes`: see batch_windows.
  void state(archive& a, const std::map<std::uint32_t, std::uint32_t>& lanes);

  // What was received before that cut has been given to the jobs, but for what is held.
  void go_on_behind(const backfill_cut& cut) { arrivals_.go_on_behind(cut); }

  // Reading begins, or has begun, there in these lanes.
  void begin_at(const lane_offsets& offsets) { arrivals_.begin_at(offsets); }

  bool active() const noexcept { return !catch_up_.empty(); }

  // Jobs that catch up have more waiting behind the past than they should.
  bool is_behind() const { return catch_up_.is_behind(); }

private:
  backfill_request request_for(const job_entry& job, timestamp from) const;
  void begin(const job_id& id, std::unique_ptr<backfill_run> run, backfill_request request, job_actor worker);

  const coordinator_settings& settings_;
  job_table& table_;
  arrivals arrivals_;
  batch_windows windows_;
  std::vector<timestamp> transitions_;
  catch_up catch_up_;
};

} // namespace livedata
