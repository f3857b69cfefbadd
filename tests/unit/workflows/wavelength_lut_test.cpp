#include "messages/codec/da00.hpp"
#include "messages/json.hpp"
#include "support/outputs.hpp"
#include "support/saved_state.hpp"
#include "workflows/geometry/nexus_file.hpp"
#include "workflows/registry.hpp"
#include "workflows/wavelength/wavelength_lut.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <numbers>
#include <places.hpp>

namespace wavelength_lut_test {

using namespace livedata;
using namespace livedata::test;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t plenty = 1'000'000;

struct owned_series {
  std::vector<timestamp> time;
  std::vector<double> value;
};

series_ptr reading(double value, const std::string& unit) {
  auto owner = std::make_shared<owned_series>();
  owner->time = {{0}};
  owner->value = {value};
  auto s = std::make_shared<log_series>();
  s->time = owner->time;
  s->value = owner->value;
  s->unit = unit;
  s->owner = owner;
  return s;
}

job_data trigger() {
  return {{0}, {10}, {{"chopper_cascade", reading(1, "")}}, {}};
}

json manifest_of(const fs::path& folder) {
  std::ifstream in(folder / "manifest.json");
  return json::parse(in);
}

bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= 1e-12 * std::abs(b);
}

bool all_same(const values& v, const std::vector<double>& expected) {
  const auto& found = std::get<std::vector<double>>(v);
  return std::ranges::equal(found, expected, same);
}

// Deviations are halves of differences of wavelengths: as good as these.
bool all_near(const values& variances, const std::vector<double>& expected, const std::vector<double>& wavelengths) {
  const auto& found = std::get<std::vector<double>>(variances);
  if (found.size() != expected.size()) return false;
  for (std::size_t i = 0; i < expected.size(); ++i)
    if (std::isnan(found[i]) != std::isnan(expected[i]) ||
        std::abs(std::sqrt(found[i]) - std::sqrt(expected[i])) > 1e-12 * wavelengths[i])
      return false;
  return true;
}

std::shared_ptr<instrument> built_in(const std::string& name) {
  return std::make_shared<instrument>(load_instrument(LIVEDATA_SOURCE_DIR "/instruments/" + name + ".json").value());
}

std::unique_ptr<workflow> lut_of(const std::shared_ptr<instrument>& inst, const json& params) {
  auto recipe = builtin_workflows().recipe(inst, "wavelength_lut", "chopper_cascade", params);
  if (!recipe) throw std::runtime_error(recipe.error().message);
  auto built = (*recipe)->build();
  if (!built) throw std::runtime_error(built.error().message);
  return std::move(*built);
}

std::string refusal(const std::shared_ptr<instrument>& inst, const json& params) {
  try {
    (void)lut_of(inst, params);
  } catch (const std::runtime_error& e) {
    return e.what();
  }
  return {};
}

// Every chopper at the same speed (Hz) and delay (ns).
void turn(workflow& w, const instrument& inst, double speed, double delay) {
  for (const auto& name : inst.choppers) {
    w.set_context(name + "/rotation_speed_setpoint", reading(speed, "Hz"));
    w.set_context(name + "/delay_setpoint", reading(delay, "ns"));
  }
  w.accumulate(trigger());
}

const data_array& table_of(const std::vector<workflow_output>& out) {
  return output(out, "wavelength_lut");
}

double scalar(const data_array& a, const char* name) {
  return std::visit([](const auto& v) { return static_cast<double>(v.at(0)); }, a.coord(name)->data);
}

} // namespace

