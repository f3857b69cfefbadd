// Makes a PNG picture of a data array.
#pragma once

#include "messages/data_array.hpp"
#include "messages/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace livedata {

struct rgb {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;

  friend bool operator==(const rgb&, const rgb&) = default;
};

// From dark violet through teal to yellow. Each colour is lighter than the one before, and neighbours look equally
// different everywhere.
const std::array<rgb, 256>& colour_map();

// Colours of values that are not in the map.
inline constexpr rgb colour_of_zero{14, 14, 18};
inline constexpr rgb colour_of_nan{128, 128, 128};
inline constexpr rgb colour_of_negative{110, 20, 20};

// Written into the file as PNG text, beside Title (the array's name), Unit and Maximum. Empty ones are left out.
struct image_labels {
  std::string source;
  std::string workflow;
};

// Two dimensions: one rectangle for each value. Its colour follows log(1 + value) between the smallest and the largest
// positive value, or over the decade below the largest if they are closer. The outer dimension runs downwards, or
// upwards if it is named y. A picture over y and x has the proportions of its bin edges if both have edges in the same
// unit, so that circles are round as nearly as the size allows; otherwise bins are square.
// One dimension: a filled step plot on a linear scale that includes zero.
// A small array is magnified by a whole factor to 400 pixels or more on its longer side. In one with more than 4096
// values along a side, neighbours are averaged.
// Failures: "dimensions" for any other number of dimensions, "empty", "shape" if shape and values disagree, "encoding".
result<std::vector<std::byte>> to_png(const data_array& array, const image_labels& labels);

} // namespace livedata
