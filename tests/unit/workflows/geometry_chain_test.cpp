// Chains of transformations against a naive walk along them, and the regular banks against their formulas.
#include "workflows/geometry/detector_geometry.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <random>

namespace geometry_chain_test {

using namespace livedata;

namespace {

constexpr double degree = std::numbers::pi / 180;

void check_near(const vec3& a, const vec3& b) {
  CHECK(a.x == doctest::Approx(b.x).epsilon(1e-12));
  CHECK(a.y == doctest::Approx(b.y).epsilon(1e-12));
  CHECK(a.z == doctest::Approx(b.z).epsilon(1e-12));
}

transformation shift(vec3 vector, double value, std::string unit, vec3 offset = {}, std::string entry = {}) {
  return {transformation_kind::translation, vector, offset, value, std::move(unit), std::move(entry)};
}

transformation turn(vec3 vector, double value, std::string unit, vec3 offset = {}, std::string entry = {}) {
  return {transformation_kind::rotation, vector, offset, value, std::move(unit), std::move(entry)};
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

detector with_geometry(std::vector<std::pair<std::string, std::int64_t>> sizes, const char* geometry) {
  detector d{
    .name = "bank", .title = "Bank", .first_pixel = 1, .sizes = std::move(sizes), .geometry = json::parse(geometry)};
  return d;
}

} // namespace

TEST_CASE("an empty chain is the identity") {
  CHECK(*transformation_chain().at() == affine{});
}

TEST_CASE("a translation is along its vector, in its unit, after its offset") {
  transformation_chain chain({shift({0, 0, 2}, 250, "mm", {0.1, 0, 5})});
  check_near(chain.at()->point({1, 1, 1}), {1.1, 1, 6.5});
}

TEST_CASE("a rotation is right-handed, about the moved point, by its value times the length of the vector") {
  check_near(transformation_chain({turn({0, 0, 1}, 90, "deg")}).at()->point({1, 0, 7}), {0, 1, 7});
  check_near(transformation_chain({turn({0, 2, 0}, std::numbers::pi / 4, "rad")}).at()->point({0, 0, 1}), {1, 0, 0});
  check_near(transformation_chain({turn({0, 0, 1}, 90, "deg", {1, 0, 0})}).at()->point({1, 0, 0}), {0, 2, 0});
}

TEST_CASE("units of chains are read in every spelling") {
  for (const auto* degree : {"deg", "Degree", "degrees", "\u00b0", "arc_degree"}) {
    CAPTURE(degree);
    CHECK(*transformation_chain({turn({0, 0, 1}, 30, degree)}).at() ==
          *transformation_chain({turn({0, 0, 1}, 30, "deg")}).at());
  }
  const std::vector<std::pair<const char*, double>> lengths{
    {"millimeter", 250}, {"mm", 250}, {"meters", 0.25}, {"km", 0.00025}, {"inch", 0.25 / 0.0254}};
  for (const auto& [unit, value] : lengths) {
    CAPTURE(unit);
    check_near(transformation_chain({shift({0, 0, 1}, value, unit)}).at()->point({}), {0, 0, 0.25});
  }
  CHECK_FALSE(transformation_chain({turn({0, 0, 1}, 1, "dimensionless")}).at());
  CHECK_FALSE(transformation_chain({shift({0, 0, 1}, 1, "counts")}).at());
}

TEST_CASE("the first of a chain acts first") {
  transformation_chain chain({shift({1, 0, 0}, 1, "m"), turn({0, 0, 1}, 90, "degrees"), shift({0, 1, 0}, 10, "cm")});
  check_near(chain.at()->point({}), {0, 1.1, 0});
  check_near(chain.at()->direction({1, 0, 0}), {0, 1, 0});
}

TEST_CASE("121: a given value replaces that of its entry, others and the chain stay as they are") {
  transformation_chain chain(
    {shift({0, 0, 1}, 0, "mm", {0, 0, 5.098}, "/carriage"), turn({0, 1, 0}, 0, "deg", {}, "/arm")});
  check_near(chain.at()->point({}), {0, 0, 5.098});
  std::vector<entry_value> given{{"/carriage", 0.1, "m"}, {"/carriage", -98, "mm"}};
  check_near(chain.at(given)->point({}), {0, 0, 5});
  given.push_back({"/arm", 90, "deg"});
  check_near(chain.at(given)->point({}), {5, 0, 0});
  check_near(chain.at()->point({}), {0, 0, 5.098});
}

TEST_CASE("121: values for unknown entries, missing values and wrong units are refused") {
  transformation open = shift({0, 0, 1}, 0, "mm", {}, "/carriage");
  open.value = std::nullopt;
  transformation_chain chain({open});
  CHECK(chain.open_entries() == std::vector<std::string>{"/carriage"});
  CHECK(contains(chain.at().error().message, "\"/carriage\" moves while data is taken and has no value"));
  std::vector<entry_value> unknown{{"/cart", 1, "mm"}};
  CHECK(contains(chain.at(unknown).error().message, "\"/cart\", which is not in the chain"));
  std::vector<entry_value> wrong{{"/carriage", 1, "deg"}};
  CHECK(contains(chain.at(wrong).error().message, "has the unit \"deg\"; allowed: a unit of length"));
  std::vector<entry_value> nan{{"/carriage", std::nan(""), "mm"}};
  CHECK(contains(chain.at(nan).error().message, "finite"));
  std::vector<entry_value> good{{"/carriage", 2000, "mm"}};
  check_near(chain.at(good)->point({}), {0, 0, 2});
}

TEST_CASE("random chains move points as a walk along them does") {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> u(-3, 3);
  auto draw = [&] { return vec3{u(random), u(random), u(random)}; };
  for (int round = 0; round < 200; ++round) {
    std::vector<transformation> steps;
    for (auto n = round % 6; n >= 0; --n)
      steps.push_back(random() % 2 == 0 ? shift(draw(), u(random), "m", draw())
                                        : turn(draw(), u(random), "rad", draw()));
    auto x = draw();
    auto expected = x;
    for (const auto& t : steps) {
      expected = {expected.x + t.offset.x, expected.y + t.offset.y, expected.z + t.offset.z};
      if (t.kind == transformation_kind::translation) {
        expected = {expected.x + *t.value * t.vector.x, expected.y + *t.value * t.vector.y,
                    expected.z + *t.value * t.vector.z};
        continue;
      }
      // x cos a + (k × x) sin a + k (k · x)(1 - cos a)
      auto l = std::sqrt(t.vector.x * t.vector.x + t.vector.y * t.vector.y + t.vector.z * t.vector.z);
      vec3 k{t.vector.x / l, t.vector.y / l, t.vector.z / l};
      auto a = *t.value * l;
      auto d = (k.x * expected.x + k.y * expected.y + k.z * expected.z) * (1 - std::cos(a));
      vec3 cross{k.y * expected.z - k.z * expected.y, k.z * expected.x - k.x * expected.z,
                 k.x * expected.y - k.y * expected.x};
      expected = {expected.x * std::cos(a) + cross.x * std::sin(a) + k.x * d,
                  expected.y * std::cos(a) + cross.y * std::sin(a) + k.y * d,
                  expected.z * std::cos(a) + cross.z * std::sin(a) + k.z * d};
    }
    auto got = transformation_chain(steps).at()->point(x);
    CHECK(std::hypot(got.x - expected.x, got.y - expected.y, got.z - expected.z) < 1e-12);
  }
}

TEST_CASE("a box bank has its pixels in the middle of their parts, in the order of the sizes") {
  auto d = with_geometry({{"y", 2}, {"x", 4}}, R"({ "kind": "box_bank", "x": {"dims": ["x"], "from": 1, "to": -1},
    "y": {"dims": ["y"], "from": 0, "to": 2}, "z": {"dims": [], "from": 4, "to": 4} })");
  auto g = make_geometry(d).value();
  REQUIRE(g.positions.size() == 8);
  check_near(g.positions[0], {0.75, 0.5, 4});
  check_near(g.positions[3], {-0.75, 0.5, 4});
  check_near(g.positions[5], {0.25, 1.5, 4});
}

TEST_CASE("a round bank folds several dimensions along one coordinate") {
  auto d = with_geometry(
    {{"wire", 2}, {"module", 2}, {"strip", 3}, {"counter", 2}},
    R"({ "kind": "round_bank", "axis": "z", "angle": {"dims": ["module", "counter"], "from": 0, "to": 360},
    "radius": {"dims": ["wire"], "from": 1, "to": 2}, "along": {"dims": ["strip"], "from": -0.3, "to": 0.3} })");
  auto g = make_geometry(d).value();
  REQUIRE(g.positions.size() == 24);
  for (int wire = 0; wire < 2; ++wire)
    for (int module = 0; module < 2; ++module)
      for (int strip = 0; strip < 3; ++strip)
        for (int counter = 0; counter < 2; ++counter) {
          auto r = wire == 0 ? 1.25 : 1.75;
          auto angle = (45 + 90 * (module * 2 + counter)) * degree;
          auto p = static_cast<std::size_t>(((wire * 2 + module) * 3 + strip) * 2 + counter);
          CHECK(g.positions[p].x == doctest::Approx(r * std::cos(angle)));
          CHECK(g.positions[p].y == doctest::Approx(r * std::sin(angle)));
          CHECK(g.positions[p].z == doctest::Approx(-0.2 + 0.2 * strip));
        }
}

