// Writes random cases of reductions, with the answers of this program, as JSON to the standard output: material for
// check_reductions.py, which computes the same with numpy. Arguments: seed, number of rounds.
#include "reference/cases.hpp"
#include "support/events.hpp"
#include "support/free_flight.hpp"
#include "workflows/geometry/nexus_detector.hpp"
#include "workflows/geometry/nexus_log.hpp"
#include "workflows/reduction/monitor_spectrum.hpp"
#include "workflows/reduction/scattering.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <string>

using namespace livedata;
using namespace livedata::test;

namespace {

json to_json(const vec3& v) {
  return {v.x, v.y, v.z};
}

json to_json(const std::vector<vec3>& list) {
  auto all = json::array();
  for (const auto& v : list)
    all.push_back(to_json(v));
  return all;
}

json to_json(const lookup_table& t) {
  return {{"distance", t.distance},   {"time", t.time},           {"wavelength", t.wavelength},
          {"period", t.pulse_period}, {"stride", t.pulse_stride}, {"columns", t.time.size()}};
}

json to_json(const workflow_output& o) {
  json out{{"name", o.name}, {"values", std::get<std::vector<double>>(o.value->data.data)}};
  if (o.value->variances) out["variances"] = std::get<std::vector<double>>(*o.value->variances);
  return out;
}

json to_json(const std::vector<workflow_output>& outputs) {
  auto all = json::array();
  for (const auto& o : outputs)
    all.push_back(to_json(o));
  return all;
}

struct log_of_one {
  timestamp time;
  double value;
};

stream_value sample(double value, const std::string& unit, std::int64_t time = 1) {
  auto owner = std::make_shared<const log_of_one>(log_of_one{{time}, value});
  auto series = std::make_shared<log_series>();
  series->time = {&owner->time, 1};
  series->value = {&owner->value, 1};
  series->unit = unit;
  series->owner = owner;
  return series_ptr(std::move(series));
}

class case_writer {
public:
  explicit case_writer(std::uint64_t seed) : rng_(seed) {}

  json i_of_q() {
    const free_flight_folder folder("loki_i_of_q_current_run", "loki-wavelength-lookup-table-no-choppers.h5",
                                    random_table(10, 34, one_of<std::int64_t>({1, 1, 2})));
    const auto inst = instrument_with("loki", folder.path());
    const auto moves = chance(0.5);
    const std::string bank = moves ? "loki_detector_0" : "loki_detector_1";
    const auto transmission = chance(0.5);
    const auto nm = chance(0.5);
    json params{{"q_edges", edges(0.01, 0.4, nm ? 10 : 1, nm ? "1/nm" : "1/\u00c5")},
                {"wavelength_edges", edges(1, 11, nm ? 0.1 : 1, nm ? "nm" : "\u00c5")},
                {"beam_center", {{"x", real(-20, 20)}, {"y", real(-20, 20)}, {"unit", "mm"}}},
                {"transmission", {{"mode", transmission ? "current_run" : "constant"}}}};
    const auto w = build(folder, *inst, "i_of_q", bank, params);
    const auto* d = inst->find_detector(bank);
    const auto layout = make_layout(*d).value();
    const auto parts = read_beamline(*inst).value();
    json out{
      {"params", params},
      {"table", to_json(read_lookup_table(folder.path() / "loki-wavelength-lookup-table-no-choppers.h5").value())},
      {"source", to_json(parts.source_position().value())},
      {"sample", to_json(parts.sample_position().value())},
      {"numbers", layout.local.detector_numbers},
      {"monitor_paths", {monitor_flight_path(parts, "beam_monitor_m1"), monitor_flight_path(parts, "beam_monitor_m3")}},
      {"batches", json::array()}};
    for (std::int64_t b = 0; b < 3; ++b) {
      std::vector<entry_value> entries;
      if (moves) {
        entries.push_back({"/entry/instrument/detector_carriage/value", real(0, 3000), "mm"});
        w->set_context("detector_carriage", sample(entries.back().value, "mm"));
      }
      const auto placed = place(layout, entries).value();
      const auto first = layout.local.detector_numbers.front();
      json batch{{"positions", to_json(placed.positions)},
                 {"axis", to_json(placed.shape->axis)},
                 {"radius", to_json(placed.shape->radius)}};
      job_data data{{b}, {b + 1}, {}, {}};
      give(data.primary, batch, bank, "detector", 1500, first,
           first + static_cast<std::int32_t>(placed.positions.size()));
      give(data.auxiliary, batch, "beam_monitor_m1", "incident", 900, 1, 1);
      give(data.auxiliary, batch, "beam_monitor_m3", "transmitted", 700, 4, 8);
      w->accumulate(data);
      batch["outputs"] = to_json(w->finalize());
      out["batches"].push_back(std::move(batch));
    }
    return out;
  }

