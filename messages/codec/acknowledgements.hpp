// Answers to commands: JSON.
#pragma once

#include "messages/control.hpp"
#include "messages/result.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace livedata::acknowledgements {

std::vector<std::byte> write(const acknowledgement& a);

// Reasons of failure: "bad_json", "bad_field".
result<acknowledgement> read(std::span<const std::byte> bytes);

} // namespace livedata::acknowledgements
