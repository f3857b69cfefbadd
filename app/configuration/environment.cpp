#include "app/configuration/environment.hpp"

#include <cstdlib>

namespace livedata {

std::optional<std::string> environment_variable(const std::string& name) {
  const auto* value = std::getenv(name.c_str()); // NOLINT(concurrency-mt-unsafe): nobody changes the environment
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

} // namespace livedata
