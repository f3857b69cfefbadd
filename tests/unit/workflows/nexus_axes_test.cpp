// Along which dimensions of a detector its offsets lie: what attributes say, and what is taken where they say nothing.
#include "unit/workflows/nexus_sample.hpp"
#include "workflows/geometry/detector_geometry.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <numeric>

namespace nexus_axes_test {

using namespace livedata;
using test::nexus_sample;

namespace {

const std::string bank = "/entry/instrument/bank";
const std::string x_offset = bank + "/x_pixel_offset";
const std::string y_offset = bank + "/y_pixel_offset";
const std::string z_offset = bank + "/z_pixel_offset";
const std::vector<double> x4{-0.3, -0.1, 0.1, 0.3};
const std::vector<double> y4{-0.6, -0.2, 0.2, 0.6};

// A detector with numbers 1, 2, … folded to `lengths`, and what `add` puts into its group.
result<detector_layout> layout_of(const std::vector<hsize_t>& lengths, const std::function<void(nexus_sample&)>& add) {
  nexus_sample file("axes.nxs");
  file.group("/entry", "NXentry");
  file.group("/entry/instrument", "NXinstrument");
  file.group(bank, "NXdetector");
  std::vector<int> numbers(std::accumulate(lengths.begin(), lengths.end(), hsize_t{1}, std::multiplies<>()));
  std::iota(numbers.begin(), numbers.end(), 1);
  file.integers(bank + "/detector_number", numbers, lengths);
  add(file);
  file.close();
  return make_layout({.name = "bank",
                      .title = "Bank",
                      .first_pixel = 1,
                      .sizes = {{"pixel", static_cast<std::int64_t>(numbers.size())}},
                      .geometry = {{"kind", "nexus"}, {"file", file.path().string()}},
                      .nexus_group = bank});
}

vec3 position(const result<detector_layout>& layout, std::int32_t number) {
  REQUIRE_MESSAGE(layout, (layout ? "" : layout.error().message));
  return layout->local.positions.at(static_cast<std::size_t>(number) - 1);
}

void offsets_of_4_by_4(nexus_sample& file) {
  file.numbers(x_offset, x4, {4}, "m");
  file.numbers(y_offset, y4, {4}, "m");
}

} // namespace

TEST_CASE("attributes say along which dimension offsets lie, in each form that they have") {
  const std::vector<std::function<void(nexus_sample&)>> forms{
    [](auto& f) {
      f.attribute(bank, "axes", std::vector<std::string>{"x_pixel_offset", "y_pixel_offset"});
    },
    [](auto& f) { f.attribute(bank, "axes", std::string("x_pixel_offset:y_pixel_offset")); },
    [](auto& f) { f.attribute(bank + "/detector_number", "axes", std::string("x_pixel_offset,y_pixel_offset")); },
    [](auto& f) { f.attribute(bank, "x_pixel_offset_indices", 0); },
    [](auto& f) { f.attribute(bank, "y_pixel_offset_indices", std::vector<int>{1}); },
    [](auto& f) {
      f.attribute(bank, "axes", std::vector<std::string>{"first", "second"});
      f.attribute(bank, "x_pixel_offset_indices", 0);
      f.attribute(bank, "y_pixel_offset_indices", 1);
    },
    // The attributes of a group go before its order of axes.
    [](auto& f) {
      f.attribute(bank, "axes", std::vector<std::string>{"y_pixel_offset", "x_pixel_offset"});
      f.attribute(bank, "x_pixel_offset_indices", 0);
      f.attribute(bank, "y_pixel_offset_indices", 1);
    },
    [](auto& f) {
      f.attribute(x_offset, "axis", 1);
      f.attribute(y_offset, "axis", 2);
    },
    // A signal with a time in front of the two.
    [](auto& f) {
      f.numbers(bank + "/data", std::vector<double>(3 * 16), {3, 4, 4});
      f.attribute(bank, "axes", std::vector<std::string>{"time", "x_pixel_offset", "y_pixel_offset"});
    },
    [](auto& f) {
      f.attribute(bank, "axes", std::vector<std::string>{"time", "x_pixel_offset", "y_pixel_offset"});
      f.attribute(bank, "detector_number_indices", std::vector<int>{1, 2});
    },
  };
  for (std::size_t i = 0; i < forms.size(); ++i) {
    CAPTURE(i);
    auto layout = layout_of({4, 4}, [&](nexus_sample& f) {
      offsets_of_4_by_4(f);
      forms[i](f);
    });
    CHECK(position(layout, 4) == vec3{-0.3, 0.6, 0});
    CHECK(position(layout, 13) == vec3{0.3, -0.6, 0});
  }
}

TEST_CASE("offsets of a detector whose file says nothing of them lie as they are written most often") {
  CHECK(position(layout_of({4, 4}, offsets_of_4_by_4), 4) == vec3{0.3, -0.6, 0});
  // Only one dimension is that long.
  auto tall = layout_of({8, 2}, [](nexus_sample& f) {
    f.numbers(x_offset, {0, 1, 2, 3, 4, 5, 6, 7}, {8}, "m");
    f.numbers(y_offset, {10, 20}, {2}, "m");
  });
  CHECK(position(tall, 4) == vec3{1, 20, 0});
  auto box = layout_of({2, 4, 4}, [](nexus_sample& f) {
    offsets_of_4_by_4(f);
    f.numbers(z_offset, {5, 6}, {2}, "m");
  });
  CHECK(position(box, 16 + 4) == vec3{0.3, -0.6, 6});
}

TEST_CASE("offsets of some dimensions spread over the others, of a detector of any rank") {
  auto layers = layout_of({2, 3, 2}, [](nexus_sample& f) {
    f.numbers(x_offset, {1, 2, 3, 4, 5, 6}, {3, 2}, "m"); // the last two dimensions
    f.numbers(y_offset, {10, 20, 30, 40}, {2, 2}, "m");
    f.attribute(bank, "y_pixel_offset_indices", std::vector<int>{2, 0});
    f.numbers(z_offset, {7}, {1}, "cm");
  });
  CHECK(position(layers, 1) == vec3{1, 10, 0.07});
  CHECK(position(layers, 8) == vec3{2, 40, 0.07}); // layer 1, row 0, column 1: y [1][1]
  CHECK(position(layers, 7) == vec3{1, 20, 0.07}); // column 0, layer 1: y [0][1]
  auto single = layout_of({}, [](nexus_sample& f) { f.numbers(x_offset, {3}, {}, "mm"); });
  CHECK(position(single, 1) == vec3{0.003, 0, 0});
  // Two dimensions the other way round, and one list for a folded detector.
  auto turned = layout_of({3, 2}, [](nexus_sample& f) {
    f.numbers(x_offset, {1, 2, 3, 4, 5, 6}, {2, 3}, "m");
    f.numbers(y_offset, {1, 2, 3, 4, 5, 6}, {6}, "m");
  });
  CHECK(position(turned, 2) == vec3{4, 2, 0});
}

TEST_CASE("offsets that fit no dimension, or not the one that attributes name, are refused") {
  struct fault {
    std::function<void(nexus_sample&)> change;
    std::string text;
  };

  for (const auto& [change, text] : std::vector<fault>{
         {[](auto& f) { f.numbers(z_offset, x4, {4}, "m"); }, "no attribute says which of its dimensions"},
         {[](auto& f) {
            f.numbers(x_offset, {1, 2, 3}, {3}, "m");
          },
          "x_pixel_offset holds 3 numbers, but the detector has 4 x 4 pixels"},
         {[](auto& f) {
            offsets_of_4_by_4(f);
            f.attribute(bank, "x_pixel_offset_indices", 2);
          },
          "x_pixel_offset lies along axis 2, as its attributes say, which detector_number has not"},
         {[](auto& f) {
            f.numbers(x_offset, std::vector<double>(16), {4, 4}, "m");
            f.attribute(bank, "x_pixel_offset_indices", std::vector<int>{1, 1});
          },
          "attributes say that the numbers lie along its dimensions 1, 1"},
         {[](auto& f) {
            offsets_of_4_by_4(f);
            f.attribute(bank, "x_pixel_offset_indices", std::string("0"));
          },
          "attribute x_pixel_offset_indices of /entry/instrument/bank holds no whole numbers"},
       }) {
    CAPTURE(text);
    auto layout = layout_of({4, 4}, change);
    REQUIRE_FALSE(layout);
    CHECK_MESSAGE(layout.error().message.find(text) != std::string::npos, layout.error().message);
  }
}

} // namespace nexus_axes_test
