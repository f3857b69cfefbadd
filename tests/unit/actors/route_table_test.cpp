#include "actors/source/route_table.hpp"
#include "support/routed_instrument.hpp"

#include <doctest/doctest.h>

namespace route_table_test {

using namespace livedata;
using test::routed_instrument;

namespace {

using names = std::vector<std::string>;

route_table table(names services, route_settings how = {}) {
  return {routed_instrument(), services, how};
}

} // namespace

TEST_CASE("a service reads the topics of the streams that its workflows need") {
  const auto all = table({"detector_data", "monitor_data", "data_reduction", "timeseries"});
  CHECK(all.topics_of(0) == names{"small_area", "small_detector_a", "small_detector_b", "small_livedata_commands",
                                  "small_livedata_roi", "small_motion"});
  CHECK(all.topics_of(1) == names{"small_beam_monitor", "small_livedata_commands"});
  CHECK(all.topics_of(2) == names{"small_beam_monitor", "small_detector_a", "small_livedata_commands", "small_motion"});
  CHECK(all.topics_of(3) == names{"small_choppers", "small_livedata_commands", "small_motion", "tn_data_general"});
}

TEST_CASE("services together read each topic once") {
  CHECK(table({"monitor_data", "data_reduction"}).topics() ==
        names{"small_beam_monitor", "small_detector_a", "small_livedata_commands", "small_motion"});
  CHECK(table({"timeseries"}).find("small_beam_monitor")->readers.empty());
  CHECK(table({"timeseries"}).find("no_such_topic") == nullptr);
}

TEST_CASE("the run control topic is read only if that is wanted") {
  CHECK(table({"monitor_data"}).find("small_filewriter")->readers.empty());
  CHECK(table({"monitor_data"}, {false, true}).topics_of(0) ==
        names{"small_beam_monitor", "small_filewriter", "small_livedata_commands"});
}

TEST_CASE("development names: one topic for each kind, streams by their own names, monitors by number") {
  const auto dev = table({"detector_data", "monitor_data", "data_reduction", "timeseries"}, {true, false});
  CHECK(dev.topics() == names{"small_area_detector", "small_beam_monitor", "small_detector", "small_livedata_commands",
                              "small_livedata_roi", "small_motion"});
  const auto stream = [&](const char* topic, const char* source) {
    const auto& sources = dev.find(topic)->sources;
    const auto at = sources.find(source);
    return at == sources.end() ? "" : at->second.stream.name;
  };
  CHECK(stream("small_detector", "bank0") == "bank0");
  CHECK(stream("small_detector", "127_channel_1") == "unified");
  CHECK(stream("small_beam_monitor", "monitor3") == "m3");
  CHECK(stream("small_area_detector", "area") == "area");
  CHECK(stream("small_motion", "carriage/value") == "carriage/value");
  CHECK(stream("small_motion", "chopper/delay_setpoint") == "chopper/delay_setpoint");
  CHECK(stream("small_motion", "PV:temperature").empty());
}

TEST_CASE("needed streams: choices of auxiliary inputs, bound settings, parts of devices and of chopper streams") {
  const auto inst = routed_instrument();
  CHECK(needed_streams(inst, "data_reduction") == names{"bank0", "carriage/idle_flag", "carriage/value", "m2", "m3"});
  CHECK(needed_streams(inst, "timeseries") == names{"carriage/idle_flag", "carriage/value", "chopper/delay",
                                                    "chopper/delay_setpoint", "chopper/rotation_speed_setpoint",
                                                    "pressure", "temperature"});
  CHECK(needed_streams(inst, "no_such_service").empty());
}

TEST_CASE("a setting that is bound to a source is needed also where the workflow does without it") {
  auto inst = routed_instrument();
  inst.contexts[0].except = {"view", "reduce"};
  CHECK(needed_streams(inst, "data_reduction") == names{"bank0", "carriage/idle_flag", "carriage/value", "m2", "m3"});
}

TEST_CASE("a topic has the kind that claims it last") {
  auto inst = routed_instrument();
  inst.logs.push_back({"strange", wire_address{"small_beam_monitor", "PV:strange"}, {}});
  const names services{"monitor_data"};
  const route_table t(inst, services, {});
  CHECK(t.find("small_beam_monitor")->kind == topic_kind::log);
  CHECK_FALSE(t.find("small_beam_monitor")->sources.contains("cbm1"));
}

TEST_CASE("logs that share an address all get what comes there, if somebody needs them") {
  auto inst = routed_instrument();
  inst.logs.push_back({"twin", wire_address{"small_motion", "PV:temperature"}, "K"});
  inst.logs.push_back({"needless", wire_address{"small_motion", "PV:temperature"}, "K"});
  inst.workflows.push_back({"twins", 1, "", "timeseries", "", {"twin"}, {}});
  const auto t = route_table(inst, names{"timeseries"}, {});
  const auto& way = t.find("small_motion")->sources.at("PV:temperature");
  CHECK(way.stream.name == "temperature");
  REQUIRE(way.also.size() == 1);
  CHECK(way.also[0].stream.name == "twin");
  CHECK(way.also[0].receivers == std::vector<std::uint32_t>{0});
  const auto all = t.streams();
  CHECK(std::count(all.begin(), all.end(), "twin") == 1);
}

} // namespace route_table_test
