#include "transport/simulator/alias_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace livedata {

alias_table::alias_table(std::span<const double> weights) {
  if (weights.empty() || weights.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw std::invalid_argument("an alias table needs 1 to 2^32 - 1 weights");
  }
  double sum = 0;
  for (double w : weights) {
    if (!(w >= 0) || !std::isfinite(w)) throw std::invalid_argument("weights must be finite and not negative");
    sum += w;
  }
  if (!(sum > 0) || !std::isfinite(sum)) throw std::invalid_argument("weights need a finite sum above zero");

  auto n = weights.size();
  std::vector<double> rest(n);
  std::vector<std::uint32_t> small;
  std::vector<std::uint32_t> large;
  small.reserve(n);
  large.reserve(n);
  auto scale = static_cast<double>(n) / sum;
  for (std::uint32_t i = 0; i < n; ++i) {
    rest[i] = weights[i] * scale;
    (rest[i] < 1 ? small : large).push_back(i);
  }

  slots_.resize(n);
  while (!small.empty() && !large.empty()) {
    auto s = small.back();
    auto l = large.back();
    small.pop_back();
    slots_[s] = {static_cast<std::uint32_t>(rest[s] * 0x1p32), l};
    rest[l] -= 1 - rest[s];
    if (rest[l] < 1) {
      large.pop_back();
      small.push_back(l);
    }
  }
  // What is left has a rest of 1 but for rounding, and keeps its slot. One without weight can only be left by rounding
  // too; it gives its slot away.
  auto heaviest = static_cast<std::uint32_t>(std::max_element(weights.begin(), weights.end()) - weights.begin());
  for (const auto* left : {&small, &large}) {
    for (auto i : *left)
      slots_[i] = {0, weights[i] > 0 ? i : heaviest};
  }
}

} // namespace livedata
