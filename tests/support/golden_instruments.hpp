// Instruments with the files of a golden case: geometry, tables, runs.
#pragma once

#include "workflows/files/data_files.hpp"
#include "workflows/geometry/geometry_files.hpp"
#include "workflows/geometry/nexus_file.hpp"
#include "workflows/instrument/instrument.hpp"
#include "workflows/registry.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <places.hpp>
#include <string>
#include <utility>
#include <vector>

namespace livedata::test {

inline std::filesystem::path golden_folder(const std::string& golden_case) {
  return std::filesystem::path(LIVEDATA_TEST_DATA) / "golden" / golden_case;
}

// The geometry file in a folder that is valid today; empty if there is none.
inline std::filesystem::path geometry_file_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().filename().string().starts_with("geometry-")) files.push_back(entry.path());
  return files.empty() ? std::filesystem::path() : *std::max_element(files.begin(), files.end());
}

// The geometry files of the cases are cut: their banks have fewer pixels than those of the instrument.
inline void fit_sizes(instrument& inst, const std::filesystem::path& geometry) {
  const nexus_file file(geometry);
  for (auto& d : inst.detectors) {
    const auto numbers = d.nexus_group + "/detector_number";
    if (file.what(numbers) != nexus_file::object::dataset) continue;
    std::int64_t pixels = 1;
    for (auto length : file.shape(numbers))
      pixels *= static_cast<std::int64_t>(length);
    if (pixels != d.pixel_count()) d.sizes = {{"pixel", pixels}};
  }
}

// The instrument of that name, with the geometry file of the folder if there is one.
inline std::shared_ptr<const instrument> instrument_with(const std::string& name, const std::filesystem::path& folder) {
  auto inst = load_instrument(std::filesystem::path(LIVEDATA_SOURCE_DIR) / "instruments" / (name + ".json")).value();
  if (const auto geometry = geometry_file_in(folder); !geometry.empty()) {
    fit_sizes(inst, geometry);
    inst = with_geometry_file(std::move(inst), geometry).value();
  }
  return std::make_shared<const instrument>(std::move(inst));
}

// All workflows of the program, with the files of the folder.
inline workflow_registry workflows_with(const std::filesystem::path& folder) {
  auto registry = builtin_workflows();
  registry.use(std::make_shared<data_files>(file_folders{folder, {}}));
  return registry;
}

} // namespace livedata::test
