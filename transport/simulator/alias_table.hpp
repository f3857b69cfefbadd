// Draws indices with given weights in constant time, by Walker's alias method as improved by Vose.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace livedata {

class alias_table {
public:
  // Probabilities are proportional to the weights, to within 2^-32 of a mean weight; an index of weight zero is never
  // drawn. Throws std::invalid_argument unless there are 1 to 2^32 - 1 weights, all finite and not negative, with a sum
  // above zero.
  explicit alias_table(std::span<const double> weights);

  std::size_t size() const noexcept { return slots_.size(); }

  // Draws an index from 64 uniform random bits.
  std::uint32_t sample(std::uint64_t bits) const noexcept {
    auto i = static_cast<std::uint32_t>(((bits >> 32) * slots_.size()) >> 32);
    const auto& s = slots_[i];
    return static_cast<std::uint32_t>(bits) < s.threshold ? i : s.alias;
  }

private:
  struct slot {
    // The part of the slot that is its own, in units of 2^-32; the rest belongs to `alias`.
    std::uint32_t threshold;
    std::uint32_t alias;
  };

  std::vector<slot> slots_;
};

} // namespace livedata
