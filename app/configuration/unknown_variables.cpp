#include "app/configuration/unknown_variables.hpp"

#include "app/configuration/options.hpp"
#include "messages/suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <unistd.h>

namespace livedata {

namespace {

// Those that are no options; docs/operations.md says who reads them.
constexpr std::array<std::string_view, 8> others{
  "LIVEDATA_ENV",        "LIVEDATA_DATA_DIR",        "LIVEDATA_DEPS",      "LIVEDATA_KAFKA_JARS", "LIVEDATA_TOPICS",
  "LIVEDATA_TEST_KAFKA", "LIVEDATA_MODEL_SEQUENCES", "LIVEDATA_MODEL_SEED"};

} // namespace

std::vector<std::string> unknown_variables(std::span<const std::string> names) {
  std::vector<std::string> known(others.begin(), others.end());
  for (const auto& o : all_options())
    if (auto name = o.variable(); !name.empty()) known.push_back(std::move(name));
  std::vector<std::string> out;
  for (const auto& name : names) {
    if (!name.starts_with("LIVEDATA_") || std::ranges::find(known, name) != known.end()) continue;
    const auto near = nearest(name, known);
    out.push_back(
      fmt::format("the variable {} means nothing{}", name,
                  near ? fmt::format("; did you mean {}?", *near) : "; see docs/operations.md, Environment"));
  }
  return out;
}

std::vector<std::string> names_of_variables() {
  std::vector<std::string> out;
  for (auto** v = environ; v != nullptr && *v != nullptr; ++v) {
    const std::string_view text(*v);
    out.emplace_back(text.substr(0, text.find('=')));
  }
  return out;
}

} // namespace livedata
