// An angle that changes while data are taken, as its log or device reports it.
#pragma once

#include "messages/timestamp.hpp"
#include "workflows/archive.hpp"
#include "workflows/workflow.hpp"

#include <optional>
#include <string_view>

namespace livedata {

class angle_log {
public:
  // Takes the samples so far. Throws std::invalid_argument if there are none, or they are in no unit of angle.
  void take(const stream_value& value, std::string_view stream);

  // rad; of the last sample at or before `t`. Nothing before the first one.
  std::optional<double> at(timestamp t) const;

  void state(archive& a);

private:
  series_ptr series_;
  // rad in the unit of the samples.
  double factor_ = 1;
};

} // namespace livedata
