#include "transport/recording/recording_past.hpp"

#include "transport/recording/recording.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace livedata {

namespace {

// Without times of the data: it is recorded after it was made, and the clocks may differ so much.
constexpr duration clock_difference{60'000'000'000};
// Data comes out of order by this at most.
constexpr duration disorder{3'000'000'000};
// Messages that are passed over in one go.
constexpr std::size_t most_skipped = 20'000;

class recording_past final : public past_reader {
public:
  recording_past(std::unique_ptr<recording_reader> recording, past_topics wanted)
    : recording_(std::move(recording)), wanted_(std::move(wanted)) {}

  result<portion> read(const lane_offsets& until, std::size_t most_messages, std::size_t most_bytes) override {
    auto limit = until.find(0);
    portion out;
    std::size_t bytes = 0;
    for (std::size_t seen = 0; seen < most_skipped && out.messages.size() < most_messages && bytes < most_bytes;
         ++seen) {
      if (limit == until.end() || static_cast<std::int64_t>(recording_->messages()) >= limit->second) {
        out.done = true;
        break;
      }
      auto got = recording_->next_message();
      if (!got) return got.error();
      if (!*got) {
        out.done = true;
        break;
      }
      raw_message m{std::move((*got)->topic), (*got)->around.time, std::move((*got)->content), true, (*got)->position};
      if (!is_wanted(m)) continue;
      bytes += m.content->bytes().size();
      out.messages.push_back(std::move(m));
    }
    return out;
  }

private:
  bool is_wanted(const raw_message& m) {
    if (std::ranges::find(wanted_.context, m.topic) != wanted_.context.end()) return true;
    if (std::ranges::find(wanted_.data, m.topic) == wanted_.data.end()) return false;
    if (!wanted_.data_time) return m.received >= wanted_.from - clock_difference;
    if (begun_) return true;
    // From there on all of it, late messages too.
    const auto t = wanted_.data_time(m);
    begun_ = t && t->time >= wanted_.from - disorder;
    return begun_;
  }

  std::unique_ptr<recording_reader> recording_;
  past_topics wanted_;
  // The data has reached the time asked for.
  bool begun_ = false;
};

} // namespace

past_opener rewind_recording(std::filesystem::path file) {
  return [file = std::move(file)](const past_topics& wanted) -> result<std::unique_ptr<past_reader>> {
    auto opened = recording_reader::open(file);
    if (!opened) return opened.error();
    return std::unique_ptr<past_reader>(std::make_unique<recording_past>(std::move(*opened), wanted));
  };
}

} // namespace livedata
