// Adds up arrays of equal structure: the frames of an area detector, the histograms of a monitor.
#pragma once

#include "messages/data_array.hpp"

#include <cstdint>
#include <vector>

namespace livedata {

// An array fits if dimensions, shape, unit (in any spelling) and presence of variances are those of the first, and the
// sum has each of its coordinates with the same values. The sum may have further coordinates. Where the element types
// differ, there must be a type that holds both exactly: int64 for whole numbers of 32 and 64 bits, float64 for float32,
// float64 and int32. The sum goes on in that.
// Sums of whole numbers are exact: where 32 bits cannot hold one, all elements become 64 bits wide. Where 64 bits
// cannot hold one, it stops at their end, and later additions count from there. Sums of floating-point numbers are
// those of their type.
class array_sum {
public:
  // Whether there is a sum, and the array fits it.
  bool fits(const data_array& array) const;

  // False if the array does not fit: then it is the first of a new sum, and what was added before is forgotten.
  bool add(const array_ptr& array);

  // nullptr before the first array. What it points to does not change while anybody else holds the pointer: add() then
  // works on a copy.
  const array_ptr& get() const noexcept { return sum_; }

  // Arrays in the sum.
  std::uint64_t count() const noexcept { return count_; }

  // Element type that holds those of all arrays that were added, as the index of the alternative.
  std::size_t element() const noexcept { return element_; }

  // Becomes another sum by what get(), element() and count() of that one gave.
  void restore(array_ptr sum, std::size_t element, std::uint64_t count);

  void clear();

private:
  array_ptr sum_;
  // The same object as sum_, if we made it.
  std::shared_ptr<data_array> own_;
  std::size_t element_ = 0;
  std::uint64_t count_ = 0;
};

// The arrays of a batch, added up where they have one structure: each stands for itself, and one that nobody can use
// does no harm to its neighbours.
class array_sums {
public:
  // `apart`: an array with a value that is no finite number makes a sum of its own, for added to others it would
  // spoil them.
  explicit array_sums(bool apart) : apart_(apart) {}

  void add(const array_ptr& array);

  // One array for each structure, in the order in which the structures came, and nothing is left.
  std::vector<array_ptr> take();

private:
  bool apart_;
  std::vector<array_sum> sums_;
  std::vector<array_ptr> alone_;
};

} // namespace livedata
