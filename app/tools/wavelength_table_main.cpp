// livedata-wavelength-table: writes a wavelength lookup table from the choppers of an instrument.
#include "app/plan.hpp"
#include "app/tools/tool_options.hpp"
#include "workflows/geometry/beamline.hpp"
#include "workflows/parameter_model.hpp"
#include "workflows/wavelength/simulated_choppers.hpp"
#include "workflows/wavelength/table_file.hpp"
#include "workflows/wavelength/table_settings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace livedata {

namespace {

std::vector<tool_option> known_options() {
  return {
    {"instrument", "<name>", "Name of the instrument, or path of its file."},
    {"geometry-file", "<file>", "NeXus file with source and choppers. Default: what the instrument file describes."},
    {"chopper", "<name>=<Hz>,<ms>", "How a chopper turns, and its delay; may be given several times.", true},
    {"wavelength", "<\u00c5>",
     "Choppers that are not named turn once a pulse, so that neutrons of this wavelength pass through the middle of "
     "their first slits."},
    {"no-choppers", "", "Nothing but the length of the pulse limits the wavelengths."},
    {"simulated", "", "The table of the simulator, for its choppers and its pulse; other options do not matter."},
    {"params", "<json>",
     "Parameters of the workflow wavelength_lut, for example '{\"distance_range\":{\"start\":5,\"stop\":80}}'."},
    {"form", "<array|group>", "DataArray or DataGroup of scipp. Default: array."},
    {"file", "<name>",
     "Which of the \"files\" of the instrument is written, by its name there. Default: wavelength_table."},
    {"output", "<file>", "File to write. Default: the name of that file, in this folder."},
    {"force", "", "Write over a file that is there."}};
}

failure wrong_value(std::string message) {
  return {"value", std::move(message)};
}

result<json> given_params(const tool_arguments& args) {
  const auto params = json::parse(args.value_or("params", "{}"), nullptr, false);
  if (params.is_discarded()) return wrong_value("--params is no JSON");
  return params;
}

// When neutrons of that wavelength come by that leave in the middle of the pulse, s; turned into a delay with which the
// middle of the first slit is at the beam then.
double phased_delay(const turning_chopper& c, double frequency, double offset, double wavelength) {
  constexpr auto turn = 6.283185307179586;
  constexpr double middle_of_pulse = 1.43e-3;
  constexpr double inverse_velocity = 1 / 3956.034;
  const auto arrival = middle_of_pulse + (c.distance - offset) * wavelength * inverse_velocity;
  const auto& [begin, end] = c.disk.slits.front();
  return arrival + ((begin + end) / 2 - c.disk.beam_position) / (turn * frequency);
}

status set_named(std::vector<turning_chopper>& choppers, const std::string& text) {
  const auto equals = text.find('=');
  const auto comma = text.find(',', equals == std::string::npos ? 0 : equals);
  const auto wrong = [&](std::string_view why) {
    return wrong_value(fmt::format("--chopper={}: {}; give <name>=<Hz>,<ms>", text, why));
  };
  if (equals == std::string::npos || comma == std::string::npos) return wrong("a part is missing");
  auto found = std::ranges::find_if(choppers, [&](const auto& c) { return c.disk.name == text.substr(0, equals); });
  if (found == choppers.end()) {
    std::vector<std::string> known;
    for (const auto& c : choppers)
      known.push_back(c.disk.name);
    return wrong(fmt::format("there is no such chopper; there are: {}", fmt::join(known, ", ")));
  }
  const auto speed = json::parse(text.substr(equals + 1, comma - equals - 1), nullptr, false);
  const auto delay = json::parse(text.substr(comma + 1), nullptr, false);
  if (!speed.is_number() || !delay.is_number()) return wrong("speed and delay must be numbers");
  found->setting = {speed.get<double>(), delay.get<double>() / 1e3};
  return nothing{};
}

// Each chopper has to be named, or --wavelength given.
status set_choppers(std::vector<turning_chopper>& choppers, const tool_arguments& args, const table_settings& s) {
  const auto named = args.values("chopper");
  const auto is_named = [&](const std::string& name) {
    return std::ranges::any_of(named, [&](const auto& text) { return text.starts_with(name + "="); });
  };
  const auto wavelength = args.number("wavelength", 0, 0);
  if (!wavelength) return wavelength.error();
  for (auto& c : choppers) {
    if (is_named(c.disk.name)) continue;
    if (*wavelength == 0)
      return wrong_value(fmt::format("it is not said how the chopper {} turns; give --chopper={}=<Hz>,<ms>, "
                                     "--wavelength=<\u00c5> for all that are not named, or --no-choppers",
                                     c.disk.name, c.disk.name));
    c.setting = {s.pulse_frequency, phased_delay(c, s.pulse_frequency, s.source_offset, *wavelength)};
  }
  for (const auto& text : named)
    if (auto ok = set_named(choppers, text); !ok) return ok;
  return nothing{};
}

result<lookup_table> compute_simulated(const instrument& inst) {
  try {
    return simulated_table(inst);
  } catch (const parameter_error& e) {
    return wrong_value(e.what());
  }
}

result<lookup_table> compute(const tool_arguments& args, const instrument& inst) {
  const auto params = given_params(args);
  if (!params) return params.error();
  try {
    const auto s = to_table_settings(complete_parameters(table_model(), *params));
    std::vector<turning_chopper> choppers;
    if (!args.has("no-choppers")) {
      const auto b = read_beamline(inst);
      if (!b) return wrong_value(b.error().message);
      choppers = choppers_of(inst, *b);
      if (auto ok = set_choppers(choppers, args, s); !ok) return ok.error();
    }
    return compute_table(s, choppers).table;
  } catch (const parameter_error& e) {
    return wrong_value(e.what());
  } catch (const std::invalid_argument& e) {
    return wrong_value(e.what());
  }
}

// Where the table goes.
result<std::filesystem::path> output_of(const tool_arguments& args, const instrument& inst) {
  if (auto given = args.value("output")) return std::filesystem::path(*given);
  const auto name = args.value_or("file", "wavelength_table");
  if (const auto* file = inst.find_file(name)) return std::filesystem::path(file->name);
  std::vector<std::string> known;
  for (const auto& [key, file] : inst.files)
    known.push_back(key);
  return wrong_value(fmt::format("instrument {} has no file \"{}\"; it has: {}; give --file or --output", inst.name,
                                 name, known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))));
}

