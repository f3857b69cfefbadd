// The time that outputs "since the last result" cover: from the start of the first batch to the end of the last one.
#pragma once

#include "messages/data_array.hpp"
#include "messages/timestamp.hpp"
#include "workflows/archive.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

// Writes a time, ns since the epoch, as a scalar coordinate; over the one of that name if there is one.
inline void stamp_time(data_array& array, std::string_view name, timestamp t) {
  for (auto& [known, v] : array.coords)
    if (known == name && v.dims.empty() && v.unit == "ns")
      if (auto* numbers = std::get_if<std::vector<std::int64_t>>(&v.data)) {
        numbers->assign(1, t.ns);
        return;
      }
  array.set_coord(std::string(name), make_scalar(t.ns, "ns"));
}

// Writes the two times that every result carries: scalars `start_time` and `time`.
inline void stamp_times(data_array& array, timestamp start, timestamp end) {
  stamp_time(array, "start_time", start);
  stamp_time(array, "time", end);
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

  // Whether there is a time to be stamped.
  bool open() const noexcept { return start_.has_value(); }

  void close() { start_.reset(); }

  void state(archive& a) {
    a.field("start", start_);
    a.field("end", end_);
  }

private:
  std::optional<timestamp> start_;
  timestamp end_;
};

} // namespace livedata
