#include "workflows/workflow.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace livedata {

void workflow::set_context(std::string_view stream, const stream_value&) {
  throw std::invalid_argument(fmt::format("this workflow has no setting that stream '{}' could change", stream));
}

} // namespace livedata
