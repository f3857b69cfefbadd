#include "actors/coordinator/batcher/simple_batcher.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace livedata {

std::unique_ptr<batcher> make_batcher(std::string_view kind, duration length) {
  if (kind == "simple") return std::make_unique<simple_batcher>(length);
  throw std::invalid_argument(fmt::format("there is no batcher '{}'; there is: simple", kind));
}

} // namespace livedata
