#include "workflows/detector_view/detector_view.hpp"
#include "workflows/parameters.hpp"

#include <doctest/doctest.h>

using namespace livedata;

namespace {

std::string problem(const json& params) {
  try {
    read_detector_view_params(params);
  } catch (const parameter_error& e) {
    return e.what();
  }
  return "none";
}

} // namespace

TEST_CASE("without parameters a view has one pulse period in 100 bins, all of it in range, unweighted") {
  auto p = read_detector_view_params(json::object());
  CHECK(p.toa_edges.values().size() == 101);
  CHECK(p.toa_edges.values().front() == 0.0);
  CHECK(p.toa_edges.values().back() == 71.43);
  CHECK(p.toa_edges.unit == "ms");
  CHECK_FALSE(p.toa_range.enabled);
  CHECK_FALSE(p.pixel_weighting);
  CHECK(read_detector_view_params(json()).toa_edges.num_bins == 100);
}

TEST_CASE("the whole parameter model of a client is accepted") {
  auto p = read_detector_view_params(json::parse(R"({"coordinate_mode":{"mode":"toa"},
    "pixel_weighting":{"enabled":true,"method":"pixel_number"},
    "toa_range":{"start":0.0,"stop":10.0,"enabled":true,"unit":"μs"},
    "toa_edges":{"start":0.0,"stop":71.43,"num_bins":50,"scale":"linear","unit":"ms"},
    "wavelength_range":{"start":0.0,"stop":10.0,"enabled":false,"unit":"Å"},
    "wavelength_edges":{"start":1.0,"stop":10.0,"num_bins":100,"scale":"linear","unit":"Å"}})"));
  CHECK(p.toa_edges.num_bins == 50);
  CHECK(p.pixel_weighting);
  CHECK(p.toa_range.unit == "μs");
}

TEST_CASE("numbers may be texts, whole numbers floats, and truth values numbers") {
  auto p = read_detector_view_params(
    {{"toa_edges", {{"start", "1.5"}, {"stop", 3}, {"num_bins", 7.0}}}, {"toa_range", {{"enabled", 1}}}});
  CHECK(p.toa_edges.start == 1.5);
  CHECK(p.toa_edges.num_bins == 7);
  CHECK(p.toa_range.enabled);
}

TEST_CASE("a wrong parameter is named, with what is wrong and what is allowed") {
  CHECK(problem({{"toa_edges", {{"start", 5}, {"stop", 5}}}}).find("toa_edges.stop") != std::string::npos);
  CHECK(problem({{"toa_edges", {{"num_bins", 0}}}}).find("whole number from 1 to 10000") != std::string::npos);
  CHECK(problem({{"toa_edges", {{"num_bins", 2.5}}}}).find("toa_edges.num_bins") != std::string::npos);
  CHECK(problem({{"toa_edges", {{"scale", "log"}}}}).find("start must be positive") != std::string::npos);
  CHECK(problem({{"toa_edges", {{"unit", "m"}}}}).find("ns, us") != std::string::npos);
  CHECK(problem({{"toa_edges", {{"start", nullptr}}}}).find("finite number") != std::string::npos);
  CHECK(problem({{"toa_edges", 5}}).find("must be an object") != std::string::npos);
  CHECK(problem({{"toa_edge", json::object()}}).find("did you mean 'toa_edges'") != std::string::npos);
  CHECK(problem({{"toa_edges", {{"num_bin", 5}}}}).find("toa_edges.num_bin") != std::string::npos);
  CHECK(problem({{"toa_range", {{"enabled", "maybe"}}}}).find("true or false") != std::string::npos);
  CHECK(problem({{"coordinate_mode", {{"mode", "wavelength"}}}}).find("lookup table") != std::string::npos);
  CHECK(problem({{"coordinate_mode", {{"mode", "tof"}}}}).find("toa, wavelength") != std::string::npos);
  CHECK(problem({{"pixel_weighting", {{"method", "area"}}}}).find("pixel_number") != std::string::npos);
  CHECK(problem(json::array()).find("must be an object") != std::string::npos);
}

TEST_CASE("edges end exactly where the user says, in equal or geometric steps") {
  edges_model e{0.1, 0.7, 3, false, "ms"};
  auto v = e.values();
  CHECK(v.front() == 0.1);
  CHECK(v.back() == 0.7);
  CHECK(v[1] == doctest::Approx(0.3));
  edges_model g{0.1, 100, 3, true, "ms"};
  auto w = g.values();
  CHECK(w.front() == 0.1);
  CHECK(w[1] == doctest::Approx(1.0));
  CHECK(w[2] == doctest::Approx(10.0));
  CHECK(w.back() == 100);
}

TEST_CASE("a range in another unit than the edges selects the same bins") {
  edges_model e{0, 10, 5, false, "ms"};
  auto same = bins_in_range(e, {2, 8, true, "ms"});
  auto micro = bins_in_range(e, {2000, 8000, true, "μs"});
  CHECK(same.first == 1);
  CHECK(same.count == 3);
  CHECK(micro.first == same.first);
  CHECK(micro.count == same.count);
  CHECK(bins_in_range(e, {2, 8, false, "ms"}).count == 5);
}
