// With short batches, says at the end of which of them results are given out. Decided by data time. Plain code.
#pragma once

#include "messages/timestamp.hpp"
#include "workflows/archive.hpp"

namespace livedata {

class publish_cadence {
public:
  // Results come `interval` apart, to the nearest batch of length `batch`; with every batch if that is not shorter.
  publish_cadence(duration interval, duration batch) : interval_(interval), slack_{batch.ns / 2} {}

  // Whether a batch that ends at `end` only takes data in. Time that goes back does not stop results.
  bool holds(timestamp end) {
    auto since = end - last_;
    if (!first_ && since.ns >= 0 && since < interval_ - slack_) return true;
    first_ = false;
    last_ = end;
    return false;
  }

  void state(archive& a) {
    a.field("first", first_);
    a.field("last", last_);
  }

private:
  duration interval_;
  duration slack_;
  bool first_ = true;
  // End of the last batch that gave results.
  timestamp last_;
};

} // namespace livedata
