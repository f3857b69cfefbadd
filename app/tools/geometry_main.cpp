// livedata-geometry: writes the geometry of an instrument as a NeXus file.
#include "app/plan.hpp"
#include "app/tools/tool_options.hpp"
#include "workflows/geometry/nexus_writer.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace livedata {

namespace {

std::vector<tool_option> known_options() {
  return {{"instrument", "<name>", "Name of the instrument, or path of its file."},
          {"output", "<file>",
           "File to write; default: the newest geometry file that the instrument file names, else "
           "geometry-<instrument>.nxs."},
          {"force", "", "Write over a file that is there."}};
}

status write(const tool_arguments& args) {
  auto name = args.needed("instrument");
  if (!name) return name.error();
  auto found = find_instrument(*name, instrument_folders(settings{}));
  if (!found) return failure{"value", found.error().message};
  auto inst = load_instrument(*found);
  if (!inst) return failure{"value", inst.error().message};
  auto standard =
    inst->geometry_files.empty() ? fmt::format("geometry-{}.nxs", inst->name) : inst->geometry_files.back().name;
  std::filesystem::path file = args.value_or("output", standard);
  if (std::filesystem::exists(file) && !args.has("force"))
    return failure{"exists", fmt::format("{} is there already; give another --output, or --force", file.string())};
  if (auto written = write_geometry_file(*inst, file); !written) return written.error();
  fmt::print("{}: {} detectors of {}\n", file.string(), inst->detectors.size(), inst->title);
  if (!inst->note.empty()) fmt::print("note: {}\n", inst->note);
  return nothing{};
}

} // namespace

} // namespace livedata

int main(int argc, char** argv) {
  return livedata::run_tool("livedata-geometry",
                            "Writes the detector numbers and the geometry of an instrument, as its instrument file "
                            "describes them, as a NeXus file.",
                            livedata::known_options(), argc, argv, livedata::write);
}
