// Which NeXus file has the geometry of an instrument on a given day, and where it lies. Nothing is ever downloaded: a
// file that is missing is asked for, with its name, its check sum and the folder to put it in.
#pragma once

#include "messages/result.hpp"
#include "workflows/instrument/instrument.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace livedata {

struct geometry_folders {
  // From the environment variable LIVEDATA_DATA_DIR. If set, files are looked for there and nowhere else.
  std::optional<std::filesystem::path> data_dir;
  // The cache folder of the field's own software, where its downloads end up.
  std::filesystem::path cache;
};

// `get` looks up an environment variable. The cache is $XDG_CACHE_HOME/esslivedata, or ~/.cache/esslivedata.
template <class Get>
geometry_folders geometry_folders_from(Get get) {
  geometry_folders folders;
  if (auto dir = get("LIVEDATA_DATA_DIR"); dir && !dir->empty()) folders.data_dir = *dir;
  auto cache = get("XDG_CACHE_HOME");
  auto home = get("HOME");
  folders.cache =
    (cache && !cache->empty() ? std::filesystem::path(*cache) : std::filesystem::path(home.value_or("")) / ".cache") /
    "esslivedata";
  return folders;
}

// The file that is valid on a date ("2026-05-08"): from its own date up to that of the next. Reasons of failure:
// "no_geometry_file" if there is none at all, or none that early.
result<geometry_file> select_geometry_file(const instrument& inst, std::string_view date);

// Where it lies. Failure: "no_geometry_file", with what to put where.
result<std::filesystem::path> find_geometry_file(const instrument& inst, std::string_view date,
                                                 const geometry_folders& folders);

// The instrument with positions and detector numbers of its detectors from that file. A detector that the file does not
// have keeps its numbers, but not its positions; one that is damaged there, or does not fit the instrument, is marked
// as unreadable. The note of the instrument, on where its positions are from, is gone. Failure: "bad_geometry", for a
// file that cannot be read, or in which no detector can be used.
result<instrument> with_geometry_file(instrument inst, const std::filesystem::path& file);

} // namespace livedata
