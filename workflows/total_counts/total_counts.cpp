#include "workflows/total_counts/total_counts.hpp"

#include "workflows/reduction/pixels.hpp"
#include "workflows/reduction/reduction.hpp"

namespace livedata {

namespace {

// N += events whose pixel is known.
class total_counts final : public reduction {
public:
  total_counts(const std::string& source, pixel_table pixels) : pixels_(std::move(pixels)) {
    events(source, "", [this](const event_batch& batch) { count(batch); });
    accumulator("total", total_);
    target("total_counts", [this] {
      return data_array{{}, make_scalar(static_cast<std::int64_t>(total_.events), "counts"), {}, {}};
    });
  }

private:
  struct number_of_events {
    std::uint64_t events = 0;

    void clear() { events = 0; }

    void state(archive& a) { a.field("events", events); }
  };

  void count(const event_batch& batch) {
    std::uint64_t known = 0;
    pixels_.visit([&]<class View>(const View table) {
      for (const auto& chunk : batch.chunks)
        for (std::size_t i = 0; i < chunk.size(); ++i)
          known += table(chunk.pixel_id[i]) != View::nowhere ? 1 : 0;
    });
    total_.events += known;
    tally_.received += batch.events;
    tally_.accepted += known;
    tally_.unknown_pixel += batch.events - known;
  }

  pixel_table pixels_;
  number_of_events total_;
};

} // namespace

workflow_kind total_counts_kind() {
  return reduction_kind({{{"total_counts", "Total"}}, {}}, [](const build_request& request) {
    const auto pixels = pixels_of(request.inst, request.source);
    std::vector<std::int32_t> all(static_cast<std::size_t>(pixels.pixel_count()));
    return std::make_unique<total_counts>(request.source, pixel_places(pixels, std::move(all)));
  });
}

} // namespace livedata
