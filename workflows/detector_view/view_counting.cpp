#include "workflows/detector_view/view_counting.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>
#include <variant>

namespace livedata {

namespace {

using joined = std::function<void(const event_tally&)>;

class counting_in_parts final : public divided_work {
public:
  counting_in_parts(view_histogram& histogram, const pixel_table& table, std::vector<std::vector<event_chunk>> shares,
                    joined done)
    : histogram_(histogram), table_(table), shares_(std::move(shares)), tallies_(shares_.size()),
      done_(std::move(done)) {}

  std::size_t pieces() const noexcept override { return shares_.size(); }

  void run(std::size_t piece) override {
    event_tally tally;
    histogram_.add_to_part(piece, shares_[piece], table_, tally);
    tallies_[piece] = tally;
  }

  void join() override {
    event_tally all;
    for (const auto& tally : tallies_)
      all += tally;
    histogram_.join_parts(all);
    done_(all);
  }

private:
  view_histogram& histogram_;
  pixel_table table_;
  std::vector<std::vector<event_chunk>> shares_;
  std::vector<event_tally> tallies_;
  joined done_;
};

class counting_in_one final : public divided_work {
public:
  counting_in_one(view_histogram& histogram, const pixel_table& table, std::vector<stream_data> streams, joined done)
    : histogram_(histogram), table_(table), streams_(std::move(streams)), done_(std::move(done)) {}

  std::size_t pieces() const noexcept override { return 1; }

  void run(std::size_t /*piece*/) override {
    for (const auto& stream : streams_)
      histogram_.add(chunks_of(stream), table_, tally_);
  }

  void join() override { done_(tally_); }

private:
  view_histogram& histogram_;
  pixel_table table_;
  std::vector<stream_data> streams_;
  event_tally tally_;
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

std::unique_ptr<divided_work> divide_counting(view_histogram& histogram, const job_data& data, const pixel_table& table,
                                              std::size_t pieces, std::uint64_t memory, joined done) {
  std::uint64_t events = 0;
  for (const auto& stream : data.primary)
    events += events_in(chunks_of(stream));
  if (pieces < 2 || !histogram.worth_parts(pieces, events) || histogram.bytes() * (pieces - 1) > memory) return nullptr;
  std::vector<std::vector<event_chunk>> shares;
  for (const auto& stream : data.primary) {
    histogram.open_parts(pieces, chunks_of(stream), table);
    cut_evenly(chunks_of(stream), pieces, shares);
  }
  return std::make_unique<counting_in_parts>(histogram, table, std::move(shares), std::move(done));
}

view_counts::view_counts(view_histogram empty, std::vector<pixel_table> tables, std::uint64_t memory)
  : histogram_(std::move(empty)), tables_(std::move(tables)), memory_(memory) {}

std::unique_ptr<divided_work> view_counts::count(const job_data& data, std::size_t turn, std::size_t pieces) {
  const auto& table = tables_[turn % tables_.size()];
  auto done = [this](const event_tally& tally) { counted(tally); };
  if (auto divided = divide_counting(histogram_, data, table, pieces, memory_, done)) return divided;
  return std::make_unique<counting_in_one>(histogram_, table, data.primary, done);
}

void view_counts::counted(const event_tally& tally) {
  last_ = tally;
  histogram_.close_window();
}

std::shared_ptr<common_counts> view_counts::copy() const {
  auto other = std::make_shared<view_counts>(histogram_.copy(), tables_, memory_);
  other->last_ = last_;
  other->name_as(*this);
  return other;
}

} // namespace livedata
