// livedata-geometry: writes the geometry of an instrument as a NeXus file of its own.
#include "app/plan.hpp"
#include "app/tools/tool_options.hpp"
#include "workflows/geometry/nexus_excerpt.hpp"
#include "workflows/geometry/nexus_writer.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <string>

namespace livedata {

namespace {

std::vector<tool_option> known_options() {
  return {{"instrument", "<name>", "Writes what this instrument's file describes: its name, or path of its file."},
          {"from", "<file>", "Or cuts the geometry out of this full NeXus file."},
          {"output", "<file>",
           "File to write; default with --instrument: the newest geometry file that the instrument file names, else "
           "geometry-<instrument>.nxs."},
          {"force", "", "Write over a file that is there."},
          {"no-pixel-shape", "", "With --from: leave the shapes of pixels out."},
          {"off-active-face", "<inner|outer|centroid>",
           "With --from: give pixels that have a mesh of eight vertices each, and no offsets, the mean of the first "
           "four, the last four or all as their offset, and leave the mesh out."}};
}

status check_free(const tool_arguments& args, const std::filesystem::path& file) {
  if (std::filesystem::exists(file) && !args.has("force"))
    return failure{"exists", fmt::format("{} is there already; give another --output, or --force", file.string())};
  return nothing{};
}

status cut_out(const tool_arguments& args, const std::string& from) {
  const std::map<std::string, off_face> faces{
    {"inner", off_face::inner}, {"outer", off_face::outer}, {"centroid", off_face::centroid}};
  auto output = args.needed("output");
  if (!output) return output.error();
  excerpt_options options;
  options.pixel_shapes = !args.has("no-pixel-shape");
  if (auto face = args.value("off-active-face")) {
    auto known = faces.find(*face);
    if (known == faces.end())
      return failure{"value", fmt::format("--off-active-face is '{}'; allowed: inner, outer, centroid", *face)};
    options.active_face = known->second;
  }
  if (!std::filesystem::exists(from)) return failure{"missing", fmt::format("there is no file {}", from)};
  if (auto free = check_free(args, *output); !free) return free;
  if (auto written = write_geometry_excerpt(from, *output, options); !written) return written;
  fmt::print("{}: the geometry in {}\n", *output, from);
  return nothing{};
}

status describe(const tool_arguments& args) {
  auto inst = tool_instrument(args);
  if (!inst) return inst.error();
  auto standard =
    inst->geometry_files.empty() ? fmt::format("geometry-{}.nxs", inst->name) : inst->geometry_files.back().name;
  std::filesystem::path file = args.value_or("output", standard);
  if (auto free = check_free(args, file); !free) return free;
  if (auto written = write_geometry_file(*inst, file); !written) return written.error();
  fmt::print("{}: {} detectors, {} monitors and {} choppers of {}\n", file.string(), inst->detectors.size(),
             inst->monitors.size(), inst->choppers.size(), inst->title);
  if (!inst->note.empty()) fmt::print("note: {}\n", inst->note);
  return nothing{};
}

status write(const tool_arguments& args) {
  if (auto from = args.value("from")) {
    if (args.has("instrument")) return failure{"usage", "give --instrument or --from, not both"};
    return cut_out(args, *from);
  }
  return describe(args);
}

} // namespace

tool this_tool() {
  return {"livedata-geometry",
          "Writes the geometry of an instrument as a NeXus file: from what its instrument file "
          "describes, or from a full NeXus file of it.",
          known_options(), write};
}

} // namespace livedata
