// A screen cut into parts by regions that may overlap: bins are in one part if they are in the same regions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace livedata {

// More parts than were allowed, or parts that belong to more regions.
class too_many_parts : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

class too_much_overlap : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

class screen_parts {
public:
  struct limits {
    // Parts, that of the bins without a region among them.
    std::size_t parts = 0;
    // Regions of all parts together.
    std::size_t memberships = 0;
  };

  screen_parts(std::size_t bins, limits most) : most_(most), part_of_(bins), members_(1), size_{bins} {}

  // Cuts by the next region, the bins of which are given, each once. Throws too_many_parts or too_much_overlap
  // before it takes memory for more than is allowed; the object is of no use then.
  void add(std::span<const std::int32_t> bins);

  // Part of each bin; 0 for a bin without a region. Never more parts than bins, but for part 0.
  const std::vector<std::uint32_t>& part_of() const noexcept { return part_of_; }

  // Regions of each part, ascending, counted in the order in which they were added.
  const std::vector<std::vector<std::uint32_t>>& members() const noexcept { return members_; }

private:
  limits most_;
  std::uint32_t regions_ = 0;
  std::size_t memberships_ = 0;
  std::vector<std::uint32_t> part_of_;
  std::vector<std::vector<std::uint32_t>> members_;
  // Bins of each part.
  std::vector<std::size_t> size_;
  // Of each part, while a region is added: bins inside the region, and the part that they belong to with it.
  std::vector<std::size_t> inside_;
  std::vector<std::uint32_t> target_;
};

} // namespace livedata
