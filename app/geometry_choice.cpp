#include "app/geometry_choice.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

namespace livedata {

result<chosen_geometry> choose_geometry(instrument inst, std::string_view how, std::string_view date,
                                        const data_files& files) {
  if (inst.geometry_files.empty()) return chosen_geometry{std::move(inst), {}};
  if (how == "described") return chosen_geometry{std::move(inst), "as the instrument file describes it"};
  auto file = find_geometry_file(inst, date, files);
  if (!file) {
    if (how == "files" || files.own_folder() || file.error().reason == "wrong_check_sum")
      return failure{"value", fmt::format("geometry: {}, or use --geometry=described", file.error().message)};
    return chosen_geometry{std::move(inst),
                           fmt::format("as the instrument file describes it: {}", file.error().message)};
  }
  auto read = with_geometry_file(std::move(inst), *file);
  if (!read) return failure{"value", fmt::format("geometry: {}", read.error().message)};
  auto note = fmt::format("from {}", file->string());
  for (const auto& d : read->detectors)
    if (!d.unreadable.empty()) note += fmt::format("; no jobs on {}: {}", d.name, d.unreadable);
  return chosen_geometry{std::move(read).value(), std::move(note)};
}

std::string today() {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::chrono::system_clock::now()));
}

} // namespace livedata
