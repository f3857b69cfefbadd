#include "workflows/instrument/stream_reader.hpp"

#include "messages/units.hpp"
#include "workflows/instrument/named_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

namespace livedata {

namespace {

constexpr std::int64_t max_simulated_events = 1'000'000;
constexpr std::int64_t max_frame_side = 16384;

wire_address read_address(const json_node& node) {
  node.allow_keys({"topic", "source"});
  return {node.at("topic").text(), node.at("source").text()};
}

std::pair<std::int32_t, std::int32_t> read_pixels(const json_node& node) {
  constexpr auto most = std::numeric_limits<std::int32_t>::max();
  auto items = node.items();
  if (items.size() != 2) node.refuse("a list of the first and the last detector number");
  auto first = items[0].integer(0, most);
  return {static_cast<std::int32_t>(first), static_cast<std::int32_t>(items[1].integer(first, most))};
}

monitor read_monitor(const json_node& node) {
  node.allow_keys({"name", "title", "simulated_events", "addresses", "pixels"});
  monitor m{node.at("name").text(), node.at("title").text(),
            node.at("simulated_events").integer(0, max_simulated_events)};
  m.addresses = read_addresses(node);
  if (auto pixels = node.find("pixels")) m.pixels = read_pixels(*pixels);
  return m;
}

area_detector read_area_detector(const json_node& node) {
  node.allow_keys({"name", "title", "addresses", "simulated_shape"});
  area_detector d{node.at("name").text(), node.at("title").text(), read_addresses(node), {}};
  auto shape = node.at("simulated_shape");
  for (const auto& side : shape.items())
    d.simulated_shape.push_back(side.integer(1, max_frame_side));
  if (d.simulated_shape.size() != 2) shape.refuse("a list of the numbers of rows and columns");
  return d;
}

log_stream read_log(const json_node& node) {
  node.allow_keys({"name", "topic", "source", "unit"});
  log_stream log{node.at("name").text(), std::nullopt, std::nullopt};
  auto topic = node.find("topic");
  auto source = node.find("source");
  if (topic.has_value() != source.has_value()) {
    node.fail(
      "one of \"topic\" and \"source\" is missing; allowed: both, or none for a log of development topics only");
  }
  if (topic) log.address = wire_address{topic->text(), source->text()};
  if (auto unit = node.find("unit")) log.unit = unit->text();
  return log;
}

device read_device(const json_node& node, const std::vector<std::string>& logs) {
  node.allow_keys({"name", "value", "target", "idle"});
  device d{node.at("name").text(), one_of(node.at("value"), "log", logs), std::nullopt, std::nullopt};
  if (auto target = node.find("target")) d.target = one_of(*target, "log", logs);
  if (auto idle = node.find("idle")) d.idle = one_of(*idle, "log", logs);
  return d;
}

std::vector<std::string> parts_of(const device& d) {
  std::vector<std::string> parts{d.value};
  if (d.target) parts.push_back(*d.target);
  if (d.idle) parts.push_back(*d.idle);
  return parts;
}

void check_devices(const instrument& inst, const json_node& devices) {
  std::map<std::string, std::string> owners;
  auto nodes = devices.items();
  for (std::size_t i = 0; i < inst.devices.size(); ++i) {
    const auto& d = inst.devices[i];
    for (const auto& part : parts_of(d)) {
      if (auto [first, added] = owners.try_emplace(part, d.name); !added) {
        nodes[i].fail(fmt::format("the log \"{}\" is a part of the device \"{}\" already; allowed: each log in one "
                                  "place of one device",
                                  part, first->second));
      }
    }
    if (d.target && !same_unit_or_none(inst.find_log(*d.target)->unit, inst.find_log(d.value)->unit)) {
      nodes[i].at("target").fail(fmt::format(
        "\"{}\" has the unit {}, but \"{}\" has {}; allowed: the same unit for value and target", *d.target,
        inst.find_log(*d.target)->unit.value_or("none"), d.value, inst.find_log(d.value)->unit.value_or("none")));
    }
  }
}

void read_choppers(const json_node& node, instrument& inst) {
  auto logs = names_of(inst.logs);
  for (const auto& item : node.items()) {
    auto name = item.text();
    for (std::string_view part : {"/rotation_speed_setpoint", "/delay"}) {
      if (auto log = fmt::format("{}{}", name, part); inst.find_log(log) == nullptr) {
        item.fail(fmt::format("the chopper \"{}\" has no log \"{}\"; allowed: choppers with the logs "
                              "<name>/rotation_speed_setpoint and <name>/delay",
                              name, log));
      }
    }
    if (std::find(inst.choppers.begin(), inst.choppers.end(), name) != inst.choppers.end()) {
      item.fail(fmt::format("the chopper \"{}\" stands twice; allowed: once", name));
    }
    inst.choppers.push_back(std::move(name));
  }
}

// Streams by name and by address. Two logs may share an address: one motor may be known under two names.
class uniqueness {
public:
  template <class T>
  void check_names(const std::vector<T>& things, const json_node& list) {
    auto nodes = list.items();
    for (std::size_t i = 0; i < things.size(); ++i) {
      if (!names_.insert(things[i].name).second) {
        nodes[i].at("name").fail(
          fmt::format("the name \"{}\" is taken; allowed: a name of its own for each stream", things[i].name));
      }
    }
  }