  json powder() {
    const free_flight_folder folder("dream_powder", "DREAM-high-flux-wavelength-lut-5m-80m-bc240.h5",
                                    random_table(70, 90, one_of<std::int64_t>({1, 2})));
    const auto inst = instrument_with("dream", folder.path());
    const std::string bank = one_of<std::string>({"sans_detector", "high_resolution_detector", "mantle_detector"});
    const auto nm = chance(0.5);
    json params{
      {"dspacing_edges",
       edges(bank == "sans_detector" ? 4 : 0.4, bank == "sans_detector" ? 50 : 4, nm ? 0.1 : 1, nm ? "nm" : "\u00c5")},
      {"two_theta_edges",
       edges(bank == "sans_detector" ? 1 : 20, 170, chance(0.5) ? 1 : std::numbers::pi / 180, "deg")},
      {"wavelength_range", {{"start", nm ? 0.05 : 0.5}, {"stop", nm ? 0.32 : 3.2}, {"unit", nm ? "nm" : "\u00c5"}}}};
    if (params["two_theta_edges"]["start"].get<double>() < 0.9) params["two_theta_edges"]["unit"] = "rad";
    const auto w = build(folder, *inst, "powder_reduction", bank, params);
    const auto* d = inst->find_detector(bank);
    const auto geometry = make_geometry(*d).value();
    const auto parts = read_beamline(*inst).value();
    json out{
      {"params", params},
      {"table", to_json(read_lookup_table(folder.path() / "DREAM-high-flux-wavelength-lut-5m-80m-bc240.h5").value())},
      {"source", to_json(parts.source_position().value())},
      {"sample", to_json(parts.sample_position().value())},
      {"numbers", geometry.detector_numbers},
      {"positions", to_json(geometry.positions)},
      {"batches", json::array()}};
    const auto [low, high] = std::minmax_element(geometry.detector_numbers.begin(), geometry.detector_numbers.end());
    for (std::int64_t b = 0; b < 2; ++b) {
      json batch;
      job_data data{{b}, {b + 1}, {}, {}};
      give(data.primary, batch, bank, "detector", 2500, *low, *high);
      w->accumulate(data);
      batch["outputs"] = to_json(w->finalize());
      out["batches"].push_back(std::move(batch));
    }
    return out;
  }

  json reflectometry() {
    const free_flight_folder folder("estia_reflectometry", "estia-lookup-table-pulse-stride-1.h5",
                                    random_table(34, 45, one_of<std::int64_t>({1, 2})));
    const auto inst = instrument_with("estia", folder.path());
    const auto nm = chance(0.5);
    json params{{"wavelength_edges", edges(1, 7, nm ? 0.1 : 1, nm ? "nm" : "\u00c5")},
                {"q_edges", edges(0.005, 0.3, nm ? 10 : 1, nm ? "1/nm" : "1/\u00c5")},
                {"theta_edges", edges(0.05, 2, nm ? std::numbers::pi / 180 : 1, nm ? "rad" : "deg")},
                {"y_index_limits", {{"start", whole(0, 20)}, {"stop", whole(40, 63)}}},
                {"z_index_limits", {{"start", whole(0, 100)}, {"stop", whole(400, 1535)}}},
                {"beam_divergence_limits", {{"start", -0.5}, {"stop", 0.6}, {"unit", "deg"}}}};
    const auto w = build(folder, *inst, "reflectometry_reduction", "multiblade_detector", params);
    auto moved = *inst;
    auto d = *inst->find_detector("multiblade_detector");
    d.geometry = moved.beamline = {{"kind", "nexus"}, {"file", (folder.path() / "220574.nx").string()}};
    const auto geometry = make_geometry(d).value();
    const auto parts = read_beamline(moved).value();
    json out{
      {"params", params},
      {"table", to_json(read_lookup_table(folder.path() / "estia-lookup-table-pulse-stride-1.h5").value())},
      {"source", to_json(parts.source_position().value())},
      {"sample", to_json(parts.sample_position().value())},
      {"numbers", geometry.detector_numbers},
      {"positions", to_json(geometry.positions)},
      {"sample_rotation", read_recorded_log(folder.path() / "220574.nx", "/entry/sample/sample_rotation").value},
      {"detector_rotation", read_recorded_log(folder.path() / "220574.nx",
                                              "/entry/instrument/multiblade_detector/transformations/detector_rotation")
                              .value},
      {"batches", json::array()}};
    json batch;
    job_data data{{0}, {1}, {}, {}};
    give(data.primary, batch, "multiblade_detector", "detector", 4800, 98305, 196608);
    w->accumulate(data);
    batch["outputs"] = to_json(w->finalize());
    out["batches"].push_back(std::move(batch));
    return out;
  }

