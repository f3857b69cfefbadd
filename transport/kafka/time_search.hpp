// Finds the place in a partition from which on its data is of a time or later. The time is that of the data: the times
// that Kafka keeps are those of other clocks. Plain code.
#pragma once

#include "messages/timestamp.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace livedata {

// A message of the data that is looked for: its own time, and the one that Kafka keeps.
struct dated_message {
  timestamp data;
  timestamp kafka;
};

class time_search {
public:
  // The first few messages of the data at or behind an offset; none if there are none, or none within reach.
  using probe = std::function<std::vector<dated_message>(std::int64_t offset)>;

  // Messages that a look should give.
  static constexpr std::size_t wanted = 5;
  // Data comes out of order by this at most. Times further apart do not speak for each other.
  static constexpr duration disorder{3'000'000'000};
  // A place this many messages too early costs less than to look more closely.
  static constexpr std::int64_t close_enough = 32;

  // The partition has the offsets [low, high).
  time_search(probe look, std::int64_t low, std::int64_t high) : look_(std::move(look)), low_(low), high_(high) {}

  struct place {
    std::int64_t offset = 0;
    // Whether data of the time, or later, may have lain before the oldest message.
    bool at_the_end_of_all = false;
    // How much later Kafka's times are than those of the data, there.
    std::optional<duration> distance;
  };

  // `guess`: an offset to begin with. Nothing if no message of the data was found; where none is at any of the places
  // that lie further and further from the guess, those between them are not looked at.
  std::optional<place> find(timestamp from, std::int64_t guess) {
    if (low_ >= high_) return std::nullopt;
    const auto target = from - disorder;
    auto before = std::clamp(guess, low_, high_);
    auto behind = before;
    std::int64_t step = first_step;
    // Away from the guess, in steps that grow, then between the last two.
    if (is_before(before, target)) {
      for (behind = std::min(high_, before + step); behind < high_ && is_before(behind, target);
           behind = std::min(high_, before + step)) {
        before = behind;
        step *= step_growth;
      }
    } else {
      for (before = std::max(low_, behind - step); before > low_ && !is_before(before, target);
           before = std::max(low_, behind - step)) {
        behind = before;
        step *= step_growth;
      }
    }
    if (last_seen_.empty()) {
      last_seen_ = look_(low_);
      if (last_seen_.empty()) return std::nullopt;
    }
    while (behind - before > close_enough) {
      const auto middle = before + (behind - before) / 2;
      (is_before(middle, target) ? before : behind) = middle;
    }
    auto there = look_(before);
    const auto at_the_end = before == low_ && (there.empty() || earliest(there) > from);
    if (!there.empty()) last_seen_ = std::move(there);
    if (last_seen_.empty()) return std::nullopt;
    return place{before, at_the_end, distance_of(last_seen_)};
  }

  // The median; nothing without messages.
  static std::optional<duration> distance_of(const std::vector<dated_message>& messages) {
    if (messages.empty()) return std::nullopt;
    std::vector<duration> all;
    for (const auto& m : messages)
      all.push_back(m.kafka - m.data);
    std::ranges::sort(all);
    return all[all.size() / 2];
  }

private:
  static constexpr std::int64_t first_step = 64;
  static constexpr std::int64_t step_growth = 4;

  // A time that no other is near to may be wrong.
  static std::vector<timestamp> confirmed(const std::vector<dated_message>& messages) {
    std::vector<timestamp> all;
    for (const auto& m : messages)
      all.push_back(m.data);
    std::ranges::sort(all);
    std::vector<timestamp> out;
    for (std::size_t i = 0; i < all.size(); ++i)
      if ((i > 0 && all[i] - all[i - 1] <= disorder) || (i + 1 < all.size() && all[i + 1] - all[i] <= disorder))
        out.push_back(all[i]);
    return out.empty() ? std::vector{all[all.size() / 2]} : out;
  }

  static timestamp earliest(const std::vector<dated_message>& messages) { return confirmed(messages).front(); }

  // Where nothing is seen, nothing is known: it is not.
  bool is_before(std::int64_t offset, timestamp target) {
    if (offset >= high_) return false;
    auto seen = look_(offset);
    if (seen.empty()) return false;
    last_seen_ = std::move(seen);
    return confirmed(last_seen_).back() < target;
  }

  probe look_;
  std::int64_t low_;
  std::int64_t high_;
  std::vector<dated_message> last_seen_;
};

} // namespace livedata