status write(const tool_arguments& args) {
  auto inst = tool_instrument(args);
  if (!inst) return inst.error();
  if (auto file = args.value("geometry-file")) inst->beamline = {{"kind", "nexus"}, {"file", *file}};
  const auto form = args.value_or("form", "array");
  if (form != "array" && form != "group") return wrong_value(fmt::format("--form={}: expected array or group", form));
  const auto file = output_of(args, *inst);
  if (!file) return file.error();
  if (std::filesystem::exists(*file) && !args.has("force"))
    return failure{"exists", fmt::format("{} is there already; give another --output, or --force", file->string())};
  const auto computed = args.has("simulated") ? compute_simulated(*inst) : compute(args, *inst);
  if (!computed) return computed.error();
  const auto& t = *computed;
  if (auto ok = write_lookup_table(t, *file, form == "group" ? table_form::data_group : table_form::data_array); !ok)
    return ok;
  fmt::print("{}: {} distances from {:.2f} to {:.2f} m by {} times up to {:.3f} ms\n", file->string(),
             t.distance.size(), t.distance.front(), t.distance.back(), t.time.size(), t.time.back() / 1e6);
  if (!args.has("geometry-file") && !args.has("no-choppers") && !inst->note.empty())
    fmt::print("note: {}\n", inst->note);
  return nothing{};
}

} // namespace

tool this_tool() {
  return {"livedata-wavelength-table",
          "Writes the lookup table that gives events their wavelengths: from the choppers of an instrument, with given "
          "speeds and delays. Put it into the folder that LIVEDATA_DATA_DIR names.",
          known_options(), write};
}

} // namespace livedata