TEST_CASE("105, 109: tables and bands are those of the field's own software, for four instruments") {
  for (const std::string name : {"loki", "dream", "bifrost", "tbl"}) {
    CAPTURE(name);
    const auto folder = fs::path(LIVEDATA_TEST_DATA) / "golden" / ("wavelength_lut_" + name);
    const auto manifest = manifest_of(folder);
    auto inst = built_in(name);
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.path().extension() == ".nxs") inst->beamline = {{"kind", "nexus"}, {"file", entry.path().string()}};
    const auto w = lut_of(inst, manifest.at("params"));
    const auto& batches = manifest.at("setpoints_per_batch");
    for (std::size_t k = 0; k < batches.size(); ++k) {
      CAPTURE(k);
      for (const auto& [chopper, s] : batches[k].items()) {
        w->set_context(chopper + "/rotation_speed_setpoint", reading(s.at("speed_Hz").get<double>(), "Hz"));
        w->set_context(chopper + "/delay_setpoint", reading(s.at("delay_ns").get<double>(), "ns"));
      }
      w->accumulate(trigger());
      const auto out = w->finalize();
      REQUIRE(out.size() == 2);
      const nexus_file expected(folder / "expected.h5");
      for (const auto& o : out) {
        CAPTURE(o.name);
        const auto group = "/batch_" + std::to_string(k) + "/" + o.name;
        const auto& a = *o.value;
        CHECK(a.data.dims == std::vector<std::string>{"distance", "event_time_offset"});
        CHECK(a.data.unit == "\u00c5");
        CHECK(all_same(a.data.data, expected.numbers(group + "/signal", plenty)));
        CHECK(all_near(*a.variances, expected.numbers(group + "/variances", plenty), numbers(a)));
        for (const auto* coord : {"distance", "event_time_offset"})
          CHECK(all_same(a.coord(coord)->data, expected.numbers(group + "/" + coord, plenty)));
      }
      for (const auto* coord : {"pulse_period", "pulse_stride", "distance_resolution", "time_resolution"}) {
        const auto path = "/batch_" + std::to_string(k) + "/wavelength_lut/" + coord;
        CHECK(same(scalar(table_of(out), coord), expected.numbers(path, 1).at(0)));
        CHECK(table_of(out).coord(coord)->unit == expected.text_attribute(path, "unit"));
      }
    }
  }
}

TEST_CASE("103, 104: distances of bands are numbers with commas between them; offsets may be negative") {
  const auto settings = [](const json& given) { return to_table_settings(complete_parameters(table_model(), given)); };
  const auto bands = [&](const char* text) {
    return settings({{"cascade_bands", {{"distances", text}}}}).band_distances;
  };
  CHECK(bands("").empty());
  CHECK(bands("   ").empty());
  CHECK(bands("6.2, 9.8, 13.0") == std::vector<double>{6.2, 9.8, 13.0});
  for (const auto* wrong : {"6.2, foo", "6.2,,3", "1,", "NaN", "[1]", "-1"})
    CHECK_THROWS_AS(bands(wrong), parameter_error);
  CHECK(settings({{"cascade_bands", {{"distances", "620"}, {"unit", "cm"}}}}).band_distances.at(0) ==
        doctest::Approx(6.2));
  CHECK(settings({{"source", {{"offset", 2.5}}}}).source_offset == 2.5);
  CHECK(settings({{"source", {{"offset", -2.5}}}}).source_offset == -2.5);
  CHECK_THROWS_AS(settings({{"pulse", {{"frequency", 0}}}}), parameter_error);
  CHECK_THROWS_AS(settings({{"time_resolution", {{"value", 0}}}}), parameter_error);
  CHECK_THROWS_AS(settings({{"distance_resolution", {{"value", -1}}}}), parameter_error);
  CHECK_THROWS_AS(settings({{"distance_range", {{"start", 0.1}, {"stop", 1}}}}), parameter_error);
}

TEST_CASE("106, 107: each trigger gives a table of its own; another delay another table") {
  const auto inst = built_in("tbl");
  const auto w = lut_of(inst, json::object());
  CHECK_THROWS_AS(w->finalize(), std::runtime_error);
  turn(*w, *inst, 14, 2e6);
  const auto first = bytes_of(w->finalize());
  CHECK(first == bytes_of(w->finalize()));
  w->clear();
  CHECK_THROWS_AS(w->finalize(), std::runtime_error);
  turn(*w, *inst, 14, 2e6);
  CHECK(bytes_of(w->finalize()) == first);
  turn(*w, *inst, 14, 9e6);
  CHECK(bytes_of(w->finalize()) != first);
}

TEST_CASE("108: a chopper at 7 Hz makes frames of two pulses, unless the stride is given") {
  const auto inst = built_in("tbl");
  const auto stride = [&](const json& params) {
    const auto w = lut_of(inst, params);
    turn(*w, *inst, -7, 2e6);
    const auto out = w->finalize();
    return scalar(table_of(out), "pulse_stride");
  };
  CHECK(stride(json::object()) == 2);
  CHECK(stride({{"pulse", {{"auto_stride", false}}}}) == 1);
}

