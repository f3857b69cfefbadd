// Random numbers that are the same with every standard library. The standard fixes std::mt19937_64 to the bit, but not
// its distributions; so the conversions are here.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <string_view>

namespace livedata {

class portable_random {
public:
  explicit portable_random(std::uint64_t seed) : engine_(seed) {}

  // 64 random bits.
  std::uint64_t bits() { return engine_(); }

  // Uniform in [0, 1), a multiple of 2^-53.
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }

  // Standard normal, by Marsaglia's polar method.
  double normal() {
    if (has_spare_) {
      has_spare_ = false;
      return spare_;
    }
    double u = 0;
    double v = 0;
    double s = 0;
    do {
      u = 2 * uniform() - 1;
      v = 2 * uniform() - 1;
      s = u * u + v * v;
    } while (s >= 1 || s == 0);
    auto factor = std::sqrt(-2 * std::log(s) / s);
    spare_ = v * factor;
    has_spare_ = true;
    return u * factor;
  }

  // Poisson of a small mean, by multiplying uniform numbers (Knuth, TAOCP vol. 2, 3.4.1).
  int poisson(double mean) {
    const auto limit = std::exp(-mean);
    int n = 0;
    for (auto product = uniform(); product > limit; product *= uniform())
      ++n;
    return n;
  }

private:
  std::mt19937_64 engine_;
  double spare_ = 0;
  bool has_spare_ = false;
};

// A seed for part `index` of the stream called `name`, so that what is drawn for one part does not depend on the
// others.
inline std::uint64_t derived_seed(std::uint64_t seed, std::string_view name, std::uint64_t index) {
  // FNV-1a over the name, then the finalizer of splitmix64.
  std::uint64_t hash = 0xcbf29ce484222325;
  for (char c : name)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  auto mixed = [](std::uint64_t x) {
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  };
  return mixed(mixed(mixed(seed) ^ hash) ^ index);
}

} // namespace livedata
