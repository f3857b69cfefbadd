#include "messages/array_sum.hpp"
#include "messages/codec/ad00.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <type_traits>

namespace array_sum_test {

using namespace livedata;

namespace {

template <class T>
array_ptr frame(std::vector<T> v, std::optional<double> edge = {}) {
  data_array a{"", make_vector("x", std::move(v), "counts"), {}, {}};
  if (edge) a.set_coord("x", make_vector("x", std::vector<double>(size_of(a.data.data), *edge), "mm"));
  return std::make_shared<const data_array>(std::move(a));
}

template <class T>
std::vector<T> numbers(const array_sum& s) {
  return std::get<std::vector<T>>(s.get()->data.data);
}

// What a producer of frames sends, read as it comes.
template <class T>
array_ptr sent_frame(const std::vector<T>& v) {
  const std::array shape{static_cast<std::int64_t>(v.size())};
  auto read = ad00::read(ad00::write<T>("camera", 0, {}, shape, v));
  REQUIRE(read);
  return std::make_shared<const data_array>(read->data);
}

// Holds any sum of those below.
__extension__ typedef __int128 whole;

using ints = std::vector<std::int32_t>;
using longs = std::vector<std::int64_t>;

} // namespace

TEST_CASE("E-2: arrays of equal structure are added; a single one is not copied") {
  array_sum s;
  CHECK(s.get() == nullptr);
  auto a = frame(ints{1, 2, 3});
  CHECK(s.add(a));
  CHECK(s.get() == a);
  CHECK(s.add(frame(ints{10, 20, 30})));
  CHECK(numbers<std::int32_t>(s) == ints{11, 22, 33});
  CHECK(s.count() == 2);
  CHECK(std::get<ints>(a->data.data) == ints{1, 2, 3});
  s.clear();
  CHECK(s.get() == nullptr);
  CHECK(s.add(frame(ints{4, 4, 4})));
  CHECK(numbers<std::int32_t>(s) == ints{4, 4, 4});
}

TEST_CASE("E-2: another shape, coordinate, further coordinate, unit or variance starts the sum anew") {
  auto restarts = [](const array_ptr& first, const array_ptr& second) {
    array_sum s;
    s.add(first);
    s.add(first);
    auto restarted = !s.add(second);
    if (restarted) {
      CHECK(s.get() == second);
      CHECK(s.count() == 1);
    }
    return restarted;
  };
  auto base = frame(ints{1, 2, 3}, 1.0);
  CHECK_FALSE(restarts(base, base));
  CHECK(restarts(base, frame(ints{1, 2}, 1.0)));
  CHECK(restarts(base, frame(ints{1, 2, 3}, 2.0)));
  CHECK(restarts(frame(ints{1, 2, 3}), base));
  // Only the sum has the coordinate.
  CHECK_FALSE(restarts(base, frame(ints{1, 2, 3})));
  // No type holds both exactly.
  CHECK(restarts(frame(longs{1, 2, 3}), frame(std::vector<double>{1, 2, 3})));
  CHECK(restarts(frame(std::vector<float>{1, 2, 3}), frame(longs{1, 2, 3})));
  auto unit = std::make_shared<data_array>(*base);
  unit->data.unit = "mm";
  CHECK(restarts(base, unit));
  auto floats = std::make_shared<data_array>(*frame(std::vector<double>{1, 2, 3}));
  auto with_variances = std::make_shared<data_array>(*floats);
  with_variances->variances = floats->data.data;
  CHECK(restarts(floats, with_variances));
  array_sum s;
  s.add(with_variances);
  s.add(with_variances);
  CHECK(std::get<std::vector<double>>(*s.get()->variances) == std::vector<double>{2, 4, 6});
}

TEST_CASE("a sum whose element type changes goes on in a type that holds both exactly") {
  constexpr auto big = std::int64_t{1} << 40;
  constexpr auto top = std::numeric_limits<std::int32_t>::max();
  using doubles = std::vector<double>;
  using floats = std::vector<float>;
  auto sum = [](const std::vector<array_ptr>& arrays) {
    array_sum s;
    for (const auto& a : arrays)
      CHECK(s.add(a));
    CHECK(s.count() == arrays.size());
    return s.get()->data.data;
  };
  CHECK(sum({frame(ints{1, top}), frame(longs{big, 1})}) == values{longs{big + 1, std::int64_t{top} + 1}});
  CHECK(sum({frame(longs{big}), frame(ints{1}), frame(ints{1})}) == values{longs{big + 2}});
  CHECK(sum({frame(doubles{0.5}), frame(ints{top})}) == values{doubles{top + 0.5}});
  CHECK(sum({frame(ints{top}), frame(doubles{0.5}), frame(ints{1})}) == values{doubles{top + 1.5}});
  CHECK(sum({frame(ints{top}), frame(ints{top}), frame(floats{0.5F})}) == values{doubles{2.0 * top + 0.5}});
  CHECK(sum({frame(floats{0.5F}), frame(ints{16'777'217})}) == values{doubles{16'777'217.5}});
  auto with_variances = [](const values& v) {
    auto a = std::make_shared<data_array>();
    a->data = {{"x"}, {1}, "counts", v};
    a->variances = v;
    return array_ptr(a);
  };
  array_sum s;
  CHECK(s.add(with_variances(floats{0.5F})));
  CHECK(s.add(with_variances(doubles{1e10})));
  CHECK(s.get()->data.data == values{doubles{1e10 + 0.5}});
  CHECK(*s.get()->variances == values{doubles{1e10 + 0.5}});
}

TEST_CASE("arrays of a batch are added up by structure, and one that is not finite stands apart") {
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  auto one = frame(std::vector<double>{1, 2});
  array_sums sums(true);
  for (const auto& a : {one, frame(std::vector<double>{5}), one, frame(std::vector<double>{nan, 1}), one})
    sums.add(a);
  auto out = sums.take();
  REQUIRE(out.size() == 3);
  CHECK(out[0]->data.data == values{std::vector<double>{3, 6}});
  CHECK(out[1]->data.data == values{std::vector<double>{5}});
  CHECK(std::isnan(std::get<std::vector<double>>(out[2]->data.data)[0]));
  CHECK(sums.take().empty());
  array_sums together(false);
  together.add(one);
  together.add(frame(std::vector<double>{nan, 1}));
  CHECK(together.take().size() == 1);
}

TEST_CASE("E-3: a sum that somebody still reads does not change under him") {
  array_sum s;
  s.add(frame(ints{1}));
  s.add(frame(ints{1}));
  auto reader = s.get();
  s.add(frame(ints{1}));
  CHECK(std::get<ints>(reader->data.data) == ints{2});
  CHECK(numbers<std::int32_t>(s) == ints{3});
}

TEST_CASE("sums of whole numbers are exact: 32 bits become 64 where needed, 64 bits stop at their ends") {
  constexpr auto top = std::numeric_limits<std::int32_t>::max();
  array_sum s;
  s.add(frame(ints{top, -1, 5}));
  CHECK(s.add(frame(ints{1, 1, 5})));
  CHECK(numbers<std::int64_t>(s) == longs{std::int64_t{top} + 1, 0, 10});
  CHECK(s.add(frame(ints{1, 1, 1})));
  CHECK(numbers<std::int64_t>(s) == longs{std::int64_t{top} + 2, 1, 11});

  constexpr auto low = std::numeric_limits<std::int64_t>::min();
  array_sum l;
  l.add(frame(longs{low}));
  l.add(frame(longs{-1}));
  CHECK(numbers<std::int64_t>(l) == longs{low});
}

TEST_CASE("random frames add up to the sum of their 64-bit values") {
  std::mt19937_64 rng(3);
  for (int round = 0; round < 50; ++round) {
    std::uniform_int_distribution<std::int32_t> element(std::numeric_limits<std::int32_t>::min(),
                                                        std::numeric_limits<std::int32_t>::max());
    array_sum s;
    longs expected(17);
    for (int k = 0; k < 20; ++k) {
      ints v(17);
      for (std::size_t i = 0; i < v.size(); ++i)
        expected[i] += v[i] = round % 2 ? element(rng) : element(rng) / 1000;
      CHECK(s.add(frame(v)));
    }
    std::visit([&](const auto& sum) { CHECK(longs(sum.begin(), sum.end()) == expected); }, s.get()->data.data);
  }
}

TEST_CASE_TEMPLATE("a sum of the largest, the smallest and other whole numbers is exact up to the ends of 64 bits, "
                   "after each addition",
                   T, std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t, std::uint32_t,
                   std::int64_t) {
  using limits = std::numeric_limits<T>;
  constexpr whole lowest = std::numeric_limits<std::int64_t>::min();
  constexpr whole highest = std::numeric_limits<std::int64_t>::max();
  const std::vector<T> numbers{
    limits::min(), limits::max(), T{0}, T{1}, static_cast<T>(limits::max() / 2), static_cast<T>(limits::min() + 1)};
  std::mt19937_64 rng(7);
  array_sum s;
  std::vector<whole> expected(50);
  for (int k = 0; k < 40; ++k) {
    std::vector<T> v(expected.size());
    for (std::size_t i = 0; i < v.size(); ++i) {
      // The first elements get one of the numbers each time, the others any of them.
      v[i] = i < numbers.size() ? numbers[i] : numbers[rng() % numbers.size()];
      expected[i] = std::clamp(expected[i] + v[i], lowest, highest);
    }
    REQUIRE(s.add(sent_frame(v)));
    std::visit(
      [&](const auto& sum) {
        CHECK(std::is_integral_v<typename std::decay_t<decltype(sum)>::value_type>);
        for (std::size_t i = 0; i < sum.size(); ++i)
          CHECK(static_cast<whole>(sum[i]) == expected[i]);
      },
      s.get()->data.data);
  }
}

TEST_CASE_TEMPLATE("a sum of numbers that are floating point in memory is theirs, and infinite beyond their range", T,
                   std::uint64_t, float, double) {
  using limits = std::numeric_limits<T>;
  using in_memory = std::conditional_t<std::is_same_v<T, float>, float, double>;
  const std::vector<T> v{limits::min(), limits::max(), T{0}, T{1}, limits::lowest()};
  array_sum s;
  std::vector<in_memory> expected(v.size());
  for (int k = 0; k < 5; ++k) {
    REQUIRE(s.add(sent_frame(v)));
    for (std::size_t i = 0; i < v.size(); ++i)
      expected[i] += static_cast<in_memory>(v[i]);
  }
  CHECK(numbers<in_memory>(s) == expected);
  if (std::is_floating_point_v<T>) CHECK(numbers<in_memory>(s)[1] == std::numeric_limits<in_memory>::infinity());
}

} // namespace array_sum_test
