// Pictures of results: a data array as a PNG image that can be looked at without any tool for data.
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

// From dark violet by way of teal to yellow; neighbours look equally different everywhere, and each is lighter than the
// one before.
const std::array<rgb, 256>& colour_map();

// What stands for values that the map has no colour for.
inline constexpr rgb colour_of_zero{14, 14, 18};
inline constexpr rgb colour_of_nan{128, 128, 128};
inline constexpr rgb colour_of_negative{110, 20, 20};

// Written into the file as text chunks, beside the Title (the array's name), its Unit and its Maximum. Empty ones are
// left out.
struct image_labels {
  std::string source;
  std::string workflow;
};

// Two dimensions: one rectangle for each value, its colour by log(1 + value) between the smallest and the largest
// positive one, or over the decade below the largest if they are closer; the outer dimension runs downwards, but
// upwards if it is named y. A picture over y and x has the proportions of its bin edges, where both are there in one
// unit, so that circles are round, as nearly as the size allows; without them bins are square. One dimension: a filled
// step plot on a linear scale that includes zero. Small arrays are magnified by whole factors to 400 pixels or more on
// their longer side; beyond 4096 neighbours are averaged. Failures: "dimensions" for any other number of dimensions,
// "empty", "shape" if shape and values disagree, "encoding".
result<std::vector<std::byte>> to_png(const data_array& array, const image_labels& labels);

} // namespace livedata
