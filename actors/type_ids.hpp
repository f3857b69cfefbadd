// The numbers by which CAF knows the messages of actors. Large content travels as a pointer to something that nobody
// changes any more, and never leaves the process.
#pragma once

#include "actors/caf_compat.hpp"
#include "actors/messages.hpp"

#include <caf/all.hpp>

#include <memory>
#include <set>
#include <string>

namespace livedata {

using portion_ptr = std::shared_ptr<const message_portion>;
using order_ptr = std::shared_ptr<const job_order>;
using built_ptr = std::shared_ptr<const built_job>;
using task_ptr = std::shared_ptr<const job_task>;
using reply_ptr = std::shared_ptr<const job_reply>;
using piece_ptr = std::shared_ptr<const job_piece>;
using result_set_ptr = std::shared_ptr<const result_set>;
using batch_report_ptr = std::shared_ptr<const batch_report>;
using source_report_ptr = std::shared_ptr<const source_report>;
using handover_report_ptr = std::shared_ptr<const handover_report>;
using run_report_ptr = std::shared_ptr<const run_report>;
using outgoing_ptr = std::shared_ptr<const std::vector<outgoing_message>>;
using command_ptr = std::shared_ptr<const control_message>;
using past_request_ptr = std::shared_ptr<const past_request>;
using past_portion_ptr = std::shared_ptr<const past_portion>;
using statistics_ptr = std::shared_ptr<const stream_statistics>;
using saved_work_ptr = std::shared_ptr<const saved_work>;
using snapshot_ptr = std::shared_ptr<const service_snapshot>;
using resumed_ptr = std::shared_ptr<const resumed_service>;
using job_statuses_ptr = std::shared_ptr<const std::vector<job_heartbeat>>;
using stream_names_ptr = std::shared_ptr<const std::set<std::string>>;
using lane_offsets_ptr = std::shared_ptr<const lane_offsets>;

} // namespace livedata

CAF_BEGIN_TYPE_ID_BLOCK(livedata, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(livedata, (livedata::portion_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::order_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::built_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::task_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::reply_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::piece_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::result_set_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::batch_report_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::source_report_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::handover_report_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::run_report_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::outgoing_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::command_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::past_request_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::past_portion_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::statistics_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::job_statuses_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::saved_work_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::snapshot_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::resumed_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::stream_names_ptr))
CAF_ADD_TYPE_ID(livedata, (livedata::lane_offsets_ptr))
CAF_ADD_ATOM(livedata, livedata, clear_atom)
CAF_ADD_ATOM(livedata, livedata, credit_atom)
CAF_ADD_ATOM(livedata, livedata, end_atom)
CAF_ADD_ATOM(livedata, livedata, finish_atom)
CAF_ADD_ATOM(livedata, livedata, own_thread_atom)
CAF_ADD_ATOM(livedata, livedata, poll_atom)
CAF_ADD_ATOM(livedata, livedata, read_atom)
CAF_ADD_ATOM(livedata, livedata, report_atom)
CAF_ADD_ATOM(livedata, livedata, run_atom)
CAF_ADD_ATOM(livedata, livedata, save_atom)
CAF_ADD_ATOM(livedata, livedata, status_atom)
CAF_END_TYPE_ID_BLOCK(livedata)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::portion_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::order_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::built_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::task_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::reply_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::piece_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::result_set_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::batch_report_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::source_report_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::handover_report_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::run_report_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::outgoing_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::command_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::past_request_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::past_portion_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::statistics_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::job_statuses_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::saved_work_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::snapshot_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::resumed_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::stream_names_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(livedata::lane_offsets_ptr)
