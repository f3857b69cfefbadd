#include "workflows/geometry/nexus_file.hpp"
#include "workflows/wavelength/event_wavelengths.hpp"
#include "workflows/wavelength/table_file.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <places.hpp>
#include <random>

namespace event_wavelengths_test {

using namespace livedata;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t plenty = 1'000'000;
constexpr auto nan_value = std::numeric_limits<double>::quiet_NaN();

fs::path golden(const std::string& name) {
  return fs::path(LIVEDATA_TEST_DATA) / "golden" / name;
}

// Messages of the golden cases, one pulse each.
struct messages {
  std::vector<std::int32_t> time;
  std::vector<std::int32_t> pixel;
  std::vector<event_chunk> chunks;

  messages(const nexus_file& file, const std::string& group) : time(file.integers(group + "/time_of_flight", plenty)) {
    if (file.what(group + "/pixel_id") == nexus_file::object::dataset)
      pixel = file.integers(group + "/pixel_id", plenty);
    const auto starts = file.whole_numbers(group + "/message_time", plenty);
    const auto sizes = file.whole_numbers(group + "/message_size", plenty);
    std::size_t first = 0;
    for (std::size_t m = 0; m < starts.size(); ++m) {
      const auto n = static_cast<std::size_t>(sizes[m]);
      const std::span<const std::int32_t> p = pixel.empty() ? std::span(pixel) : std::span(pixel).subspan(first, n);
      chunks.push_back({timestamp{starts[m]}, std::span<const std::int32_t>(time).subspan(first, n), p, {}});
      first += n;
    }
  }
};

struct converted {
  std::vector<double> wavelength;
  std::vector<std::uint32_t> pixel;
  std::vector<std::int64_t> pulse;
};

converted convert(const event_wavelengths& w, std::span<const event_chunk> chunks) {
  converted all;
  const auto frames = w.frames_of(chunks);
  for (const auto& c : chunks)
    w.each_block(c, frames, [&](const wavelength_block& b) {
      REQUIRE(b.first + b.events <= c.size());
      all.wavelength.insert(all.wavelength.end(), b.wavelength.begin(), b.wavelength.begin() + b.events);
      all.pixel.insert(all.pixel.end(), b.pixel.begin(), b.pixel.begin() + b.events);
      all.pulse.insert(all.pulse.end(), b.events, frames.pulse_of(c.pulse_time));
    });
  return all;
}

bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= 1e-12 * std::abs(b);
}

std::shared_ptr<const lookup_table> shared(lookup_table t) {
  return std::make_shared<const lookup_table>(std::move(t));
}

// wavelength = 3956 t / L (m, s), on an even grid.
lookup_table free_flight() {
  lookup_table t;
  for (int i = 0; i <= 10; ++i)
    t.distance.push_back(10 + i);
  for (int j = 0; j <= 100; ++j)
    t.time.push_back(j * 1e6);
  for (auto d : t.distance)
    for (auto x : t.time)
      t.wavelength.push_back(3956.034 * x * 1e-9 / d);
  t.pulse_period = 1e8;
  t.distance_resolution = 1;
  t.time_resolution = 1e6;
  return t;
}

} // namespace

