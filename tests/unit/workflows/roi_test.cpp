#include "workflows/detector_view/regions_of_interest.hpp"
#include "workflows/parameter_model.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <limits>
#include <random>
#include <set>

namespace roi_test {

using namespace livedata;

namespace {

using unit = std::optional<std::string>;

struct shape {
  std::int32_t index;
  std::vector<double> x;
  std::vector<double> y;
};

data_array request(roi_shape kind, const std::vector<shape>& shapes, unit x_unit = {}, unit y_unit = {}) {
  std::string dim = kind == roi_shape::rectangle ? "bounds" : "vertex";
  std::vector<double> x;
  std::vector<double> y;
  std::vector<std::int32_t> index;
  for (const auto& s : shapes) {
    x.insert(x.end(), s.x.begin(), s.x.end());
    y.insert(y.end(), s.y.begin(), s.y.end());
    index.insert(index.end(), s.x.size(), s.index);
  }
  data_array a;
  a.data = make_vector(dim, std::vector<std::int32_t>(x.size(), 1), "dimensionless");
  a.set_coord("x", make_vector(dim, x, std::move(x_unit)));
  a.set_coord("y", make_vector(dim, y, std::move(y_unit)));
  a.set_coord("roi_index", make_vector(dim, index, "dimensionless"));
  return a;
}

roi_axis with_edges(std::int64_t bins, double low, double high) {
  roi_axis a{bins, "m", {}};
  for (std::int64_t i = 0; i <= bins; ++i)
    a.edges.push_back(low + static_cast<double>(i) * (high - low) / static_cast<double>(bins));
  return a;
}

// 10 by 10 bins of 1 m, and the same without coordinates.
const roi_screen metres{with_edges(10, 0, 10), with_edges(10, 0, 10)};
const roi_screen plain{{10, std::nullopt, {}}, {10, std::nullopt, {}}};

std::vector<std::int32_t> only(const data_array& a, roi_shape kind, const roi_screen& screen) {
  auto r = read_roi_request(kind, a);
  check_units(r, screen);
  REQUIRE(r.regions.size() == 1);
  return selected_bins(r, r.regions[0], screen);
}

std::string refusal(roi_shape kind, const data_array& a, const roi_screen& screen = metres) {
  try {
    check_units(read_roi_request(kind, a), screen);
  } catch (const parameter_error& e) {
    return e.what();
  }
  return "none";
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// By adding up the angles under which the edges are seen: inside by the even-odd rule if the sum is an odd number of
// turns. Quite another way than counting crossings.
bool naive_inside(const std::vector<double>& x, const std::vector<double>& y, double px, double py) {
  double turned = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto j = (i + 1) % x.size();
    auto ax = x[i] - px, ay = y[i] - py, bx = x[j] - px, by = y[j] - py;
    turned += std::atan2(ax * by - ay * bx, ax * bx + ay * by);
  }
  return static_cast<std::int64_t>(std::llround(turned / (2 * 3.14159265358979323846))) % 2 != 0;
}

double distance_to_edge(const std::vector<double>& x, const std::vector<double>& y, double px, double py) {
  auto least = std::numeric_limits<double>::max();
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto j = (i + 1) % x.size();
    auto dx = x[j] - x[i], dy = y[j] - y[i];
    auto t =
      dx == 0 && dy == 0 ? 0.0 : std::clamp(((px - x[i]) * dx + (py - y[i]) * dy) / (dx * dx + dy * dy), 0.0, 1.0);
    least = std::min(least, std::hypot(x[i] + t * dx - px, y[i] + t * dy - py));
  }
  return least;
}

screen screen_of(const roi_screen& axes) {
  screen s;
  s.dims = {{"y", axes.y.bins}, {"x", axes.x.bins}};
  if (axes.y.unit) s.coords.emplace_back("y", make_vector("y", axes.y.edges, axes.y.unit));
  if (axes.x.unit) s.coords.emplace_back("x", make_vector("x", axes.x.edges, axes.x.unit));
  s.weights.assign(static_cast<std::size_t>(axes.y.bins * axes.x.bins), 1.0);
  s.replicas.emplace_back();
  return s;
}

constexpr auto rectangle = roi_shape::rectangle;
constexpr auto polygon = roi_shape::polygon;

} // namespace

