// An instrument as data: detectors, monitors, the workflows that can be started on them. Read from one JSON file
// (instruments/<name>.json), so that adding an instrument needs no C++.
#pragma once

#include "messages/json.hpp"
#include "messages/result.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace livedata {

// Where messages of a stream come from: the topic, and the source name inside the message.
struct wire_address {
  std::string topic;
  std::string source;

  friend auto operator<=>(const wire_address&, const wire_address&) = default;
};

// A detector bank: pixels with consecutive detector numbers first_pixel … first_pixel + pixel_count() - 1, folded
// row-major to named sizes, for example layer 4, tube 56, straw 7, pixel 512.
struct detector {
  std::string name;
  std::string title;
  std::int32_t first_pixel = 1;
  std::vector<std::pair<std::string, std::int64_t>> sizes;
  // How its pixels lie in space; see geometry/detector_geometry.hpp. Null if unknown.
  json geometry;
  // Its group in a NeXus file.
  std::string nexus_group = {};
  // Whether its detector numbers have the dimensions of `sizes` there; else they are one list.
  bool folded_in_nexus = false;

  // If it lies in several groups there: the dimensions that tell them apart, and the groups, row-major over these. Each
  // has the other dimensions.
  struct parts {
    std::vector<std::string> along;
    std::vector<std::string> groups;
  };

  parts nexus_parts = {};
  // Whether a NeXus file gave the detector numbers.
  bool numbers_from_file = false;
  // Why the geometry file has nothing of it that can be used; jobs on it are refused then. Empty: nothing is wrong.
  std::string unreadable = {};
  // The detector number of each pixel, if a NeXus file says that they are not consecutive; else null.
  std::shared_ptr<const std::vector<std::int32_t>> numbers = {};
  // Part of all simulated detector events that fall on this bank; the parts of an instrument add up to 1.
  double simulated_share = 0;
  // In production. Several sources may be merged into one detector.
  std::vector<wire_address> addresses = {};
  // Source names on the development topic <instrument>_detector; empty: the name of the detector.
  std::vector<std::string> development_sources = {};

  std::int64_t pixel_count() const;
};

// The services that a workflow may belong to.
inline constexpr std::array<std::string_view, 4> all_services{"detector_data", "monitor_data", "data_reduction",
                                                              "timeseries"};

struct monitor {
  std::string name;
  std::string title;
  // Simulated events per pulse.
  std::int64_t simulated_events = 0;
  // In production; on the development topic the n-th monitor has the source name "monitor<n>", counting from 1.
  std::vector<wire_address> addresses = {};
  // First and last detector number of a monitor with pixels.
  std::optional<std::pair<std::int32_t, std::int32_t>> pixels = {};
};

// An area detector: sends whole frames (ad00).
struct area_detector {
  std::string name;
  std::string title;
  std::vector<wire_address> addresses = {};
  // Frames of the simulator, rows and columns.
  std::vector<std::int64_t> simulated_shape;
};

// A slow signal (f144).
struct log_stream {
  std::string name;
  // In production; nothing: only with the development topics.
  std::optional<wire_address> address;
  // Nothing: no unit.
  std::optional<std::string> unit;
};

// A motorised axis, put together from logs: the read-back value, where it is told to go, whether it stands still.
struct device {
  std::string name;
  std::string value;
  std::optional<std::string> target;
  std::optional<std::string> idle;
};

// Says that workflows on some sources cannot give a right result without the value of a stream (a log or a device).
struct context_binding {
  std::string stream;
  std::vector<std::string> sources;
  // The entry of the source's depends_on chain whose value it replaces; empty: the workflow knows it by the name of the
  // stream.
  std::string chain_entry;
  // Workflows that do without.
  std::vector<std::string> except;
};

// An input of a workflow beside its source, which a user may choose.
struct auxiliary_role {
  std::string role;
  std::vector<std::string> choices;
  // One of the choices.
  std::string standard;
};

// A workflow as the instrument file declares it: the kind (implementation) with its settings, and the sources it takes.
struct workflow_declaration {
  std::string name;
  int version = 1;
  std::string title;
  // The service that runs it: detector_data, monitor_data, data_reduction or timeseries.
  std::string service;
  // Name of the implementation in the workflow registry.
  std::string kind;
  std::vector<std::string> sources;
  // Settings of the implementation, the same for every job; not parameters of a user.
  json settings;
  // Further input streams by role.
  std::vector<auxiliary_role> auxiliary = {};
  // Outputs that are sent once more as values of devices: output name, and device name in which "{source_name}" stands
  // for the source.
  std::vector<std::pair<std::string, std::string>> device_outputs = {};
  bool reset_on_run_transition = true;
  bool supports_reset = true;
};

