#include "transport/simulator/alias_table.hpp"
#include "transport/simulator/portable_random.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace simulator_random_test {

using namespace livedata;

namespace {

// How often each index comes when the bits run evenly through all slots, as parts of one.
std::vector<double> frequencies(const alias_table& table, std::uint64_t steps_per_slot) {
  auto n = table.size();
  std::vector<double> counts(n);
  for (std::uint64_t slot = 0; slot < n; ++slot) {
    auto high = ((slot << 32) + n - 1) / n;
    for (std::uint64_t step = 0; step < steps_per_slot; ++step) {
      auto low = ((2 * step + 1) << 31) / steps_per_slot;
      counts[table.sample((high << 32) | low)] += 1;
    }
  }
  for (auto& c : counts)
    c /= static_cast<double>(n * steps_per_slot);
  return counts;
}

} // namespace

TEST_CASE("an alias table draws each index in proportion to its weight") {
  std::vector<double> weights{1, 2, 3, 4, 0, 10, 0.5, 0};
  auto drawn = frequencies(alias_table(weights), 100'000);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    CAPTURE(i);
    CHECK(drawn[i] == doctest::Approx(weights[i] / 20.5).epsilon(1e-4));
  }
}

TEST_CASE("an index of weight zero is never drawn, whatever the rounding") {
  portable_random random(7);
  for (std::size_t n : {2U, 3U, 10U, 1000U}) {
    std::vector<double> weights(n);
    for (std::size_t i = 0; i < n; ++i)
      weights[i] = i % 3 == 1 ? 0 : random.uniform() * std::pow(10, random.uniform() * 12);
    alias_table table(weights);
    auto drawn = frequencies(table, 64);
    for (std::size_t i = 0; i < n; ++i) {
      if (weights[i] == 0) CHECK(drawn[i] == 0);
    }
    for (int i = 0; i < 10'000; ++i)
      CHECK(weights[table.sample(random.bits())] > 0);
  }
}

TEST_CASE("an alias table of one or of equal weights is uniform") {
  std::vector<double> one{0.3};
  CHECK(alias_table(one).sample(~std::uint64_t{0}) == 0);
  std::vector<double> equal(6, 0.1);
  for (double f : frequencies(alias_table(equal), 10))
    CHECK(f == doctest::Approx(1.0 / 6));
}

TEST_CASE("an alias table refuses weights that are no distribution") {
  constexpr auto infinity = std::numeric_limits<double>::infinity();
  for (const auto& weights :
       std::vector<std::vector<double>>{{}, {0, 0}, {1, -1}, {1, infinity}, {1, std::nan("")}, {1e308, 1e308}}) {
    CHECK_THROWS_AS(alias_table{weights}, std::invalid_argument);
  }
}

TEST_CASE("portable random numbers are the same everywhere and have their moments") {
  // The 10000th number of this engine from its default seed is fixed by the C++ standard.
  portable_random standard(5489);
  for (int i = 1; i < 10'000; ++i)
    standard.bits();
  CHECK(standard.bits() == 9981545732273789042ULL);

  portable_random random(3);
  double sum = 0;
  double squares = 0;
  double uniforms = 0;
  constexpr int n = 200'000;
  for (int i = 0; i < n; ++i) {
    auto u = random.uniform();
    REQUIRE(u >= 0);
    REQUIRE(u < 1);
    uniforms += u;
    auto x = random.normal();
    sum += x;
    squares += x * x;
  }
  CHECK(uniforms / n == doctest::Approx(0.5).epsilon(0.01));
  CHECK(std::abs(sum / n) < 0.01);
  CHECK(squares / n == doctest::Approx(1).epsilon(0.02));
}

TEST_CASE("derived seeds differ by seed, name and index") {
  auto s = derived_seed(1, "a", 0);
  CHECK(s == derived_seed(1, "a", 0));
  CHECK(s != derived_seed(2, "a", 0));
  CHECK(s != derived_seed(1, "b", 0));
  CHECK(s != derived_seed(1, "a", 1));
}

} // namespace simulator_random_test
