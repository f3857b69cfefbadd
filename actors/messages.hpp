// What the actors say to each other: values that nobody changes once they are sent. Plain code.
#pragma once

#include "actors/message_count.hpp"
#include "actors/phase.hpp"
#include "messages/control.hpp"
#include "messages/heartbeat.hpp"
#include "messages/ids.hpp"
#include "messages/job_schedule.hpp"
#include "messages/job_state.hpp"
#include "messages/message_position.hpp"
#include "messages/outgoing.hpp"
#include "messages/payload.hpp"
#include "messages/stream.hpp"
#include "messages/timestamp.hpp"
#include "transport/recording/marks.hpp"
#include "workflows/capabilities.hpp"
#include "workflows/registry.hpp"
#include "workflows/workflow.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace livedata {

// --- source to coordinator

// Decoded messages in order of arrival. Control messages take effect before the data of the same portion. A portion
// without either tells that time has passed.
struct message_portion {
  std::vector<stream_message> messages;
  // Wall time of the last message.
  timestamp received;
  std::vector<control_message> control = {};
  // Number and times, which a replay has from its recording. No clock where data time is not wall time.
  portion_mark mark = {};
  // All that the source has handed on to this service, with this portion; nothing if it does not say.
  std::optional<message_count> handed_on = {};
  // All that the transport has given before these offsets was in this portion or in one before it, or is not for this
  // service, or was dropped; null if the source does not say.
  std::shared_ptr<const lane_offsets> reached = {};
};

// --- coordinator to job, and back

// The state of a job as bytes: its own, and that of its workflow.
struct saved_work {
  std::vector<std::byte> job;
  std::vector<std::byte> workflow;
};

// The same bytes, wherever they lie.
struct work_bytes {
  std::span<const std::byte> job;
  std::span<const std::byte> workflow;
  std::shared_ptr<const void> owner;

  bool empty() const noexcept { return owner == nullptr; }
};

// A job to be started.
struct job_order {
  job_id id;
  recipe_ptr recipe;
  job_schedule schedule;
  // Who asked for it (file and line, say), for messages.
  std::string origin;
  // What it has accumulated before; empty: nothing.
  work_bytes begins_with = {};
};

class job;

// A job whose workflow has been built, on its way to the actor that will own it; or what was wrong.
struct built_job {
  std::string problem;
  std::shared_ptr<job> work;
  // Why the job begins without what it should begin with; empty: it does not.
  std::string not_loaded = {};
};

// One batch's work for one job: accumulate the data if there is any, then finalise if that brought primary data or some
// is pending from a finalise that failed.
struct job_task {
  job_data data;
  bool pending = false;
  // Context to be set before the data is accumulated.
  std::vector<stream_data> context = {};
  // Accumulate, but do not finalise now; the data stays pending.
  bool hold = false;
  // Threads that may share in the counting.
  std::size_t workers = 1;
};

// One output, ready to be sent as a da00 message.
struct job_output {
  std::string name;
  payload_ptr message;
};

// What a successful finalise gives, in the order of publication.
struct job_result {
  job_id job;
  workflow_id workflow;
  // Time of all messages: the start of the job's data since it was made or reset.
  timestamp start;
  timestamp end;
  std::vector<job_output> outputs;
  // The same again, for those outputs that stand for a device.
  std::vector<outgoing_message> devices = {};
};

enum class step : std::uint8_t { none, ok, failed };

struct job_reply {
  // `none` if there was none. A value that was refused leaves the one before in force, and harms no data.
  step context = step::none;
  std::string context_error;
  // `none` if the batch brought nothing for the job.
  step push = step::none;
  std::string push_error;
  // Whether primary data was accumulated by this push.
  bool took_primary = false;
  step finalize = step::none;
  std::string finalize_error;
  // Inputs that have to deliver before there can be a result, if it was time for one; then there was no finalise.
  std::vector<std::string> waits_for;
  // Set if the workflow had no value for some outputs.
  std::string absent_outputs;
  // Only after a successful finalise.
  std::shared_ptr<const job_result> result;
  // The job's data time; nothing before the first primary data.
  std::optional<timestamp> start;
  std::optional<timestamp> end;
  // Whether the start was set back because the data lies before it.
  bool start_set_back = false;
  // What the workflow has people know, for the log.
  std::vector<std::string> notes;
  // Events of this task only.
  event_tally events;
  // Whether several threads counted.
  bool divided = false;
  // Wall time that the task took, filled in by the actor.
  double seconds = 0;
};

// --- job to its helpers

// One piece of a job's work.
struct job_piece {
  std::shared_ptr<divided_work> work;
  std::size_t number = 0;
};

// --- coordinator to the writer of snapshots, and to a coordinator that goes on from one

struct service_snapshot;
struct resumed_service;

// --- coordinator to publisher

// The results of one batch of one service, in job-table order.
struct result_set {
  std::string service;
  std::uint64_t batch = 0;
  // Wall time from which the lag of these results counts.
  timestamp lag_from;
  std::vector<std::shared_ptr<const job_result>> results;
};

// --- coordinator to the reader of the past, and back

// Asks for the next messages of the past, all before `until`.
struct past_request {
  lane_offsets until;
};

