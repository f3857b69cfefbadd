// An instrument with one of everything that has a wire address.
#pragma once

#include "workflows/instrument/instrument.hpp"

namespace livedata::test {

inline instrument routed_instrument() {
  instrument inst;
  inst.name = "small";
  detector bank;
  bank.name = "bank0";
  bank.addresses = {{"small_detector_a", "caen"}};
  detector merged;
  merged.name = "unified";
  merged.addresses = {{"small_detector_b", "arc=0;triplet=0"}, {"small_detector_b", "arc=0;triplet=1"}};
  merged.development_sources = {"123_channel_1", "127_channel_1"};
  inst.detectors = {bank, merged};
  const auto add_monitor = [&](std::string name, std::string source) {
    inst.monitors.push_back({std::move(name), "", 1, {{"small_beam_monitor", std::move(source)}}, {}});
  };
  add_monitor("m1", "cbm1");
  add_monitor("m2", "cbm2");
  inst.monitors.back().pixels = {4, 8};
  add_monitor("m3", "cbm3");
  inst.area_detectors = {{"area", "", {{"small_area", "camera"}}, {1, 2}}};
  inst.logs = {{"temperature", wire_address{"small_motion", "PV:temperature"}, "K"},
               {"pressure", wire_address{"tn_data_general", "PV:pressure"}, "bar"},
               {"unused", wire_address{"small_motion", "PV:unused"}, "bar"},
               {"carriage/value", wire_address{"small_motion", "PV:carriage.RBV"}, "mm"},
               {"carriage/idle_flag", wire_address{"small_motion", "PV:carriage.DMOV"}, "dimensionless"},
               {"chopper/rotation_speed_setpoint", wire_address{"small_choppers", "PV:Spd_S"}, "Hz"},
               {"chopper/delay", wire_address{"small_choppers", "PV:TotDly"}, "ns"}};
  inst.devices = {{"carriage", "carriage/value", {}, "carriage/idle_flag"}};
  inst.choppers = {"chopper"};
  inst.contexts = {{"carriage", {"bank0"}, "", {}}};
  const auto add_workflow = [&](std::string name, std::string service, std::vector<std::string> sources) {
    workflow_declaration w;
    w.name = std::move(name);
    w.service = std::move(service);
    w.sources = std::move(sources);
    inst.workflows.push_back(std::move(w));
  };
  add_workflow("view", "detector_data", {"bank0", "unified", "area"});
  add_workflow("monitors", "monitor_data", {"m1", "m2"});
  add_workflow("reduce", "data_reduction", {"bank0"});
  inst.workflows.back().auxiliary = {{"monitor", {"m2", "m3"}, "m3"}};
  add_workflow("series", "timeseries", {"temperature", "pressure", "carriage"});
  add_workflow("lut", "timeseries", {"chopper_cascade"});
  return inst;
}

} // namespace livedata::test
