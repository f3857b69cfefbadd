// The time that "since the last result" outputs cover: from the start of the first batch added to the end of the last.
#pragma once

#include "messages/data_array.hpp"
#include "messages/timestamp.hpp"

#include <optional>

namespace livedata {

// Writes the two times that every result carries: scalars `start_time` and `time`, ns since the epoch.
inline void stamp_times(data_array& array, timestamp start, timestamp end) {
  array.set_coord("start_time", make_scalar(start.ns, "ns"));
  array.set_coord("time", make_scalar(end.ns, "ns"));
}

class window_bounds {
public:
  void extend(timestamp start, timestamp end) {
    if (!start_) start_ = start;
    end_ = end;
  }

  void stamp(data_array& array) const {
    if (start_) stamp_times(array, *start_, end_);
  }

  void close() { start_.reset(); }

private:
  std::optional<timestamp> start_;
  timestamp end_;
};

} // namespace livedata