  template <class T>
  void check_addresses(const std::vector<T>& things, const json_node& list) {
    auto nodes = list.items();
    for (std::size_t i = 0; i < things.size(); ++i)
      for (const auto& address : things[i].addresses)
        check_address(address, things[i].name, nodes[i]);
  }

private:
  void check_address(const wire_address& address, const std::string& stream, const json_node& node) {
    if (auto [first, added] = addresses_.try_emplace(address, stream); !added) {
      node.fail(
        fmt::format("messages of \"{}\" on topic \"{}\" belong to the stream \"{}\" already; allowed: each pair "
                    "of topic and source once",
                    address.source, address.topic, first->second));
    }
  }

  std::set<std::string> names_;
  std::map<wire_address, std::string> addresses_;
};

// The list of that name; an empty one if there is none.
json_node list_of(const json_node& root, std::string_view name) {
  static const json nothing_there = json::array();
  auto found = root.find(name);
  return found ? *found : json_node(nothing_there);
}

} // namespace

std::vector<wire_address> read_addresses(const json_node& node) {
  std::vector<wire_address> addresses;
  if (auto list = node.find("addresses")) {
    for (const auto& item : list->items())
      addresses.push_back(read_address(item));
  }
  return addresses;
}

void read_streams(const json_node& root, instrument& inst) {
  auto monitors = root.at("monitors");
  for (const auto& node : monitors.items())
    inst.monitors.push_back(read_monitor(node));
  auto areas = list_of(root, "area_detectors");
  for (const auto& node : areas.items())
    inst.area_detectors.push_back(read_area_detector(node));
  auto logs = list_of(root, "logs");
  for (const auto& node : logs.items())
    inst.logs.push_back(read_log(node));
  auto devices = list_of(root, "devices");
  auto log_names = names_of(inst.logs);
  for (const auto& node : devices.items())
    inst.devices.push_back(read_device(node, log_names));
  check_devices(inst, devices);
  if (auto choppers = root.find("choppers")) read_choppers(*choppers, inst);

  uniqueness unique;
  auto detectors = root.at("detectors");
  unique.check_names(inst.detectors, detectors);
  unique.check_names(inst.monitors, monitors);
  unique.check_names(inst.area_detectors, areas);
  unique.check_names(inst.logs, logs);
  unique.check_names(inst.devices, devices);
  unique.check_addresses(inst.detectors, detectors);
  unique.check_addresses(inst.monitors, monitors);
  unique.check_addresses(inst.area_detectors, areas);
}

} // namespace livedata
