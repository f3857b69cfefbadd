// "Did you mean …?": the known word that is nearest to an unknown one.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

// How many letters have to be inserted, removed, replaced or swapped with their neighbour to turn one word into the
// other. Upper and lower case are the same letter, and so are '-' and '_'.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  auto letter = [](std::string_view s, std::size_t i) {
    return s[i] == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(s[i])));
  };
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      auto differs = letter(a, i - 1) != letter(b, j - 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (differs ? 1U : 0U)});
      auto swapped = i > 1 && j > 1 && letter(a, i - 1) == letter(b, j - 2) && letter(a, i - 2) == letter(b, j - 1);
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

// The candidate with the smallest edit distance, the first of several. Nothing if all differ too much. A candidate that
// begins with the word (three letters or more) is near, too.
inline std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  std::optional<std::string> best;
  auto allowed = std::max<std::size_t>(1, word.size() / 3);
  for (auto& candidate : candidates) {
    auto distance = edit_distance(word, candidate);
    if (distance > allowed || distance >= std::max(word.size(), candidate.size())) continue;
    allowed = distance == 0 ? 0 : distance - 1;
    best = candidate;
    if (distance == 0) return best;
  }
  if (best || word.size() < 3) return best;
  for (auto& candidate : candidates)
    if (candidate.size() > word.size() && edit_distance(word, std::string_view{candidate}.substr(0, word.size())) == 0)
      return candidate;
  return std::nullopt;
}

} // namespace livedata
