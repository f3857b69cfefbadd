#include "workflows/geometry/straw_bank.hpp"

#include "workflows/geometry/parametric_chain.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <numbers>

namespace livedata {

namespace {

constexpr std::int64_t straws_per_tube = 7;

struct bank_sizes {
  std::int64_t layers;
  std::int64_t tubes;
  std::int64_t pixels;
};

struct bank_lengths {
  bool along_x;
  double straw_length;
  double straw_radius;
  double ring_radius;
  double tube_pitch;
  double layer_pitch;
  double layer_stagger;
  vec3 centre;
};

bank_sizes read_bank_sizes(const detector& d, const json_node& node) {
  const auto& s = d.sizes;
  if (s.size() != 4 || s[0].first != "layer" || s[1].first != "tube" || s[2].first != "straw" ||
      s[3].first != "pixel" || s[2].second != straws_per_tube) {
    node.fail(
      "a straw_bank does not fit the sizes of the detector; allowed: layer, tube, straw and pixel in this order, "
      "with 7 straws");
  }
  return {s[0].second, s[1].second, s[3].second};
}

bank_lengths read_lengths(const json_node& node) {
  node.allow_keys({"kind", "straw_axis", "straw_length", "straw_radius", "straw_ring_radius", "tube_pitch",
                   "layer_pitch", "layer_stagger", "position", "transformations"});
  auto axis = node.at("straw_axis");
  auto name = axis.text();
  if (name != "x" && name != "y") axis.refuse("\"x\" or \"y\"");
  auto stagger = node.find("layer_stagger");
  bank_lengths b{.along_x = name == "x",
                 .straw_length = node.at("straw_length").positive(),
                 .straw_radius = node.at("straw_radius").positive(),
                 .ring_radius = node.at("straw_ring_radius").positive(),
                 .tube_pitch = node.at("tube_pitch").positive(),
                 .layer_pitch = node.at("layer_pitch").positive(),
                 .layer_stagger = stagger ? stagger->number(0) : 0,
                 .centre = read_vec3(node.at("position"))};
  if (2 * b.straw_radius > b.ring_radius) {
    node.at("straw_radius")
      .refuse(fmt::format("at most half of straw_ring_radius ({}), or straws overlap", b.ring_radius));
  }
  auto tube_width = 2 * (b.ring_radius + b.straw_radius);
  if (tube_width > b.tube_pitch) {
    node.at("tube_pitch")
      .refuse(fmt::format("at least {}, twice straw_ring_radius + straw_radius, or tubes overlap", tube_width));
  }
  return b;
}

// Distance of number `i` of `n` things at equal distances from their middle, in units of the distance.
double from_middle(std::int64_t i, std::int64_t n) {
  return static_cast<double>(i) - 0.5 * static_cast<double>(n - 1);
}

// Where a straw lies in the cross-section of its tube.
struct straw_offset {
  double across;
  double z;
};

std::array<straw_offset, straws_per_tube> straw_offsets(double ring_radius) {
  std::array<straw_offset, straws_per_tube> offsets{};
  for (std::size_t i = 1; i < offsets.size(); ++i) {
    auto angle = static_cast<double>(i - 1) * std::numbers::pi / 3;
    offsets[i] = {ring_radius * std::cos(angle), ring_radius * std::sin(angle)};
  }
  return offsets;
}

} // namespace

detector_geometry make_straw_bank(const detector& d, const json_node& node) {
  auto n = read_bank_sizes(d, node);
  auto b = read_lengths(node);
  auto pixel_length = b.straw_length / static_cast<double>(n.pixels);
  auto straws = straw_offsets(b.ring_radius);

  detector_geometry g;
  g.positions.reserve(static_cast<std::size_t>(d.pixel_count()));
  for (std::int64_t layer = 0; layer < n.layers; ++layer) {
    auto layer_z = b.centre.z + from_middle(layer, n.layers) * b.layer_pitch;
    auto shift = (layer % 2 == 0 ? -0.5 : 0.5) * b.layer_stagger;
    for (std::int64_t tube = 0; tube < n.tubes; ++tube) {
      auto tube_across = from_middle(tube, n.tubes) * b.tube_pitch + shift;
      for (const auto& straw : straws) {
        auto across = tube_across + straw.across;
        auto z = layer_z + straw.z;
        for (std::int64_t pixel = 0; pixel < n.pixels; ++pixel) {
          auto along = from_middle(pixel, n.pixels) * pixel_length;
          g.positions.push_back(b.along_x ? vec3{b.centre.x + along, b.centre.y + across, z}
                                          : vec3{b.centre.x + across, b.centre.y + along, z});
        }
      }
    }
  }
  g.shape = b.along_x ? cylinder_shape{{pixel_length, 0, 0}, {0, b.straw_radius, 0}}
                      : cylinder_shape{{0, pixel_length, 0}, {b.straw_radius, 0, 0}};
  return g;
}

} // namespace livedata
