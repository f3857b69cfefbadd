// The typed interface of each actor, and what it owns.
#pragma once

#include "actors/type_ids.hpp"

#include <caf/all.hpp>

#include <cstdint>
#include <string>

namespace livedata {

// A job. Owns one workflow and everything that it has accumulated.
using job_actor = caf::typed_actor<
  // One batch's work: accumulate and finalise.
  caf::result<reply_ptr>(task_ptr),
  // Forgets all data.
  caf::result<void>(clear_atom),
  // All that it has accumulated. Not while a task is in work.
  caf::result<saved_work_ptr>(save_atom),
  // Works on a thread of its own from now on, so that it holds none of the job threads.
  caf::result<void>(own_thread_atom)>;

// Builds workflows, on a thread of its own. Owns nothing.
using builder_actor = caf::typed_actor<caf::result<built_ptr>(order_ptr)>;

// Helps a job. Owns nothing: counts one piece of the job's work, and answers what went wrong, or nothing.
using piece_helper = caf::typed_actor<caf::result<std::string>(piece_ptr)>;

// The publisher. Owns the sink.
using publisher_actor = caf::typed_actor<
  // Hands results over, in the order in which they come. Answers when the sink has taken them, or failed to.
  caf::result<void>(result_set_ptr),
  // Hands over messages that are no results: answers to commands, status.
  caf::result<void>(outgoing_ptr),
  // Answers when everything before it has been handed over.
  caf::result<void>(finish_atom)>;

// The reporter. Owns the statistics of the run.
using reporter_actor = caf::typed_actor<caf::result<void>(batch_report_ptr), caf::result<void>(source_report_ptr),
                                        caf::result<void>(handover_report_ptr),
                                        // Its own cadence.
                                        caf::result<void>(report_atom),
                                        // The state of things now.
                                        caf::result<run_report_ptr>(finish_atom)>;

// A display. Owns the terminal.
using display_actor = caf::typed_actor<caf::result<void>(run_report_ptr), caf::result<void>(finish_atom)>;

// The coordinator of a service. Owns the batcher, the table of jobs, and their actors.
using coordinator_actor = caf::typed_actor<
  // Data, in order of arrival.
  caf::result<void>(portion_ptr),
  // The same command as from outside. Answers when it has taken effect: what was wrong, or nothing.
  caf::result<std::string>(command_ptr),
  // Goes on from a snapshot, before anything else comes. Answers when the jobs are there.
  caf::result<void>(resumed_ptr),
  // Takes a snapshot as soon as it can. Answers when that is there for good: with what was wrong, or nothing.
  caf::result<std::string>(save_atom),
  // Counts of raw messages, to go out with the next status of the service.
  caf::result<void>(statistics_ptr),
  // The jobs in table order, when everything that came before has taken effect.
  caf::result<job_statuses_ptr>(status_atom),
  // No more data will come: what is held becomes the last batch. The text: because of what error.
  caf::result<void>(end_atom), caf::result<void>(end_atom, std::string),
  // Answers when the last batch is booked and its results are with the publisher: with the number of jobs that are
  // still at work, and that nobody waits for any more.
  caf::result<std::uint32_t>(finish_atom)>;

// Writes snapshots. Owns where they are kept. Answers when a snapshot is there for good: with its bytes, or with what
// was wrong.
using snapshot_actor = caf::typed_actor<caf::result<std::uint64_t>(snapshot_ptr)>;

// Reads the past for jobs. Owns a second reader of the transport. A failure is its last answer.
using past_actor = caf::typed_actor<caf::result<past_portion_ptr>(past_request_ptr)>;

// A source. Owns the connection to where messages come from, and a bounded queue for each coordinator.
using source_actor = caf::typed_actor<
  // Starts the flow. Whoever says so gets end_atom when the flow has ended.
  caf::result<void>(run_atom),
  // A coordinator (by its number) takes this many more portions.
  caf::result<void>(credit_atom, std::uint32_t, std::uint32_t),
  // The jobs of a coordinator (by its number) need these streams from now on, and no others of those that come with
  // the pulses. Answers when they are read: with where each lane begins. A source that reads all of them gives none.
  caf::result<lane_offsets_ptr>(read_atom, std::uint32_t, stream_names_ptr),
  // Its own cadence.
  caf::result<void>(poll_atom),
  // Ends the flow: what is queued is handed on as far as it will be taken, then the coordinators get end_atom.
  caf::result<void>(finish_atom)>;

} // namespace livedata
