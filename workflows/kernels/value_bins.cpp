#include "workflows/kernels/value_bins.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace livedata {

namespace {

constexpr double most_value_cells = 65536;

} // namespace

value_bins::value_bins(std::vector<double> edges) : edges_(std::move(edges)) {
  if (edges_.size() < 2) throw std::invalid_argument("a histogram needs two edges at least");
  auto narrowest = edges_.back() - edges_.front();
  for (std::size_t i = 1; i < edges_.size(); ++i) {
    if (!(edges_[i - 1] < edges_[i])) throw std::invalid_argument("the edges of a histogram must increase");
    narrowest = std::min(narrowest, edges_[i] - edges_[i - 1]);
  }
  const auto span = edges_.back() - edges_.front();
  if (!std::isfinite(span)) throw std::invalid_argument("the edges of a histogram must be finite");
  // Twice as many cells as the narrowest bin needs: then rounding cannot bring two edges within reach of one cell.
  const auto wanted = std::ceil(2 * span / narrowest);
  one_step_ = wanted <= most_value_cells;
  const auto cells = one_step_ ? wanted : most_value_cells;
  cells_per_unit_ = cells / span;
  start_.reserve(static_cast<std::size_t>(cells) + 1);
  std::uint32_t k = 0;
  for (std::size_t c = 0; c <= static_cast<std::size_t>(cells); ++c) {
    // A value of the cell may lie below its computed start by rounding: half a cell is more than enough.
    const auto x = edges_.front() + (static_cast<double>(c) - 0.25) / cells_per_unit_;
    while (k + 1 < size() && x >= edges_[k + 1])
      ++k;
    start_.push_back(k);
  }
}

} // namespace livedata
