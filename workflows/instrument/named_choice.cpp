#include "workflows/instrument/named_choice.hpp"

#include "messages/suggestion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace livedata {

namespace {

constexpr std::size_t most_listed = 40;

std::string listed(const std::vector<std::string>& known) {
  if (known.empty()) return "none";
  auto shown = std::min(known.size(), most_listed);
  auto text = fmt::format("{}", fmt::join(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  return shown == known.size() ? text : fmt::format("{}, and {} more", text, known.size() - shown);
}

} // namespace

std::string one_of(const json_node& node, std::string_view what, const std::vector<std::string>& known) {
  auto name = node.text();
  if (std::find(known.begin(), known.end(), name) != known.end()) return name;
  auto close = nearest(name, known);
  node.fail(fmt::format("there is no {} \"{}\"{}; allowed: {}", what, name,
                        close ? fmt::format(" (did you mean \"{}\"?)", *close) : "", listed(known)));
}

} // namespace livedata
