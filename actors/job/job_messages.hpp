// What goes to a job and what comes back from it.
#pragma once

#include "messages/data_array.hpp"
#include "messages/ids.hpp"
#include "messages/outgoing.hpp"
#include "messages/payload.hpp"
#include "messages/timestamp.hpp"
#include "workflows/workflow.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

// Counts on loan to one job, which takes them out and drops them before it answers.
struct counts_loan {
  std::shared_ptr<const common_counts> counts;
};

// Counts on their way to whoever changes them.
struct counts_in_hand {
  std::shared_ptr<common_counts> counts;
};

// One batch's work for one job: accumulate the data if there is any, then finalise if that brought primary data or some
// is pending from a finalise that failed.
struct job_task {
  job_data data;
  bool pending = false;
  // Settings to be told before the data is accumulated.
  std::vector<stream_data> settings = {};
  // Take in, but do not finalise now; the data stays pending.
  bool hold = false;
  // Workers that may share in the counting.
  std::size_t workers = 1;
  // If the job rests on counts that it has in common with others, or is to do so from now on.
  std::shared_ptr<counts_loan> loan = {};
  // Why the events could not be counted for it; it does not try then. Empty: they could, or it counts by itself.
  std::string not_counted = {};
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
  // `none` if there were none. A setting that was refused leaves the one before in force, and harms no data.
  step settings = step::none;
  std::string settings_error;
  // `none` if the batch brought nothing for the job.
  step push = step::none;
  std::string push_error;
  // Whether primary data was taken in by this push.
  bool took_primary = false;
  step finalize = step::none;
  std::string finalize_error;
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
  // Whether several workers counted.
  bool divided = false;
  // How others can count its next events for it; null: they cannot.
  std::shared_ptr<const counting_offer> counting;
  // Wall time that the task took, filled in by the actor.
  double seconds = 0;
};

} // namespace livedata
