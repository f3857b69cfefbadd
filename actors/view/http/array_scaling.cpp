#include "actors/view/http/array_scaling.hpp"

#include "messages/units.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

namespace livedata {

namespace {

std::int64_t parts_of(std::int64_t size, std::int64_t step) {
  return (size + step - 1) / step;
}

// How an array lies in memory: planes of height by width.
struct plane_layout {
  std::int64_t planes = 1;
  std::int64_t height = 1;
  std::int64_t width = 1;
};

// Adds up blocks of by_y times by_x elements. `counts`: the numbers of elements in each block that are numbers.
template <class Sum, class T>
std::vector<Sum> block_sums(const std::vector<T>& in, const plane_layout& l, std::int64_t by_y, std::int64_t by_x,
                            std::vector<std::int32_t>& counts) {
  const auto rows = parts_of(l.height, by_y);
  const auto columns = parts_of(l.width, by_x);
  std::vector<Sum> out(static_cast<std::size_t>(l.planes * rows * columns));
  counts.assign(out.size(), 0);
  std::size_t from = 0;
  for (std::int64_t p = 0; p < l.planes; ++p)
    for (std::int64_t y = 0; y < l.height; ++y) {
      const auto row = static_cast<std::size_t>((p * rows + y / by_y) * columns);
      for (std::int64_t x = 0; x < l.width; ++x, ++from) {
        if constexpr (std::is_floating_point_v<T>)
          if (std::isnan(in[from])) continue;
        const auto to = row + static_cast<std::size_t>(x / by_x);
        out[to] += static_cast<Sum>(in[from]);
        ++counts[to];
      }
    }
  return out;
}

// `mean` divides by the number of elements `power` times: once for values, twice for variances.
values scaled(const values& v, const plane_layout& l, std::int64_t by_y, std::int64_t by_x, bool mean, int power) {
  return std::visit(
    [&]<class T>(const std::vector<T>& in) -> values {
      std::vector<std::int32_t> counts;
      if constexpr (std::is_integral_v<T>)
        if (!mean) return block_sums<std::int64_t>(in, l, by_y, by_x, counts);
      auto sums = block_sums<double>(in, l, by_y, by_x, counts);
      for (std::size_t i = 0; i < sums.size(); ++i) {
        if (counts[i] == 0) sums[i] = std::numeric_limits<double>::quiet_NaN();
        if (mean && counts[i] > 0) sums[i] /= std::pow(counts[i], power);
      }
      if constexpr (std::is_same_v<T, float>)
        return std::vector<float>(sums.begin(), sums.end());
      else
        return sums;
    },
    v);
}

// A coordinate along the scaled dimension alone.
variable scaled_coord(const variable& c, std::int64_t size, std::int64_t step) {
  variable out = c;
  const auto parts = parts_of(size, step);
  const bool edges = c.shape[0] == size + 1;
  out.shape = {edges ? parts + 1 : parts};
  std::visit(
    [&]<class T>(std::vector<T>& numbers) {
      std::vector<T> kept;
      for (std::int64_t i = 0; i < out.shape[0]; ++i) {
        const auto first = static_cast<std::size_t>(std::min(i * step, edges ? size : size - 1));
        if (edges) {
          kept.push_back(numbers[first]);
          continue;
        }
        const auto last = std::min(first + static_cast<std::size_t>(step), static_cast<std::size_t>(size));
        long double sum = 0;
        for (auto k = first; k < last; ++k)
          sum += static_cast<long double>(numbers[k]);
        kept.push_back(static_cast<T>(sum / static_cast<long double>(last - first)));
      }
      numbers = std::move(kept);
    },
    out.data);
  return out;
}

} // namespace

std::optional<scaled_array> scaled_to(const data_array& array, const view_size& most) {
  const auto rank = array.data.dims.size();
  if (rank == 0 || size_of(array.data.data) == 0) return std::nullopt;
  plane_layout l;
  l.width = array.data.shape[rank - 1];
  if (rank > 1) l.height = array.data.shape[rank - 2];
  for (std::size_t i = 0; i + 2 < rank; ++i)
    l.planes *= array.data.shape[i];
  scaled_array out;
  out.by_x = parts_of(l.width, std::max<std::int64_t>(1, most.width));
  out.by_y = rank > 1 ? parts_of(l.height, std::max<std::int64_t>(1, most.height)) : 1;
  if (out.by_x == 1 && out.by_y == 1) return std::nullopt;

  const bool mean = !array.data.unit || !same_unit(*array.data.unit, "counts");
  auto& a = out.array;
  a.name = array.name;
  a.data.dims = array.data.dims;
  a.data.shape = array.data.shape;
  a.data.unit = array.data.unit;
  a.data.shape[rank - 1] = parts_of(l.width, out.by_x);
  if (rank > 1) a.data.shape[rank - 2] = parts_of(l.height, out.by_y);
  a.data.data = scaled(array.data.data, l, out.by_y, out.by_x, mean, 1);
  if (array.variances) a.variances = scaled(*array.variances, l, out.by_y, out.by_x, mean, 2);
  for (const auto& [name, c] : array.coords) {
    const auto touches = [&](const std::string& dim, std::int64_t by) {
      return by > 1 && std::ranges::find(c.dims, dim) != c.dims.end();
    };
    const bool x = touches(a.data.dims[rank - 1], out.by_x);
    const bool y = rank > 1 && touches(a.data.dims[rank - 2], out.by_y);
    if (!x && !y)
      a.coords.emplace_back(name, c);
    else if (c.dims.size() == 1)
      a.coords.emplace_back(name, scaled_coord(c, x ? l.width : l.height, x ? out.by_x : out.by_y));
  }
  return out;
}

} // namespace livedata
