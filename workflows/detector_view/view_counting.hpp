// Counting the events of a batch into the histogram of a view, in one piece or several.
#pragma once

#include "workflows/kernels/view_histogram.hpp"
#include "workflows/workflow.hpp"

#include <functional>
#include <memory>
#include <span>

namespace livedata {

// The events that a stream brings. Throws std::invalid_argument if it brings none, or events without pixels.
std::span<const event_chunk> chunks_of(const stream_data& stream);

// Throws as chunks_of() if any stream of the primary data is not as a view needs it.
void check_events(const job_data& data);

// So many pieces, if that pays and needs no more than so many bytes beside the histogram; else nothing. `done` is told
// what was counted, when all pieces are joined. Neither histogram nor table may go away before the work.
std::unique_ptr<divided_work> divide_counting(view_histogram& histogram, const job_data& data, const pixel_table& table,
                                              std::size_t pieces, std::uint64_t memory,
                                              std::function<void(const event_tally&)> done);

} // namespace livedata
