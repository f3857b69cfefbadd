#include "golden/golden_case.hpp"

#include <stdexcept>

namespace livedata::golden {

verdict run_wavelength_case(const golden_case&) {
  throw std::runtime_error("no conversion to wavelength yet");
}

} // namespace livedata::golden
