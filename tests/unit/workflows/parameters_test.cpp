#include "workflows/detector_view/detector_view.hpp"
#include "workflows/value_models.hpp"

#include <doctest/doctest.h>

#include <cmath>

namespace parameters_test {

using namespace livedata;

namespace {

detector_view_params view_params(const json& given) {
  return to_view_params(complete_parameters(detector_view_model(), given));
}

std::string problem_of(const parameter_model& model, const json& given) {
  try {
    complete_parameters(model, given);
  } catch (const parameter_error& e) {
    return e.what();
  }
  return "none";
}

std::string problem(const json& given) {
  return problem_of(detector_view_model(), given);
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

const json whole_model = json::parse(R"({"coordinate_mode":{"mode":"toa"},
    "pixel_weighting":{"enabled":false,"method":"pixel_number"},
    "toa_range":{"start":0.0,"stop":10.0,"enabled":false,"unit":"μs"},
    "toa_edges":{"start":0.0,"stop":71.43,"num_bins":100,"scale":"linear","unit":"ms"},
    "wavelength_range":{"start":0.0,"stop":10.0,"enabled":false,"unit":"Å"},
    "wavelength_edges":{"start":1.0,"stop":10.0,"num_bins":100,"scale":"linear","unit":"Å"}})");

} // namespace

TEST_CASE("without parameters a view has one pulse period in 100 bins, all of it in range, unweighted") {
  auto p = view_params(json::object());
  CHECK(p.edges.values().size() == 101);
  CHECK(p.edges.values().front() == 0.0);
  CHECK(p.edges.values().back() == 71.43);
  CHECK(p.edges.unit == "ms");
  CHECK_FALSE(p.range.enabled);
  CHECK_FALSE(p.pixel_weighting);
  CHECK(view_params(json()).edges.num_bins == 100);
}

TEST_CASE("116: the model of a view in full is what clients send, and comes through unchanged") {
  CHECK(complete_parameters(detector_view_model(), json::object()) == whole_model);
  CHECK(complete_parameters(detector_view_model(), whole_model) == whole_model);
  CHECK(complete_parameters(detector_view_model(), json::parse(whole_model.dump())) == whole_model);
}

TEST_CASE("65: monitors have time-of-arrival mode, one pulse period in 100 bins, and a range that is off") {
  for (const auto& model : {events_model(), toa_only_model()}) {
    auto p = complete_parameters(model, json::object());
    CHECK(p["coordinate_mode"]["mode"] == "toa");
    CHECK(to_edges(p["toa_edges"]).values().size() == 101);
    CHECK(to_edges(p["toa_edges"]).stop == 71.43);
    CHECK_FALSE(to_range(p["toa_range"]).enabled);
    CHECK(to_range(p["toa_range"]).start == 0);
    CHECK(to_range(p["toa_range"]).stop == 10);
  }
  CHECK(holds(problem_of(toa_only_model(), {{"coordinate_mode", {{"mode", "wavelength"}}}}), "one of: toa"));
}

TEST_CASE("24: a workflow without parameters takes none") {
  CHECK(complete_parameters({}, json::object()) == json::object());
  CHECK(complete_parameters({}, json()) == json::object());
  CHECK(holds(problem_of({}, {{"does_not_exist", 1}}), "'does_not_exist' is unknown; known here: nothing"));
}

TEST_CASE("numbers may be texts or truth values, whole numbers floats, and truth values words or numbers") {
  auto p =
    view_params({{"toa_edges", {{"start", " 1.5 "}, {"stop", 3}, {"num_bins", 7.0}}}, {"toa_range", {{"enabled", 1}}}});
  CHECK(p.edges.start == 1.5);
  CHECK(p.edges.num_bins == 7);
  CHECK(p.range.enabled);
  CHECK(view_params({{"toa_edges", {{"num_bins", "12"}}}}).edges.num_bins == 12);
  CHECK(view_params({{"toa_edges", {{"num_bins", "1e2"}, {"stop", "+7e1"}}}}).edges.stop == 70);
  CHECK(view_params({{"toa_edges", {{"start", false}, {"stop", true}}}}).edges.stop == 1);
  for (const json& yes :
       {json(true), json(1), json(1.0), json("true"), json("True"), json("yes"), json("on"), json("1")})
    CHECK(view_params({{"pixel_weighting", {{"enabled", yes}}}}).pixel_weighting);
  for (const json& no : {json(false), json(0), json(0.0), json("FALSE"), json("n"), json("off"), json("0")})
    CHECK_FALSE(view_params({{"pixel_weighting", {{"enabled", no}}}}).pixel_weighting);
}

TEST_CASE("a wrong parameter is named, with what is wrong and what is allowed") {
  CHECK(holds(problem({{"toa_edges", {{"start", 5}, {"stop", 5}}}}),
              "'toa_edges.stop' is 5, but stop must be greater than start (5)"));
  CHECK(holds(problem({{"toa_edges", {{"num_bins", 0}}}}), "whole number from 1 to 10000"));
  CHECK(holds(problem({{"toa_edges", {{"num_bins", 10001}}}}), "whole number from 1 to 10000"));
  CHECK(holds(problem({{"toa_edges", {{"num_bins", 2.5}}}}), "toa_edges.num_bins"));
  CHECK(holds(problem({{"toa_edges", {{"num_bins", 1e300}}}}), "toa_edges.num_bins"));
  CHECK(holds(problem({{"toa_edges", {{"num_bins", ""}}}}), "toa_edges.num_bins"));
  CHECK(holds(problem({{"toa_edges", {{"unit", "m"}}}}),
              "'toa_edges.unit' is \"m\", but must be one of: ns, us, μs, ms, s"));
  CHECK(holds(problem({{"toa_edges", {{"unit", 5}}}}), "one of: ns, us"));
  CHECK(holds(problem({{"toa_edges", {{"start", nullptr}}}}), "finite number"));
  CHECK(holds(problem({{"toa_edges", {{"stop", "inf"}}}}), "finite number"));
  CHECK(holds(problem({{"toa_edges", {{"stop", "5 ms"}}}}), "finite number"));
  CHECK(holds(problem({{"toa_edges", 5}}), "must be an object"));
  CHECK(holds(problem({{"toa_edges", nullptr}}), "must be an object"));
  CHECK(holds(problem({{"toa_edge", json::object()}}), "did you mean 'toa_edges'"));
  CHECK(holds(problem({{"toa_edges", {{"num_bin", 5}}}}), "'toa_edges.num_bin' is unknown (did you mean 'num_bins'?)"));
  CHECK(holds(problem({{"toa_range", {{"enabled", "maybe"}}}}), "true or false"));
  CHECK(holds(problem({{"toa_range", {{"enabled", 2}}}}), "true or false"));
  CHECK(holds(problem({{"coordinate_mode", {{"mode", "tof"}}}}), "toa, wavelength"));
  CHECK(holds(problem({{"pixel_weighting", {{"method", "area"}}}}), "pixel_number"));
  CHECK(holds(problem({{"wavelength_edges", {{"start", 5}, {"stop", 1}}}}), "wavelength_edges.stop"));
  CHECK(holds(problem(json::array()), "must be an object"));
}

TEST_CASE("everything that is wrong is reported together") {
  auto text = problem({{"toa_edges", {{"start", "x"}, {"num_bins", 0}, {"bins", 3}}},
                       {"toa_range", {{"start", 3}, {"stop", 2}}},
                       {"pixel_weights", json::object()}});
  CHECK(holds(text, "5 problems: "));
  for (const auto* part :
       {"toa_edges.start", "toa_edges.num_bins", "'toa_edges.bins'", "toa_range.stop", "'pixel_weights'"})
    CHECK(holds(text, part));
  // A field that is wrong in itself is not compared with others.
  CHECK_FALSE(holds(text, "toa_edges.stop"));
}

TEST_CASE("64: wavelength mode without a lookup table is an error that says so") {
  CHECK(holds(problem({{"coordinate_mode", {{"mode", "wavelength"}}}}),
              "'coordinate_mode.mode' is \"wavelength\": requires a wavelength lookup table file"));
}

TEST_CASE("126: log edges are geometric, and need a positive start; linear ones do not") {
  edges_model g{0.1, 100, 3, true, "ms"};
  auto w = g.values();
  CHECK(w.front() == 0.1);
  CHECK(w[1] == doctest::Approx(1.0));
  CHECK(w[2] == doctest::Approx(10.0));
  CHECK(w.back() == 100);
  for (double start : {0.0, -1.0}) {
    CHECK(holds(problem({{"toa_edges", {{"scale", "log"}, {"start", start}}}}),
                "start must be positive when scale is 'log'"));
    CHECK(view_params({{"toa_edges", {{"scale", "linear"}, {"start", start}}}}).edges.start == start);
  }
}

TEST_CASE("linear edges end exactly where the user says") {
  edges_model e{0.1, 0.7, 3, false, "ms"};
  auto v = e.values();
  CHECK(v.front() == 0.1);
  CHECK(v.back() == 0.7);
  CHECK(v[1] == doctest::Approx(0.3));
}

TEST_CASE("units of time are written as results write them, and both micro signs are understood") {
  for (const auto* unit : {"us", "\u03bcs", "\u00b5s"}) {
    auto p = view_params({{"toa_edges", {{"unit", unit}}}, {"toa_range", {{"unit", unit}}}});
    CHECK(p.edges.unit == "\u00b5s");
    CHECK(p.range.unit == "\u00b5s");
    CHECK(edges_in_ns(p.edges).back() == 71430);
  }
  for (const auto* unit : {"ns", "ms", "s"})
    CHECK(view_params({{"toa_edges", {{"unit", unit}}}}).edges.unit == unit);
  CHECK(problem({{"wavelength_edges", {{"unit", "\u212b"}}}}) == "none");
  CHECK(problem({{"wavelength_range", {{"unit", "nm"}}}}) == "none");
}

TEST_CASE("every value model has the units of its quantity") {
  struct row {
    quantity q;
    std::vector<const char*> units;
    const char* dimension;
  };

  for (const auto& r :
       {row{quantity::time_of_arrival, {"ns", "us", "μs", "ms", "s"}, "time_of_arrival"},
        row{quantity::wavelength, {"Å", "nm"}, "wavelength"}, row{quantity::dspacing, {"Å", "nm"}, "dspacing"},
        row{quantity::two_theta, {"deg", "rad"}, "two_theta"}, row{quantity::theta, {"deg", "rad"}, "theta"},
        row{quantity::momentum_transfer, {"1/Å", "1/nm"}, "Q"}, row{quantity::energy_transfer, {"meV", "μeV"}, "ΔE"}}) {
    CHECK(dimension_of(r.q) == r.dimension);
    parameter_model model{edges_group("e", r.q, 1, 2), range_group("r", r.q)};
    for (const auto* unit : r.units)
      CHECK(problem_of(model, {{"e", {{"unit", unit}}}, {"r", {{"unit", unit}}}}) == "none");
    CHECK(holds(problem_of(model, {{"e", {{"unit", "kg"}}}}), "one of: "));
  }
  parameter_model others{angle_group("a"), length_group("l")};
  CHECK(problem_of(others, {{"a", {{"unit", "rad"}, {"value", "0.5"}}}, {"l", {{"unit", "mm"}}}}) == "none");
  CHECK(holds(problem_of(others, {{"l", {{"unit", "km"}}}}), "m, cm, mm"));
}

TEST_CASE("63: a range keeps the user's unit, and one that is off selects everything") {
  auto p = view_params({{"toa_range", {{"enabled", true}, {"start", 5}, {"stop", 6}, {"unit", "s"}}}});
  CHECK(p.range.enabled);
  CHECK(p.range.unit == "s");
  CHECK(bins_in_range({0, 10, 5, false, "ms"}, {2, 8, false, "ms"}).count == 5);
}

TEST_CASE("a range in another unit than the edges selects the same bins") {
  edges_model e{0, 10, 5, false, "ms"};
  auto same = bins_in_range(e, {2, 8, true, "ms"});
  auto micro = bins_in_range(e, {2000, 8000, true, "μs"});
  CHECK(same.first == 1);
  CHECK(same.count == 3);
  CHECK(micro.first == same.first);
  CHECK(micro.count == same.count);
  // Any edge in milliseconds is hit exactly by the same number of microseconds.
  edges_model fine{0, 10, 10000, false, "ms"};
  auto edges = fine.values();
  for (int i = 1; i < 10000; ++i)
    if (edges[static_cast<std::size_t>(i)] == i / 1000.0)
      REQUIRE(bins_in_range(fine, {static_cast<double>(i), 10000, true, "us"}).first == i);
}

TEST_CASE("groups of parameters that an instrument file declares are checked like all others") {
  auto declared = json::parse(R"({"comment": "c",
    "value": {"default": "a", "allowed": ["a", "b", "c"], "unavailable": {"c": "The 'c' setting is not available."}},
    "pixels": {"default": 10, "allowed": [1, 2, 5, 10]}, "on": {"default": false}, "width": {"default": 0.5}})");
  parameter_model model{read_parameter_group("extra", declared, "settings.parameters.extra")};
  CHECK(complete_parameters(model, json::object()) ==
        json::parse(R"({"extra": {"value": "a", "pixels": 10, "on": false, "width": 0.5}})"));
  CHECK(complete_parameters(model, {{"extra", {{"value", "b"}, {"pixels", "5"}}}})["extra"]["pixels"] == 5);
  CHECK(holds(problem_of(model, {{"extra", {{"value", "c"}}}}), "The 'c' setting is not available."));
  CHECK(holds(problem_of(model, {{"extra", {{"value", "d"}}}}), "one of: a, b, c"));
  CHECK(holds(problem_of(model, {{"extra", {{"pixels", 3}}}}), "one of: 1, 2, 5, 10"));
  for (const auto* wrong : {"5", "{}", R"({"a": 1})", R"({"a": {}})", R"({"a": {"default": null}})",
                            R"({"a": {"default": 1, "allow": []}})", R"({"a": {"default": 1, "allowed": 1}})",
                            R"({"a": {"default": "x", "unavailable": {"x": 1}}})"})
    CHECK_THROWS_AS(read_parameter_group("g", json::parse(wrong), "settings.g"), parameter_error);
}

TEST_CASE("a unit is taken in every spelling, and becomes the word that the model knows") {
  auto unit = [](const char* group, const char* given) {
    return complete_parameters(detector_view_model(), {{group, {{"unit", given}}}}).at(group).at("unit");
  };
  CHECK(unit("toa_edges", "milliseconds") == "ms");
  CHECK(unit("toa_edges", "second") == "s");
  CHECK(unit("toa_range", "microseconds") == "us");
  CHECK(unit("toa_range", "\u00b5s") == "\u03bcs");
  CHECK(unit("wavelength_range", "angstrom") == "\u00c5");
  CHECK(unit("wavelength_edges", "nanometer") == "nm");
  CHECK(holds(problem({{"toa_edges", {{"unit", "min"}}}}), "'toa_edges.unit' is \"min\", but must be one of"));
  CHECK(holds(problem({{"toa_edges", {{"unit", "mm"}}}}), "'toa_edges.unit' is \"mm\", but must be one of"));
}

} // namespace parameters_test
