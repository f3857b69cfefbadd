// An output in the forms that people and programs ask for.
#pragma once

#include "actors/publisher/nexus_file.hpp"
#include "actors/view/http/array_scaling.hpp"
#include "messages/codec/da00.hpp"
#include "messages/json.hpp"
#include "messages/payload.hpp"
#include "messages/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

// {"name", "time", "dims", "shape", "unit", "dtype", "values": flat and row-major, "variances" or null, "coords":
// {name:
// {"dims", "shape", "unit", "dtype", "values"}}}. What is no finite number is null.
json output_json(const da00::message& m);

// A NeXus file as write_nexus() makes it, of one output. It is made in a process of its own, which takes some ten
// milliseconds. Failure: why it could not be made.
result<std::vector<std::byte>> output_hdf5(const da00::message& m, std::string_view output, const nexus_job& job);

// The message as it is sent.
payload_ptr message_of(const da00::message& m);

// "800x600". Nothing if it is no size from 1x1 to 100000x100000.
std::optional<view_size> parse_view_size(std::string_view text);

// The message at that size, and by how much it was scaled; itself and 1, 1 if it is small enough. Failure: it cannot be
// read.
struct sized_message {
  payload_ptr message;
  std::int64_t by_y = 1;
  std::int64_t by_x = 1;
};

result<sized_message> message_of_size(const payload_ptr& message, const std::optional<view_size>& most);

} // namespace livedata
