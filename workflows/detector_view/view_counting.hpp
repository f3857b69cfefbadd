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

// What views of the same bins and pixels count in common.
class view_counts final : public common_counts {
public:
  // `tables`: the replicas of the screen, one for each turn. `memory`: as above.
  view_counts(view_histogram empty, std::vector<pixel_table> tables, std::uint64_t memory);

  std::unique_ptr<divided_work> count(const job_data& data, std::size_t turn, std::size_t pieces) override;
  std::shared_ptr<common_counts> copy() const override;

  const view_histogram& histogram() const noexcept { return histogram_; }

  // What became of the events of the last batch.
  const event_tally& last() const noexcept { return last_; }

private:
  void counted(const event_tally& tally);

  view_histogram histogram_;
  std::vector<pixel_table> tables_;
  std::uint64_t memory_;
  event_tally last_;
};

} // namespace livedata
