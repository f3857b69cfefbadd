// Short texts for people: numbers with SI suffixes, and names cut to a width. Widths count code points.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

// Three digits and a suffix: "0", "57", "1.23 k", "12.3 M".
std::string si(double value);
std::string si(std::uint64_t value);

// Three digits, none of them after the point from 100 on: "0.42", "12.3", "1234".
std::string digits(double value);

// "mm:ss" or "h:mm:ss".
std::string clock_time(double seconds);

int width(std::string_view text);

// Control characters and line breaks become spaces, several of them one.
std::string one_line(std::string_view text);

// Exactly `columns` wide: padded, or with the end replaced by "..".
std::string fit(std::string_view text, int columns);

// The same, but of a long text the end is kept. For names that differ by a number at the end.
std::string fit_end(std::string_view text, int columns);

// Padded on the left, never cut.
std::string right(std::string_view text, int columns);

// Puts items into lines of at most `columns`, each starting with `indent` spaces. What is longer than a line is cut.
std::vector<std::string> flow(const std::vector<std::string>& items, std::string_view separator, int indent,
                              int columns);

} // namespace livedata
