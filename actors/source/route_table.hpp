// Which topics the services of this process read, and where a message of such a topic goes: by the source name inside
// it to a stream, and with the stream to the services that need it. Plain code, made once from the instrument.
#pragma once

#include "messages/codec/ev44.hpp"
#include "messages/stream.hpp"
#include "workflows/instrument/instrument.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

// What a topic carries; it decides which schemas are taken from it.
enum class topic_kind : std::uint8_t { detector, area_detector, monitor, log, commands, roi, run_control };

std::string_view to_string(topic_kind k);

struct route {
  // A monitor's kind is monitor_events; a message with a histogram makes it monitor_counts. All requests for regions of
  // interest have one route, named livedata_roi; the name of each message is its own.
  stream_id stream;
  ev44::flavour flavour = ev44::flavour::detector;
  // Numbers of the services that need the stream, ascending; none: the instrument has it, but nobody here needs it.
  std::vector<std::uint32_t> receivers;
  // Logs that have the same address under other names (LoKI's beam stop carries a monitor) and are needed as well.
  std::vector<route> also = {};
};

struct topic_routes {
  std::string topic;
  topic_kind kind = topic_kind::detector;
  // Numbers of the services that read the topic, ascending; none: it is passed over.
  std::vector<std::uint32_t> readers;
  // By source name: everything that the instrument has on this topic.
  std::map<std::string, route, std::less<>> sources;
  // For topics that take every source name (roi).
  std::optional<route> any_source;
};

struct route_settings {
  // The topics and source names of the field's development set-up (and of its simulated producers) instead of those of
  // production.
  bool development = false;
  // Whether starts and stops of runs are listened to.
  bool run_control = false;
};

class route_table {
public:
  // The services are numbered by their order in the list.
  route_table(const instrument& inst, std::span<const std::string> services, const route_settings& how);

  // nullptr if the instrument has no such topic.
  const topic_routes* find(std::string_view topic) const;

  // Topics that a service reads, sorted: those of the streams that its workflows need; commands; requests for regions
  // of interest (detector_data); runs, if wanted.
  std::vector<std::string> topics_of(std::uint32_t service) const;
  // Those of all services together.
  std::vector<std::string> topics() const;

  // Topics that carry any of these streams, sorted. Requests for regions of interest go by any name.
  std::vector<std::string> topics_carrying(std::span<const std::string> streams) const;

  // Names of the streams that somebody needs, sorted.
  std::vector<std::string> streams() const;

private:
  void add(const wire_address& from, topic_kind kind, const route& to);

  std::map<std::string, topic_routes, std::less<>> topics_;
};

// Names of the streams that come from outside for a service: sources of its workflows, all choices of their auxiliary
// inputs, settings that the instrument binds to those sources; devices and streams made here replaced by what they are
// made of. Sorted.
std::vector<std::string> needed_streams(const instrument& inst, std::string_view service);

// The streams themselves, those that are made here replaced by what they are made of. Sorted.
std::vector<std::string> streams_from_outside(const instrument& inst, std::span<const std::string> streams);

} // namespace livedata
