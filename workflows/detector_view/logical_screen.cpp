#include "workflows/detector_view/screen.hpp"
#include "workflows/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace livedata {

screen fold_and_reduce(const detector& d, std::span<const std::string> reduce) {
  auto reduced = [&](const std::string& dim) { return std::find(reduce.begin(), reduce.end(), dim) != reduce.end(); };
  for (const auto& dim : reduce)
    if (std::none_of(d.sizes.begin(), d.sizes.end(), [&](const auto& s) { return s.first == dim; }))
      throw parameter_error(fmt::format("'reduce' names '{}', which detector {} has not", dim, d.name));

  screen s;
  s.first_pixel = d.first_pixel;
  // How far one step along each dimension of the detector moves on the screen; 0 for a dimension that is summed away.
  std::vector<std::int64_t> strides(d.sizes.size(), 0);
  std::int64_t bins = 1;
  for (std::size_t i = d.sizes.size(); i-- > 0;) {
    if (reduced(d.sizes[i].first)) continue;
    strides[i] = bins;
    bins *= d.sizes[i].second;
  }
  for (const auto& size : d.sizes)
    if (!reduced(size.first)) s.dims.push_back(size);

  auto pixels = static_cast<std::size_t>(d.pixel_count());
  s.weights.assign(static_cast<std::size_t>(bins), 0.0);
  pixel_map map(pixels);
  std::vector<std::int64_t> index(d.sizes.size(), 0);
  std::int64_t bin = 0;
  for (std::size_t p = 0; p < pixels; ++p) {
    map[p] = static_cast<std::int32_t>(bin);
    s.weights[static_cast<std::size_t>(bin)] += 1;
    for (std::size_t i = index.size(); i-- > 0;) {
      bin += strides[i];
      if (++index[i] < d.sizes[i].second) break;
      bin -= strides[i] * d.sizes[i].second;
      index[i] = 0;
    }
  }
  s.replicas.push_back(std::move(map));

  if (s.dims.size() == d.sizes.size()) {
    std::vector<std::int32_t> numbers(pixels);
    std::iota(numbers.begin(), numbers.end(), d.first_pixel);
    variable v;
    for (const auto& [dim, size] : s.dims) {
      v.dims.push_back(dim);
      v.shape.push_back(size);
    }
    v.data = std::move(numbers);
    s.coords.emplace_back("detector_number", std::move(v));
  }
  return s;
}

} // namespace livedata
