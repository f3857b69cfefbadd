#include "messages/stream.hpp"

namespace livedata {

std::string_view to_string(stream_kind k) {
  switch (k) {
  case stream_kind::unknown:
    return "unknown";
  case stream_kind::monitor_counts:
    return "monitor_counts";
  case stream_kind::monitor_events:
    return "monitor_events";
  case stream_kind::detector_events:
    return "detector_events";
  case stream_kind::area_detector:
    return "area_detector";
  case stream_kind::log:
    return "log";
  case stream_kind::device:
    return "device";
  case stream_kind::roi:
    return "livedata_roi";
  }
  return "unknown";
}

} // namespace livedata
