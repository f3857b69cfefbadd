#include "workflows/geometry/round_bank.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <set>

namespace livedata {

namespace {

// The pixels along one coordinate.
struct coordinate {
  // How far one step along each dimension of the detector moves the index on this coordinate; 0 for others.
  std::vector<std::int64_t> strides;
  std::int64_t count = 1;
  double from = 0;
  double to = 0;

  double at(std::int64_t i) const {
    return from + (to - from) * (static_cast<double>(i) + 0.5) / static_cast<double>(count);
  }
};

class coordinate_reader {
public:
  coordinate_reader(const detector& d, const json_node& node) : detector_(d), node_(node) {}

  coordinate read(std::string_view name) {
    constexpr auto lowest = std::numeric_limits<double>::lowest();
    auto node = node_.at(name);
    node.allow_keys({"dims", "from", "to"});
    coordinate c;
    c.strides.assign(detector_.sizes.size(), 0);
    auto dims = node.at("dims").items();
    for (auto dim = dims.rbegin(); dim != dims.rend(); ++dim) {
      auto n = index_of(*dim);
      c.strides[n] = c.count;
      c.count *= detector_.sizes[n].second;
    }
    c.from = node.at("from").number(lowest);
    c.to = node.at("to").number(lowest);
    return c;
  }

  void finish() const {
    for (const auto& [dim, size] : detector_.sizes)
      if (!used_.contains(dim))
        node_.fail(fmt::format("the dimension \"{}\" lies along no coordinate; allowed: each along exactly one", dim));
  }

private:
  std::size_t index_of(const json_node& node) {
    auto name = node.text();
    auto found =
      std::find_if(detector_.sizes.begin(), detector_.sizes.end(), [&](const auto& s) { return s.first == name; });
    if (found == detector_.sizes.end()) node.refuse("the dimensions in the sizes of the detector");
    if (!used_.insert(name).second)
      node.fail(
        fmt::format("the dimension \"{}\" lies along a coordinate already; allowed: each along exactly one", name));
    return static_cast<std::size_t>(found - detector_.sizes.begin());
  }

  const detector& detector_;
  const json_node& node_;
  std::set<std::string> used_;
};

// Positions of all pixels: `point` makes one from the values of three coordinates.
template <class Point>
detector_geometry lay_out(const detector& d, const std::array<coordinate, 3>& coordinates, Point point) {
  detector_geometry g;
  g.positions.reserve(static_cast<std::size_t>(d.pixel_count()));
  std::vector<std::int64_t> index(d.sizes.size(), 0);
  std::array<std::int64_t, 3> at{};
  for (std::int64_t pixel = 0; pixel < d.pixel_count(); ++pixel) {
    g.positions.push_back(point(coordinates[0].at(at[0]), coordinates[1].at(at[1]), coordinates[2].at(at[2])));
    for (std::size_t i = index.size(); i-- > 0;) {
      auto wraps = ++index[i] == d.sizes[i].second;
      for (std::size_t c = 0; c < 3; ++c)
        at[c] += coordinates[c].strides[i] * (wraps ? 1 - d.sizes[i].second : 1);
      if (!wraps) break;
      index[i] = 0;
    }
  }
  return g;
}

} // namespace

detector_geometry make_round_bank(const detector& d, const json_node& node) {
  node.allow_keys({"kind", "axis", "angle", "radius", "along", "transformations"});
  auto axis = node.at("axis");
  auto about_y = axis.text() == "y";
  if (!about_y && axis.text() != "z") axis.refuse("\"y\" or \"z\"");
  coordinate_reader reader(d, node);
  std::array coordinates{reader.read("angle"), reader.read("radius"), reader.read("along")};
  reader.finish();
  auto radius = node.at("radius");
  if (coordinates[1].from <= 0) radius.at("from").refuse("numbers greater than 0");
  if (coordinates[1].to < coordinates[1].from) radius.at("to").refuse("numbers from that of \"from\"");
  return lay_out(d, coordinates, [about_y](double degrees, double r, double along) {
    auto angle = degrees * std::numbers::pi / 180;
    auto u = r * std::cos(angle);
    auto v = r * std::sin(angle);
    return about_y ? vec3{v, along, u} : vec3{u, v, along};
  });
}

detector_geometry make_box_bank(const detector& d, const json_node& node) {
  node.allow_keys({"kind", "x", "y", "z", "transformations"});
  coordinate_reader reader(d, node);
  std::array coordinates{reader.read("x"), reader.read("y"), reader.read("z")};
  reader.finish();
  return lay_out(d, coordinates, [](double x, double y, double z) { return vec3{x, y, z}; });
}

} // namespace livedata
