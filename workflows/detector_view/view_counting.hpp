// Adds the events of a batch to the counts of a view in several pieces.
#pragma once

#include "workflows/capabilities.hpp"
#include "workflows/detector_view/view_counts.hpp"
#include "workflows/workflow.hpp"

#include <functional>
#include <memory>
#include <span>

namespace livedata {

// The events that a stream brings. Throws std::invalid_argument if it brings none, or events without pixel ids.
std::span<const event_chunk> chunks_of(const stream_data& stream);

// Throws as chunks_of() if a stream of the primary data is not as a view needs it.
void check_events(const job_data& data);

// Cuts the work into so many pieces. Nothing if that would not pay, or if `may_take` says no to the bytes that it would
// need beside the counts of one thread. join() of the work calls `done` with what was counted. The counts must outlive
// the work.
std::unique_ptr<divided_work> divide_counting(view_counts& counts, const job_data& data, const event_mapping& mapping,
                                              std::size_t pieces, const std::function<bool(std::uint64_t)>& may_take,
                                              std::function<void(const event_tally&)> done);

} // namespace livedata