TEST_CASE("events get the wavelengths that the field's own software gives them") {
  for (const std::string name : {"event_wavelength_stride1", "event_wavelength_stride2"}) {
    CAPTURE(name);
    const auto t = shared(read_lookup_table(golden(name) / "table.h5").value());
    std::vector<double> wavelength;
    std::vector<double> at_monitor;
    std::vector<std::int64_t> known, disagree, pulse;
    {
      const nexus_file expected(golden(name) / "expected.h5");
      wavelength = expected.numbers("/detector/wavelength", plenty);
      known = expected.whole_numbers("/detector/known_pixel", plenty);
      disagree = expected.whole_numbers("/detector/kernels_disagree", plenty);
      if (t->pulse_stride > 1) pulse = expected.whole_numbers("/detector/pulse_index", plenty);
      if (t->pulse_stride == 1) at_monitor = expected.numbers("/monitor/wavelength", plenty);
    }
    const nexus_file inputs(golden(name) / "inputs.h5");
    const messages detector(inputs, "/detector");
    auto paths =
      by_number(inputs.integers("/detector/detector_number", plenty), inputs.numbers("/detector/flight_path", plenty));
    const event_wavelengths w(t, std::move(paths.values), paths.first);
    const auto found = convert(w, detector.chunks);
    REQUIRE(found.wavelength.size() == wavelength.size());
    std::size_t compared = 0;
    for (std::size_t e = 0; e < wavelength.size(); ++e) {
      CAPTURE(e);
      const auto in_detector = found.pixel[e] < w.pixels() && !std::isnan(w.flight_path(found.pixel[e]));
      REQUIRE(in_detector == (known[e] != 0));
      if (known[e] == 0) {
        REQUIRE(std::isnan(found.wavelength[e]));
        continue;
      }
      if (!pulse.empty()) REQUIRE(found.pulse[e] == pulse[e]);
      if (disagree[e] != 0) continue;
      REQUIRE(same(found.wavelength[e], wavelength[e]));
      ++compared;
    }
    CHECK(compared > 2000);
    if (at_monitor.empty()) continue;
    const messages monitor(inputs, "/monitor");
    const auto m = convert(event_wavelengths(t, inputs.numbers("/monitor/flight_path", 1).at(0)), monitor.chunks);
    REQUIRE(m.wavelength.size() == at_monitor.size());
    for (std::size_t e = 0; e < at_monitor.size(); ++e)
      REQUIRE(same(m.wavelength[e], at_monitor[e]));
  }
}

TEST_CASE("the loop by vectors gives what single look-ups give, on and beside grid points, inside and outside") {
  auto table = free_flight();
  std::mt19937 random(5);
  for (auto& w : table.wavelength)
    if (random() % 9 == 0) w = nan_value;
  const auto t = shared(std::move(table));
  std::vector<double> lengths{10, 20, 11, 9.999999, 20.0000001, nan_value, 12, 12.0000000001};
  for (int i = 0; i < 500; ++i)
    lengths.push_back(std::uniform_real_distribution(9.5, 20.5)(random));
  const event_wavelengths w(t, lengths, 100);
  std::vector<std::int32_t> time, pixel;
  for (int i = 0; i < 20'001; ++i) {
    time.push_back(i % 3 == 0 ? static_cast<std::int32_t>(random() % 110) * 1'000'000 - 1'000'000
                              : static_cast<std::int32_t>(random() % 120'000'000) - 5'000'000);
    pixel.push_back(static_cast<std::int32_t>(random() % 520) + 95);
  }
  const event_chunk chunk{timestamp{0}, std::span<const std::int32_t>(time), std::span<const std::int32_t>(pixel), {}};
  const auto found = convert(w, std::span(&chunk, 1));
  REQUIRE(found.wavelength.size() == time.size());
  std::size_t finite = 0;
  for (std::size_t e = 0; e < time.size(); ++e) {
    const auto index = static_cast<std::size_t>(pixel[e] - 100);
    const auto known = pixel[e] >= 100 && index < lengths.size();
    REQUIRE(found.pixel[e] == (known ? index : lengths.size()));
    const auto wanted = known ? w.at(lengths[index], time[e]) : nan_value;
    CAPTURE(time[e]);
    REQUIRE(same(found.wavelength[e], wanted));
    finite += std::isnan(wanted) ? 0 : 1;
  }
  CHECK(finite > 1000);
}

