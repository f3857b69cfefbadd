#include "actors/source/adapter.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace livedata {

void adapter::add_route(const std::string& topic, const std::string& source_name, const stream_id& stream,
                        ev44::flavour flavour, std::uint32_t receiver) {
  auto& way = routes_[topic][source_name];
  way.stream = stream;
  way.flavour = flavour;
  if (std::find(way.receivers.begin(), way.receivers.end(), receiver) == way.receivers.end())
    way.receivers.push_back(receiver);
}

result<routed_message> adapter::adapt(const raw_message& raw) const {
  auto message = ev44::read(raw.content->bytes());
  if (!message) return message.error();
  auto topic = routes_.find(raw.topic);
  auto unknown = [&] {
    return failure{"unknown_source",
                   fmt::format("nobody wants source '{}' of topic '{}'", message->source_name, raw.topic)};
  };
  if (topic == routes_.end()) return unknown();
  auto way = topic->second.find(message->source_name);
  if (way == topic->second.end()) return unknown();
  auto events = ev44::events(*message, way->second.flavour, raw.content, raw.received);
  if (!events) return events.error();
  auto time = events->pulse_time;
  return routed_message{{way->second.stream, time, std::move(*events)}, &way->second};
}

std::vector<std::string> adapter::streams() const {
  std::vector<std::string> names;
  for (const auto& [topic, sources] : routes_)
    for (const auto& [source, way] : sources)
      names.push_back(way.stream.name);
  return names;
}

} // namespace livedata
