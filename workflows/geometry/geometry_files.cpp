#include "workflows/geometry/geometry_files.hpp"

#include "workflows/geometry/layout_bytes.hpp"
#include "workflows/geometry/nexus_detector.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace livedata {

namespace {

bool consecutive(const std::vector<std::int32_t>& numbers, std::int32_t first) {
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (numbers[i] != first + static_cast<std::int64_t>(i)) return false;
  return true;
}

// The detector numbers of one detector in the file; empty if the file does not have it.
std::vector<std::int32_t> numbers_of(const std::string& file, const detector& d) {
  auto bytes = read_isolated(file, [&](const nexus_file& nexus) {
    detector_layout layout;
    if (nexus.what(d.nexus_group) == nexus_file::object::group)
      layout.local.detector_numbers =
        read_nexus_numbers(nexus, d.nexus_group, static_cast<std::size_t>(d.pixel_count()));
    return to_bytes(layout);
  });
  return layout_of_bytes(bytes).local.detector_numbers;
}

void take_from(const std::string& file, detector& d) {
  d.geometry = {{"kind", "nexus"}, {"file", file}, {"group", d.nexus_group}};
  std::vector<std::int32_t> numbers;
  try {
    numbers = numbers_of(file, d);
  } catch (const nexus_error& e) {
    d.unreadable = fmt::format("geometry file {}", e.what());
    return;
  }
  if (numbers.empty()) return;
  d.numbers_from_file = true;
  if (consecutive(numbers, numbers.front())) {
    d.first_pixel = numbers.front();
  } else {
    d.numbers = std::make_shared<const std::vector<std::int32_t>>(std::move(numbers));
  }
}

} // namespace

result<geometry_file> select_geometry_file(const instrument& inst, std::string_view date) {
  if (inst.geometry_files.empty()) {
    return failure{"no_geometry_file", fmt::format("No geometry files found for instrument {}; list them under "
                                                   "\"geometry_files\" in the instrument file",
                                                   inst.name)};
  }
  auto later = std::find_if(inst.geometry_files.begin(), inst.geometry_files.end(),
                            [&](const auto& f) { return f.date() > date; });
  if (later == inst.geometry_files.begin()) {
    return failure{"no_geometry_file",
                   fmt::format("No geometry file found for given date {}: the first of instrument {} "
                               "is valid from {}",
                               date, inst.name, later->date())};
  }
  return *std::prev(later);
}

result<std::filesystem::path> find_geometry_file(const instrument& inst, std::string_view date,
                                                 const data_files& files) {
  auto chosen = select_geometry_file(inst, date);
  if (!chosen) return chosen.error();
  return files.find(*chosen, fmt::format("the geometry of instrument {}", inst.name));
}

result<instrument> with_geometry_file(instrument inst, const std::filesystem::path& file) {
  try {
    read_isolated(file.string(), [](const nexus_file&) { return std::vector<std::byte>{}; });
  } catch (const nexus_error& e) {
    return failure{"bad_geometry", fmt::format("geometry file {}", e.what())};
  }
  for (auto& d : inst.detectors)
    take_from(file.string(), d);
  auto unusable = [](const detector& d) { return !d.unreadable.empty(); };
  if (!inst.detectors.empty() && std::all_of(inst.detectors.begin(), inst.detectors.end(), unusable))
    return failure{"bad_geometry", inst.detectors.front().unreadable};
  inst.beamline = {{"kind", "nexus"}, {"file", file.string()}};
  inst.note.clear();
  return inst;
}

} // namespace livedata
