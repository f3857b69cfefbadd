#include "messages/data_array.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

namespace livedata {

namespace {

// The product of sizes, none of them negative; nothing if it does not fit.
std::optional<std::uint64_t> volume(const std::vector<std::int64_t>& shape) {
  if (std::ranges::find(shape, 0) != shape.end()) return 0;
  std::uint64_t product = 1;
  for (auto n : shape) {
    const auto factor = static_cast<std::uint64_t>(n);
    if (product > std::numeric_limits<std::uint64_t>::max() / factor) return std::nullopt;
    product *= factor;
  }
  return product;
}

} // namespace

std::size_t size_of(const values& v) {
  return std::visit([](const auto& numbers) { return numbers.size(); }, v);
}

const variable* data_array::coord(std::string_view coord_name) const {
  auto it = std::ranges::find(coords, coord_name, [](const auto& c) -> std::string_view { return c.first; });
  return it == coords.end() ? nullptr : &it->second;
}

void data_array::set_coord(std::string coord_name, variable v) {
  auto it = std::ranges::find(coords, coord_name, [](const auto& c) -> const std::string& { return c.first; });
  if (it == coords.end())
    coords.emplace_back(std::move(coord_name), std::move(v));
  else
    it->second = std::move(v);
}

std::optional<std::string> inconsistency(const variable& v) {
  if (v.dims.size() != v.shape.size())
    return fmt::format("{} dimensions ({}) but {} sizes; give one size for each dimension", v.dims.size(),
                       fmt::join(v.dims, ", "), v.shape.size());
  for (auto it = v.dims.begin(); it != v.dims.end(); ++it)
    if (std::find(v.dims.begin(), it, *it) != it)
      return fmt::format("dimension '{}' stands twice; name each dimension differently", *it);
  for (std::size_t i = 0; i < v.shape.size(); ++i)
    if (v.shape[i] < 0)
      return fmt::format("size {} of dimension '{}' is negative; sizes start at 0", v.shape[i], v.dims[i]);
  const auto expected = volume(v.shape);
  if (!expected || *expected != size_of(v.data))
    return fmt::format("shape [{}] does not go with {} values; their number must be the product of the sizes",
                       fmt::join(v.shape, ", "), size_of(v.data));
  return std::nullopt;
}

} // namespace livedata
