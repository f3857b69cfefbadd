// The regions of interest of one job: the requests that hold, and the spectra that follow from them.
#pragma once

#include "workflows/archive.hpp"
#include "workflows/detector_view/roi_request.hpp"
#include "workflows/detector_view/roi_selection.hpp"
#include "workflows/detector_view/screen.hpp"
#include "workflows/detector_view/screen_parts.hpp"
#include "workflows/detector_view/view_counts.hpp"
#include "workflows/registry.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace livedata {

// Regions may overlap. So the screen is cut into groups: the bins of a group belong to the same regions. An event
// counts once, for its group. The spectrum of a region is the sum over its groups.
class regions_of_interest {
public:
  // `memory`: bytes that counts and spectra of regions may take. `use` is told what they take, before they do; what it
  // throws refuses the request.
  regions_of_interest(
    const screen& s, std::size_t time_bins, std::uint64_t memory, memory_use use = [](std::uint64_t) {});

  // Takes a request in place of the former one of that shape. Throws parameter_error if it does not fit, and keeps the
  // former one then. What a request would cost, in memory and in time for itself and for each result, is limited, and
  // known before it is spent: the largest takes a few tenths of a second.
  void request(roi_shape shape, array_ptr array);

  // The screen has changed its coordinates.
  void place(const screen& s);

  bool empty() const noexcept { return indices_.empty(); }

  // For view_counts::group().
  const std::vector<std::uint32_t>& group_of() const noexcept { return group_of_; }

  std::size_t groups() const noexcept { return members_.size(); }

  // Of each region: rectangles by ascending index, then polygons.
  const std::vector<std::int32_t>& indices() const noexcept { return indices_; }

  // Window or cumulative spectra of all regions, row-major region × time.
  std::vector<double> spectra(const view_counts& counts, bool window) const;

  // The request of that shape as it came; its empty form in the units of the screen if there is none.
  data_array readback(roi_shape shape) const;

  void state(archive& a);

private:
  struct placed {
    array_ptr array;
    roi_request content;
  };

  // Cuts the screen for these requests.
  void cut(const std::array<placed, 2>& requests);
  // Throws parameter_error if that would cost too much. `regions`: how many there are.
  screen_parts divide(const std::array<placed, 2>& requests, std::size_t regions) const;
  void take_memory(std::size_t regions, const screen_parts& parts) const;
  [[noreturn]] void refuse(std::size_t regions, const std::string& why) const;
  [[noreturn]] void refuse_memory(std::size_t regions, double bytes) const;

  roi_screen screen_;
  bool two_dimensions_;
  std::size_t time_bins_;
  std::uint64_t memory_;
  memory_use use_;
  // By shape.
  std::array<placed, 2> requests_;
  std::vector<std::int32_t> indices_;
  std::vector<std::uint32_t> group_of_;
  // Regions of each group, by their place in `indices_`.
  std::vector<std::vector<std::uint32_t>> members_;
};

} // namespace livedata
