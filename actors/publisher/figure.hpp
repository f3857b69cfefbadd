// What stands around the picture of an array: title, axes with units, colour bar.
#pragma once

#include "actors/publisher/drawn_array.hpp"
#include "actors/publisher/picture.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

struct figure_labels {
  std::string source;
  std::string workflow;
  // The title of the output.
  std::string output;
  std::optional<std::string> unit;
};

// A mark on an axis, from 0 at its beginning to 1 at its end.
struct axis_mark {
  double position = 0;
  std::string text;
};

// About `count` marks: at round numbers where bins are equally wide, else at edges of bins.
std::vector<axis_mark> marks_of(const std::vector<double>& edges, std::size_t count);

// Marks of the colours from log(1 + low) to log(1 + high): powers of ten, and numbers between them where these are few.
std::vector<axis_mark> colour_marks(double low, double high);

// Where the picture begins in the figure, in pixels from the left and the top.
inline constexpr std::size_t figure_left = 84;
inline constexpr std::size_t figure_top = 56;

// The picture with everything around it.
picture figure_of(const drawn_array& drawn, const figure_labels& labels);

// A number, large, with the same title.
picture figure_of_number(double value, const figure_labels& labels);

} // namespace livedata
