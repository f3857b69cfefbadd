#include "workflows/detector_view/cylinder_noise.hpp"
#include "workflows/detector_view/gaussian_noise.hpp"
#include "workflows/detector_view/screen.hpp"
#include "workflows/parameter_model.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

namespace screen_test {

using namespace livedata;

namespace {

pixel_grid flat_detector(sized_dims sizes, std::int32_t first = 1) {
  return {"bank", std::move(sizes), first};
}

screen project_on_xy_plane(const pixel_grid& d, const detector_geometry& g, const sized_dims& resolution,
                           position_noise noise, bool flip_x) {
  return project(d, g, {projection_kind::xy_plane, noise, 0.004, flip_x, resolution});
}

screen fold_and_reduce(const pixel_grid& d, const std::vector<std::string>& reduce) {
  auto steps = json::array();
  if (!reduce.empty()) steps.push_back({{"reduce", reduce}});
  return logical_screen(d, logical_transform(d.sizes, steps, "transform"));
}

const std::vector<double>& edges_of(const screen& s, std::string_view dim) {
  for (const auto& [name, v] : s.coords)
    if (name == dim) return std::get<std::vector<double>>(v.data);
  throw std::logic_error("no such coordinate");
}

std::int32_t bin_of(const std::vector<double>& edges, double x) {
  for (std::size_t k = 0; k + 1 < edges.size(); ++k)
    if (edges[k] <= x && x < edges[k + 1]) return static_cast<std::int32_t>(k);
  return -1;
}

// Six pixels, x in {-0.1, 0, 0.1} by y in {-0.05, 0.05}, at distance z.
detector_geometry six_pixels(double z) {
  detector_geometry g;
  for (auto y : {-0.05, 0.05})
    for (auto x : {-0.1, 0.0, 0.1})
      g.positions.push_back({x, y, z});
  return g;
}

} // namespace

TEST_CASE("six pixels on a screen of their own resolution: one pixel in each bin") {
  for (auto z : {2.0, -2.0}) {
    auto s = project_on_xy_plane(flat_detector({{"pixel", 6}}), six_pixels(z), {{"y", 2}, {"x", 3}},
                                 position_noise::none, false);
    CHECK(s.replicas.size() == 1);
    CHECK(s.replicas[0] == pixel_map{0, 1, 2, 3, 4, 5});
    CHECK(s.weights == std::vector<double>(6, 1.0));
    const auto& x = edges_of(s, "x");
    REQUIRE(x.size() == 4);
    CHECK(x[0] == -0.1);
    CHECK(x[1] == doctest::Approx(-1.0 / 30));
    CHECK(x[2] == doctest::Approx(1.0 / 30));
    CHECK(x[3] == std::nextafter(0.1, 1.0));
    CHECK(s.coords[0].first == "y");
    CHECK(s.coords[0].second.unit == "m");
  }
}

TEST_CASE("57: flip_x mirrors the picture along x and leaves y") {
  auto s =
    project_on_xy_plane(flat_detector({{"pixel", 6}}), six_pixels(2), {{"y", 2}, {"x", 3}}, position_noise::none, true);
  CHECK(s.replicas[0] == pixel_map{2, 1, 0, 5, 4, 3});
}

TEST_CASE("the resolution may name x first") {
  auto s = project_on_xy_plane(flat_detector({{"pixel", 6}}), six_pixels(2), {{"x", 3}, {"y", 2}}, position_noise::none,
                               false);
  CHECK(s.replicas[0] == pixel_map{0, 2, 4, 1, 3, 5});
}

TEST_CASE("projected pixels with noise are where the formulas of tube and projection put them") {
  std::mt19937_64 rng(3);
  std::uniform_real_distribution<double> across(-0.5, 0.5);
  std::uniform_real_distribution<double> along(2.0, 2.3);
  constexpr std::size_t pixels = 500;
  detector_geometry g;
  for (std::size_t i = 0; i < pixels; ++i)
    g.positions.push_back({across(rng), across(rng), along(rng)});
  g.shape = cylinder_shape{{0, 0.02, 0}, {0.004, 0, 0}}; // axis y, radius along x; so the third direction is -z
  auto s = project_on_xy_plane(flat_detector({{"pixel", pixels}}), g, {{"y", 13}, {"x", 17}},
                               position_noise::cylindrical, true);
  REQUIRE(s.replicas.size() == 5);

  double plane = 1e9;
  for (auto p : g.positions)
    plane = std::min(plane, p.z);
  const auto& x_edges = edges_of(s, "x");
  const auto& y_edges = edges_of(s, "y");
  std::vector<double> hits(13 * 17, 0);
  for (std::size_t r = 0; r < 5; ++r)
    for (std::size_t i = 0; i < pixels; ++i) {
      auto p = g.positions[i];
      if (r > 0) {
        auto q = ((r - 1) * pixels + i) % 107;
        auto distance = std::sqrt(0.004 * 0.004 * cylinder_noise[214 + q]);
        auto angle = 2 * std::numbers::pi * cylinder_noise[107 + q];
        p.x += distance * std::cos(angle);
        p.z -= distance * std::sin(angle);
        p.y += 0.02 * (cylinder_noise[q] - 0.5);
      }
      auto x = bin_of(x_edges, -p.x * plane / p.z);
      auto y = bin_of(y_edges, p.y * plane / p.z);
      REQUIRE(x >= 0);
      REQUIRE(y >= 0);
      REQUIRE(s.replicas[r][i] == y * 17 + x);
      hits[static_cast<std::size_t>(y * 17 + x)] += 1;
    }
  for (std::size_t b = 0; b < hits.size(); ++b)
    CHECK(s.weights[b] == static_cast<double>(static_cast<float>(hits[b]) / 5.0F));
}

TEST_CASE("a projection that does not fit its detector is refused") {
  auto d = flat_detector({{"pixel", 6}});
  CHECK_THROWS_AS(project_on_xy_plane(d, six_pixels(2), {{"y", 2}}, position_noise::none, false), parameter_error);
  CHECK_THROWS_AS(project_on_xy_plane(d, six_pixels(2), {{"y", 2}, {"y", 2}}, position_noise::none, false),
                  parameter_error);
  CHECK_THROWS_AS(project_on_xy_plane(d, six_pixels(2), {{"y", 2}, {"z", 2}}, position_noise::none, false),
                  parameter_error);
  CHECK_THROWS_AS(project_on_xy_plane(d, six_pixels(2), {{"y", 2}, {"x", 2}}, position_noise::cylindrical, false),
                  parameter_error);
  CHECK_THROWS_AS(project_on_xy_plane(flat_detector({{"pixel", 7}}), six_pixels(2), {{"y", 2}, {"x", 2}},
                                      position_noise::none, false),
                  parameter_error);
  CHECK_THROWS_AS(project_on_xy_plane(d, six_pixels(0), {{"y", 2}, {"x", 2}}, position_noise::none, false),
                  parameter_error);
}

TEST_CASE("a view that sums nothing keeps the order of the pixels and carries their numbers") {
  auto s = fold_and_reduce(flat_detector({{"y", 3}, {"x", 4}}, 101), {});
  pixel_map expected(12);
  std::vector<std::int64_t> numbers(12);
  for (int i = 0; i < 12; ++i) {
    expected[static_cast<std::size_t>(i)] = i;
    numbers[static_cast<std::size_t>(i)] = 101 + i;
  }
  CHECK(s.replicas[0] == expected);
  REQUIRE(s.coords.size() == 1);
  CHECK(s.coords[0].first == "detector_number");
  CHECK(s.coords[0].second.dims == std::vector<std::string>{"y", "x"});
  CHECK(s.coords[0].second.data == values(numbers));
  CHECK_FALSE(s.coords[0].second.unit);
}

TEST_CASE("summed dimensions go to the same bin, whichever they are") {
  std::vector<std::pair<std::string, std::int64_t>> sizes{{"layer", 2}, {"tube", 3}, {"straw", 4}, {"pixel", 5}};
  auto d = flat_detector(sizes, 1);
  for (unsigned mask = 0; mask < 16; ++mask) {
    std::vector<std::string> reduce;
    std::vector<std::pair<std::string, std::int64_t>> left;
    for (unsigned i = 0; i < 4; ++i)
      if ((mask >> i) & 1U)
        reduce.push_back(sizes[i].first);
      else
        left.push_back(sizes[i]);
    auto s = fold_and_reduce(d, reduce);
    CHECK(s.dims == left);
    std::size_t p = 0;
    for (std::int64_t a = 0; a < 2; ++a)
      for (std::int64_t b = 0; b < 3; ++b)
        for (std::int64_t c = 0; c < 4; ++c)
          for (std::int64_t e = 0; e < 5; ++e, ++p) {
            std::int64_t index[] = {a, b, c, e};
            std::int64_t bin = 0;
            for (unsigned i = 0; i < 4; ++i)
              if (!((mask >> i) & 1U)) bin = bin * sizes[i].second + index[i];
            REQUIRE(s.replicas[0][p] == bin);
          }
    auto merged = 120.0 / static_cast<double>(s.bins());
    CHECK(s.weights == std::vector<double>(s.bins(), merged));
    CHECK(s.coords.empty() == (mask != 0));
  }
}

TEST_CASE("summing over a dimension that is not there is refused by name") {
  std::vector<std::string> reduce{"wire"};
  CHECK_THROWS_WITH_AS(fold_and_reduce(flat_detector({{"y", 3}}), reduce), doctest::Contains("wire"), parameter_error);
}

TEST_CASE("pixels on a mantle unroll to arc length and height, at the radius of the nearest one") {
  for (auto about_y : {false, true}) {
    detector_geometry g;
    std::vector<double> angles{-2.0, -0.5, 0.25, 1.5};
    for (auto radius : {2.0, 1.0})
      for (auto angle : angles) {
        auto u = radius * std::cos(angle);
        auto v = radius * std::sin(angle);
        auto w = 0.3 * radius;
        g.positions.push_back(about_y ? vec3{v, w, u} : vec3{u, v, w});
      }
    projection how{about_y ? projection_kind::cylinder_mantle_y : projection_kind::cylinder_mantle_z,
                   position_noise::none,
                   0,
                   false,
                   {{about_y ? "y" : "z", 2}, {"arc_length", 50}}};
    auto s = project(flat_detector({{"pixel", 8}}), g, how);
    const auto& arc = edges_of(s, "arc_length");
    CHECK(arc.front() == doctest::Approx(-2.0));
    CHECK(arc.back() == doctest::Approx(1.5));
    const auto& w = edges_of(s, about_y ? "y" : "z");
    CHECK(w.front() == doctest::Approx(0.3));
    for (std::size_t i = 0; i < 8; ++i)
      CHECK(s.replicas[0][i] % 50 == bin_of(arc, angles[i % 4] * (1 - 1e-12)));
  }
}

TEST_CASE("replicas with Gaussian noise are moved by the table of normal numbers, and need no shape") {
  constexpr std::size_t pixels = 300;
  std::mt19937_64 rng(4);
  std::uniform_real_distribution<double> across(-0.5, 0.5);
  detector_geometry g;
  for (std::size_t i = 0; i < pixels; ++i)
    g.positions.push_back({across(rng), across(rng), 3.0});
  auto s = project(flat_detector({{"pixel", pixels}}), g,
                   {projection_kind::xy_plane, position_noise::gaussian, 0.004, false, {{"y", 40}, {"x", 40}}});
  REQUIRE(s.replicas.size() == 5);
  for (std::size_t r = 1; r < 5; ++r)
    for (std::size_t i = 0; i < pixels; ++i) {
      auto q = 3 * (((r - 1) * pixels + i) % 107);
      auto t = 3.0 / (3.0 + 0.004 * gaussian_noise[q + 2]);
      auto x = bin_of(edges_of(s, "x"), (g.positions[i].x + 0.004 * gaussian_noise[q]) * t);
      auto y = bin_of(edges_of(s, "y"), (g.positions[i].y + 0.004 * gaussian_noise[q + 1]) * t);
      REQUIRE(s.replicas[r][i] == y * 40 + x);
    }
}

TEST_CASE("a projected screen says where it is: at which z, or at which radius") {
  using coords = std::vector<std::pair<std::string, variable>>;
  for (auto z : {2.0, -2.0})
    CHECK(project_on_xy_plane(flat_detector({{"pixel", 6}}), six_pixels(z), {{"y", 2}, {"x", 3}}, position_noise::none,
                              false)
            .weighted_coords == coords{{"z", make_scalar(z, "m")}});
  detector_geometry g;
  g.positions = {{3, 4, 1}, {0, 6, -1}};
  projection how{projection_kind::cylinder_mantle_z, position_noise::none, 0, false, {{"arc_length", 2}, {"z", 2}}};
  CHECK(project(flat_detector({{"pixel", 2}}), g, how).weighted_coords == coords{{"r", make_scalar(5.0, "m")}});
  how.kind = projection_kind::cylinder_mantle_y;
  how.resolution = {{"y", 2}, {"arc_length", 2}};
  g.positions = {{4, 1, 3}, {6, 1, 0}};
  CHECK(project(flat_detector({{"pixel", 2}}), g, how).weighted_coords == coords{{"r", make_scalar(5.0, "m")}});
}

TEST_CASE("all pixels in one row or one point still have a screen") {
  detector_geometry row;
  for (int i = 0; i < 5; ++i)
    row.positions.push_back({0.1 * i, 0, 2});
  auto s = project_on_xy_plane(flat_detector({{"pixel", 5}}), row, {{"y", 4}, {"x", 5}}, position_noise::none, false);
  for (std::int32_t i = 0; i < 5; ++i)
    CHECK(s.replicas[0][static_cast<std::size_t>(i)] % 5 == i);
  detector_geometry point;
  point.positions.assign(5, {0.25, 0.5, 2});
  s = project_on_xy_plane(flat_detector({{"pixel", 5}}), point, {{"y", 4}, {"x", 5}}, position_noise::none, false);
  for (auto bin : s.replicas[0])
    CHECK(bin >= 0);
}

TEST_CASE("a pixel without a position shows nowhere, and the others do") {
  auto g = six_pixels(2);
  g.positions[1] = {std::nan(""), 0, 2};
  auto s = project_on_xy_plane(flat_detector({{"pixel", 6}}), g, {{"y", 2}, {"x", 3}}, position_noise::none, false);
  CHECK(s.replicas[0] == pixel_map{0, -1, 2, 3, 4, 5});
}

} // namespace screen_test
