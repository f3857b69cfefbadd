// Requests for regions of interest, in bins of the screen, as a dashboard sends them.
#pragma once

#include "messages/data_array.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace livedata::test {

struct asked_region {
  std::vector<double> x;
  std::vector<double> y;
};

// Of one shape: rectangles have two bounds in each direction, polygons as many as they have corners.
inline data_array region_request(bool polygons, const std::vector<asked_region>& regions) {
  const std::string dim = polygons ? "vertex" : "bounds";
  std::vector<double> x;
  std::vector<double> y;
  std::vector<std::int32_t> index;
  std::int32_t number = 0;
  for (const auto& r : regions) {
    x.insert(x.end(), r.x.begin(), r.x.end());
    y.insert(y.end(), r.y.begin(), r.y.end());
    index.insert(index.end(), r.x.size(), number++);
  }
  data_array a;
  a.data = make_vector(dim, std::vector<std::int32_t>(x.size(), 1), "dimensionless");
  a.set_coord("x", make_vector(dim, std::move(x), {}));
  a.set_coord("y", make_vector(dim, std::move(y), {}));
  a.set_coord("roi_index", make_vector(dim, std::move(index), "dimensionless"));
  return a;
}

// That lie side by side, 4 by 4 bins each, on a screen of 128 by 128 bins: 1024 at most.
inline data_array many_rectangles(int count) {
  std::vector<asked_region> out;
  for (int i = 0; i < count; ++i) {
    const double x = 4.0 * (i % 32);
    const double y = 4.0 * (i / 32);
    out.push_back({{x, x + 4}, {y, y + 4}});
  }
  return region_request(false, out);
}

// That lie anywhere, and nearly everywhere, on such a screen.
inline data_array wild_polygons(int count, int corners) {
  std::mt19937_64 rng(44);
  std::uniform_real_distribution<double> at(-5, 133);
  std::vector<asked_region> out(static_cast<std::size_t>(count));
  for (auto& r : out)
    for (int c = 0; c < corners; ++c) {
      r.x.push_back(at(rng));
      r.y.push_back(at(rng));
    }
  return region_request(true, out);
}

} // namespace livedata::test
