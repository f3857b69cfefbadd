// What the actors say to each other: message types, and the typed interface of each actor. Large content travels as a
// pointer to something that nobody changes any more.
#pragma once

#include "actors/caf_compat.hpp"
#include "actors/coordinator/job_table.hpp"
#include "actors/job/job_messages.hpp"
#include "actors/reporter/report.hpp"
#include "actors/source/message_chunk.hpp"
#include "messages/control.hpp"
#include "messages/heartbeat.hpp"
#include "messages/outgoing.hpp"
#include "messages/stream.hpp"
#include "workflows/registry.hpp"

#include <caf/all.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

// A job to be started.
struct job_order {
  job_id id;
  recipe_ptr recipe;
  job_schedule schedule;
  // Who asked for it (file and line, say), for messages.
  std::string origin;
};

// One piece of work that a job shares with its helpers.
struct job_piece {
  std::shared_ptr<divided_work> work;
  std::size_t number = 0;
};

// An order to count a batch for several jobs.
struct count_order {
  // Whoever carries the order out takes them out of it.
  std::shared_ptr<counts_in_hand> hand;
  job_data data;
  std::size_t turn = 0;
  std::size_t workers = 1;
  // That the counts are to have then.
  std::uint64_t version = 0;
};

struct counted {
  std::shared_ptr<common_counts> counts;
  // Why the events could not be counted; the counts are as before then. Empty: they are.
  std::string failure;
  // Whether several workers counted.
  bool divided = false;
};

// The results of one batch of one service, in job-table order.
struct result_set {
  std::string service;
  std::uint64_t batch = 0;
  // Wall time from which the lag of these results counts.
  timestamp lag_from;
  std::vector<std::shared_ptr<const job_result>> results;
};

// Asks for the next messages of the past, all before `until`.
struct history_pull {
  lane_offsets until;
};

// Messages that were read again.
struct history_portion {
  std::vector<stream_message> messages;
  // Nothing is left before the place asked for.
  bool done = false;
  // Why the past cannot be read, or not on.
  std::optional<std::string> failure;
};

using chunk_ptr = std::shared_ptr<const message_chunk>;
using order_ptr = std::shared_ptr<const job_order>;
using task_ptr = std::shared_ptr<const job_task>;
using reply_ptr = std::shared_ptr<const job_reply>;
using loan_ptr = std::shared_ptr<counts_loan>;
using offer_ptr = std::shared_ptr<const counting_offer>;
using count_order_ptr = std::shared_ptr<const count_order>;
using counted_ptr = std::shared_ptr<const counted>;
using piece_ptr = std::shared_ptr<const job_piece>;
using result_set_ptr = std::shared_ptr<const result_set>;
using batch_report_ptr = std::shared_ptr<const batch_report>;
using source_report_ptr = std::shared_ptr<const source_report>;
using handover_report_ptr = std::shared_ptr<const handover_report>;
using run_report_ptr = std::shared_ptr<const run_report>;
using outgoing_ptr = std::shared_ptr<const std::vector<outgoing_message>>;
using job_id_ptr = std::shared_ptr<const job_id>;
using history_pull_ptr = std::shared_ptr<const history_pull>;
using history_portion_ptr = std::shared_ptr<const history_portion>;
using statistics_ptr = std::shared_ptr<const stream_statistics>;
using job_statuses_ptr = std::shared_ptr<const std::vector<job_heartbeat>>;

} // namespace livedata

