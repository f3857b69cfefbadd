#include "workflows/geometry/transformation.hpp"

#include "messages/units.hpp"
#include "workflows/geometry/vector_algebra.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace livedata {

namespace {

// Rodrigues' formula.
affine rotation_about(const vec3& axis, double angle) {
  const auto turns = length(axis);
  if (turns == 0) return {};
  const auto k = (1 / turns) * axis;
  angle *= turns;
  auto c = std::cos(angle);
  auto s = std::sin(angle);
  auto u = 1 - c;
  affine r;
  r.rotation = {vec3{c + k.x * k.x * u, k.x * k.y * u - k.z * s, k.x * k.z * u + k.y * s},
                vec3{k.y * k.x * u + k.z * s, c + k.y * k.y * u, k.y * k.z * u - k.x * s},
                vec3{k.z * k.x * u - k.y * s, k.z * k.y * u + k.x * s, c + k.z * k.z * u}};
  return r;
}

failure bad_geometry(std::string text) {
  return {"bad_geometry", std::move(text)};
}

std::string name_of(const transformation& t) {
  return t.entry.empty() ? std::string("a transformation") : fmt::format("the transformation \"{}\"", t.entry);
}

result<affine> single(const transformation& t, double value, std::string_view unit) {
  auto translates = t.kind == transformation_kind::translation;
  auto factor = translates ? metres_per(unit) : radians_per(unit);
  if (!factor) {
    return bad_geometry(fmt::format("{} is a {}, but its value has the unit \"{}\"; allowed: a unit of {}", name_of(t),
                                    translates ? "translation" : "rotation", unit, translates ? "length" : "angle"));
  }
  if (!std::isfinite(value))
    return bad_geometry(fmt::format("{} has the value {}; allowed: finite numbers", name_of(t), value));
  affine shift;
  shift.translation = t.offset;
  if (translates) {
    shift.translation = shift.translation + (value * *factor) * t.vector;
    return shift;
  }
  return followed_by(shift, rotation_about(t.vector, value * *factor));
}

} // namespace

vec3 affine::direction(const vec3& x) const {
  return {dot(rotation[0], x), dot(rotation[1], x), dot(rotation[2], x)};
}

vec3 affine::point(const vec3& x) const {
  return direction(x) + translation;
}

affine followed_by(const affine& first, const affine& second) {
  affine both;
  for (std::size_t row = 0; row < 3; ++row) {
    const auto& r = second.rotation[row];
    both.rotation[row] = r.x * first.rotation[0] + r.y * first.rotation[1] + r.z * first.rotation[2];
  }
  both.translation = second.point(first.translation);
  return both;
}

transformation_chain::transformation_chain(std::vector<transformation> steps) : steps_(std::move(steps)) {}

bool transformation_chain::has(std::string_view entry) const {
  return std::any_of(steps_.begin(), steps_.end(), [&](const auto& t) { return t.entry == entry; });
}

std::vector<std::string> transformation_chain::open_entries() const {
  std::vector<std::string> entries;
  for (const auto& t : steps_)
    if (!t.value) entries.push_back(t.entry);
  return entries;
}

result<affine> transformation_chain::at(std::span<const entry_value> given) const {
  for (const auto& v : given) {
    if (has(v.entry)) continue;
    std::vector<std::string> known;
    for (const auto& t : steps_)
      if (!t.entry.empty()) known.push_back(t.entry);
    return bad_geometry(
      fmt::format("there is a value for \"{}\", which is not in the chain of transformations; the chain has: {}",
                  v.entry, known.empty() ? "no named entry" : fmt::format("{}", fmt::join(known, ", "))));
  }
  affine whole;
  for (const auto& t : steps_) {
    auto found = std::find_if(given.rbegin(), given.rend(), [&](const auto& v) { return v.entry == t.entry; });
    if (found == given.rend() && !t.value) {
      return bad_geometry(fmt::format(
        "{} moves while data is taken and has no value of its own; bind it to a log or device (\"contexts\" "
        "of the instrument file)",
        name_of(t)));
    }
    auto step = found != given.rend() ? single(t, found->value, found->unit) : single(t, *t.value, t.unit);
    if (!step) return step.error();
    whole = followed_by(whole, *step);
  }
  return whole;
}

std::optional<double> metres_per(std::string_view unit) {
  if (const auto scale = scale_between(unit, "m")) return scale->factor();
  return std::nullopt;
}

std::optional<double> radians_per(std::string_view unit) {
  if (const auto scale = scale_between(unit, "rad")) return scale->factor();
  return std::nullopt;
}

} // namespace livedata
