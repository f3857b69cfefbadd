#include "actors/backfill/held_bytes.hpp"

namespace livedata {

namespace {

std::size_t bytes_of_payloads(const event_batch& batch) {
  std::size_t bytes = 0;
  const payload* last = nullptr;
  for (const auto& c : batch.chunks)
    if (const auto* owner = c.owner.get(); owner != nullptr && owner != std::exchange(last, owner))
      bytes += owner->bytes().size();
  return bytes;
}

} // namespace

stream_value held_bytes::count(const stream_value& value) const {
  if (const auto* events = std::get_if<events_ptr>(&value); events != nullptr && *events)
    return count(*events, bytes_of_payloads(**events));
  if (const auto* array = std::get_if<array_ptr>(&value); array != nullptr && *array)
    return count(*array, bytes_of(**array));
  return value;
}

} // namespace livedata
