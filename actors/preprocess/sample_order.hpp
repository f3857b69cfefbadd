// Judges the times of the samples of one signal, in the order in which they come. Times go up; but one wrong time, or a
// clock that is set back, does not silence the signal. Plain code.
#pragma once

#include "messages/timestamp.hpp"

#include <optional>

namespace livedata {

class archive;

class sample_order {
public:
  // Samples may come late by so much. A newest sample that is further ahead of those that follow was wrong.
  static constexpr duration patience{10'000'000'000};
  // So many samples in a row that are far behind, each later than the one before it, show that the clock was set back.
  static constexpr int needed_witnesses = 3;

  enum class verdict : std::uint8_t {
    // Later than all before it.
    newer,
    // Of the time of the newest.
    same,
    // Older than the newest.
    late,
    // Older than the newest, whose time was wrong: it lay far ahead. This is the newest from now on; what came before
    // and is later does not count.
    went_back,
  };

  // Takes note of a sample.
  verdict judge(timestamp t);

  // Whether there was more than one time so far.
  bool has_advanced() const noexcept { return before_.has_value(); }

  // Whether `ahead` lies so far ahead of `t` that one of them must be wrong.
  static bool is_far(timestamp ahead, timestamp t) { return ahead - t > patience; }

  void state(archive& a);

private:
  verdict go_back_to(timestamp t);

  std::optional<timestamp> newest_;
  // The newest before that.
  std::optional<timestamp> before_;
  // The last sample that was far behind, and how many have come in a row.
  std::optional<timestamp> witness_;
  int witnesses_ = 0;
};

} // namespace livedata
