// The instruments that come with the program.
#pragma once

#include "workflows/instrument/instrument.hpp"
#include "workflows/registry.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <places.hpp>
#include <string>
#include <vector>

namespace livedata::test {

inline std::vector<std::shared_ptr<const instrument>> built_in_instruments() {
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(std::string(LIVEDATA_SOURCE_DIR) + "/instruments"))
    if (file.path().extension() == ".json") files.push_back(file.path());
  std::ranges::sort(files);
  std::vector<std::shared_ptr<const instrument>> all;
  for (const auto& file : files)
    if (file.filename() != "instrument.schema.json")
      all.push_back(std::make_shared<const instrument>(load_instrument(file).value()));
  return all;
}

// 0 for what is no detector.
inline std::int64_t pixels_of_source(const instrument& inst, const std::string& source) {
  const auto* d = inst.find_detector(source);
  return d == nullptr ? 0 : d->pixel_count();
}

// The one with the fewest pixels.
inline const std::string& smallest_source(const instrument& inst, const workflow_declaration& declaration) {
  return *std::ranges::min_element(declaration.sources, {},
                                   [&](const std::string& source) { return pixels_of_source(inst, source); });
}

// Few bins, a range and weights, where the kind has such parameters.
inline json small_params(const workflow_kind& kind, const workflow_declaration& declaration) {
  auto params = json::object();
  if (!kind.parameters) return params;
  for (const auto& group : kind.parameters(declaration)) {
    if (group.name == "toa_edges") params["toa_edges"] = {{"num_bins", 6}};
    if (group.name == "toa_range") params["toa_range"] = {{"enabled", true}, {"start", 10'000}, {"stop", 50'000}};
    if (group.name == "pixel_weighting") params["pixel_weighting"] = {{"enabled", true}};
  }
  return params;
}

} // namespace livedata::test
