// Where the parts of an instrument stand that are no detectors: what flight paths and chopper openings are worked out
// from. Read from "beamline" of the instrument file:
//
//   { "kind": "described",
//     "source":    { "position": [0, 0, -23.6] },
//     "moderator": …                                    may be left out
//     "sample":    { "position": [0, 0, 0] },
//     "monitors":  { "beam_monitor_m1": { "position": [0, 0, -8.4], "transformations": […] }, … },
//     "choppers":  { "bw_chopper1": { "position": [0, 0, -17], "slit_edges": [[-57.5, 57.5]], "beam_position": 0 }, … }
//     }
//
// with positions in m, angles in degrees, and transformations as in parametric_chain.hpp; or from a NeXus file:
//
//   { "kind": "nexus", "file": "/data/geometry-loki-2026-05-08.nxs" }
//
// which has one NXsource, one NXmoderator, one NXsample, each or none; NXmonitor and NXdisk_chopper, which are known by
// the name of their groups.
#pragma once

#include "messages/result.hpp"
#include "workflows/files/data_files.hpp"
#include "workflows/geometry/transformation.hpp"
#include "workflows/geometry/vec3.hpp"
#include "workflows/instrument/instrument.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace livedata {

// A disk with slits, as it stands at angle 0. Angles in rad.
struct chopper_disk {
  std::string name;
  transformation_chain chain;
  // Begin and end of each slit, begin <= end.
  std::vector<std::pair<double, double>> slits;
  // Where the beam passes the disk.
  double beam_position = 0;
  // The angle at the time of the pulse, if it does not follow from the delay.
  std::optional<double> phase = std::nullopt;
};

struct beamline {
  // Where it is from, for messages: the name of the instrument or file.
  std::string origin;
  std::optional<transformation_chain> source = std::nullopt;
  std::optional<transformation_chain> moderator = std::nullopt;
  std::optional<transformation_chain> sample = std::nullopt;
  std::vector<std::pair<std::string, transformation_chain>> monitors = {};
  std::vector<chopper_disk> choppers = {};

  // nullptr if there is none of that name.
  const transformation_chain* find_monitor(std::string_view name) const;
  const chopper_disk* find_chopper(std::string_view name) const;

  // In m. The failure "bad_geometry" says what is missing, or moves.
  result<vec3> source_position() const;
  result<vec3> sample_position() const;
  // Of the moderator if there is one, else of the source.
  result<vec3> moderator_position() const;
};

// Reasons of failure: "no_geometry", "bad_geometry". A NeXus file is read in a process of its own.
result<beamline> read_beamline(const instrument& inst);

// The same, shared with others who read the same file. Throws parameter_error.
std::shared_ptr<const beamline> shared_beamline(const instrument& inst, data_files& files);

// The distance of two points.
double distance(const vec3& a, const vec3& b);

// Flight paths of pixels: from the source to the sample, and from there on, m. NaN for a pixel without position.
std::vector<double> flight_paths(const vec3& source, const vec3& sample, const std::vector<vec3>& pixels);

} // namespace livedata
