// What a job has put into its messages.
#pragma once

#include "actors/messages.hpp"
#include "messages/codec/da00.hpp"

#include <variant>
#include <vector>

namespace livedata::test {

inline da00::message decoded(const job_output& output) {
  return da00::read(output.message->bytes()).value();
}

// The value of a scalar output.
inline double scalar_of(const job_output& output) {
  return std::get<std::vector<double>>(decoded(output).data.data.data).at(0);
}

} // namespace livedata::test