TEST_CASE("109: distances count from the moderator if there is one, and an offset of the source shortens them") {
  auto inst = built_in("tbl");
  const auto farthest = [&](double offset) {
    const auto w = lut_of(inst, {{"source", {{"offset", offset}}}});
    turn(*w, *inst, 14, 2e6);
    const auto out = w->finalize();
    return std::get<std::vector<double>>(output(out, "chopper_cascade_bands").coord("distance")->data).back();
  };
  const auto plain = farthest(0);
  CHECK(farthest(2) == doctest::Approx(plain - 2));
  CHECK(farthest(-2) == doctest::Approx(plain + 2));
  inst->beamline["moderator"] = {{"position", {0, 0, -100}}};
  CHECK(farthest(0) > plain + 50);
}

TEST_CASE("110: a declared chopper that the geometry does not have is named") {
  auto inst = built_in("loki");
  inst->beamline["choppers"].erase("bw_chopper2");
  const auto text = refusal(inst, json::object());
  CHECK(text.find("'bw_chopper2'") != std::string::npos);
  CHECK(text.find("bw_chopper1") != std::string::npos);
  inst->beamline.erase("source");
  inst->beamline.erase("moderator");
  CHECK(refusal(inst, json::object()).find("source") != std::string::npos);
  inst->beamline = nullptr;
  CHECK(refusal(inst, json::object()).find("geometry file") != std::string::npos);
}

TEST_CASE("111: a table that went out as a message is the same when it is read: NaN, values, errors, coordinates") {
  const auto inst = built_in("tbl");
  const auto w = lut_of(inst, json::object());
  turn(*w, *inst, 14, 2e6);
  const auto out = w->finalize();
  const auto& sent = table_of(out);
  const auto bytes = da00::write("tbl/wavelength_lut", timestamp{5}, sent);
  const auto read = da00::read(bytes).value().data;
  CHECK(all_same(read.data.data, numbers(sent)));
  CHECK(std::ranges::any_of(numbers(sent), [](double x) { return std::isnan(x); }));
  CHECK(std::ranges::any_of(numbers(sent), [](double x) { return x > 0; }));
  CHECK(all_near(*read.variances, std::get<std::vector<double>>(*sent.variances), numbers(sent)));
  CHECK(read.coords == sent.coords);
}

TEST_CASE("112: the gate is two streams for each chopper, and nothing else") {
  for (const std::string name : {"loki", "bifrost"}) {
    const auto inst = built_in(name);
    const auto recipe = builtin_workflows().recipe(inst, "wavelength_lut", "chopper_cascade", json::object()).value();
    const auto needs = recipe->needs({"chopper_cascade", {}});
    CHECK(needs.gating.size() == 2 * inst->choppers.size());
    for (const auto& c : inst->choppers)
      for (const auto* part : {"/rotation_speed_setpoint", "/delay_setpoint"})
        CHECK(std::ranges::count(needs.gating, c + part) == 1);
    CHECK(needs.auxiliary.empty());
    const auto w = lut_of(inst, json::object());
    CHECK(w->waits_for().size() == needs.gating.size());
    turn(*w, *inst, 14, 1e6);
    CHECK(w->waits_for().empty());
  }
}

TEST_CASE("speeds that do not fit the source, and units that are none of speed or time, are refused by name") {
  const auto inst = built_in("tbl");
  const auto w = lut_of(inst, json::object());
  turn(*w, *inst, 13, 1e6);
  CHECK_THROWS_WITH_AS(w->finalize(), doctest::Contains("bwc_2 turns at 13 Hz"), std::invalid_argument);
  turn(*w, *inst, 28, 1e6);
  CHECK_NOTHROW(w->finalize());
  CHECK_THROWS_WITH_AS(w->set_context("bwc_1/delay_setpoint", reading(1, "mm")), doctest::Contains("bwc_1"),
                       std::invalid_argument);
  CHECK_THROWS_AS(w->set_context("bwc_1/rotation_speed_setpoint", reading(1, "deg")), std::invalid_argument);
  CHECK_THROWS_AS(w->set_context("bwc_1/temperature", reading(1, "Hz")), std::invalid_argument);
  CHECK(refusal(inst, {{"distance_resolution", {{"value", 1e-6}}}, {"time_resolution", {{"value", 1e-3}}}})
          .find("coarser") != std::string::npos);
}