TEST_CASE("within a cell wavelength times distance is linear in both, and a NaN corner makes NaN even with weight 0") {
  auto table = free_flight();
  const event_wavelengths w(shared(table), 15.0);
  CHECK(w.at(15, 40e6) == doctest::Approx(3956.034 * 40e-3 / 15).epsilon(1e-14));
  CHECK(w.at(15.5, 40.5e6) == doctest::Approx(3956.034 * 40.5e-3 / 15.5).epsilon(1e-13));
  CHECK(w.at(20, 100e6) == doctest::Approx(3956.034 * 0.1 / 20).epsilon(1e-14));
  CHECK(std::isnan(w.at(20.001, 40e6)));
  CHECK(std::isnan(w.at(9.999, 40e6)));
  CHECK(std::isnan(w.at(15, -1)));
  CHECK(std::isnan(w.at(15, 100e6 + 1)));
  CHECK(std::isnan(w.at(nan_value, 40e6)));
  table.wavelength[5 * 101 + 41] = nan_value;
  const event_wavelengths with_gap(shared(table), 15.0);
  CHECK(std::isnan(with_gap.at(15, 40e6)));
  CHECK(std::isnan(with_gap.at(15, 41e6)));
  CHECK_FALSE(std::isnan(with_gap.at(15, 42e6)));
  CHECK_FALSE(std::isnan(with_gap.at(15, 39.9e6)));
}

TEST_CASE("frames of one pulse have no shift; of several, the guess is the one that loses the fewest events") {
  auto table = free_flight();
  const event_wavelengths plain(shared(table), 15.0);
  CHECK(plain.frames_of({}).shift_of(timestamp{123}) == 0);
  // Frames of 100 ms are made of two pulses; neutrons arrive from 60 to 80 ms only.
  table.pulse_period = 5e7;
  table.pulse_stride = 2;
  for (std::size_t i = 0; i < table.distance.size(); ++i)
    for (std::size_t j = 0; j < table.time.size(); ++j)
      if (j < 60 || j > 80) table.wavelength[i * table.time.size() + j] = nan_value;
  const event_wavelengths w(shared(table), 15.0);
  const std::vector<std::int32_t> late{70'000'000, 65'000'000};
  const std::vector<std::int32_t> early{20'000'000, 15'000'000};
  constexpr std::int64_t start = 1'700'000'000'000'000'000;
  const auto pulse = [&](std::int64_t n, const std::vector<std::int32_t>& times) {
    return event_chunk{timestamp{start + n * 50'000'000}, std::span<const std::int32_t>(times), {}, {}};
  };
  for (std::int64_t parity : {0, 1}) {
    const std::vector<event_chunk> chunks{pulse(parity, late), pulse(parity + 1, early), pulse(parity + 2, late)};
    const auto frames = w.frames_of(chunks);
    CHECK(frames.pulse_of(chunks[0].pulse_time) == 0);
    CHECK(frames.pulse_of(chunks[1].pulse_time) == 1);
    CHECK(frames.shift_of(chunks[1].pulse_time) == 5e7);
    for (auto x : convert(w, chunks).wavelength)
      CHECK_FALSE(std::isnan(x));
  }
}

TEST_CASE("flight paths by number leave gaps open and refuse numbers that occur twice or spread too far") {
  const std::vector<std::int32_t> numbers{7, 5, 9};
  const std::vector<double> paths{1, 2, 3};
  const auto all = by_number(numbers, paths);
  CHECK(all.first == 5);
  REQUIRE(all.values.size() == 5);
  CHECK(all.values[0] == 2);
  CHECK(std::isnan(all.values[1]));
  CHECK(all.values[2] == 1);
  CHECK(all.values[4] == 3);
  CHECK_THROWS_AS(by_number(std::vector<std::int32_t>{1, 1}, std::vector<double>{1, 2}), std::invalid_argument);
  CHECK_THROWS_AS(by_number(numbers, paths, 4), std::invalid_argument);
  CHECK_THROWS_AS(event_wavelengths(shared(free_flight()), std::vector<double>{0}, 1), std::invalid_argument);
}

} // namespace event_wavelengths_test
