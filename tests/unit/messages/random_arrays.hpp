// Random data arrays, for tests of what writes and reads them.
#pragma once

#include "messages/data_array.hpp"

#include <cmath>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

namespace livedata::test {

// Random arrays: all types, zero to three dimensions, variances, edges, scalars, with and without units.
class array_maker {
public:
  explicit array_maker(std::uint64_t seed) : random_(seed) {}

  data_array make() {
    data_array array;
    array.name = text();
    const auto rank = below(4);
    for (std::size_t i = 0; i < rank; ++i)
      array.data.dims.push_back("dim_" + std::to_string(i) + text());
    for (std::size_t i = 0; i < rank; ++i)
      array.data.shape.push_back(static_cast<std::int64_t>(below(6)));
    array.data.unit = unit();
    array.data.data = numbers(array.data.shape);
    // Squares of small numbers, so that the way through the root is exact.
    if (array.data.data.index() < 2 && below(2) == 0) array.variances = squares(array.data.data);
    for (auto n = below(5); n > 0; --n)
      array.set_coord("coord_" + std::to_string(n) + text(), coord(array.data));
    return array;
  }

  // The same with other numbers.
  data_array refilled(data_array array) {
    array.data.data = other(array.data.data);
    if (array.variances) array.variances = squares(array.data.data);
    for (auto& [name, coord] : array.coords)
      coord.data = other(coord.data);
    return array;
  }

private:
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }

  std::string text() {
    static const std::vector<std::string> texts{"", "counts", "with blanks", "µs", "Å²/ns", "\"quoted\"", "a/b:c"};
    return texts[below(texts.size())];
  }

  std::optional<std::string> unit() {
    static const std::vector<std::string> units{"counts", "dimensionless", "m", "ns", "datetime64[D]", "no such unit"};
    if (below(4) == 0) return std::nullopt;
    return units[below(units.size())];
  }

  template <class T>
  std::vector<T> fill(const std::vector<std::int64_t>& shape) {
    std::int64_t n = 1;
    for (auto s : shape)
      n *= s;
    std::vector<T> out(static_cast<std::size_t>(n));
    for (auto& x : out)
      x = std::is_integral_v<T> ? static_cast<T>(random_())
                                : static_cast<T>(std::ldexp(static_cast<double>(random_()), -30));
    return out;
  }

  values numbers(const std::vector<std::int64_t>& shape) {
    switch (below(4)) {
    case 0:
      return fill<double>(shape);
    case 1:
      return fill<float>(shape);
    case 2:
      return fill<std::int64_t>(shape);
    default:
      return fill<std::int32_t>(shape);
    }
  }

  values other(const values& like) {
    return std::visit(
      [&]<class T>(const std::vector<T>& v) -> values { return fill<T>({static_cast<std::int64_t>(v.size())}); }, like);
  }

  values squares(values like) {
    std::visit(
      [&]<class T>(std::vector<T>& out) {
        for (auto& x : out) {
          const auto root = static_cast<T>(below(1000));
          x = root * root;
        }
      },
      like);
    return like;
  }

  variable coord(const variable& data) {
    variable v;
    for (std::size_t i = 0; i < data.dims.size(); ++i)
      if (below(2) == 0) {
        v.dims.push_back(data.dims[i]);
        v.shape.push_back(data.shape[i] + static_cast<std::int64_t>(below(2)));
      }
    v.unit = unit();
    v.data = numbers(v.shape);
    return v;
  }

  std::mt19937_64 random_;
};

} // namespace livedata::test