TEST_CASE("42: a rectangle from 2 m to 5 m on bins of 1 m holds 9 bins") {
  auto bins = only(request(rectangle, {{0, {2, 5}, {2, 5}}}, "m", "m"), rectangle, metres);
  CHECK(bins == std::vector<std::int32_t>{22, 23, 24, 32, 33, 34, 42, 43, 44});
  CHECK(only(request(rectangle, {{0, {2000, 5000}, {200, 500}}}, "mm", "cm"), rectangle, metres) == bins);
  CHECK(only(request(rectangle, {{0, {2000, 5000}, {200, 500}}}, "millimeter", "centimetres"), rectangle, metres) ==
        bins);
}

TEST_CASE("43: rectangles of indices") {
  CHECK(only(request(rectangle, {{0, {0, 5}, {0, 5}}}), rectangle, metres).size() == 25);
  CHECK(only(request(rectangle, {{0, {2, 5}, {2, 5}}}), rectangle, plain).size() == 9);
}

TEST_CASE(
  "partly covered bins belong to a rectangle in a unit; indices are cut off, and count from the end if negative") {
  auto columns = [](const data_array& a, const roi_screen& screen) {
    std::set<std::int32_t> out;
    for (auto b : only(a, rectangle, screen))
      out.insert(b % 10);
    return std::vector<std::int32_t>(out.begin(), out.end());
  };
  using list = std::vector<std::int32_t>;
  CHECK(columns(request(rectangle, {{0, {2.5, 4.5}, {0, 9}}}, "m", "m"), metres) == list{2, 3, 4});
  CHECK(columns(request(rectangle, {{0, {-5, 1}, {0, 9}}}, "m", "m"), metres) == list{0});
  CHECK(columns(request(rectangle, {{0, {-5, 0}, {0, 9}}}, "m", "m"), metres).empty());
  CHECK(columns(request(rectangle, {{0, {10, 12}, {0, 9}}}, "m", "m"), metres).empty());
  CHECK(columns(request(rectangle, {{0, {9.5, 12}, {0, 9}}}, "m", "m"), metres) == list{9});
  auto infinity = std::numeric_limits<double>::infinity();
  CHECK(columns(request(rectangle, {{0, {-infinity, infinity}, {0, 9}}}, "m", "m"), metres).size() == 10);
  CHECK(columns(request(rectangle, {{0, {2.9, 4.9}, {0, 9}}}), metres) == list{2, 3});
  CHECK(columns(request(rectangle, {{0, {-0.9, 1.9}, {0, 9}}}), plain) == list{0});
  CHECK(columns(request(rectangle, {{0, {-3, -1}, {0, 9}}}), plain) == list{7, 8});
  CHECK(columns(request(rectangle, {{0, {-3, 2}, {0, 9}}}), plain).empty());
  CHECK(columns(request(rectangle, {{0, {8, 99}, {0, 9}}}), plain) == list{8, 9});
  CHECK(columns(request(rectangle, {{0, {50, 99}, {0, 9}}}), plain).empty());
}

TEST_CASE("a rectangle from edge to edge holds just the bins between, in every unit of length") {
  const auto screen = [] {
    roi_screen s{with_edges(144, -0.527, 0.5271), with_edges(144, -0.527, 0.5271)};
    return s;
  }();
  std::size_t wrong = 0;
  for (const auto& [unit_of_request, factor] : {std::pair{"m", 1.0}, {"cm", 1e2}, {"mm", 1e3}, {"um", 1e6}})
    for (std::size_t i = 0; i + 2 < screen.x.edges.size(); ++i) {
      const auto low = screen.x.edges[i] * factor;
      const auto high = screen.x.edges[i + 2] * factor;
      if (only(request(rectangle, {{0, {low, high}, {low, high}}}, unit_of_request, unit_of_request), rectangle, screen)
            .size() != 4)
        ++wrong;
    }
  CHECK(wrong == 0);
}

TEST_CASE("45: a square polygon holds the bins whose centres are inside") {
  auto bins = only(request(polygon, {{4, {2, 5, 5, 2}, {2, 2, 5, 5}}}, "m", "m"), polygon, metres);
  CHECK(bins == std::vector<std::int32_t>{22, 23, 24, 32, 33, 34, 42, 43, 44});
  CHECK(only(request(polygon, {{4, {2e3, 5e3, 5e3, 2e3}, {2, 2, 5, 5}}}, "mm", "m"), polygon, metres) == bins);
}

