#include "transport/recording/recording_past.hpp"

#include "transport/recording/recording.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace livedata {

namespace {

// Data is recorded after it was made; the clocks may differ so much.
constexpr duration clock_difference{60'000'000'000};
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
      auto& m = **got;
      if (!is_wanted(m)) continue;
      bytes += m.content->bytes().size();
      out.messages.push_back({std::move(m.topic), m.around.time, std::move(m.content), true, m.position});
    }
    return out;
  }

private:
  bool is_wanted(const recorded_message& m) const {
    if (std::ranges::find(wanted_.context, m.topic) != wanted_.context.end()) return true;
    return std::ranges::find(wanted_.data, m.topic) != wanted_.data.end() &&
           m.around.time >= wanted_.from - clock_difference;
  }

  std::unique_ptr<recording_reader> recording_;
  past_topics wanted_;
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
