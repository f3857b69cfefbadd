// The area-detector view: frames added up.
#pragma once

#include "messages/array_sum.hpp"
#include "workflows/archive.hpp"
#include "workflows/detector_view/logical_transform.hpp"
#include "workflows/registry.hpp"
#include "workflows/window_bounds.hpp"
#include "workflows/workflow.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

// Outputs, in this order: cumulative (all frames), current (those since the last result). They have the element type
// and the unit of the frames; whole numbers that 32 bits do not hold are given as int64, and frames of several types go
// on in the type that holds all (array_sum). When all frames of a batch have another structure than the image (shape,
// unit, coordinates), both start anew; while some of them go with it, the others are refused.
class area_detector_view final : public workflow {
public:
  // `transform`: steps of a logical_transform, or null for frames as they are; transformed frames have no coordinates.
  // `path` leads to it, for messages. `memory`: bytes that sums and results may take; `use` is told what they take,
  // before they do.
  area_detector_view(
    json transform, std::string path, std::uint64_t memory = std::numeric_limits<std::uint64_t>::max(),
    memory_use use = [](std::uint64_t) {});

  // Takes the frames of one stream: std::invalid_argument otherwise. parameter_error if none goes with the transform,
  // or if they need too much memory (then the image stays as it was); partly_refused if some do not, or have another
  // structure than the others.
  void accumulate(const job_data& data) override;

  // Throws std::runtime_error before any frame.
  std::vector<workflow_output> finalize() override;
  void clear() override;
  void state(archive& a) override;

private:
  struct mapping {
    sized_dims from;
    sized_dims to;
    std::vector<std::int32_t> target;
  };

  array_ptr prepare(const array_ptr& array);
  void forget();
  // Takes memory for sums of such frames in place of the former ones.
  void take_memory(const data_array& frame) const;

  json transform_;
  std::string path_;
  std::uint64_t memory_;
  memory_use use_;
  // For frames of the last size.
  std::optional<mapping> mapping_;
  array_sum all_;
  array_sum window_;
  window_bounds bounds_;
};

// Settings: transform.
workflow_kind area_detector_kind();

} // namespace livedata
