#include "workflows/workflow.hpp"

#include "workflows/archive.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace livedata {

void event_tally::state(archive& a) {
  a.field("received", received);
  a.field("accepted", accepted);
  a.field("unknown_pixel", unknown_pixel);
  a.field("out_of_range", out_of_range);
  a.field("out_of_table", out_of_table);
}

void workflow::set_context(std::string_view stream, const stream_value&) {
  throw std::invalid_argument(fmt::format("this workflow takes no context from stream '{}'", stream));
}

std::vector<std::byte> workflow::save() {
  archive a;
  state(a);
  return a.finish();
}

void workflow::load(std::span<const std::byte> saved) {
  archive a(saved);
  const auto before = save();
  try {
    state(a);
    a.finish();
  } catch (...) {
    archive back(before);
    state(back);
    throw;
  }
}

} // namespace livedata