  json qmap() {
    const std::string name = "BIFROST-simulation-lookup-table.h5";
    const free_flight_folder folder("bifrost_qmaps", name, free_flight_table(150, 170, real(2.1, 2.6)));
    const auto inst = instrument_with("bifrost", folder.path());
    const auto which = one_of<std::string>({"qmap", "elastic_qmap", "elastic_qmap_custom"});
    json params = json::object();
    const auto nm = chance(0.5);
    const auto q = [&](double low, double high) {
      return linear_edges(low, high, nm ? 10 : 1, nm ? "1/nm" : "1/\u00c5");
    };
    if (which == "qmap") {
      params["q_edges"] = q(0.3, 3);
      params["energy_edges"] = linear_edges(-3, 4, nm ? 1000 : 1, nm ? "\u03bceV" : "meV");
    } else if (which == "elastic_qmap") {
      params["axis1"] = q(-3, 2);
      params["axis1"]["axis"] = "Qz";
      params["axis2"] = q(-2, 3);
      params["axis2"]["axis"] = "Qx";
    } else {
      params["axis1"] = {{"qx", real(-1, 1)}, {"qy", real(-1, 1)}, {"qz", 1}};
      params["axis1_edges"] = q(-3, 3);
      params["axis2"] = {{"qx", 1}, {"qy", real(-1, 1)}, {"qz", real(-1, 1)}};
      params["axis2_edges"] = q(-3, 3);
    }
    const auto w = build(folder, *inst, which, "unified_detector", params);
    json out = spectrometer(folder.path() / "bifrost_260526T151446.repack.h5");
    out["workflow"] = which;
    out["params"] = params;
    out["table"] = to_json(read_lookup_table(folder.path() / name).value());
    out["batches"] = json::array();
    w->set_context("detector_tank_angle_r0", sample(3, "deg"));
    for (std::int64_t b = 0; b < 2; ++b) {
      const auto a3 = real(-90, 90);
      w->set_context("rotation_stage", sample(a3, "deg"));
      json batch{{"a3", a3 * std::numbers::pi / 180}};
      job_data data{{b}, {b + 1}, {}, {}};
      give(data.primary, batch, "unified_detector", "detector", 3000, 1, 13500);
      w->accumulate(data);
      batch["outputs"] = to_json(w->finalize());
      out["batches"].push_back(std::move(batch));
    }
    return out;
  }

private:
  bool chance(double p) { return real(0, 1) < p; }

  double real(double low, double high) { return std::uniform_real_distribution<double>(low, high)(rng_); }

  int whole(int low, int high) { return std::uniform_int_distribution<int>(low, high)(rng_); }

  template <class T>
  T one_of(std::initializer_list<T> list) {
    return *(list.begin() + whole(0, static_cast<int>(list.size()) - 1));
  }

  // Free flight, a little bent, with holes.
  lookup_table random_table(double shortest, double longest, std::int64_t stride) {
    auto t = free_flight_table(shortest, longest);
    t.pulse_stride = stride;
    for (auto& time : t.time)
      time *= static_cast<double>(stride);
    t.time_resolution *= static_cast<double>(stride);
    for (std::size_t i = 0; i < t.wavelength.size(); ++i) {
      t.wavelength[i] *= real(0.99, 1.01);
      if (chance(0.05)) t.wavelength[i] = std::numeric_limits<double>::quiet_NaN();
    }
    return t;
  }

