// Adding weights to the cells of a large histogram, in any order of cells.
#pragma once

#include "workflows/reduction/histogram.hpp"

#include <array>
#include <cstddef>
#include <span>

namespace livedata {

// Has a cell on its way into the cache when it is told of it, and adds to it some events later, or at the end. Cells
// are added to in the order in which they were told.
class delayed_adds {
public:
  explicit delayed_adds(std::span<weighted> cells) : cells_(cells.data()) {}

  delayed_adds(const delayed_adds&) = delete;
  delayed_adds& operator=(const delayed_adds&) = delete;

  ~delayed_adds() {
    for (std::size_t i = 0; i < waiting_.size(); ++i)
      add(0, 0);
  }

  void add(std::size_t cell, double weight) noexcept {
    __builtin_prefetch(cells_ + cell, 1);
    auto& oldest = waiting_[next_];
    next_ = (next_ + 1) % waiting_.size();
    cells_[oldest.cell].add(oldest.weight);
    oldest = {cell, weight};
  }

private:
  struct told {
    std::size_t cell = 0;
    double weight = 0;
  };

  weighted* cells_;
  std::array<told, 16> waiting_;
  std::size_t next_ = 0;
};

} // namespace livedata
