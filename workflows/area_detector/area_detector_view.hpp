// The area-detector view: frames added up.
#pragma once

#include "messages/array_sum.hpp"
#include "workflows/archive.hpp"
#include "workflows/detector_view/logical_transform.hpp"
#include "workflows/registry.hpp"
#include "workflows/window_bounds.hpp"
#include "workflows/workflow.hpp"

#include <optional>
#include <string>
#include <vector>

namespace livedata {

// Outputs, in this order: cumulative (all frames), current (those since the last result). They have the element type
// and the unit of the frames; whole numbers that 32 bits do not hold are given as int64. A frame of another structure
// (shape, type, unit, coordinates) starts both anew.
class area_detector_view final : public workflow {
public:
  // `transform`: steps of a logical_transform, or null for frames as they are; transformed frames have no coordinates.
  // `path` leads to it, for messages.
  area_detector_view(json transform, std::string path);

  // Takes exactly one array: std::invalid_argument otherwise. parameter_error if the frame does not go with the
  // transform.
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

  array_ptr prepare(const data_array& frame);
  data_array result(const data_array& sum) const;

  json transform_;
  std::string path_;
  // For frames of the last size.
  std::optional<mapping> mapping_;
  // Element type of the frames, as the index of the alternative. Sums of int32 are kept as int64.
  std::size_t element_ = 0;
  array_sum all_;
  array_sum window_;
  window_bounds bounds_;
};

// Settings: transform.
workflow_kind area_detector_kind();

} // namespace livedata
