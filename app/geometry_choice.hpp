// Where an instrument takes the positions of its pixels from in this run: its NeXus file, or the description in its
// instrument file.
#pragma once

#include "app/configuration/settings.hpp"
#include "messages/result.hpp"
#include "workflows/geometry/geometry_files.hpp"
#include "workflows/instrument/instrument.hpp"

#include <string>
#include <string_view>

namespace livedata {

struct chosen_geometry {
  instrument inst;
  // For people: which file it is, or that there is none and what that means. Empty for an instrument without geometry
  // files.
  std::string note;
};

// As settings.geometry says: "files" takes the file of the date and fails if it is missing; "described" passes over
// files; "auto" does as "files" if LIVEDATA_DATA_DIR is set, else takes a file if the cache has it. A file with the
// wrong check sum is a failure in either case.
result<chosen_geometry> choose_geometry(instrument inst, std::string_view how, std::string_view date,
                                        const data_files& files);

// "2026-05-08", UTC.
std::string today();

} // namespace livedata