TEST_CASE("46: a polygon of indices holds the bins whose indices are inside") {
  auto bins = only(request(polygon, {{4, {1.5, 4.5, 4.5, 1.5}, {1.5, 1.5, 4.5, 4.5}}}), polygon, plain);
  CHECK(bins == std::vector<std::int32_t>{22, 23, 24, 32, 33, 34, 42, 43, 44});
}

TEST_CASE("47: a triangle holds about half of its square") {
  auto bins = only(request(polygon, {{4, {0, 10, 0}, {0, 0, 10}}}, "m", "m"), polygon, metres);
  CHECK(!bins.empty());
  CHECK(bins.size() < 75);
}

TEST_CASE("x is the second dimension of the screen, and y the first") {
  roi_screen wide{{2, std::nullopt, {}}, {5, std::nullopt, {}}};
  CHECK(only(request(rectangle, {{0, {3, 5}, {0, 1}}}), rectangle, wide) == std::vector<std::int32_t>{3, 4});
  CHECK(only(request(rectangle, {{0, {0, 1}, {1, 2}}}), rectangle, wide) == std::vector<std::int32_t>{5});
}

TEST_CASE("thousands of random polygons agree with adding up angles, but for points on an edge") {
  std::mt19937_64 rng(41);
  auto real = [&](double low, double high) { return std::uniform_real_distribution(low, high)(rng); };
  std::size_t compared = 0;
  for (int round = 0; round < 4000; ++round) {
    roi_screen screen{with_edges(1 + round % 13, real(-1, 0), real(0.5, 2)),
                      with_edges(1 + round % 11, real(-1, 0), real(0.5, 2))};
    shape s{7, {}, {}};
    auto corners = 3 + round % 8;
    for (int i = 0; i < corners; ++i) { // random corners: most of them cross themselves
      s.x.push_back(real(-1.5, 2.5));
      s.y.push_back(real(-1.5, 2.5));
      if (round % 5 == 0 && i > 0) { // edges along the axes
        if (i % 2 == 0)
          s.x.back() = s.x[static_cast<std::size_t>(i - 1)];
        else
          s.y.back() = s.y[static_cast<std::size_t>(i - 1)];
      }
    }
    auto in_metres = round % 3 != 0;
    if (!in_metres)
      for (auto* v : {&s.x, &s.y})
        for (auto& c : *v)
          c *= 6;
    auto bins =
      in_metres ? only(request(polygon, {s}, "m", "m"), polygon, screen) : only(request(polygon, {s}), polygon, screen);
    std::vector<bool> mask(static_cast<std::size_t>(screen.y.bins * screen.x.bins));
    for (auto b : bins)
      mask[static_cast<std::size_t>(b)] = true;
    for (std::int64_t i = 0; i < screen.y.bins; ++i)
      for (std::int64_t j = 0; j < screen.x.bins; ++j) {
        auto at = [&](const roi_axis& a, std::int64_t n) {
          auto k = static_cast<std::size_t>(n);
          return in_metres ? 0.5 * (a.edges[k] + a.edges[k + 1]) : static_cast<double>(n);
        };
        auto px = at(screen.x, j);
        auto py = at(screen.y, i);
        if (distance_to_edge(s.x, s.y, px, py) < 1e-9) continue;
        ++compared;
        REQUIRE(mask[static_cast<std::size_t>(i * screen.x.bins + j)] == naive_inside(s.x, s.y, px, py));
      }
  }
  CHECK(compared > 100'000);
}

TEST_CASE("thousands of random rectangles agree with asking every bin whether it is touched") {
  std::mt19937_64 rng(42);
  auto real = [&](double low, double high) { return std::uniform_real_distribution(low, high)(rng); };
  for (int round = 0; round < 4000; ++round) {
    roi_screen screen{with_edges(1 + round % 13, real(-1, 0), real(0.5, 2)), {1 + round % 11, std::nullopt, {}}};
    shape s{0, {real(-3, 14), real(-3, 14)}, {real(-1.5, 2.5), real(-1.5, 2.5)}};
    std::sort(s.x.begin(), s.x.end());
    std::sort(s.y.begin(), s.y.end());
    std::vector<std::int32_t> expected;
    for (std::int64_t i = 0; i < screen.y.bins; ++i)
      for (std::int64_t j = 0; j < screen.x.bins; ++j) {
        auto k = static_cast<std::size_t>(i);
        auto touched = screen.y.edges[k + 1] > s.y[0] && screen.y.edges[k] < s.y[1];
        auto from = static_cast<std::int64_t>(s.x[0]);
        auto to = static_cast<std::int64_t>(s.x[1]);
        if (from < 0) from = std::max<std::int64_t>(0, from + screen.x.bins);
        if (to < 0) to += screen.x.bins;
        if (touched && j >= from && j < to) expected.push_back(static_cast<std::int32_t>(i * screen.x.bins + j));
      }
    REQUIRE(only(request(rectangle, {s}, {}, "m"), rectangle, screen) == expected);
  }
}

TEST_CASE("127: wrong regions are refused by index, with what is wrong") {
  auto nan = std::nan("");
  auto infinity = std::numeric_limits<double>::infinity();
  CHECK(holds(refusal(rectangle, request(rectangle, {{1, {5, 2}, {0, 1}}})), "rectangle 1 goes from 5 to 2 in x"));
  CHECK(holds(refusal(rectangle, request(rectangle, {{1, {0, 1}, {3, 3}}})), "rectangle 1 goes from 3 to 3 in y"));
  CHECK(
    holds(refusal(rectangle, request(rectangle, {{1, {0, nan}, {0, 1}}}, "m", "m")), "rectangle 1 goes from 0 to nan"));
  CHECK(holds(refusal(rectangle, request(rectangle, {{1, {0, infinity}, {0, 1}}})), "no indices of bins"));
  CHECK(holds(refusal(rectangle, request(rectangle, {{1, {0, 1, 2}, {0, 1, 2}}})),
              "rectangle 1 has 3 entries, but needs 2"));
  CHECK(
    holds(refusal(polygon, request(polygon, {{5, {0, 1}, {0, 1}}})), "polygon 5 has 2 corners, but needs at least 3"));
  CHECK(holds(refusal(polygon, request(polygon, {{5, {0, 1, nan}, {0, 1, 2}}})),
              "polygon 5 has a corner that is not finite"));
  CHECK(holds(refusal(polygon, request(polygon, {{5, {0, 1, 2}, {0, infinity, 2}}})), "not finite"));
  auto good = request(rectangle, {{0, {0, 1}, {0, 1}}});
  CHECK(holds(refusal(polygon, good), "dimension must be 'vertex'"));
  auto short_y = good;
  short_y.set_coord("y", make_vector("bounds", std::vector<double>{1}, std::nullopt));
  CHECK(holds(refusal(rectangle, short_y), "'y' is not as long as the signal"));
  auto without = good;
  without.coords.pop_back();
  CHECK(holds(refusal(rectangle, without), "no coordinate 'roi_index'"));
  auto odd_index = good;
  odd_index.set_coord("roi_index", make_vector("bounds", std::vector<double>{0.5, 0.5}, std::nullopt));
  CHECK(holds(refusal(rectangle, odd_index), "roi_index 0.5"));
  std::vector<shape> many;
  for (std::int32_t i = 0; i < 1001; ++i)
    many.push_back({i, {0, 1}, {0, 1}});
  CHECK(holds(refusal(rectangle, request(rectangle, many)), "more than 1000 regions"));
  many.pop_back();
  CHECK(refusal(rectangle, request(rectangle, many)) == "none");
}

TEST_CASE("units have to go with the screen, on each axis for itself") {
  auto one = [](unit x, unit y) { return request(rectangle, {{0, {0, 1}, {0, 1}}}, std::move(x), std::move(y)); };
  CHECK(refusal(rectangle, one("m", {})) == "none");
  CHECK(refusal(rectangle, one({}, "mm")) == "none");
  CHECK(holds(refusal(rectangle, one("s", "m")), "x is in 's', but the screen in 'm'"));
  CHECK(holds(refusal(rectangle, one("m", "dimensionless")), "y is in 'dimensionless'"));
  CHECK(holds(refusal(rectangle, one("m", {}), plain), "the screen has no coordinate there; use bin indices"));
  // No regions, no units to go wrong.
  CHECK(refusal(rectangle, request(rectangle, {}, "dimensionless", "dimensionless"), plain) == "none");
}

TEST_CASE("degenerate polygons hold nothing, and outside ones neither") {
  CHECK(only(request(polygon, {{4, {1.3, 5.3, 9.3}, {1.1, 5.1, 9.1}}}), polygon, plain).empty());
  CHECK(only(request(polygon, {{4, {3, 3, 3}, {3, 3, 3}}}), polygon, plain).empty());
  CHECK(only(request(polygon, {{4, {20, 30, 30}, {20, 20, 30}}}), polygon, plain).empty());
  CHECK(only(request(polygon, {{4, {-1, 11, 11, -1}, {-1, -1, 11, 11}}}), polygon, plain).size() == 100);
  // A bow tie: the middle belongs to neither wing.
  auto bow = only(request(polygon, {{4, {-0.5, 9.5, 9.5, -0.5}, {-0.6, 9.6, -0.6, 9.6}}}), polygon, plain);
  CHECK(std::find(bow.begin(), bow.end(), 41) != bow.end());
  CHECK(std::find(bow.begin(), bow.end(), 94) == bow.end());
}

TEST_CASE("40: regions come in ascending order of their indices, rectangles before polygons") {
  regions_of_interest r(screen_of(plain), 3, 1 << 20);
  r.request(polygon,
            std::make_shared<data_array>(request(polygon, {{3, {0, 1, 2}, {0, 1, 0}}, {1, {0, 1, 2}, {0, 1, 0}}})));
  r.request(rectangle, std::make_shared<data_array>(request(rectangle, {{5, {0, 1}, {0, 1}}, {2, {0, 2}, {0, 2}}})));
  CHECK(r.indices() == std::vector<std::int32_t>{2, 5, 1, 3});
}

TEST_CASE("the request is read back as it came, and in its empty form with the units of the screen") {
  regions_of_interest r(screen_of(metres), 3, 1 << 20);
  auto sent = std::make_shared<data_array>(request(rectangle, {{0, {2, 5.5}, {1, 3}}, {2, {10, 12}, {0, 8}}}, {}, "m"));
  r.request(rectangle, sent);
  CHECK(r.readback(rectangle) == *sent);
  auto empty = r.readback(polygon);
  CHECK(empty.data.dims == std::vector<std::string>{"vertex"});
  CHECK(empty.data.shape == std::vector<std::int64_t>{0});
  CHECK(empty.data.unit == "dimensionless");
  CHECK(empty.coord("x")->unit == "m");
  CHECK(empty.coord("y")->unit == "m");
  CHECK(empty.coord("roi_index")->data == values(std::vector<std::int32_t>{}));
  r.request(rectangle, std::make_shared<data_array>(request(rectangle, {}, "dimensionless", "dimensionless")));
  CHECK(r.empty());
  CHECK(r.readback(rectangle) == empty_roi_request(rectangle, "m", "m"));
  regions_of_interest p(screen_of(plain), 3, 1 << 20);
  CHECK_FALSE(p.readback(rectangle).coord("x")->unit);
}

TEST_CASE("a wrong request leaves the former one") {
  regions_of_interest r(screen_of(metres), 3, 1 << 20);
  auto sent = std::make_shared<data_array>(request(rectangle, {{0, {2, 5}, {1, 3}}}, "m", "m"));
  r.request(rectangle, sent);
  auto group_of = r.group_of();
  for (const auto& wrong :
       {request(rectangle, {{0, {5, 2}, {1, 3}}}), request(rectangle, {{0, {2, 5}, {1, 3}}}, "K", "m")})
    CHECK_THROWS_AS(r.request(rectangle, std::make_shared<data_array>(wrong)), parameter_error);
  CHECK(r.readback(rectangle) == *sent);
  CHECK(r.group_of() == group_of);
}

TEST_CASE("a view without two dimensions takes no regions, but an empty request") {
  screen s;
  s.dims = {{"blade", 2}, {"wire", 3}, {"strip", 4}};
  s.weights.assign(24, 1.0);
  s.replicas.emplace_back();
  regions_of_interest r(s, 3, 1 << 20);
  r.request(rectangle, std::make_shared<data_array>(request(rectangle, {})));
  CHECK_THROWS_WITH_AS(r.request(rectangle, std::make_shared<data_array>(request(rectangle, {{0, {0, 1}, {0, 1}}}))),
                       doctest::Contains("two dimensions"), parameter_error);
  CHECK(r.empty());
  CHECK(r.readback(rectangle).data.shape == std::vector<std::int64_t>{0});
}

TEST_CASE("regions that would need more memory than the job has left are refused") {
  regions_of_interest r(screen_of(plain), 1000, 50'000);
  std::vector<shape> stripes;
  for (std::int32_t i = 0; i < 5; ++i)
    stripes.push_back({i, {0.0 + i, 1.0 + i}, {0, 9}});
  CHECK_THROWS_WITH_AS(r.request(rectangle, std::make_shared<data_array>(request(rectangle, stripes))),
                       doctest::Contains("need more than 0.2 MB for their spectra, but the job has 0.1 MB left"),
                       parameter_error);
  CHECK(r.empty());
}

TEST_CASE(
  "regions never cut a screen into more parts than it has bins, and what they cost is known before it is spent") {
  const roi_screen wide{{128, std::nullopt, {}}, {128, std::nullopt, {}}};
  std::mt19937_64 rng(44);
  auto polygons = [&](std::int32_t count, std::size_t corners) {
    std::vector<shape> shapes;
    for (std::int32_t i = 0; i < count; ++i) {
      shape s{i, {}, {}};
      for (std::size_t c = 0; c < corners; ++c) {
        s.x.push_back(std::uniform_real_distribution(-5.0, 133.0)(rng));
        s.y.push_back(std::uniform_real_distribution(-5.0, 133.0)(rng));
      }
      shapes.push_back(s);
    }
    return std::make_shared<data_array>(request(polygon, shapes));
  };
  auto memory_now = [] {
    std::ifstream in("/proc/self/statm");
    std::size_t pages = 0, resident = 0;
    in >> pages >> resident;
    return static_cast<double>(resident) * 4096;
  };
  // With room for all spectra: each bin is a part of its own before long, and no more.
  regions_of_interest few(screen_of(wide), 2, std::uint64_t{256} << 20);
  few.request(polygon, polygons(60, 50));
  CHECK(few.groups() > 10'000);
  CHECK(few.groups() <= 128 * 128 + 1);
  // All of them: refused, in little time and memory, and the former regions stay.
  regions_of_interest r(screen_of(wide), 100, std::uint64_t{256} << 20);
  r.request(polygon, polygons(4, 50));
  const auto before = r.group_of();
  const auto many = polygons(1000, 50);
  const auto memory = memory_now();
  const auto start = std::chrono::steady_clock::now();
  CHECK_THROWS_WITH_AS(r.request(polygon, many),
                       doctest::Contains("1000 regions on a screen of 128 by 128 bins overlap so much"),
                       parameter_error);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
  CHECK(memory_now() - memory < 100e6);
  CHECK(r.group_of() == before);
  // Or as much as memory allows.
  regions_of_interest poor(screen_of(wide), 100, std::uint64_t{1} << 20);
  CHECK_THROWS_WITH_AS(poor.request(polygon, polygons(20, 50)), doctest::Contains("but the job has 1.0 MB left"),
                       parameter_error);
  // One polygon with very many corners.
  CHECK_THROWS_WITH_AS(r.request(polygon, polygons(1, 5'000'000)), doctest::Contains("take too long to find"),
                       parameter_error);
}

TEST_CASE("a part that a region takes whole stays one part") {
  regions_of_interest r(screen_of(plain), 1, 1 << 20);
  std::vector<shape> same;
  for (std::int32_t i = 0; i < 500; ++i)
    same.push_back({i, {2, 5}, {2, 5}});
  r.request(rectangle, std::make_shared<data_array>(request(rectangle, same)));
  CHECK(r.groups() == 2);
}

TEST_CASE("groups cut the screen: two bins are in one group if they are in the same regions") {
  std::mt19937_64 rng(43);
  auto real = [&](double low, double high) { return std::uniform_real_distribution(low, high)(rng); };
  for (int round = 0; round < 200; ++round) {
    regions_of_interest r(screen_of(plain), 1, 1 << 20);
    std::vector<shape> shapes;
    for (std::int32_t i = 0; i < 1 + round % 6; ++i) {
      shape s{i, {real(-1, 11), real(-1, 11)}, {real(-1, 11), real(-1, 11)}};
      std::sort(s.x.begin(), s.x.end());
      std::sort(s.y.begin(), s.y.end());
      shapes.push_back(s);
    }
    auto a = request(rectangle, shapes);
    r.request(rectangle, std::make_shared<data_array>(a));
    auto content = read_roi_request(rectangle, a);
    std::vector<std::set<std::size_t>> member_of(100);
    for (std::size_t i = 0; i < content.regions.size(); ++i)
      for (auto b : selected_bins(content, content.regions[i], plain))
        member_of[static_cast<std::size_t>(b)].insert(i);
    for (std::size_t b = 0; b < 100; ++b) {
      REQUIRE((r.group_of()[b] == 0) == member_of[b].empty());
      for (std::size_t c = 0; c < b; ++c)
        REQUIRE((r.group_of()[b] == r.group_of()[c]) == (member_of[b] == member_of[c]));
    }
  }
}

} // namespace roi_test
