// What a job has put into its messages.
#pragma once

#include "actors/job/job_messages.hpp"
#include "messages/codec/da00.hpp"

#include <variant>
#include <vector>

namespace livedata::test {

// The value of a scalar output.
inline double scalar_of(const job_output& output) {
  const auto m = da00::read(output.message->bytes());
  return std::get<std::vector<double>>(m.value().data.data.data).at(0);
}

} // namespace livedata::test
