#include "actors/source/route_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace livedata {

namespace {

constexpr std::string_view roi_service = "detector_data";
constexpr std::string_view pixel_monitor_service = "monitor_data";
constexpr std::string_view chopper_trigger = "chopper_cascade";

bool intersect(const std::vector<std::string>& a, const std::set<std::string>& b) {
  return std::ranges::any_of(a, [&](const auto& name) { return b.contains(name); });
}

std::string speed_of(const std::string& chopper) {
  return chopper + "/rotation_speed_setpoint";
}

std::string delay_of(const std::string& chopper) {
  return chopper + "/delay";
}

std::string delay_setpoint_of(const std::string& chopper) {
  return chopper + "/delay_setpoint";
}

// What the streams are made of that are made here.
void replace_composed(const instrument& inst, std::set<std::string>& names) {
  for (const auto& d : inst.devices)
    if (names.erase(d.name) != 0) {
      names.insert(d.value);
      if (d.target) names.insert(*d.target);
      if (d.idle) names.insert(*d.idle);
    }
  auto made_from_choppers = names.erase(std::string(chopper_trigger)) != 0;
  for (const auto& c : inst.choppers)
    made_from_choppers = names.contains(delay_setpoint_of(c)) || made_from_choppers;
  if (made_from_choppers)
    for (const auto& c : inst.choppers)
      for (auto name : {speed_of(c), delay_of(c), delay_setpoint_of(c)})
        names.insert(std::move(name));
}

void add_number(std::vector<std::uint32_t>& numbers, std::uint32_t n) {
  if (auto at = std::ranges::lower_bound(numbers, n); at == numbers.end() || *at != n) numbers.insert(at, n);
}

// One stream of the instrument as a topic carries it.
struct entry {
  topic_kind kind;
  std::string stream;
  std::vector<wire_address> addresses;
  stream_kind content;
  ev44::flavour flavour = ev44::flavour::detector;
};

std::vector<wire_address> development_addresses(const std::string& topic, const std::vector<std::string>& sources) {
  std::vector<wire_address> out;
  for (const auto& source : sources)
    out.push_back({topic, source});
  return out;
}

// Everything that the instrument sends, in the order in which kinds of topics come.
std::vector<entry> entries_of(const instrument& inst, bool development) {
  std::vector<entry> all;
  for (const auto& d : inst.detectors) {
    const auto names = d.development_sources.empty() ? std::vector{d.name} : d.development_sources;
    all.push_back({topic_kind::detector, d.name,
                   development ? development_addresses(inst.name + "_detector", names) : d.addresses,
                   stream_kind::detector_events});
  }
  for (const auto& a : inst.area_detectors)
    all.push_back({topic_kind::area_detector, a.name,
                   development ? development_addresses(inst.name + "_area_detector", {a.name}) : a.addresses,
                   stream_kind::area_detector});
  for (std::size_t i = 0; i < inst.monitors.size(); ++i) {
    const auto& m = inst.monitors[i];
    all.push_back({topic_kind::monitor, m.name,
                   development ? development_addresses(inst.name + "_beam_monitor", {fmt::format("monitor{}", i + 1)})
                               : m.addresses,
                   stream_kind::monitor_events,
                   m.pixels ? ev44::flavour::pixel_monitor : ev44::flavour::plain_monitor});
  }
  const auto add_log = [&](const std::string& name, const std::optional<wire_address>& address) {
    std::vector<wire_address> from;
    if (development)
      from.push_back({inst.name + "_motion", name});
    else if (address)
      from.push_back(*address);
    all.push_back({topic_kind::log, name, std::move(from), stream_kind::log});
  };
  for (const auto& l : inst.logs)
    add_log(l.name, l.address);
  // Made here in production; there is nothing to make them of in the development set-up.
  if (development)
    for (const auto& c : inst.choppers)
      add_log(delay_setpoint_of(c), std::nullopt);
  return all;
}

void add_any_source(topic_routes& t) {
  auto& r = t.any_source.emplace();
  r.stream = {stream_kind::roi, std::string(to_string(stream_kind::roi))};
  r.receivers = t.readers;
}

} // namespace

bool comes_with_pulses(topic_kind k) {
  return k == topic_kind::detector || k == topic_kind::area_detector || k == topic_kind::monitor;
}

std::string_view to_string(topic_kind k) {
  switch (k) {
  case topic_kind::detector:
    return "detector";
  case topic_kind::area_detector:
    return "area detector";
  case topic_kind::monitor:
    return "monitor";
  case topic_kind::log:
    return "log";
  case topic_kind::commands:
    return "commands";
  case topic_kind::roi:
    return "regions of interest";
  case topic_kind::run_control:
    return "run control";
  }
  return "unknown";
}

std::vector<std::string> needed_streams(const instrument& inst, std::string_view service) {
  std::set<std::string> sources;
  std::set<std::string> names;
  for (const auto& w : inst.workflows) {
    if (w.service != service) continue;
    sources.insert(w.sources.begin(), w.sources.end());
    for (const auto& role : w.auxiliary)
      names.insert(role.choices.begin(), role.choices.end());
  }
  // Also those of workflows that do without: what they share with others is not looked into.
  for (const auto& binding : inst.contexts)
    if (intersect(binding.sources, sources)) names.insert(binding.stream);
  names.merge(sources);
  replace_composed(inst, names);
  return {names.begin(), names.end()};
}

