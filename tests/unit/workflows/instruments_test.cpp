// All instrument files against the figures of their instruments.
#include "workflows/instrument/instrument.hpp"
#include "workflows/registry.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <places.hpp>
#include <set>

namespace instruments_test {

using namespace livedata;

namespace {

const instrument& loaded(const std::string& name) {
  static std::map<std::string, instrument> all;
  auto found = all.find(name);
  if (found == all.end())
    found =
      all.emplace(name, load_instrument(std::string(LIVEDATA_SOURCE_DIR) + "/instruments/" + name + ".json").value())
        .first;
  return found->second;
}

const std::vector<std::string> names{"beer", "bifrost", "dream", "dummy", "estia",
                                     "loki", "magic",   "nmx",   "odin",  "tbl"};

bool has(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::vector<std::string> workflows_of(const instrument& inst) {
  std::vector<std::string> list;
  for (const auto& w : inst.workflows)
    list.push_back(w.name);
  std::sort(list.begin(), list.end());
  return list;
}

} // namespace

TEST_CASE("each instrument has its logs, devices, choppers and readings") {
  struct figures {
    const char* name;
    std::size_t logs, devices, choppers, readings;
  };

  for (const auto& f : std::initializer_list<figures>{{"dummy", 2, 0, 0, 2},
                                                      {"loki", 126, 31, 4, 68},
                                                      {"dream", 70, 12, 5, 51},
                                                      {"bifrost", 116, 14, 6, 94},
                                                      {"odin", 274, 61, 0, 152},
                                                      {"estia", 62, 19, 0, 38},
                                                      {"nmx", 64, 0, 0, 64},
                                                      {"tbl", 34, 8, 2, 28},
                                                      {"magic", 142, 35, 0, 72},
                                                      {"beer", 78, 0, 0, 78}}) {
    CAPTURE(f.name);
    const auto& inst = loaded(f.name);
    CHECK(inst.logs.size() == f.logs);
    CHECK(inst.devices.size() == f.devices);
    CHECK(inst.choppers.size() == f.choppers);
    CHECK(inst.readings().size() == f.readings);
    CHECK(inst.find_workflow("timeseries_data", 1)->sources == inst.readings());
  }
}

TEST_CASE("each instrument has its workflows") {
  using list = std::vector<std::string>;
  CHECK(workflows_of(loaded("dummy")) ==
        list{"area_panel_xy", "monitor_histogram", "panel_0_layers", "panel_0_xy", "timeseries_data", "total_counts"});
  CHECK(workflows_of(loaded("loki")) == list{"detector_xy_projection", "i_of_q", "monitor_counts_per_pixel",
                                             "monitor_histogram", "timeseries_data", "tube_view", "wavelength_lut"});
  CHECK(workflows_of(loaded("dream")) == list{"detector_projection", "mantle_front_layer", "monitor_histogram",
                                              "powder_reduction", "powder_reduction_with_vanadium", "strip_view",
                                              "timeseries_data", "wavelength_lut", "wire_view"});
  CHECK(workflows_of(loaded("bifrost")) == list{"detector_ratemeter", "elastic_qmap", "elastic_qmap_custom",
                                                "monitor_histogram", "qmap", "timeseries_data", "unified_detector_view",
                                                "wavelength_lut"});
  CHECK(workflows_of(loaded("odin")) == list{"monitor_histogram", "odin_detector_xy", "timeseries_data"});
  CHECK(workflows_of(loaded("estia")) ==
        list{"estia_multiblade_detector_view", "monitor_histogram", "reflectometry_reduction", "timeseries_data"});
  CHECK(workflows_of(loaded("nmx")) == list{"monitor_histogram", "panel_xy", "timeseries_data"});
  CHECK(workflows_of(loaded("tbl")) == list{"he3_detector_view", "monitor_histogram", "multiblade_detector_view",
                                            "ngem_detector_view", "tbl_area_detector_orca", "tbl_detector_timepix3",
                                            "timeseries_data", "wavelength_lut"});
  CHECK(workflows_of(loaded("magic")) ==
        list{"detector_projection", "monitor_histogram", "strip_view", "timeseries_data", "wire_view"});
  CHECK(workflows_of(loaded("beer")) == list{"bank_view", "monitor_histogram", "panel_view", "timeseries_data"});
}

TEST_CASE("detectors have their numbers") {
  struct range {
    const char* inst;
    const char* name;
    std::int64_t first, last;
  };

  for (const auto& r : std::initializer_list<range>{{"dummy", "panel_0", 1, 16384},
                                                    {"loki", "loki_detector_8", 2752513, 3211264},
                                                    {"dream", "mantle_detector", 229377, 720896},
                                                    {"dream", "endcap_backward_detector", 71681, 229376},
                                                    {"dream", "endcap_forward_detector", 1, 71680},
                                                    {"dream", "sans_detector", 720929, 1122272},
                                                    {"bifrost", "unified_detector", 1, 13500},
                                                    {"odin", "timepix3", 1, 4096 * 4096},
                                                    {"estia", "multiblade_detector", 98305, 196608},
                                                    {"nmx", "detector_panel_2", 2 * 1280 * 1280 + 1, 3 * 1280 * 1280},
                                                    {"tbl", "he3_detector_bank1", 401, 800},
                                                    {"tbl", "ngem_detector", 1, 2 * 128 * 128},
                                                    {"tbl", "multiblade_detector", 1, 14 * 64 * 32},
                                                    {"magic", "magic_detector_b", 491521, 622592},
                                                    {"beer", "beer_detector_n2", 12000001, 24000000}}) {
    CAPTURE(r.name);
    const auto* d = loaded(r.inst).find_detector(r.name);
    REQUIRE(d != nullptr);
    CHECK(d->first_pixel == r.first);
    CHECK(d->first_pixel + d->pixel_count() - 1 == r.last);
  }
}

TEST_CASE("bifrost's detector is merged from the sources of 45 triplets, in production and development") {
  const auto& d = loaded("bifrost").detectors.at(0);
  REQUIRE(d.addresses.size() == 45);
  CHECK(d.addresses.front() == wire_address{"bifrost_detector", "arc=0;triplet=0"});
  CHECK(d.addresses.back() == wire_address{"bifrost_detector", "arc=4;triplet=8"});
  REQUIRE(d.development_sources.size() == 45);
  CHECK(d.development_sources.front() == "125_channel_1_1_triplet");
  CHECK(d.development_sources.back() == "309_channel_9_5_triplet");
}

TEST_CASE("74: monitors have their sources in production, in order; no instrument uses cbm0") {
  auto sources = [](const std::string& name) {
    std::vector<std::string> list;
    for (const auto& m : loaded(name).monitors)
      list.push_back(m.name + "=" + m.addresses.at(0).source);
    return list;
  };
  using list = std::vector<std::string>;
  CHECK(sources("loki") == list{"beam_monitor_m0=cbm1", "beam_monitor_m1=cbm2", "beam_monitor_m2=cbm3",
                                "beam_monitor_m3=cbm4", "beam_monitor_m4=cbm5"});
  CHECK(sources("bifrost") == list{"psc_monitor=cbm1", "overlap_monitor=cbm2", "bandwidth_monitor=cbm3",
                                   "normalization_monitor=cbm4", "elastic_monitor=cbm5"});
  CHECK(sources("dream") == list{"monitor_bunker=cbm1", "monitor_cave=cbm2"});
  CHECK(sources("beer") == list{"cbm1=cbm1", "cbm2=cbm2", "hereon=hereon"});
  for (const auto& name : names)
    for (const auto& m : loaded(name).monitors)
      CHECK(m.addresses.at(0).source != "cbm0");
}

TEST_CASE("118: every monitor and every event detector has exactly one device for its counts") {
  for (const auto& name : names) {
    CAPTURE(name);
    const auto& inst = loaded(name);
    std::map<std::string, int> devices;
    for (const auto& w : inst.workflows)
      for (const auto& [output, pattern] : w.device_outputs) {
        CHECK(output == "counts_total_cumulative");
        for (const auto& source : w.sources)
          ++devices[device_name(pattern, source)];
      }
    CHECK(devices.size() == inst.detectors.size() + inst.monitors.size());
    for (const auto& d : inst.detectors)
      CHECK(devices[d.name + "_counts_total"] == 1);
    for (const auto& m : inst.monitors)
      CHECK(devices[m.name + "_counts_total"] == 1);
  }
}

TEST_CASE("time series and lookup tables keep what they have at a new run, and cannot be reset; all else can") {
  for (const auto& name : names)
    for (const auto& w : loaded(name).workflows) {
      CAPTURE(w.name);
      auto keeps = w.name == "timeseries_data" || w.name == "wavelength_lut";
      CHECK(w.supports_reset == !keeps);
      CHECK(w.reset_on_run_transition == !keeps);
    }
}

TEST_CASE(
  "every job of every job set names a source of its workflow, and a workflow that this program has a kind for") {
  for (const auto& name : names) {
    const auto& inst = loaded(name);
    for (const auto* set : {"default", "all"}) {
      CAPTURE(name);
      REQUIRE(inst.find_job_set(set) != nullptr);
      CHECK_FALSE(inst.find_job_set(set)->empty());
    }
    std::set<std::string> started;
    for (const auto& [set, jobs] : inst.job_sets)
      for (const auto& job : jobs)
        started.insert(job.workflow);
    for (const auto& w : inst.workflows)
      CHECK_MESSAGE(started.contains(w.name), w.name);
  }
}

TEST_CASE("119: loki's rear bank, magic's banks and bifrost's detector wait for what moves them; views that need no "
          "positions do not") {
  auto bound = [](const std::string& inst, const std::string& stream) {
    for (const auto& c : loaded(inst).contexts)
      if (c.stream == stream) return c;
    throw std::runtime_error("no context " + stream);
  };
  auto carriage = bound("loki", "detector_carriage");
  CHECK(carriage.sources == std::vector<std::string>{"loki_detector_0"});
  CHECK(carriage.chain_entry == "/entry/instrument/detector_carriage/value");
  CHECK(has(carriage.except, "tube_view"));
  CHECK_FALSE(has(carriage.except, "detector_xy_projection"));
  auto a = bound("magic", "detector_a_rotation");
  CHECK(a.sources == std::vector<std::string>{"magic_detector_a"});
  CHECK(a.chain_entry == "/entry/instrument/detector_a_rotation/value");
  CHECK(has(a.except, "wire_view"));
  CHECK(has(a.except, "strip_view"));
  CHECK_FALSE(has(a.except, "detector_projection"));
  auto r0 = bound("bifrost", "detector_tank_angle_r0");
  CHECK(r0.chain_entry.empty());
  CHECK(has(r0.except, "unified_detector_view"));
  CHECK_FALSE(has(r0.except, "qmap"));
}

TEST_CASE("129: logs come on the topics of motion, choppers, sample environment or general data") {
  for (const auto& name : names)
    for (const auto& l : loaded(name).logs) {
      CAPTURE(name);
      CAPTURE(l.name);
      if (!l.address) continue;
      const auto& topic = l.address->topic;
      CHECK((topic == "tn_data_general" || topic == name + "_choppers" || topic == name + "_motion" ||
             topic == name + "_sample_env"));
    }
}

} // namespace instruments_test