  json linear_edges(double low, double high, double factor, const std::string& unit) {
    return {{"start", low * factor},
            {"stop", high * factor},
            {"num_bins", whole(5, 40)},
            {"scale", "linear"},
            {"unit", unit}};
  }

  json edges(double low, double high, double factor, const std::string& unit) {
    auto e = linear_edges(low, high, factor, unit);
    if (chance(0.5)) e["scale"] = "log";
    return e;
  }

  std::unique_ptr<workflow> build(const free_flight_folder& folder, const instrument& inst,
                                  const std::string& workflow_name, const std::string& source, const json& params) {
    auto recipe =
      workflows_with(folder.path()).recipe(std::make_shared<const instrument>(inst), workflow_name, source, params);
    if (!recipe) throw std::runtime_error(recipe.error().message);
    auto built = (*recipe)->build();
    if (!built) throw std::runtime_error(built.error().message);
    return std::move(*built);
  }

  // Events of several pulses, some of them of unknown pixels; the same as JSON.
  void give(std::vector<stream_data>& to, json& batch, const std::string& stream, const char* name, std::size_t n,
            std::int32_t first, std::int32_t last) {
    auto b = std::make_shared<event_batch>();
    auto chunks = json::array();
    const std::int64_t start = 1'700'000'000'000'000'000 + whole(0, 1'000'000'000);
    for (std::int64_t pulse = 0; pulse < 4; ++pulse) {
      const auto time = start + pulse * 71'428'571;
      const auto events = random_events(rng_, n / 4, first - 2, last + 2, 0, 71'428'571);
      json times = json::array();
      json pixels = json::array();
      for (const auto& e : events) {
        times.push_back(e.time_of_arrival);
        pixels.push_back(e.pixel);
      }
      chunks.push_back({{"pulse", time}, {"time", std::move(times)}, {"pixel", std::move(pixels)}});
      b->add(make_chunk(events, {time}));
    }
    to.push_back({stream, events_ptr(std::move(b))});
    batch[name] = std::move(chunks);
  }

  // Positions and analysers as they stand in the file, not what follows from them.
  static json spectrometer(const std::filesystem::path& path) {
    const nexus_file file(path);
    const auto place_of = [&](const std::string& component) { return read_nexus_chain(file, component).at().value(); };
    json pixels = json::array();
    for (const auto& group : file.groups_of("NXdetector")) {
      const auto crystal = resolved_path(parent_path(group), file.text_attribute(group, "inputs").value());
      const auto analyser = place_of(crystal);
      const auto layout = read_nexus_layout(file, group, 300);
      const auto detector = place_of(group);
      json entry{{"numbers", layout.local.detector_numbers},
                 {"analyser", to_json(analyser.point({}))},
                 {"y", to_json(analyser.direction({0, 1, 0}))},
                 {"d", file.numbers(crystal + "/d_spacing", 1).at(0)}};
      std::vector<vec3> positions;
      for (const auto& p : layout.local.positions)
        positions.push_back(detector.point(p));
      entry["positions"] = to_json(positions);
      pixels.push_back(std::move(entry));
    }
    const std::string data = "/entry/instrument/normalization_monitor/data/";
    return {{"groups", std::move(pixels)},
            {"source", to_json(place_of("/entry/instrument/moderator").point({}))},
            {"sample", to_json(place_of("/entry/sample").point({}))},
            {"monitor", to_json(place_of("/entry/instrument/normalization_monitor").point({}))},
            {"monitor_ms", file.numbers(data + "frame_time", 100000)},
            {"monitor_counts", file.numbers(data + "signal", 100000)}};
  }

  std::mt19937_64 rng_;
};

} // namespace

int main(int argc, char** argv) {
  return write_cases<case_writer>(argc, argv,
                                  {{"i_of_q", [](case_writer& w) { return w.i_of_q(); }},
                                   {"powder", [](case_writer& w) { return w.powder(); }},
                                   {"reflectometry", [](case_writer& w) { return w.reflectometry(); }},
                                   {"qmap", [](case_writer& w) { return w.qmap(); }}});
}
