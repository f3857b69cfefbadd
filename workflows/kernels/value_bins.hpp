// Finds the bin of a floating-point value: half-open bins [E_k, E_k+1). The search is exact: what it guesses, it
// compares with the edges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace livedata {

class value_bins {
public:
  // For loops over many values, to be held by value: look_up(x) is the bin of `x`, or any number from size() on if it
  // is in none, as NaN is. A table over equal cells says in which bin a cell starts.
  struct search {
    double first;
    double cells_per_unit;
    std::int64_t last_cell;
    const std::uint32_t* start;
    const double* edges;

    std::size_t operator()(double x) const noexcept {
      // What is no number has to be caught before it is made a whole one.
      const auto place = (x - first) * cells_per_unit;
      const auto inside = place >= 0 ? place : 0.0;
      const auto limit = static_cast<double>(last_cell);
      const auto cell = static_cast<std::int64_t>(inside < limit ? inside : limit);
      const std::size_t k = start[cell];
      // Added and not jumped: on which side of an edge a value lies cannot be predicted.
      return k + static_cast<std::size_t>(x >= edges[k + 1]) - static_cast<std::size_t>(!(x >= edges[k]));
    }
  };

  // The same where several edges may lie in one cell.
  struct following_search : search {
    std::size_t bins;

    std::size_t operator()(double x) const noexcept {
      auto k = search::operator()(x);
      while (k < bins && x >= edges[k + 1])
        ++k;
      return k;
    }
  };

  // `edges`: at least two finite, strictly increasing values. Throws std::invalid_argument otherwise.
  explicit value_bins(std::vector<double> edges);

  std::size_t size() const noexcept { return edges_.size() - 1; }

  const std::vector<double>& edges() const noexcept { return edges_; }

  // Calls f(look_up) with one of the above.
  template <class F>
  decltype(auto) visit(F&& f) const {
    const search one_step{edges_.front(), cells_per_unit_, static_cast<std::int64_t>(start_.size()) - 1, start_.data(),
                          edges_.data()};
    if (one_step_) return f(one_step);
    return f(following_search{one_step, size()});
  }

  // From size() on: in none.
  std::size_t find(double x) const noexcept {
    return visit([x](const auto look_up) { return look_up(x); });
  }

private:
  std::vector<double> edges_;
  double cells_per_unit_ = 1;
  std::vector<std::uint32_t> start_;
  bool one_step_ = true;
};

} // namespace livedata
