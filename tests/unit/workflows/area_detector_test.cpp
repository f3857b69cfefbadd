#include "workflows/area_detector/area_detector_view.hpp"
#include "workflows/partly_refused.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <random>
#include <stdexcept>

namespace area_detector_test {

using namespace livedata;

namespace {

using ints = std::vector<std::int32_t>;

array_ptr frame(ints v, std::vector<std::int64_t> shape, std::optional<double> coord = {}) {
  data_array a;
  a.data.shape = std::move(shape);
  for (std::size_t i = 0; i < a.data.shape.size(); ++i)
    a.data.dims.push_back("dim_" + std::to_string(i));
  a.data.unit = "dimensionless";
  a.data.data = std::move(v);
  if (coord) a.set_coord("gain", make_scalar(*coord, "dimensionless"));
  return std::make_shared<const data_array>(std::move(a));
}

job_data batch(array_ptr a, std::int64_t start = 0, std::int64_t end = 1) {
  return {{start}, {end}, {{"panel", std::move(a)}}, {}};
}

struct images {
  data_array cumulative;
  data_array current;
};

images finalize(workflow& w) {
  auto out = w.finalize();
  REQUIRE(out.size() == 2);
  CHECK(out[0].name == "cumulative");
  CHECK(out[1].name == "current");
  return {*out[0].value, *out[1].value};
}

ints numbers(const data_array& a) {
  return std::get<ints>(a.data.data);
}

std::int64_t scalar(const data_array& a, const char* coord) {
  REQUIRE(a.coord(coord));
  return std::get<std::vector<std::int64_t>>(a.coord(coord)->data).at(0);
}

const json fold_and_sum = json::parse(R"([
  {"rename": {"dim_0": "x", "dim_1": "y"}},
  {"fold": "x", "into": {"x": 2, "x_bin": -1}},
  {"fold": "y", "into": {"y": 3, "y_bin": -1}},
  {"reduce": ["x_bin", "y_bin"]}])");

} // namespace

TEST_CASE("92: cumulative is the sum of all frames, current of those since the last result") {
  area_detector_view w({}, "");
  w.accumulate(batch(frame({1, 2}, {1, 2})));
  auto first = finalize(w);
  CHECK(numbers(first.cumulative) == ints{1, 2});
  CHECK(numbers(first.current) == ints{1, 2});
  CHECK(first.cumulative.data.dims == std::vector<std::string>{"dim_0", "dim_1"});
  CHECK(first.cumulative.data.unit == "dimensionless");
  w.accumulate(batch(frame({10, 20}, {1, 2})));
  w.accumulate(batch(frame({100, 200}, {1, 2})));
  auto second = finalize(w);
  CHECK(numbers(second.cumulative) == ints{111, 222});
  CHECK(numbers(second.current) == ints{110, 220});
  CHECK(numbers(first.cumulative) == ints{1, 2});
  CHECK(numbers(finalize(w).current) == ints{0, 0});
}

TEST_CASE("93: a frame of another structure starts both anew") {
  auto restarted = [](array_ptr other) {
    area_detector_view w({}, "");
    w.accumulate(batch(frame({1, 2}, {2}, 1.0), 0, 1));
    finalize(w);
    w.accumulate(batch(frame({1, 2}, {2}, 1.0), 1, 2));
    w.accumulate(batch(other, 2, 3));
    auto out = finalize(w);
    CHECK(out.cumulative.data == out.current.data);
    CHECK(out.cumulative.data.data.index() == other->data.data.index());
    CHECK(scalar(out.current, "start_time") == 2);
    w.accumulate(batch(other, 3, 4));
    return finalize(w).cumulative;
  };
  CHECK(numbers(restarted(frame({5, 6}, {2}, 2.0))) == ints{10, 12});
  CHECK(numbers(restarted(frame({7}, {1}, 1.0))) == ints{14});
}

TEST_CASE("frames whose element type changes go on in a type that holds both") {
  auto of_type = [](values v) {
    auto a = std::make_shared<data_array>(*frame({5, 6}, {2}));
    a->data.data = std::move(v);
    return a;
  };
  area_detector_view w({}, "");
  w.accumulate(batch(frame({1, 2}, {2})));
  w.accumulate(batch(of_type(std::vector<float>{0.5F, 1})));
  CHECK(finalize(w).cumulative.data.data == values{std::vector<double>{1.5, 3}});
  area_detector_view x({}, "");
  x.accumulate(batch(frame({1, 2}, {2})));
  x.accumulate(batch(of_type(std::vector<std::int64_t>{std::int64_t{1} << 40, 1})));
  CHECK(finalize(x).cumulative.data.data == values{std::vector<std::int64_t>{(std::int64_t{1} << 40) + 1, 3}});
}

