#include "messages/codec/da00.hpp"
#include "messages/codec/da00_writer.hpp"
#include "random_arrays.hpp"

#include <doctest/doctest.h>

#include <functional>

namespace da00_writer_test {

using namespace livedata;
using namespace livedata::test;

namespace {

data_array spectrum() {
  data_array array{"Spectrum", make_vector<double>("time_of_arrival", {4, 0, 9}, "counts"), std::nullopt, {}};
  array.set_coord("time_of_arrival", make_vector<double>("time_of_arrival", {0, 10, 20, 30}, "ms"));
  array.set_coord("time", make_scalar<std::int64_t>(1'767'225'601'000'000'000, "ns"));
  return array;
}

} // namespace

TEST_CASE("messages of one form written one after the other are those that are written one by one") {
  array_maker maker(2);
  for (int i = 0; i < 500; ++i) {
    da00::repeated_writer writer;
    auto array = maker.make();
    const auto source = "source " + std::to_string(i);
    for (int k = 0; k < 4; ++k) {
      CAPTURE(i);
      CAPTURE(k);
      const timestamp time{k * 1'000'000'000'007 - i};
      REQUIRE(writer.write(source, time, array) == da00::write(source, time, array));
      array = maker.refilled(std::move(array));
    }
  }
}

TEST_CASE("messages of changing forms written by one writer are those that are written one by one") {
  array_maker maker(3);
  da00::repeated_writer writer;
  for (int i = 0; i < 2'000; ++i) {
    auto array = maker.make();
    CAPTURE(i);
    REQUIRE(writer.write("s", {i}, array) == da00::write("s", {i}, array));
    array = maker.refilled(std::move(array));
    REQUIRE(writer.write("s", {-i}, array) == da00::write("s", {-i}, array));
  }
}

TEST_CASE("no change of form is missed") {
  const std::vector<std::function<void(data_array&)>> changes{
    [](auto& a) { a.name = "Spectrun"; },
    [](auto& a) { a.data.unit = "1/s"; },
    [](auto& a) { a.data.unit.reset(); },
    [](auto& a) {
      a.data.data = std::vector<float>{1, 2, 3};
    },
    [](auto& a) { a.data.dims = {"time_of_flight"}; },
    [](auto& a) {
      a.data.dims = {"one", "time_of_arrival"};
      a.data.shape = {1, 3};
    },
    [](auto& a) {
      a.data.shape = {4};
      a.data.data = std::vector<double>{1, 2, 3, 4};
    },
    [](auto& a) {
      a.variances = std::vector<double>{1, 4, 9};
    },
    [](auto& a) { a.coords.pop_back(); },
    [](auto& a) { std::swap(a.coords[0], a.coords[1]); },
    [](auto& a) { a.coords[1].first = "Time"; },
    [](auto& a) { a.coords[1].second.unit = "us"; },
    [](auto& a) { a.coords[1].second.data = std::vector<double>{1}; },
    [](auto& a) {
      a.coords[0].second = make_vector<double>("time_of_arrival", {1, 2, 3}, "ms");
    },
    [](auto& a) { a.set_coord("one more", make_scalar(1.0, {})); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    CAPTURE(i);
    da00::repeated_writer writer;
    auto array = spectrum();
    (void)writer.write("s", {1}, array);
    changes[i](array);
    const auto changed = da00::write("s", {2}, array);
    CHECK(writer.write("s", {2}, array) == changed);
    CHECK(writer.write("s", {2}, spectrum()) == da00::write("s", {2}, spectrum()));
  }
  da00::repeated_writer writer;
  (void)writer.write("here", {1}, spectrum());
  CHECK(writer.write("there", {1}, spectrum()) == da00::write("there", {1}, spectrum()));
}

TEST_CASE("an array that has become inconsistent is refused, and the next one is written") {
  da00::repeated_writer writer;
  auto array = spectrum();
  (void)writer.write("s", {1}, array);
  array.data.data = std::vector<double>{1, 2};
  CHECK_THROWS_AS((void)writer.write("s", {2}, array), std::invalid_argument);
  CHECK_THROWS_AS((void)writer.write("s", {2}, array), std::invalid_argument);
  CHECK(writer.write("s", {3}, spectrum()) == da00::write("s", {3}, spectrum()));
}

} // namespace da00_writer_test
