#include "workflows/geometry/moving_chain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace livedata {

moving_chain::moving_chain(std::string name, transformation_chain chain, std::vector<context_binding> bindings)
  : name_(std::move(name)), chain_(std::move(chain)) {
  for (auto& b : bindings)
    inputs_.push_back({std::move(b), std::nullopt, std::nullopt});
}

bool moving_chain::takes(std::string_view stream) const {
  return std::any_of(inputs_.begin(), inputs_.end(), [&](const auto& i) { return i.binding.stream == stream; });
}

void moving_chain::set(std::string_view stream, const stream_value& value) {
  const auto* series = std::get_if<series_ptr>(&value);
  if (series == nullptr || !*series || (*series)->value.empty())
    throw std::invalid_argument(fmt::format("stream '{}' gives the position of {}, but has no value", stream, name_));
  for (auto& i : inputs_)
    if (i.binding.stream == stream)
      i.latest = context_reading{(*series)->value.back(), (*series)->unit.value_or("dimensionless")};
  reported_ = true;
}

std::vector<entry_value> moving_chain::given(std::optional<context_reading> input::*which) const {
  std::vector<entry_value> entries;
  for (const auto& i : inputs_)
    if (const auto& r = i.*which) entries.push_back({i.binding.chain_entry, r->value, r->unit});
  return entries;
}

affine moving_chain::place_of(std::span<const entry_value> entries) const {
  auto where = chain_.at(entries);
  if (!where)
    throw std::runtime_error(fmt::format("the position of {} is not known: {}", name_, where.error().message));
  return *where;
}

void context_reading::state(archive& a) {
  a.field("value", value);
  a.field("unit", unit);
}

void moving_chain::input::state(archive& a) {
  a.field("latest", latest);
  a.field("placed", placed);
}

void moving_chain::state(archive& a) {
  for (auto& i : inputs_)
    a.field("position " + i.binding.chain_entry, i);
  a.field("position_reported", reported_);
  auto is_placed = placed_.has_value();
  a.field("position_placed", is_placed);
  if (!a.loading()) return;
  placed_.reset();
  if (!is_placed) return;
  const auto where = chain_.at(placed_entries());
  if (!where) a.refuse("position_placed", "has no position of the component");
  placed_ = *where;
}

std::vector<context_binding> bindings_of(const instrument& inst, std::string_view workflow, std::string_view source,
                                         const transformation_chain& chain) {
  const auto contains = [](const auto& list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
  };
  std::vector<context_binding> bindings;
  for (const auto& c : inst.contexts)
    if (contains(c.sources, source) && !contains(c.except, workflow) && chain.has(c.chain_entry)) bindings.push_back(c);
  return bindings;
}

} // namespace livedata
