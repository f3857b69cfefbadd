// A small screen on which pixels show at random, for tests of views.
#pragma once

#include "workflows/detector_view/screen.hpp"

#include <cstddef>
#include <random>
#include <utility>

namespace livedata::test {

// 4 by 5 bins; each of the pixels, in each replica, shows in one of them or nowhere.
inline screen random_screen(std::mt19937_64& rng, std::size_t pixels, int replicas) {
  screen s;
  s.dims = {{"y", 4}, {"x", 5}};
  s.weights.assign(20, 1.0);
  for (int r = 0; r < replicas; ++r) {
    pixel_map map(pixels);
    for (auto& b : map)
      b = std::uniform_int_distribution<std::int32_t>(-1, 19)(rng);
    s.replicas.push_back(std::move(map));
  }
  return s;
}

} // namespace livedata::test
