// Regions of interest as JSON, and as the messages that the field's dashboard sends.
#pragma once

#include "actors/view/http/latest_results.hpp"
#include "messages/json.hpp"
#include "messages/payload.hpp"
#include "messages/result.hpp"
#include "workflows/detector_view/roi_request.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace livedata {

// What is wrong with a request, and at which member of it.
struct region_problem {
  std::string path;
  std::string text;
};

struct region_requests {
  data_array rectangles;
  data_array polygons;
};

// {"rectangles": [{"index", "x_min", "x_max", "y_min", "y_max", "x_unit", "y_unit"}], "polygons": [{"index", "x": [],
// "y": [], "x_unit", "y_unit"}]}: what the job says that it has; nothing if it has no regions.
std::optional<json> regions_of(const viewed_job& job);

// Reads the same. An absent list is an empty one, an absent unit the number of a bin. Without "index", rectangles are
// numbered from 0 and polygons from 4 on, or behind the rectangles. `now`: what the job has; a unit has to go with the
// unit in it. Nothing in `problems`: all is well.
region_requests read_regions(const json& wanted, const viewed_job& now, std::vector<region_problem>& problems);

// The request as a message, ready to be sent, and the source name in it.
std::pair<std::string, payload_ptr> region_message(const job_id& job, roi_shape shape, const data_array& request);

} // namespace livedata
