// Which topics the services of this process read, and the route of each message on them: the source name inside it
// leads to a stream, and the stream to the services that need it. Plain code, made once from the instrument.
#pragma once

#include "messages/codec/ev44.hpp"
#include "messages/stream.hpp"
#include "workflows/instrument/instrument.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

// What a topic carries. It decides which schemas are read from the topic.
enum class topic_kind : std::uint8_t { detector, area_detector, monitor, log, commands, roi, run_control };

std::string_view to_string(topic_kind k);

// Whether what it carries comes with the pulses of the source: events, histograms or frames.
bool comes_with_pulses(topic_kind k);

// Leads a message to services.
struct route {
  // The kind of a monitor is monitor_events; for a message with a histogram it is monitor_counts. All requests for
  // regions of interest have one route, named livedata_roi; the stream of each message has a name of its own.
  stream_id stream;
  ev44::flavour flavour = ev44::flavour::detector;
  // Numbers of the services that need the stream, ascending. None: no service of this process needs it.
  std::vector<std::uint32_t> receivers;
  // Further logs with the same address and another name (LoKI's beam stop carries a monitor) that are needed as well.
  std::vector<route> also = {};
};

struct topic_routes {
  std::string topic;
  topic_kind kind = topic_kind::detector;
  // Numbers of the services that read the topic, ascending. None: its messages are passed over.
  std::vector<std::uint32_t> readers;
  // By source name: all sources of the instrument on this topic.
  std::map<std::string, route, std::less<>> sources;
  // For topics that take every source name (roi).
  std::optional<route> any_source;
};

struct route_settings {
  // Topics and source names are those of the field's development set-up and of its simulated producers, not those of
  // production.
  bool development = false;
  // Whether starts and stops of runs are read.
  bool run_control = false;
};

class route_table {
public:
  // The services are numbered by their order in the list.
  route_table(const instrument& inst, std::span<const std::string> services, const route_settings& how);

  // nullptr if the instrument has no such topic.
  const topic_routes* find(std::string_view topic) const;

  // Topics that a service reads, sorted: those of the streams that its workflows need, commands, requests for regions
  // of interest (detector_data only), and starts and stops of runs if `run_control` is set.
  std::vector<std::string> topics_of(std::uint32_t service) const;
  // Those of all services together.
  std::vector<std::string> topics() const;

  // Topics that carry any of these streams, sorted. A name that no topic has is a request for regions of interest.
  std::vector<std::string> topics_carrying(std::span<const std::string> streams) const;

  // Of topics(), those that have to be read if of the streams that come with the pulses only these are needed, by any
  // of several, sorted. Logs, commands, requests and runs are always read: they are small, and a job may need what came
  // before it.
  std::vector<std::string> topics_for(const std::vector<std::set<std::string>>& needed) const;

  // Names of the streams on that topic that any service needs, sorted.
  std::vector<std::string> streams_of(std::string_view topic) const;

  // Whether a service needs a stream that comes with the pulses of the source: events, histograms or frames.
  bool carries_pulses() const;

  // Names of the streams that any service needs, sorted.
  std::vector<std::string> streams() const;

private:
  void add(const wire_address& from, topic_kind kind, const route& to);

  std::map<std::string, topic_routes, std::less<>> topics_;
};

// Names of the streams that a service needs from outside, sorted: the sources of its workflows, all choices of their
// auxiliary inputs, and the context that the instrument binds to those sources. Devices, and streams that livedata
// makes itself, are replaced by the streams that they are made of.
std::vector<std::string> needed_streams(const instrument& inst, std::string_view service);

// The same for any streams: those that livedata makes itself are replaced by the streams that they are made of. Sorted.
std::vector<std::string> streams_from_outside(const instrument& inst, std::span<const std::string> streams);

} // namespace livedata
