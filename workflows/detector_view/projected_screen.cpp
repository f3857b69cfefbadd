#include "workflows/detector_view/cylinder_noise.hpp"
#include "workflows/detector_view/gaussian_noise.hpp"
#include "workflows/detector_view/screen.hpp"
#include "workflows/detector_view/screen_axis.hpp"
#include "workflows/geometry/vector_algebra.hpp"
#include "workflows/parameter_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

namespace livedata {

namespace {

vec3 cross(vec3 a, vec3 b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

constexpr std::size_t noise_period = 107;
constexpr std::size_t noisy_replicas = 4;

// 107 displacements inside a piece of tube. The table holds 107 positions along the axis, 107 angles about it and 107
// squared distances from it.
std::vector<vec3> cylinder_displacements(const cylinder_shape& shape) {
  auto z = (1.0 / length(shape.axis)) * shape.axis;
  auto radius = length(shape.radius);
  auto x = (1.0 / radius) * shape.radius;
  auto y = cross(z, x);
  std::vector<vec3> out;
  out.reserve(noise_period);
  for (std::size_t i = 0; i < noise_period; ++i) {
    auto along = -0.5 + cylinder_noise[i];
    auto angle = 2 * std::numbers::pi * cylinder_noise[noise_period + i];
    auto distance = std::sqrt(radius * radius * cylinder_noise[2 * noise_period + i]);
    out.push_back((distance * std::cos(angle)) * x + (distance * std::sin(angle)) * y + along * shape.axis);
  }
  return out;
}

std::vector<vec3> normal_displacements(double sigma) {
  std::vector<vec3> out;
  out.reserve(noise_period);
  for (std::size_t i = 0; i < noise_period; ++i)
    out.push_back(sigma * vec3{gaussian_noise[3 * i], gaussian_noise[3 * i + 1], gaussian_noise[3 * i + 2]});
  return out;
}

// Positions of the pixels in each replica; replica 0 is exact.
struct replicated_positions {
  std::shared_ptr<const detector_geometry> exact;
  std::vector<vec3> displacements;

  std::size_t replicas() const { return displacements.empty() ? 1 : 1 + noisy_replicas; }

  // Calls f(position) for each pixel.
  template <class F>
  void each(std::size_t replica, F&& f) const {
    const auto& positions = exact->positions;
    if (replica == 0) {
      for (const auto& p : positions)
        f(p);
      return;
    }
    auto next = (replica - 1) * positions.size() % displacements.size();
    for (const auto& p : positions) {
      f(p + displacements[next]);
      if (++next == displacements.size()) next = 0;
    }
  }
};

std::vector<vec3> displacements(const pixel_grid& pixels, const detector_geometry& g, const projection& how) {
  switch (how.noise) {
  case position_noise::none:
    return {};
  case position_noise::gaussian:
    return normal_displacements(how.sigma);
  case position_noise::cylindrical:
    break;
  }
  if (!g.shape)
    throw parameter_error(fmt::format("the pixels of detector {} have no tube shape, which cylindrical noise needs{}{}",
                                      pixels.name, g.no_shape.empty() ? "" : ": ", g.no_shape));
  return cylinder_displacements(*g.shape);
}

// A point of the screen: along the first and the second dimension of the projection.
using screen_point = std::array<double, 2>;

// Onto the plane z = Z: that of the pixel nearest to the sample, upstream or downstream of it.
class plane_projector {
public:
  plane_projector(const std::vector<vec3>& positions, bool flip_x) : flip_x_(flip_x) {
    extent z;
    for (const auto& p : positions)
      z.include(p.z);
    plane_ = z.low < 0 ? z.high : z.low;
  }

  screen_point operator()(vec3 p) const {
    auto t = plane_ / p.z;
    auto x = p.x * t;
    return {flip_x_ ? -x : x, p.y * t};
  }

  // Where the screen is.
  std::pair<std::string, variable> place() const { return {"z", make_scalar(plane_, "m")}; }

private:
  double plane_;
  bool flip_x_;
};

// Onto the mantle of a cylinder about the axis w, whose radius is that of the pixel nearest to the axis: (u, v, w) is
// (x, y, z) for the z axis and (z, x, y) for the y axis.
class mantle_projector {
public:
  mantle_projector(const std::vector<vec3>& positions, bool about_y) : about_y_(about_y) {
    extent radius;
    for (const auto& p : positions)
      radius.include(distance(turned(p)));
    radius_ = radius.low;
  }

  screen_point operator()(vec3 p) const {
    auto q = turned(p);
    // By way of degrees, as clients know the positions of the bins.
    auto degrees = std::atan2(q.y, q.x) * (180 / std::numbers::pi);
    const auto t = radius_ / distance(q);
    return {radius_ * (degrees * (std::numbers::pi / 180)), q.z * t};
  }

  // Where the screen is.
  std::pair<std::string, variable> place() const { return {"r", make_scalar(radius_, "m")}; }

private:
  vec3 turned(vec3 p) const { return about_y_ ? vec3{p.z, p.x, p.y} : p; }

  static double distance(vec3 q) { return std::sqrt(q.x * q.x + q.y * q.y); }

  bool about_y_;
  double radius_ = 0;
};

void check(const pixel_grid& pixels, const detector_geometry& g, const projection& how) {
  if (static_cast<std::int64_t>(g.positions.size()) != pixels.pixel_count())
    throw parameter_error(fmt::format("detector {} has {} pixels, but its geometry {} positions", pixels.name,
                                      pixels.pixel_count(), g.positions.size()));
  auto [first, second] = dimensions_of(how.kind);
  const auto& r = how.resolution;
  if (r.size() != 2 ||
      !((r[0].first == first && r[1].first == second) || (r[0].first == second && r[1].first == first)))
    throw parameter_error(fmt::format("the resolution of this projection must be over '{}' and '{}'", second, first));
}

template <class Projector>
unmapped_screen bin_positions(std::shared_ptr<const pixel_grid> pixels, replicated_positions positions,
                              const projection& how, const Projector& onto_screen) {
  std::array<extent, 2> extents;
  for (std::size_t replica = 0; replica < positions.replicas(); ++replica)
    positions.each(replica, [&](vec3 p) {
      auto point = onto_screen(p);
      extents[0].include(point[0]);
      extents[1].include(point[1]);
    });
  if (!extents[0].finite() || !extents[1].finite())
    throw parameter_error(
      fmt::format("the geometry of detector {} cannot be projected: a pixel lies in the plane or on "
                  "the axis of the sample, or no pixel has a position",
                  pixels->name));
  std::size_t outer_at = how.resolution[0].first == dimensions_of(how.kind).first ? 0 : 1;
  auto inner_at = 1 - outer_at;
  auto inner_bins = how.resolution[1].second;
  screen_axis outer(extents[outer_at], how.resolution[0].second);
  screen_axis inner(extents[inner_at], inner_bins);

  unmapped_screen out;
  auto& s = out.bare;
  s.dims = how.resolution;
  s.coords.emplace_back(s.dims[0].first, make_vector(s.dims[0].first, outer.edges(), "m"));
  s.coords.emplace_back(s.dims[1].first, make_vector(s.dims[1].first, inner.edges(), "m"));
  s.weighted_coords.push_back(onto_screen.place());
  s.first_pixel = first_number(*pixels);
  s.weights.assign(static_cast<std::size_t>(volume(s.dims)), 0.0);
  out.replicas = positions.replicas();
  out.make_map = [=, pixels = std::move(pixels), positions = std::move(positions)](std::size_t replica) {
    pixel_map map(positions.exact->positions.size());
    auto next = map.begin();
    positions.each(replica, [&](vec3 p) {
      auto point = onto_screen(p);
      auto i = outer.find(point[outer_at]);
      auto j = inner.find(point[inner_at]);
      *next++ = i < 0 || j < 0 ? -1 : static_cast<std::int32_t>(i * inner_bins + j);
    });
    return by_number(*pixels, std::move(map));
  };
  return out;
}

// Without a share in it: it outlives the pointer.
template <class T>
std::shared_ptr<const T> borrowed(const T& value) {
  return {std::shared_ptr<void>(), &value};
}

} // namespace

std::pair<std::string_view, std::string_view> dimensions_of(projection_kind kind) {
  switch (kind) {
  case projection_kind::xy_plane:
    return {"x", "y"};
  case projection_kind::cylinder_mantle_y:
    return {"arc_length", "y"};
  case projection_kind::cylinder_mantle_z:
    return {"arc_length", "z"};
  }
  return {};
}

unmapped_screen project_unmapped(std::shared_ptr<const pixel_grid> pixels, std::shared_ptr<const detector_geometry> g,
                                 const projection& how) {
  check(*pixels, *g, how);
  auto moved = displacements(*pixels, *g, how);
  const auto& exact = g->positions;
  const auto with = [&](const auto& onto_screen) {
    return bin_positions(pixels, {g, std::move(moved)}, how, onto_screen);
  };
  if (how.kind == projection_kind::xy_plane) return with(plane_projector(exact, how.flip_x));
  return with(mantle_projector(exact, how.kind == projection_kind::cylinder_mantle_y));
}

screen with_maps(unmapped_screen s) {
  auto& out = s.bare;
  std::vector<float> hits(out.bins(), 0.0F);
  for (std::size_t r = 0; r < s.replicas; ++r) {
    out.replicas.push_back(s.make_map(r));
    for (auto bin : out.replicas.back())
      if (bin >= 0) hits[static_cast<std::size_t>(bin)] += 1.0F;
  }
  // In single precision, as clients know the weights.
  std::ranges::transform(hits, out.weights.begin(),
                         [&](float h) { return static_cast<double>(h / static_cast<float>(s.replicas)); });
  return std::move(out);
}

screen project(const pixel_grid& pixels, const detector_geometry& g, const projection& how) {
  return with_maps(project_unmapped(borrowed(pixels), borrowed(g), how));
}

} // namespace livedata
