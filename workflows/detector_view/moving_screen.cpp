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
    inputs_.push_back({std::move(b), std::nullopt, std::nullopt});
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
      i.latest = reading{(*series)->value.back(), (*series)->unit.value_or("dimensionless")};
  reported_ = true;
}

std::vector<entry_value> moving_screen::given(std::optional<reading> input::*which) const {
  std::vector<entry_value> entries;
  for (const auto& i : inputs_)
    if (const auto& r = i.*which) entries.push_back({i.binding.chain_entry, r->value, r->unit});
  return entries;
}

moving_screen::change moving_screen::update(screen& s) {
  if (!reported_ && placed_) return change::none;
  const auto entries = given(&input::latest);
  auto where = layout_.chain.at(entries);
  if (!where)
    throw std::runtime_error(fmt::format("the position of {} is not known: {}", pixels_.name, where.error().message));
  if (placed_ == *where) {
    reported_ = false;
    return change::same;
  }
  auto geometry = place(layout_, entries);
  if (!geometry) throw std::runtime_error(geometry.error().message);
  s = project(pixels_, *geometry, how_);
  placed_ = *where;
  for (auto& i : inputs_)
    i.placed = i.latest;
  reported_ = false;
  return change::moved;
}

void moving_screen::reading::state(archive& a) {
  a.field("value", value);
  a.field("unit", unit);
}

void moving_screen::input::state(archive& a) {
  a.field("latest", latest);
  a.field("placed", placed);
}

void moving_screen::state(archive& a, screen& s) {
  for (auto& i : inputs_)
    a.field("position " + i.binding.chain_entry, i);
  a.field("position_reported", reported_);
  auto is_placed = placed_.has_value();
  a.field("position_placed", is_placed);
  if (!a.loading()) return;
  placed_.reset();
  s = unplaced_screen(how_);
  if (!is_placed) return;
  const auto entries = given(&input::placed);
  const auto where = layout_.chain.at(entries);
  const auto geometry = place(layout_, entries);
  if (!where || !geometry) a.refuse("position_placed", "has no position of the detector");
  s = project(pixels_, *geometry, how_);
  placed_ = *where;
}

screen unplaced_screen(const projection& how) {
  screen s;
  s.dims = how.resolution;
  for (const auto& [dim, bins] : s.dims)
    s.coords.emplace_back(
      dim,
      make_vector(
        dim, std::vector<double>(static_cast<std::size_t>(bins) + 1, std::numeric_limits<double>::quiet_NaN()), "m"));
  s.weighted_coords.emplace_back(how.kind == projection_kind::xy_plane ? "z" : "r",
                                 make_scalar(std::numeric_limits<double>::quiet_NaN(), "m"));
  s.weights.assign(static_cast<std::size_t>(volume(s.dims)), 0.0);
  s.replicas.emplace_back();
  return s;
}

} // namespace livedata