CAF_BEGIN_TYPE_ID_BLOCK(livedata, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(livedata, (livedata::chunk_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::order_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::task_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::reply_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::loan_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::offer_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::count_order_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::counted_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::piece_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::result_set_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::batch_report_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::source_report_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::handover_report_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::run_report_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::job_id_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::outgoing_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::job_statuses_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::statistics_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::history_pull_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::history_portion_ptr))
CAF_ADD_ATOM(livedata, livedata, build_atom)
CAF_ADD_ATOM(livedata, livedata, clear_atom)
CAF_ADD_ATOM(livedata, livedata, credit_atom)
CAF_ADD_ATOM(livedata, livedata, end_atom)
CAF_ADD_ATOM(livedata, livedata, finish_atom)
CAF_ADD_ATOM(livedata, livedata, leave_atom)
CAF_ADD_ATOM(livedata, livedata, poll_atom)
CAF_ADD_ATOM(livedata, livedata, remove_atom)
CAF_ADD_ATOM(livedata, livedata, report_atom)
CAF_ADD_ATOM(livedata, livedata, run_atom)
CAF_ADD_ATOM(livedata, livedata, status_atom)
CAF_END_TYPE_ID_BLOCK(livedata)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::chunk_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::order_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::task_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::reply_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::loan_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::offer_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::count_order_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::counted_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::piece_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::result_set_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::batch_report_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::source_report_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::handover_report_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::run_report_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::job_id_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::outgoing_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::job_statuses_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::statistics_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::history_pull_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::history_portion_ptr)

namespace livedata {

using job_actor = caf::typed_actor<
  // Builds the workflow; answers what was wrong, or nothing, and how others can count for it (null: they cannot).
  caf::result<std::string, offer_ptr>(build_atom),
  // One batch's work: accumulate and finalise.
  caf::result<reply_ptr>(task_ptr),
  // Makes its own what it has in counts that are lent to it.
  caf::result<void>(leave_atom, loan_ptr),
  // Forgets all data.
  caf::result<void>(clear_atom)>;

// Counts a batch for several jobs.
using counter_actor = caf::typed_actor<caf::result<counted_ptr>(count_order_ptr)>;

// Does one piece of a job's work; answers what went wrong, or nothing.
using piece_helper = caf::typed_actor<caf::result<std::string>(piece_ptr)>;

using publisher_actor = caf::typed_actor<
  // Hands results over, in the order in which they come.
  caf::result<void>(result_set_ptr),
  // Hands over messages that are no results: answers to commands, status.
  caf::result<void>(outgoing_ptr),
  // Answers when everything before it has been handed over.
  caf::result<void>(finish_atom)>;

using reporter_actor = caf::typed_actor<caf::result<void>(batch_report_ptr), caf::result<void>(source_report_ptr),
                                        caf::result<void>(handover_report_ptr),
                                        // Its own cadence.
                                        caf::result<void>(report_atom),
                                        // The state of things now.
                                        caf::result<run_report_ptr>(finish_atom)>;

// Shows reports to a person.
using display_actor = caf::typed_actor<caf::result<void>(run_report_ptr), caf::result<void>(finish_atom)>;

using coordinator_actor = caf::typed_actor<
  // Data, in order of arrival.
  caf::result<void>(chunk_ptr),
  // Starts a job; answers what was wrong, or nothing, when its workflow is built.
  caf::result<std::string>(order_ptr),
  // Removes a job, or clears it; answers whether there was one.
  caf::result<bool>(remove_atom, job_id_ptr), caf::result<bool>(clear_atom, job_id_ptr),
  // Counts of raw messages, to go out with the next status of the service.
  caf::result<void>(statistics_ptr),
  // The jobs in table order, when everything that came before has taken effect.
  caf::result<job_statuses_ptr>(status_atom),
  // No more data will come: what is held becomes the last batch. The text: because of what error.
  caf::result<void>(end_atom), caf::result<void>(end_atom, std::string),
  // Answers when the last batch is booked and its results are with the publisher.
  caf::result<void>(finish_atom)>;

// Reads the past for one job; a failure is the last answer.
using history_actor = caf::typed_actor<caf::result<history_portion_ptr>(history_pull_ptr)>;

using source_actor = caf::typed_actor<
  // Starts the flow. Whoever says so gets end_atom when the flow has ended.
  caf::result<void>(run_atom),
  // A coordinator (by its number) takes this many more chunks.
  caf::result<void>(credit_atom, std::uint32_t, std::uint32_t),
  // Its own cadence.
  caf::result<void>(poll_atom),
  // Ends the flow: what is queued is handed on as far as it will be taken, then the coordinators get end_atom.
  caf::result<void>(finish_atom)>;

} // namespace livedata