std::vector<std::string> streams_from_outside(const instrument& inst, std::span<const std::string> streams) {
  std::set<std::string> names(streams.begin(), streams.end());
  replace_composed(inst, names);
  return {names.begin(), names.end()};
}

route_table::route_table(const instrument& inst, std::span<const std::string> services, const route_settings& how) {
  std::vector<std::vector<std::string>> needed;
  for (const auto& service : services)
    needed.push_back(needed_streams(inst, service));

  for (const auto& e : entries_of(inst, how.development)) {
    route r{{e.content, e.stream}, e.flavour, {}};
    bool with_pixels = false;
    for (std::uint32_t n = 0; n < services.size(); ++n)
      if (std::ranges::binary_search(needed[n], e.stream)) {
        r.receivers.push_back(n);
        with_pixels = with_pixels || services[n] == pixel_monitor_service;
      }
    if (r.flavour == ev44::flavour::pixel_monitor && !with_pixels) r.flavour = ev44::flavour::plain_monitor;
    for (const auto& from : e.addresses)
      add(from, e.kind, r);
  }

  const auto add_own = [&](std::string_view name, topic_kind kind, auto reads) {
    const auto topic = fmt::format("{}_{}", inst.name, name);
    auto& t = topics_[topic];
    t.topic = topic;
    t.kind = kind;
    for (std::uint32_t n = 0; n < services.size(); ++n)
      if (reads(services[n])) t.readers.push_back(n);
    if (kind == topic_kind::roi) add_any_source(t);
  };
  const auto every = [](const auto&) { return true; };
  add_own("livedata_commands", topic_kind::commands, every);
  add_own("livedata_roi", topic_kind::roi, [](const auto& service) { return service == roi_service; });
  add_own("filewriter", topic_kind::run_control, [&](const auto&) { return how.run_control; });
}

void route_table::add(const wire_address& from, topic_kind kind, const route& r) {
  auto& t = topics_[from.topic];
  // A topic has one kind: the last one that claims it.
  if (t.kind != kind) {
    t.sources.clear();
    t.readers.clear();
  }
  t.topic = from.topic;
  t.kind = kind;
  const auto [at, added] = t.sources.try_emplace(from.source, r);
  if (!added && !r.receivers.empty()) {
    if (kind == topic_kind::log && !at->second.receivers.empty())
      at->second.also.push_back(r);
    else
      at->second = r;
  }
  for (auto n : r.receivers)
    add_number(t.readers, n);
}

const topic_routes* route_table::find(std::string_view topic) const {
  const auto at = topics_.find(topic);
  return at == topics_.end() ? nullptr : &at->second;
}

std::vector<std::string> route_table::topics_of(std::uint32_t service) const {
  std::vector<std::string> out;
  for (const auto& [name, t] : topics_)
    if (std::ranges::binary_search(t.readers, service)) out.push_back(name);
  return out;
}

std::vector<std::string> route_table::topics() const {
  std::vector<std::string> out;
  for (const auto& [name, t] : topics_)
    if (!t.readers.empty()) out.push_back(name);
  return out;
}

std::vector<std::string> route_table::topics_carrying(std::span<const std::string> streams) const {
  const std::set<std::string> wanted(streams.begin(), streams.end());
  std::set<std::string> with_topic;
  std::vector<std::string> out;
  for (const auto& [name, t] : topics_) {
    bool carries = false;
    const auto look = [&](const std::string& stream) {
      if (!wanted.contains(stream)) return;
      with_topic.insert(stream);
      carries = true;
    };
    for (const auto& [source, r] : t.sources) {
      look(r.stream.name);
      for (const auto& other : r.also)
        look(other.stream.name);
    }
    if (carries) out.push_back(name);
  }
  if (with_topic.size() < wanted.size())
    for (const auto& [name, t] : topics_)
      if (t.any_source) out.push_back(name);
  std::ranges::sort(out);
  return out;
}

std::vector<std::string> route_table::topics_for(const std::vector<std::set<std::string>>& needed) const {
  std::vector<std::string> out;
  const auto is_needed = [&](const auto& source) {
    return std::ranges::any_of(needed, [&](const auto& n) { return n.contains(source.second.stream.name); });
  };
  for (const auto& [name, t] : topics_)
    if (!t.readers.empty() && (!comes_with_pulses(t.kind) || std::ranges::any_of(t.sources, is_needed)))
      out.push_back(name);
  return out;
}

std::vector<std::string> route_table::streams_of(std::string_view topic) const {
  std::set<std::string> names;
  if (const auto* t = find(topic))
    for (const auto& [source, r] : t->sources)
      if (!r.receivers.empty()) names.insert(r.stream.name);
  return {names.begin(), names.end()};
}

bool route_table::carries_pulses() const {
  return std::ranges::any_of(
    topics_, [](const auto& t) { return comes_with_pulses(t.second.kind) && !t.second.readers.empty(); });
}

std::vector<std::string> route_table::streams() const {
  std::set<std::string> names;
  for (const auto& [name, t] : topics_) {
    for (const auto& [source, r] : t.sources)
      if (!r.receivers.empty()) {
        names.insert(r.stream.name);
        for (const auto& other : r.also)
          names.insert(other.stream.name);
      }
    if (t.any_source && !t.any_source->receivers.empty()) names.insert(t.any_source->stream.name);
  }
  return {names.begin(), names.end()};
}

} // namespace livedata
