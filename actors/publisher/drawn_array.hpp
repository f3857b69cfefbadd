// The picture of a data array without anything around it: a map of colours, or a step plot.
#pragma once

#include "actors/publisher/picture.hpp"
#include "messages/data_array.hpp"
#include "messages/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

struct drawn_axis {
  // "x [m]"
  std::string label;
  // Of the bins, which are equally wide in the picture, in the order in which they are drawn: from the left, and from
  // where the outer dimension begins. Without a coordinate their numbers.
  std::vector<double> edges;
};

struct drawn_array {
  picture body;
  // Pixels around the values on all sides of the body.
  std::size_t margin = 0;
  // Two dimensions: colours. Else values run upwards from `low` to `high`.
  bool has_colours = false;
  // With colours: the logarithms of one more than the values at the ends of the colour map; equal if no value is
  // positive.
  double low = 0;
  double high = 0;
  // The outer dimension runs upwards, else downwards.
  bool upwards = false;
  drawn_axis x;
  // Only with colours.
  drawn_axis y = {};
  // How outer dimensions became two: "sum of 12 along z"; else empty.
  std::string note = {};
  // The largest finite value, or NaN.
  double largest = 0;
};

// "x [m]"; the name alone without a unit, or one of none.
std::string text_with_unit(const std::string& name, const std::optional<std::string>& unit);

// Two dimensions: one rectangle for each value. Its colour follows log(1 + value) between the smallest and the largest
// positive value, or over the decade below the largest if they are closer. The outer dimension runs downwards, or
// upwards if it is named y. A picture over y and x has the proportions of its bin edges if both have edges in the same
// unit, so that circles are round as nearly as the size allows; otherwise bins are square.
// One dimension: a filled step plot on a linear scale that includes zero.
// More: counts are added up along all but the two innermost dimensions, anything else is averaged, both without what is
// no finite number.
// A small array is magnified by a whole factor to 400 pixels or more on its longer side. In one with more than 4096
// values along a side, neighbours are averaged.
// Failures: "dimensions" for a scalar, "empty", "shape" if shape and values disagree.
result<drawn_array> draw_array(const data_array& array);

} // namespace livedata