// Messages that were read again.
struct past_portion {
  std::vector<stream_message> messages;
  // Nothing is left before the place asked for.
  bool done = false;
  // Why the past cannot be read, or not on.
  std::optional<std::string> failure;
};

// --- everybody to the reporter, and the reporter to people

// Names of a job that never change, shared by all reports on it.
struct job_label {
  std::string service;
  std::string workflow;
  std::string source;
  // source/uuid
  std::string id;
};

// One job after one batch.
struct job_report {
  std::shared_ptr<const job_label> label;
  job_state state = job_state::scheduled;
  // Error, else warning, else what data it waits for, else empty.
  std::string text;
  // Whether the batch had work for it, and if so: how many events it was given and how long it took.
  bool worked = false;
  std::uint64_t events = 0;
  double seconds = 0;
  // It has had no data since it was made or reset.
  bool awaits_data = false;
};

// A coordinator after one batch, or after a change of its jobs between two batches.
struct batch_report {
  std::string service;
  // Whether there was a batch. Else only `jobs` and `commands_refused` mean something.
  bool booked = true;
  std::uint64_t batch = 0;
  timestamp start;
  timestamp end;
  std::uint64_t messages = 0;
  std::uint64_t events = 0;
  // Wall time from the first request to a job to the last answer; 0 if there was no work.
  double fan_out_seconds = 0;
  bool had_work = false;
  // By how much the books of the service are wrong now.
  message_count books_difference = {};
  // Whether `jobs` are all jobs of its table, in table order. Else they are those that the batch had work for, and all
  // that is said of them is their work: names, states and texts of all jobs are as they were.
  bool whole_table = true;
  std::vector<job_report> jobs;
  // Of each of `jobs` in the table, if that is not given whole.
  std::vector<std::size_t> places = {};
  // Since the last report of the service.
  std::uint64_t commands_refused = 0;
};

// A stream that has delivered before, and nothing for so long.
struct silent_stream {
  std::string stream;
  double seconds = 0;
};

// The source since the last report of it.
struct source_report {
  std::uint64_t messages = 0;
  std::uint64_t events = 0;
  std::uint64_t dropped_messages = 0;
  std::uint64_t dropped_events = 0;
  // By reason.
  std::map<std::string, std::uint64_t> rejected;
  // What it waits for; empty: nothing unusual.
  std::string awaits = {};
  // By how much its books are wrong now.
  message_count books_difference = {};
  // Commands that could not be read.
  std::uint64_t commands_refused = 0;
  // Streams that are silent now, by name; and for how long all have been, if they have.
  std::vector<silent_stream> silent = {};
  std::optional<double> no_data_seconds = {};
};

// The publisher after handing over the results of one batch.
struct handover_report {
  std::string service;
  std::uint64_t batch = 0;
  std::uint64_t results = 0;
  std::uint64_t failed = 0;
  double lag_seconds = 0;
};

// Quantiles of a duration in seconds; zero if there was none.
struct quantiles {
  double p50 = 0;
  double p99 = 0;
  double max = 0;
};

// The state of one job as people see it.
struct job_line {
  std::shared_ptr<const job_label> label;
  job_state state = job_state::scheduled;
  std::string text;
  bool awaits_data = false;
  std::uint64_t events = 0;
  double events_per_second = 0;
  // Of the last batch with work for it.
  double seconds = 0;
  quantiles processing;
  double lag_seconds = 0;
  // For how long its source has been silent, if it is.
  std::optional<double> silent_seconds = {};
};

// The minutes that "the last minutes" are.
inline constexpr int recent_minutes = 5;

// The whole run so far. Rates are over the time since the report before.
struct run_report {
  double elapsed_seconds = 0;
  std::vector<job_line> jobs;
  std::uint64_t jobs_active = 0;
  std::uint64_t batches = 0;
  std::uint64_t events_received = 0;
  std::uint64_t events_processed = 0;
  std::uint64_t messages_received = 0;
  std::uint64_t messages_dropped = 0;
  std::uint64_t events_dropped = 0;
  // By how much received is not dropped, processed or in flight, of all services together; always 0.
  message_count books_difference;
  std::map<std::string, std::uint64_t> rejected;
  // What the source waits for; empty: nothing unusual.
  std::string awaits;
  // Streams that are silent, and for how long all have been, if they have.
  std::vector<silent_stream> silent;
  std::optional<double> no_data_seconds;
  // Commands that were refused or could not be read.
  std::uint64_t commands_refused = 0;
  std::uint64_t results = 0;
  std::uint64_t results_failed = 0;
  double received_per_second = 0;
  // Events processed.
  double events_per_second = 0;
  double lag_seconds = 0;
  // Over the whole run, and over its last minutes (`recent_minutes`).
  quantiles lag;
  quantiles recent_lag;
  quantiles batch;
  // All that time together: in which jobs were at work on batches, summed over services.
  double batch_seconds = 0;
  // Of this process: processor time used so far, share of one processor since the last report, memory.
  double cpu_seconds = 0;
  double cpu_share = 0;
  std::uint64_t rss_bytes = 0;
  std::uint64_t max_rss_bytes = 0;
  // From when data flowed to the end; only in the report of a run that is over.
  run_profile profile;
};

} // namespace livedata
