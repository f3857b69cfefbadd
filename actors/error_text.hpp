// What errors have to say: those that actors answer with, and what is thrown.
#pragma once

#include <caf/error.hpp>

#include <exception>
#include <optional>
#include <string>

namespace livedata {

// The text that came with the error, or, if none did, CAF's own description of it.
inline std::string text_of(const caf::error& e) {
  const auto context = e.context();
  auto text = context.match_elements<std::string>() ? context.get_as<std::string>(0) : std::string();
  return text.empty() ? to_string(e) : text;
}

// Runs `f` and gives the text of what it throws, if anything.
template <class F>
std::optional<std::string> text_of_failure(F&& f) {
  try {
    f();
    return std::nullopt;
  } catch (const std::exception& e) {
    return std::string(e.what());
  } catch (...) {
    return std::string("an exception that is no std::exception");
  }
}

} // namespace livedata
