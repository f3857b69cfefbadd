// Finds the bin of an arrival time: half-open bins [E_k, E_k+1) over edges in nanoseconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace livedata {

// Arrival times are whole nanoseconds, so E_k <= t < E_k+1 is the same as ceil(E_k) <= t < ceil(E_k+1): edges become
// whole numbers once and the search is exact. There are two ways to search, chosen when the bins are made:
//   scaled     by a multiplication that is right but for times closely before an edge, which are looked at again; for
//              bins of equal width, whatever rounding did to their edges
//   looked up  in a table over equal cells of time that says in which bin a cell starts; cells are no wider than the
//              narrowest bin where that needs no more than 65536 of them, so that one comparison decides
class time_bins {
public:
  // For loops over many events, to be held by value: search(t) is the bin of `t`, or any number from size() on if it is
  // in none.
  struct scaled {
    // Binary places of a bin's number.
    static constexpr unsigned places = 40;

    std::int64_t factor;
    std::int64_t offset;
    // Fractions of a bin below this, in 2^-64, may belong to the bin before.
    std::uint64_t doubtful;
    const std::int64_t* thresholds;
    std::uint64_t bins;

    std::uint64_t operator()(std::int32_t t) const noexcept {
      const auto product = static_cast<std::uint64_t>(t * factor + offset);
      const auto k = product >> places;
      if (product << (64 - places) < doubtful) [[unlikely]]
        if (k <= bins) return t < thresholds[k] ? k - 1 : k;
      return k;
    }
  };

  // Where the first bin of a cell ends, counted from the lowest edge; and its number.
  struct cell {
    std::uint32_t last;
    std::uint32_t bin;
  };

  struct looked_up {
    std::uint32_t low;
    unsigned shift;
    // This one and what is beyond it is in no bin.
    std::uint32_t last_cell;
    const cell* cells;

    std::uint64_t operator()(std::int32_t t) const noexcept {
      const auto distance = static_cast<std::uint32_t>(t) - low;
      const auto index = distance >> shift;
      const auto c = cells[index < last_cell ? index : last_cell];
      // Added and not jumped: whether an edge of the cell lies below `t` cannot be predicted.
      return c.bin + static_cast<std::uint32_t>(distance > c.last);
    }
  };

  // The same where several edges may lie in one cell.
  struct looked_up_and_followed : looked_up {
    const std::int64_t* thresholds;
    std::uint64_t bins;

    std::uint64_t operator()(std::int32_t t) const noexcept {
      auto k = looked_up::operator()(t);
      while (k < bins && t >= thresholds[k + 1])
        ++k;
      return k;
    }
  };

  // The multiplication in single precision, for vector units: the whole part of float(t - low) * factor + offset is the
  // bin of `t`, if t - low is 0 to `last` and the fraction is at least `doubtful`.
  struct single {
    float factor;
    float offset;
    float doubtful;
    std::int32_t low;
    std::uint32_t last;
  };

  // `edges`: at least two strictly increasing values, ns. At most 65535 bins. Throws std::invalid_argument otherwise.
  explicit time_bins(std::span<const double> edges_ns);

  std::size_t size() const noexcept { return bins_; }

  // Calls f(search) with one of the above.
  template <class F>
  decltype(auto) visit(F&& f) const {
    if (factor_ != 0) return f(scaled{factor_, offset_, doubtful_, thresholds_.data(), bins_});
    const looked_up table{static_cast<std::uint32_t>(low_), shift_, static_cast<std::uint32_t>(cells_.size() - 1),
                          cells_.data()};
    if (one_step_) return f(table);
    return f(looked_up_and_followed{table, thresholds_.data(), bins_});
  }

  // nullptr if single precision will not do.
  const single* in_single() const noexcept { return single_ ? &*single_ : nullptr; }

  // -1 if `t` is in no bin.
  std::int32_t find(std::int32_t t) const noexcept {
    return visit([this, t](const auto& search) {
      auto k = search(t);
      return k < bins_ ? static_cast<std::int32_t>(k) : -1;
    });
  }

private:
  void scale(double first, double last);
  void scale_in_single();
  void make_table();

  std::size_t bins_;
  // Clipped to what an arrival time can be, plus one at the upper end; then one that no time reaches.
  std::vector<std::int64_t> thresholds_;
  std::vector<cell> cells_;
  std::int32_t low_ = 0;
  std::uint64_t span_ = 0;
  unsigned shift_ = 0;
  // Of the multiplication; 0: there is a table.
  std::int64_t factor_ = 0;
  std::int64_t offset_ = 0;
  std::uint64_t doubtful_ = 0;
  std::optional<single> single_;
  // Whether a cell of the table holds one edge at most.
  bool one_step_ = true;
};

// Bins of `edges` that a range [low, high) selects: partly covered ones are taken whole. A bound within a billionth of
// a bin of an edge stands for that edge. Pair of first bin and number of bins (0 if none).
struct bin_range {
  std::int32_t first = 0;
  std::int32_t count = 0;
};

bin_range select_bins(std::span<const double> edges, double low, double high);

} // namespace livedata
