#include "messages/array_sum.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <random>

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

TEST_CASE("E-2: another shape, coordinate, further coordinate, unit, type or variance starts the sum anew") {
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
  CHECK(restarts(base, frame(std::vector<float>{1, 2, 3}, 1.0)));
  CHECK(restarts(base, frame(longs{1, 2, 3}, 1.0)));
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
