// Pixels in memory, and the colours of values.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
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

// Pixels in rows from the top.
struct picture {
  std::size_t width = 0;
  std::size_t height = 0;
  std::vector<rgb> pixels;

  picture() = default;

  picture(std::size_t w, std::size_t h, rgb background) : width(w), height(h), pixels(w * h, background) {}

  void fill(std::size_t x, std::size_t y, std::size_t w, std::size_t h, rgb colour) {
    for (std::size_t row = y; row < y + h; ++row)
      std::fill_n(pixels.begin() + static_cast<std::ptrdiff_t>(row * width + x), w, colour);
  }
};

} // namespace livedata