TEST_CASE("a frame of another structure among good ones is refused, and does not harm them") {
  area_detector_view w({}, "");
  w.accumulate(batch(frame({1, 2}, {2})));
  auto good = frame({10, 20}, {2});
  auto other = frame({7}, {1});
  for (const auto& frames : {std::vector{good, other}, std::vector{other, good}}) {
    job_data both{{1}, {2}, {}, {}};
    for (const auto& f : frames)
      both.primary.push_back({"panel", f});
    CHECK_THROWS_AS(w.accumulate(both), partly_refused);
  }
  CHECK(numbers(finalize(w).cumulative) == ints{21, 42});
  // The detector is set otherwise: it starts anew, and with the newest where several are new.
  w.accumulate({{2}, {3}, {{"panel", other}}, {}});
  CHECK(numbers(finalize(w).cumulative) == ints{7});
  CHECK_THROWS_AS(w.accumulate({{3}, {4}, {{"panel", frame({1, 1, 1}, {3})}, {"panel", good}}, {}}), partly_refused);
  CHECK(numbers(finalize(w).cumulative) == ints{10, 20});
  CHECK_THROWS_AS(w.accumulate({{4}, {5}, {{"panel", good}, {"other", good}}, {}}), std::invalid_argument);
}

TEST_CASE("94: current has the bounds of its window, cumulative has none") {
  area_detector_view w({}, "");
  w.accumulate(batch(frame({1}, {1}), 10, 20));
  w.accumulate(batch(frame({1}, {1}), 20, 30));
  auto out = finalize(w);
  CHECK(scalar(out.current, "start_time") == 10);
  CHECK(scalar(out.current, "time") == 30);
  CHECK(out.cumulative.coord("start_time") == nullptr);
  w.accumulate(batch(frame({1}, {1}), 30, 40));
  CHECK(scalar(finalize(w).current, "start_time") == 30);
  w.accumulate(batch(frame({1}, {1}), 40, 50));
  w.clear();
  w.accumulate(batch(frame({1}, {1}), 50, 60));
  out = finalize(w);
  CHECK(scalar(out.current, "start_time") == 50);
  CHECK(numbers(out.cumulative) == ints{1});
}

TEST_CASE("95: without a frame, or after clear, there is no result") {
  area_detector_view w({}, "");
  CHECK_THROWS_AS(w.finalize(), std::runtime_error);
  w.accumulate(batch(frame({1}, {1})));
  w.clear();
  CHECK_THROWS_AS(w.finalize(), std::runtime_error);
  CHECK_THROWS_AS(w.accumulate({{0}, {1}, {}, {}}), std::invalid_argument);
  CHECK_THROWS_AS(w.accumulate({{0}, {1}, {{"panel", events_ptr{}}}, {}}), std::invalid_argument);
}

TEST_CASE("frames are folded and summed as the instrument says, like a naive loop") {
  std::mt19937_64 rng(1);
  std::uniform_int_distribution<std::int32_t> element(0, 65535);
  for (auto [fx, fy] : {std::pair{1, 1}, {2, 4}, {5, 3}}) {
    auto nx = 2 * fx;
    auto ny = 3 * fy;
    area_detector_view w(fold_and_sum, "settings.transform");
    ints expected(6);
    for (int k = 0; k < 4; ++k) {
      ints v(static_cast<std::size_t>(nx * ny));
      for (int i = 0; i < nx; ++i)
        for (int j = 0; j < ny; ++j)
          expected[static_cast<std::size_t>(i / fx * 3 + j / fy)] += v[static_cast<std::size_t>(i * ny + j)] =
            element(rng);
      w.accumulate(batch(frame(v, {nx, ny})));
    }
    auto out = finalize(w);
    CHECK(out.cumulative.data.dims == std::vector<std::string>{"x", "y"});
    CHECK(out.cumulative.data.shape == std::vector<std::int64_t>{2, 3});
    CHECK(numbers(out.cumulative) == expected);
  }
  area_detector_view w(fold_and_sum, "settings.transform");
  CHECK_THROWS(w.accumulate(batch(frame({1, 2, 3}, {3, 1}))));
}

TEST_CASE("sums within a frame that 64 bits do not hold stop at their ends") {
  constexpr auto top = std::numeric_limits<std::int64_t>::max();
  constexpr auto bottom = std::numeric_limits<std::int64_t>::min();
  data_array a;
  a.data.dims = {"dim_0", "dim_1"};
  a.data.shape = {2, 3};
  a.data.unit = "dimensionless";
  a.data.data = std::vector<std::int64_t>{top, 1, bottom, 1, top, -1};
  area_detector_view w(json::parse(R"([{"rename": {"dim_0": "x", "dim_1": "y"}}, {"reduce": ["x"]}])"),
                       "settings.transform");
  w.accumulate(batch(std::make_shared<const data_array>(std::move(a))));
  CHECK(finalize(w).cumulative.data.data == values(std::vector<std::int64_t>{top, top, bottom}));
}

TEST_CASE("sums that 32 bits do not hold are given with 64, and are exact") {
  constexpr auto top = std::numeric_limits<std::int32_t>::max();
  area_detector_view w({}, "");
  w.accumulate(batch(frame({top, 1}, {2})));
  CHECK(numbers(finalize(w).cumulative) == ints{top, 1});
  w.accumulate(batch(frame({1, 1}, {2})));
  auto out = finalize(w);
  CHECK(out.cumulative.data.data == values(std::vector<std::int64_t>{std::int64_t{top} + 1, 2}));
  CHECK(numbers(out.current) == ints{1, 1});
}

} // namespace area_detector_test