TEST_CASE("a chopper at rest lets everything pass if a slit is at the beam, else nothing") {
  using std::numbers::pi;
  const auto openings = [](double begin, double end) {
    return openings_of({"c", {}, {{begin, end}}}, {0, 0}, 1 / 14.0, 1).value();
  };
  constexpr auto endless = std::numeric_limits<double>::infinity();
  const auto passes = [&](double begin, double end) {
    return std::ranges::any_of(openings(begin, end),
                               [](const auto& o) { return o.first == -endless && o.second == endless; });
  };
  CHECK(passes(-0.5, 0.5));
  CHECK(passes(2 * pi - 0.1, 2 * pi + 0.1));
  CHECK_FALSE(passes(0.1, 1));
  CHECK_FALSE(passes(0, 1));
}

TEST_CASE("the bands of a long pulse are those of free flight") {
  // Behind one slit that is open for 1 ms about the time at which neutrons of 4 Å come by, 20 m from the source.
  const auto time_of_4 = 20 * 4 / 3956.034;
  const chopper_cascade_frames cascade(1 / 14.0, 1, {{"c", 20, {{time_of_4 - 0.0005, time_of_4 + 0.0005}}}});
  const std::vector<double> at_sample{time_of_4 * 1e6 * 2};
  const auto row = cascade.at(40, at_sample, chopper_cascade_frames::at_equal_distance::last);
  // They left between 0 and 5 ms, so those that are there in time left at once.
  const auto fastest = 3956.034 * (2 * time_of_4 - 0.005) / 40;
  CHECK(row.wavelength[0] < 4 + 0.1);
  CHECK(row.wavelength[0] > fastest - 0.1);
  CHECK(std::isnan(
    cascade.at(40, std::vector<double>{100.0}, chopper_cascade_frames::at_equal_distance::last).wavelength[0]));
  CHECK_THROWS_AS(cascade.at(-1, at_sample, chopper_cascade_frames::at_equal_distance::last), std::invalid_argument);
  CHECK_THROWS_AS(chopper_cascade_frames(1 / 14.0, 1, {{"c", -1, {}}}), std::invalid_argument);
}

TEST_CASE("a table of choppers goes on where it was saved and loaded") {
  const auto inst = built_in("tbl");
  std::vector<workflow_step> steps;
  for (double delay : {2e6, 9e6}) {
    for (const auto& name : inst->choppers) {
      steps.push_back([name](workflow& w) {
        w.set_context(name + "/rotation_speed_setpoint", reading(14, "Hz"));
        return std::vector<workflow_output>{};
      });
      steps.push_back([name, delay](workflow& w) {
        w.set_context(name + "/delay_setpoint", reading(delay, "ns"));
        return std::vector<workflow_output>{};
      });
    }
    steps.push_back([](workflow& w) {
      w.accumulate(trigger());
      return std::vector<workflow_output>{};
    });
    steps.push_back([](workflow& w) { return w.finalize(); });
  }
  const json coarse{{"time_resolution", {{"value", 2000}}}, {"distance_resolution", {{"value", 2}}}};
  for (std::size_t after = 0; after <= steps.size(); ++after) {
    const auto difference = difference_after_loading([&] { return lut_of(inst, coarse); }, steps, after);
    CHECK_MESSAGE(!difference, difference.value_or(""));
  }
}

TEST_CASE(
  "bands of the ESS pulse, 2.86 ms long at 14 Hz, follow from distance and wavelength as they do in the field") {
  // At 23.6 m neutrons of 11.98 Å take one pulse period: the longest wavelength that does not meet the next pulse.
  const chopper_cascade_frames source(1 / 14.0, 1, {});
  const auto frame_end = std::vector<double>{1e6 / 14 - 1};
  const auto row = source.at(23.6, frame_end, chopper_cascade_frames::at_equal_distance::last);
  const auto longest = row.wavelength[0] + std::sqrt(row.variance[0]);
  CHECK(longest == doctest::Approx(3956.034 / 14 / 23.6).epsilon(1e-4));
  CHECK(longest == doctest::Approx(11.97).epsilon(1e-3));
  // The pulse smears what arrives by its length over the flight path: 5 ms here, which holds the 2.86 ms and their
  // tail.
  CHECK(2 * std::sqrt(row.variance[0]) == doctest::Approx(3956.034 * 5e-3 / 23.6).epsilon(1e-4));
}

} // namespace wavelength_lut_test
