// Compares what a job gave out with what was expected of it.
#pragma once

#include "messages/data_array.hpp"

#include <set>
#include <string>
#include <vector>

namespace livedata::golden {

// What came of it: the largest relative deviation of any number, and what is wrong, one line each.
struct verdict {
  double deviation = 0;
  std::vector<std::string> faults;

  void fault(std::string text) { faults.push_back(std::move(text)); }
};

struct tolerance {
  // Of numbers that were computed. Whole numbers, and counts in `exact`, must be equal.
  double relative = 1e-12;
  bool exact = false;
  // Deviations count relative to the largest of the numbers: one near zero is what is left of others.
  bool to_largest = false;
  // Errors that are the difference of two numbers like the values deviate as these do.
  bool errors_as_values = false;
};

// A data array as it is sent: with standard deviations in the place of variances.
struct wire_array {
  data_array array;
  std::vector<double> errors;
  bool has_errors = false;
};

// Label, dimensions, units, types, order and values of coordinates, values, errors. NaN equals NaN only.
// `in_any_order`: coordinates whose place does not matter.
void compare(const std::string& where, const wire_array& expected, const wire_array& given, const tolerance& t,
             const std::set<std::string>& in_any_order, verdict& v);

// Two lists of numbers.
void compare_numbers(const std::string& where, const std::vector<double>& expected, const std::vector<double>& given,
                     const tolerance& t, verdict& v);

} // namespace livedata::golden
