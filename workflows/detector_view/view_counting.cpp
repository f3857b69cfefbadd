#include "workflows/detector_view/view_counting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <variant>

namespace livedata {

namespace {

using joined = std::function<void(const event_tally&)>;

class counting_in_parts final : public divided_work {
public:
  counting_in_parts(view_counts& counts, const event_mapping& mapping, std::vector<std::vector<event_chunk>> shares,
                    joined done)
    : counts_(counts), mapping_(mapping), shares_(std::move(shares)), tallies_(shares_.size()), done_(std::move(done)) {
  }

  std::size_t pieces() const noexcept override { return shares_.size(); }

  void run(std::size_t piece) override {
    event_tally tally;
    counts_.add_to_part(piece, shares_[piece], mapping_, tally);
    tallies_[piece] = tally;
  }

  void join() override {
    event_tally all;
    for (const auto& tally : tallies_)
      all += tally;
    counts_.join_parts(all);
    done_(all);
  }

private:
  view_counts& counts_;
  event_mapping mapping_;
  std::vector<std::vector<event_chunk>> shares_;
  std::vector<event_tally> tallies_;
  joined done_;
};

} // namespace

std::span<const event_chunk> chunks_of(const stream_data& stream) {
  const auto* events = std::get_if<events_ptr>(&stream.value);
  if (events == nullptr)
    throw std::invalid_argument(fmt::format("stream '{}' brings no events, which this view needs", stream.stream));
  for (const auto& chunk : (*events)->chunks)
    if (chunk.pixel_id.size() != chunk.time_of_arrival.size())
      throw std::invalid_argument(fmt::format("events of stream '{}' have no pixel ids", stream.stream));
  return (*events)->chunks;
}

void check_events(const job_data& data) {
  for (const auto& stream : data.primary)
    (void)chunks_of(stream);
}

std::unique_ptr<divided_work> divide_counting(view_counts& counts, const job_data& data, const event_mapping& mapping,
                                              std::size_t pieces, const std::function<bool(std::uint64_t)>& may_take,
                                              joined done) {
  std::uint64_t events = 0;
  for (const auto& stream : data.primary)
    events += events_in(chunks_of(stream));
  if (pieces < 2 || !counts.worth_parts(pieces, events)) return nullptr;
  const auto parts = counts.histogram().parts();
  if (!may_take(counts.histogram().bytes() / parts * (std::max(pieces, parts) - 1))) return nullptr;
  std::vector<std::vector<event_chunk>> shares;
  for (const auto& stream : data.primary) {
    counts.open_parts(pieces, chunks_of(stream), mapping);
    cut_evenly(chunks_of(stream), pieces, shares);
  }
  return std::make_unique<counting_in_parts>(counts, mapping, std::move(shares), std::move(done));
}

} // namespace livedata
