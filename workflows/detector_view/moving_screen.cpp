#include "workflows/detector_view/moving_screen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace livedata {

moving_screen::moving_screen(pixel_grid pixels, detector_layout layout, projection how,
                             std::vector<context_binding> bindings)
  : pixels_(std::move(pixels)), layout_(std::move(layout)), how_(std::move(how)) {
  for (auto& b : bindings)
    inputs_.push_back({std::move(b), std::nullopt});
}

bool moving_screen::takes(std::string_view stream) const {
  return std::any_of(inputs_.begin(), inputs_.end(), [&](const auto& i) { return i.binding.stream == stream; });
}

void moving_screen::set(std::string_view stream, const stream_value& value) {
  const auto* series = std::get_if<series_ptr>(&value);
  if (series == nullptr || !*series || (*series)->value.empty())
    throw std::invalid_argument(
      fmt::format("stream '{}' gives the position of {}, but has no value", stream, pixels_.name));
  for (auto& i : inputs_)
    if (i.binding.stream == stream)
      i.latest = {i.binding.chain_entry, (*series)->value.back(), (*series)->unit.value_or("dimensionless")};
  reported_ = true;
}

moving_screen::change moving_screen::update(screen& s) {
  if (!reported_ && placed_) return change::none;
  std::vector<entry_value> given;
  for (const auto& i : inputs_)
    if (i.latest) given.push_back(*i.latest);
  auto where = layout_.chain.at(given);
  if (!where)
    throw std::runtime_error(fmt::format("the position of {} is not known: {}", pixels_.name, where.error().message));
  if (placed_ == *where) {
    reported_ = false;
    return change::same;
  }
  auto geometry = place(layout_, given);
  if (!geometry) throw std::runtime_error(geometry.error().message);
  s = project(pixels_, *geometry, how_);
  placed_ = *where;
  reported_ = false;
  return change::moved;
}

screen unplaced_screen(const projection& how) {
  screen s;
  s.dims = how.resolution;
  for (const auto& [dim, bins] : s.dims)
    s.coords.emplace_back(
      dim,
      make_vector(
        dim, std::vector<double>(static_cast<std::size_t>(bins) + 1, std::numeric_limits<double>::quiet_NaN()), "m"));
  s.weights.assign(static_cast<std::size_t>(volume(s.dims)), 0.0);
  s.replicas.emplace_back();
  return s;
}

} // namespace livedata
