#include "workflows/geometry/detector_geometry.hpp"
#include "workflows/geometry/vector_algebra.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace geometry_straw_bank_test {

using namespace livedata;

namespace {

constexpr std::size_t layers = 3;
constexpr std::size_t tubes = 5;
constexpr std::size_t straws = 7;
constexpr std::size_t pixels = 8;

detector bank(const char* axis = "x") {
  detector d;
  d.name = "bank";
  d.sizes = {{"layer", layers}, {"tube", tubes}, {"straw", straws}, {"pixel", pixels}};
  d.geometry =
    json{{"kind", "straw_bank"},       {"straw_axis", axis},  {"straw_length", 0.8}, {"straw_radius", 0.003},
         {"straw_ring_radius", 0.008}, {"tube_pitch", 0.025}, {"layer_pitch", 0.03}, {"position", {0.1, 0.2, 4.0}}};
  return d;
}

std::size_t index(std::size_t layer, std::size_t tube, std::size_t straw, std::size_t pixel) {
  return ((layer * tubes + tube) * straws + straw) * pixels + pixel;
}

void check_near(const vec3& a, const vec3& b) {
  CAPTURE(a.x);
  CAPTURE(a.y);
  CAPTURE(a.z);
  CHECK(length(a - b) < 1e-12);
}

std::string error_of(const detector& d) {
  auto outcome = make_geometry(d);
  return outcome ? "" : std::string(outcome.error().reason) + " " + outcome.error().message;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a straw bank has a position for each pixel, centred on the bank") {
  for (const char* axis : {"x", "y"}) {
    CAPTURE(axis);
    auto g = make_geometry(bank(axis)).value();
    REQUIRE(g.positions.size() == layers * tubes * straws * pixels);
    vec3 low{1e9, 1e9, 1e9};
    vec3 high{-1e9, -1e9, -1e9};
    for (const auto& p : g.positions) {
      low = {std::min(low.x, p.x), std::min(low.y, p.y), std::min(low.z, p.z)};
      high = {std::max(high.x, p.x), std::max(high.y, p.y), std::max(high.z, p.z)};
    }
    check_near({(low.x + high.x) / 2, (low.y + high.y) / 2, (low.z + high.z) / 2}, {0.1, 0.2, 4.0});
    auto size = high - low;
    auto along = *axis == 'x' ? size.x : size.y;
    auto across = *axis == 'x' ? size.y : size.x;
    // Centres of pixels reach to half a pixel from the ends; outer straws beyond the centres of the outer tubes.
    CHECK(along == doctest::Approx(0.8 - 0.1));
    CHECK(across == doctest::Approx(4 * 0.025 + 2 * 0.008));
    CHECK(size.z == doctest::Approx(2 * 0.03 + std::sqrt(3) * 0.008));
  }
}

TEST_CASE("pixels follow each other along their straw, and touch") {
  auto along_x = make_geometry(bank("x")).value().positions;
  auto along_y = make_geometry(bank("y")).value().positions;
  for (std::size_t straw = 0; straw < layers * tubes * straws; ++straw) {
    for (std::size_t p = 1; p < pixels; ++p) {
      auto i = straw * pixels + p;
      check_near(along_x[i] - along_x[i - 1], {0.1, 0, 0});
      check_near(along_y[i] - along_y[i - 1], {0, 0.1, 0});
    }
  }
}

TEST_CASE("straw, tube and layer are numbered row-major before the pixel") {
  auto x = make_geometry(bank("x")).value().positions;
  auto y = make_geometry(bank("y")).value().positions;
  check_near(x[index(1, 3, 2, 5)] - x[index(1, 2, 2, 5)], {0, 0.025, 0});
  check_near(y[index(1, 3, 2, 5)] - y[index(1, 2, 2, 5)], {0.025, 0, 0});
  check_near(x[index(2, 3, 2, 5)] - x[index(1, 3, 2, 5)], {0, 0, 0.03});
  check_near(y[index(2, 3, 2, 5)] - y[index(1, 3, 2, 5)], {0, 0, 0.03});
}

TEST_CASE("six straws lie evenly around the first of their tube") {
  for (const char* axis : {"x", "y"}) {
    auto p = make_geometry(bank(axis)).value().positions;
    auto centre = p[index(2, 4, 0, 3)];
    for (std::size_t s = 1; s < straws; ++s) {
      auto offset = p[index(2, 4, s, 3)] - centre;
      CHECK(length(offset) == doctest::Approx(0.008));
      CHECK((*axis == 'x' ? offset.x : offset.y) == 0);
      auto next = p[index(2, 4, s % 6 + 1, 3)];
      CHECK(length(next - p[index(2, 4, s, 3)]) == doctest::Approx(0.008));
    }
  }
}

TEST_CASE("odd layers are shifted across the tubes") {
  auto d = bank("x");
  d.geometry["layer_stagger"] = 0.0125;
  auto staggered = make_geometry(d).value().positions;
  auto plain = make_geometry(bank("x")).value().positions;
  check_near(staggered[index(0, 1, 0, 0)] - plain[index(0, 1, 0, 0)], {0, -0.00625, 0});
  check_near(staggered[index(1, 1, 0, 0)] - plain[index(1, 1, 0, 0)], {0, 0.00625, 0});
  check_near(staggered[index(2, 1, 0, 0)] - plain[index(2, 1, 0, 0)], {0, -0.00625, 0});
}

TEST_CASE("the shape of a pixel is its piece of the straw") {
  for (const char* axis : {"x", "y"}) {
    auto g = make_geometry(bank(axis)).value();
    REQUIRE(g.shape);
    CHECK(dot(g.shape->axis, g.shape->radius) == 0);
    CHECK(length(g.shape->axis) == doctest::Approx(0.1));
    CHECK(length(g.shape->radius) == doctest::Approx(0.003));
    check_near(g.shape->axis, g.positions[1] - g.positions[0]);
  }
}

TEST_CASE("a carriage moves its bank along the beam, in mm from its zero") {
  auto d = bank();
  d.geometry["position"] = {0.1, 0.2, 0.0};
  d.geometry["transformations"] = json::parse(
    R"([{"kind": "translation", "vector": [0, 0, 1], "value": -250, "unit": "mm", "offset": [0, 0, 5.098]}])");
  auto moved = make_geometry(d).value().positions;
  auto plain = make_geometry(bank()).value().positions;
  for (std::size_t i = 0; i < plain.size(); i += 101)
    check_near(moved[i] - plain[i], {0, 0, 5.098 - 0.25 - 4.0});
}

TEST_CASE("a detector without geometry has no positions") {
  auto d = bank();
  d.geometry = nullptr;
  CHECK(contains(error_of(d), "no_geometry detector \"bank\""));
}

TEST_CASE("wrong geometry is refused with bank, key and what is allowed") {
  struct change {
    const char* key;
    json value;
  };

  for (const auto& [key, value] : std::vector<change>{{"kind", "straw_bnak"},
                                                      {"kind", 3},
                                                      {"straw_axis", "z"},
                                                      {"straw_length", 0},
                                                      {"straw_length", "0.8"},
                                                      {"straw_radius", -0.003},
                                                      {"straw_radius", 0.0041},
                                                      {"straw_ring_radius", 0.0},
                                                      {"tube_pitch", 0.0219},
                                                      {"layer_pitch", json::array()},
                                                      {"layer_stagger", -0.01},
                                                      {"position", json{0.1, 0.2}},
                                                      {"position", 4.0},
                                                      {"transformations", 5.098}}) {
    CAPTURE(key);
    CAPTURE(value.dump());
    auto d = bank();
    d.geometry[key] = value;
    auto text = error_of(d);
    CHECK(contains(text, std::string("bad_geometry geometry of detector \"bank\": /") + key + ": "));
    CHECK(contains(text, "allowed: "));
  }
}

TEST_CASE("unknown and missing keys of a geometry are refused") {
  auto d = bank();
  d.geometry["tube_picth"] = 1;
  CHECK(contains(error_of(d), "unknown key \"tube_picth\""));
  for (const char* key : {"kind", "straw_axis", "straw_length", "straw_radius", "straw_ring_radius", "tube_pitch",
                          "layer_pitch", "position"}) {
    CAPTURE(key);
    auto without = bank();
    without.geometry.erase(key);
    CHECK(contains(error_of(without), "the key \"" + std::string(key) + "\" is missing"));
  }
  auto carriage = bank();
  carriage.geometry["transformations"] = json::parse(R"([{"kind": "translation", "vector": [0, 0, 1]}])");
  CHECK(contains(error_of(carriage), "/transformations/0: the key \"value\" is missing"));
}

TEST_CASE("a straw bank needs sizes that fit it") {
  auto renamed = bank();
  renamed.sizes[1].first = "column";
  auto six = bank();
  six.sizes[2].second = 6;
  auto flat = bank();
  flat.sizes.pop_back();
  for (const auto& d : {renamed, six, flat})
    CHECK(contains(error_of(d), "does not fit the sizes"));
}

} // namespace geometry_straw_bank_test
