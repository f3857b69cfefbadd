#include "actors/view/terminal/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace livedata {

namespace {

constexpr std::string_view ellipsis = "..";

bool starts_code_point(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

std::size_t columns_of(int columns) {
  return static_cast<std::size_t>(std::max(columns, 0));
}

// The byte at which the code point number n starts; the size of the text if it has no more than n.
std::size_t position(std::string_view text, std::size_t n) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (starts_code_point(text[i]) && n-- == 0) return i;
  return text.size();
}

std::string spaces(std::size_t n) {
  return std::string(n, ' ');
}

} // namespace

std::string si(double value) {
  constexpr std::array suffixes{"", " k", " M", " G", " T", " P", " E"};
  std::size_t i = 0;
  while (std::abs(value) >= 999.5 && i + 1 < suffixes.size()) {
    value /= 1000;
    ++i;
  }
  if (i == 0 && value == std::floor(value)) return fmt::format("{:.0f}", value);
  return digits(value) + suffixes[i];
}

std::string si(std::uint64_t value) {
  return si(static_cast<double>(value));
}

std::string digits(double value) {
  auto size = std::abs(value);
  return fmt::format("{:.{}f}", value, size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

std::string clock_time(double seconds) {
  auto s = static_cast<std::int64_t>(seconds);
  return s < 3600 ? fmt::format("{:02}:{:02}", s / 60, s % 60)
                  : fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

int width(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), starts_code_point));
}

std::string one_line(std::string_view text) {
  std::string line;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    // Terminals take U+0080 to U+009F for commands, too.
    auto second_set = c == 0xC2U && next >= 0x80U && next < 0xA0U;
    if (second_set) ++i;
    if (!second_set && c > 0x20U && c != 0x7FU)
      line += text[i];
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  }
  if (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

std::string fit(std::string_view text, int columns) {
  auto n = columns_of(columns);
  auto present = static_cast<std::size_t>(width(text));
  if (present <= n) return std::string(text) + spaces(n - present);
  if (n <= ellipsis.size()) return std::string(text.substr(0, position(text, n)));
  return std::string(text.substr(0, position(text, n - ellipsis.size()))) + std::string(ellipsis);
}

std::string fit_end(std::string_view text, int columns) {
  auto n = columns_of(columns);
  auto present = static_cast<std::size_t>(width(text));
  if (present <= n) return fit(text, columns);
  if (n <= ellipsis.size()) return std::string(text.substr(position(text, present - n)));
  return std::string(ellipsis) + std::string(text.substr(position(text, present - n + ellipsis.size())));
}

std::string right(std::string_view text, int columns) {
  auto n = columns_of(columns);
  auto present = static_cast<std::size_t>(width(text));
  return spaces(n > present ? n - present : 0) + std::string(text);
}

std::vector<std::string> flow(const std::vector<std::string>& items, std::string_view separator, int indent,
                              int columns) {
  std::vector<std::string> lines;
  for (const auto& item : items) {
    if (!lines.empty() && width(lines.back()) + width(separator) + width(item) <= columns)
      lines.back() += std::string(separator) + item;
    else
      lines.push_back(spaces(columns_of(indent)) + item);
  }
  for (auto& line : lines)
    if (width(line) > columns) line = fit(line, columns);
  return lines;
}

} // namespace livedata
