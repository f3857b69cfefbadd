// An indirect spectrometer: the sample scatters white neutrons, and each pixel sees an analyser that reflects those of
// one energy. Read from a NeXus file of a (simulated) run.
#pragma once

#include "workflows/geometry/vec3.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace livedata {

// What neutrons have that reach a pixel, by way of its analyser.
struct analysed_pixel {
  std::int32_t number = 0;
  // meV
  double final_energy = 0;
  // 1/Å
  vec3 final_wavevector;
  // From the sample to the pixel, ns.
  double secondary_time = 0;
};

struct indirect_spectrometer {
  std::vector<analysed_pixel> pixels;
  // m
  vec3 source;
  vec3 sample;
  vec3 monitor;
  // Counts of a monitor over arrival time (ns), before the sample.
  std::vector<double> monitor_edges;
  std::vector<double> monitor_counts;
};

// With a pixel at r_d, its sample at r_s and an analyser at r_a whose local y axis points along ŷ, and d-spacing d:
//
//   c = r_a - r_s,  h = (r_d - r_s)·ŷ,  w = r_d - r_s - c - h ŷ
//   v = c + ŷ h |c| / (|c| + |w|)              from the sample to where the analyser reflects
//   u = r_d - r_s - v                          from there to the pixel
//   cos 2θ = (|v + u|² - |v|² - |u|²) / (2 |v| |u|)
//   k_f = 2π / (d sqrt(2 - 2 cos 2θ)),  along v;  E_f = ħ² k_f² / (2 m_n);  t_2 = (|v| + |u|) m_n / (ħ k_f)
//
// `d_spacing`: Å.
analysed_pixel analyse(std::int32_t number, const vec3& pixel, const vec3& sample, const vec3& analyser, const vec3& y,
                       double d_spacing);

// Of the file are used: every NXdetector with the attribute `inputs`, which names the group (NXcrystal) of its
// analyser, beside it; the NXmoderator; the NXsample; the NXmonitor of that name with its one NXdata, over `frame_time`
// or `t`. Reads in a process of its own. Throws nexus_error, with the name of the file.
indirect_spectrometer read_indirect_spectrometer(const std::filesystem::path& file, const std::string& monitor);

} // namespace livedata
