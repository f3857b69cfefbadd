// Where pixels are by their shapes, where a file has no offsets: by what it says of them, not by the order in which
// things stand.
#include "unit/workflows/nexus_sample.hpp"
#include "workflows/geometry/detector_geometry.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace nexus_shapes_test {

using namespace livedata;
using test::nexus_sample;

namespace {

const std::string bank = "/entry/instrument/bank";
const std::string pixel_shape = bank + "/pixel_shape";
const std::string detector_shape = bank + "/detector_shape";

// A detector with the numbers 7, 5, 6, 4, and what `add` puts into its group.
result<detector_layout> layout_of(const std::function<void(nexus_sample&)>& add) {
  nexus_sample file("shapes.nxs");
  file.group("/entry", "NXentry");
  file.group("/entry/instrument", "NXinstrument");
  file.group(bank, "NXdetector");
  file.integers(bank + "/detector_number", {7, 5, 6, 4}, {4});
  add(file);
  file.close();
  return make_layout({.name = "bank",
                      .title = "Bank",
                      .first_pixel = 4,
                      .sizes = {{"pixel", 4}},
                      .geometry = {{"kind", "nexus"}, {"file", file.path().string()}},
                      .nexus_group = bank});
}

std::vector<vec3> positions(const result<detector_layout>& layout) {
  REQUIRE_MESSAGE(layout, (layout ? "" : layout.error().message));
  return layout->local.positions;
}

// A row of three squares of 2 cm, which share their sides: vertices 0 to 3 below, 4 to 7 above.
void add_squares(nexus_sample& f, const std::string& shape, const std::vector<int>& faces_and_numbers) {
  f.group(shape, "NXoff_geometry");
  f.numbers(shape + "/vertices", {0, 0, 1, 2, 0, 1, 4, 0, 1, 6, 0, 1, 0, 2, 1, 2, 2, 1, 4, 2, 1, 6, 2, 1}, {8, 3},
            "cm");
  f.integers(shape + "/winding_order", {0, 1, 5, 4, 1, 2, 6, 5, 2, 3, 7, 6}, {12});
  f.integers(shape + "/faces", {0, 4, 8}, {3});
  f.integers(shape + "/detector_faces", faces_and_numbers, {faces_and_numbers.size() / 2, 2});
}

// Tubes along x, at y = 1, 2, 3 and 4 m; each has a middle, a point of its edge, and the other end.
void add_tubes(nexus_sample& f, const std::vector<int>& numbers) {
  f.group(detector_shape, "NXcylindrical_geometry");
  std::vector<double> points;
  std::vector<int> cylinders;
  for (int i = 0; i < 4; ++i) {
    const double y = i + 1;
    for (double x : {0.0, y, 0.0, 0.0, y + 0.5, 0.0, 2.0 * (i + 1), y, 0.0})
      points.push_back(x);
    for (int v = 0; v < 3; ++v)
      cylinders.push_back(3 * i + v);
  }
  f.numbers(detector_shape + "/vertices", points, {12, 3}, "m");
  f.integers(detector_shape + "/cylinders", cylinders, {4, 3});
  f.integers(detector_shape + "/detector_number", numbers, {numbers.size()});
}

} // namespace

TEST_CASE("faces of a mesh belong to the detector numbers that the file says, in any order") {
  for (const auto& shape : {pixel_shape, detector_shape}) {
    CAPTURE(shape);
    const auto at = positions(layout_of([&](auto& f) {
      // Number 5 has two faces, number 6 none.
      add_squares(f, shape, {2, 7, 1, 5, 0, 5});
    }));
    CHECK(at.at(0) == vec3{0.05, 0.01, 0.01});
    CHECK(at.at(1) == vec3{0.02, 0.01, 0.01});
    CHECK(std::isnan(at.at(2).x));
    CHECK(std::isnan(at.at(3).y));
  }
}

TEST_CASE("cylinders of a detector belong to the detector numbers that the file says, in any order") {
  const auto at = positions(layout_of([](auto& f) { add_tubes(f, {4, 5, 6, 7}); }));
  CHECK(at == std::vector<vec3>{{4, 4, 0}, {2, 2, 0}, {3, 3, 0}, {1, 1, 0}});
}

TEST_CASE("offsets go before shapes, and one shape for all pixels says nothing of where they are") {
  const auto offsets = [](nexus_sample& f) { f.numbers(bank + "/x_pixel_offset", {1, 2, 3, 4}, {4}, "m"); };
  const auto at = positions(layout_of([&](auto& f) {
    offsets(f);
    add_squares(f, detector_shape, {2, 7});
  }));
  CHECK(at == std::vector<vec3>{{1, 0, 0}, {2, 0, 0}, {3, 0, 0}, {4, 0, 0}});
  const auto layout = layout_of([&](auto& f) {
    offsets(f);
    f.group(pixel_shape, "NXcylindrical_geometry");
    f.numbers(pixel_shape + "/vertices", {0, 0, 0, 0, 1, 0, 2, 0, 0}, {3, 3}, "m");
  });
  CHECK(positions(layout).at(3) == vec3{4, 0, 0});
  CHECK(layout->local.shape.has_value());
}

TEST_CASE("shapes that do not say which pixel is where are refused, with the place and what is needed") {
  struct fault {
    std::function<void(nexus_sample&)> make;
    std::string text;
  };

  for (const auto& [make, text] : std::vector<fault>{
         {[](auto& f) {
            add_squares(f, pixel_shape, {2, 8});
          },
          "detector_faces names the detector number 8, which detector_number has not"},
         {[](auto& f) {
            add_squares(f, pixel_shape, {3, 7});
          },
          "detector_faces names face 3, but there are 3"},
         {[](auto& f) {
            add_squares(f, pixel_shape, {2, 7});
            f.remove(pixel_shape + "/winding_order");
            f.integers(pixel_shape + "/winding_order", {0, 1, 5, 4, 1, 2, 6, 5, 2, 3, 9, 6}, {12});
          },
          "winding_order names vertex 9, but there are 8"},
         {[](auto& f) {
            add_squares(f, pixel_shape, {2, 7});
            f.remove(pixel_shape + "/vertices");
            f.numbers(pixel_shape + "/vertices", std::vector<double>(24), {3, 8}, "cm");
          },
          "vertices holds 3 x 8 numbers; needed: three for each point, in its last dimension"},
         {[](auto& f) {
            add_squares(f, pixel_shape, {2, 7});
            f.remove_attribute(pixel_shape + "/vertices", "units");
          },
          "vertices has no attribute \"units\""},
         {[](auto& f) {
            f.group(pixel_shape, "NXoff_geometry");
            f.numbers(pixel_shape + "/vertices", std::vector<double>(24), {8, 3}, "cm");
          },
          "holds 8 points rather than eight for each of 4 pixels; no detector_faces say which belong to which"},
         {[](auto& f) {
            add_tubes(f, {4, 5, 6});
          },
          "needed: three vertices for each of the 3 numbers"},
       }) {
    CAPTURE(text);
    const auto layout = layout_of(make);
    REQUIRE_FALSE(layout);
    CHECK_MESSAGE(layout.error().message.find(text) != std::string::npos, layout.error().message);
  }
}

} // namespace nexus_shapes_test