// The name of a device for a source, from the pattern of a device output.
std::string device_name(std::string_view pattern, std::string_view source);

// One job of a job set: a workflow name, a source, and parameters where the defaults are not to be taken.
struct job_suggestion {
  std::string workflow;
  std::string source;
  json params = json::object();
};

// A file that is needed beside the instrument file; see files/data_files.hpp.
struct data_file {
  std::string name;
  // Check sum of the file, by which people can tell that they have the right one; empty if it is not known.
  std::string md5;
};

// A NeXus file with the geometry of an instrument, valid from the date at the end of its name until that of the next:
// geometry-loki-2026-05-08.nxs.
struct geometry_file : data_file {
  // "2026-05-08"
  std::string date() const;
};

// Neutrons that the simulator lets fly, and what scatters them. All of it is invented.
struct simulation {
  struct chopper {
    std::string name;
    // Hz, and s.
    double frequency = 0;
    double delay = 0;
  };

  // Diluted spheres of one radius (Å), on a background that is the same everywhere, relative to the intensity in
  // forward direction.
  struct spheres {
    double radius;
    double background;
  };

  // A powder of crystals with the structure of diamond, with that lattice constant (Å).
  struct powder {
    double lattice_constant;
  };

  struct sample {
    std::variant<spheres, powder> structure;
    // exp(-absorption · wavelength) of all neutrons pass it; 1/Å.
    double absorption = 0;
  };

  // Wavelengths that the source gives, Å.
  double shortest = 0;
  double longest = 0;
  // How they turn where the instrument file describes their places.
  std::vector<chopper> choppers;
  // Nothing: no neutrons, but a pattern in the angle.
  std::optional<sample> scatterer;
};

struct instrument {
  std::string name;
  std::string title;
  // What a user has to know, for example that the geometry is invented. May be empty.
  std::string note;
  // Oldest first; none if all is known without.
  std::vector<geometry_file> geometry_files;
  // Other files that workflows take, by the names under which their settings speak of them.
  std::vector<std::pair<std::string, data_file>> files;
  // Where source, sample, monitors and choppers stand; see geometry/beamline.hpp. Null if unknown.
  json beamline;
  std::optional<livedata::simulation> simulation;
  std::vector<detector> detectors;
  std::vector<monitor> monitors;
  std::vector<area_detector> area_detectors;
  std::vector<log_stream> logs;
  std::vector<device> devices;
  // Each has the logs <chopper>/rotation_speed_setpoint and <chopper>/delay, from which the stream
  // <chopper>/delay_setpoint is made.
  std::vector<std::string> choppers;
  std::vector<context_binding> contexts;
  std::vector<workflow_declaration> workflows;
  // Jobs that are started together by name, for example "default".
  std::vector<std::pair<std::string, std::vector<job_suggestion>>> job_sets;

  // nullptr if there is none of that name.
  const detector* find_detector(std::string_view detector_name) const;
  const monitor* find_monitor(std::string_view monitor_name) const;
  const area_detector* find_area_detector(std::string_view detector_name) const;
  const log_stream* find_log(std::string_view log_name) const;
  const device* find_device(std::string_view wanted) const;
  const data_file* find_file(std::string_view file_name) const;
  const workflow_declaration* find_workflow(std::string_view workflow_name, int version) const;
  const std::vector<job_suggestion>* find_job_set(std::string_view set_name) const;

  // What a slow signal is measured in, by the name of a log, of a device (the unit of its value) or of the
  // delay_setpoint of a chopper (that of its delay). Nothing: no unit, or no such stream.
  std::optional<std::string> unit_of(std::string_view stream) const;
  // What time series can be made of: the logs that belong to no device, the devices, and <chopper>/delay_setpoint of
  // the choppers, in the order of their names.
  std::vector<std::string> readings() const;
};

// The stream on which a trigger comes when all choppers have a speed and a delay; a source of workflows.
inline constexpr std::string_view chopper_cascade = "chopper_cascade";

// Reads and checks an instrument file. The failure names the file, the place in it (as a JSON pointer), what is wrong
// and what is allowed there. Unknown keys are errors.
result<instrument> load_instrument(const std::filesystem::path& file);

// Same for a text; `origin` stands for the file in messages.
result<instrument> parse_instrument(std::string_view text, std::string_view origin);

// Finds `<name>.json` in the folders, in order; a name with a '/' or ending in ".json" is taken as a path. The failure
// lists the folders and the instruments that are there, and suggests the nearest name.
result<std::filesystem::path> find_instrument(std::string_view name, const std::vector<std::filesystem::path>& folders);

} // namespace livedata