TEST_CASE("a round bank about y starts at z and turns toward x") {
  auto d = with_geometry({{"segment", 4}, {"strip", 2}},
                         R"({ "kind": "round_bank", "axis": "y", "angle": {"dims": ["segment"], "from": -45, "to": 315},
    "radius": {"dims": [], "from": 2, "to": 2}, "along": {"dims": ["strip"], "from": 0, "to": 1} })");
  auto g = make_geometry(d).value();
  check_near(g.positions[0], {0, 0.25, 2});
  check_near(g.positions[3], {2, 0.75, 0});
}

TEST_CASE("regular banks refuse dimensions that are unknown, left out or used twice") {
  auto error = [](const char* x_dims) {
    auto d = with_geometry({{"y", 2}, {"x", 4}}, R"({ "kind": "box_bank", "x": {"dims": [], "from": 0, "to": 1},
      "y": {"dims": ["y"], "from": 0, "to": 2}, "z": {"dims": [], "from": 4, "to": 4} })");
    d.geometry["x"]["dims"] = json::parse(x_dims);
    auto made = make_geometry(d);
    return made ? std::string() : made.error().message;
  };
  CHECK(error(R"(["x"])").empty());
  CHECK(contains(error(R"([])"), "the dimension \"x\" lies along no coordinate"));
  CHECK(contains(error(R"(["x", "y"])"), "the dimension \"y\" lies along a coordinate already"));
  CHECK(contains(error(R"(["x", "z"])"), "/x/dims/1: \"z\" is wrong here"));
}

TEST_CASE("a layout is read once and placed for each value of what moves") {
  auto d = with_geometry({{"y", 2}, {"x", 2}}, R"({ "kind": "box_bank", "x": {"dims": ["x"], "from": -1, "to": 1},
    "y": {"dims": ["y"], "from": -1, "to": 1}, "z": {"dims": [], "from": 0, "to": 0}, "transformations": [
    {"kind": "translation", "vector": [0, 0, 1], "value": 0, "unit": "mm", "offset": [0, 0, 5], "entry": "/carriage"}] })");
  auto layout = make_layout(d).value();
  CHECK(layout.chain.has("/carriage"));
  std::vector<entry_value> moved{{"/carriage", 1000, "mm"}};
  check_near(place(layout, moved)->positions[0], {-0.5, -0.5, 6});
  check_near(make_geometry(d)->positions[0], {-0.5, -0.5, 5});
}

} // namespace geometry_chain_test
