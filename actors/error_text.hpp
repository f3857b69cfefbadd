// What an actor that answers with an error has to say.
#pragma once

#include <caf/error.hpp>

#include <string>

namespace livedata {

// The text that came with the error, or, if none did, CAF's own description of it.
inline std::string text_of(const caf::error& e) {
  const auto context = e.context();
  auto text = context.match_elements<std::string>() ? context.get_as<std::string>(0) : std::string();
  return text.empty() ? to_string(e) : text;
}

} // namespace livedata
