// Writes random cases of everything that is computed of wavelengths, with the answers of this program, as JSON to the
// standard output: material for check_wavelengths.py, which computes the same with numpy. Arguments: seed, rounds.
#include "messages/json.hpp"
#include "reference/cases.hpp"
#include "support/events.hpp"
#include "workflows/monitor/histogram_input.hpp"
#include "workflows/wavelength/chopper_cascade.hpp"
#include "workflows/wavelength/event_wavelengths.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <stdexcept>
#include <string>

using namespace livedata;

namespace {

constexpr double period_ns = 1e9 / 14;

// NaN as null.
json plain(const std::vector<double>& numbers) {
  auto list = json::array();
  for (auto x : numbers)
    list.push_back(std::isfinite(x) ? json(x) : json());
  return list;
}

class wavelength_cases {
public:
  explicit wavelength_cases(std::uint64_t seed) : rng_(seed) {}

  // Events of several messages through a random table.
  json events() {
    const auto t = random_table(whole(1, 3), chance(0.5) ? 0.05 : 0);
    std::vector<double> lengths;
    const auto low = t->distance.front();
    const auto high = t->distance.back();
    for (std::int64_t i = whole(1, 60); i > 0; --i)
      lengths.push_back(chance(0.1)   ? std::numeric_limits<double>::quiet_NaN()
                        : chance(0.2) ? t->distance[static_cast<std::size_t>(whole(0, 9))]
                                      : real(low - 0.3, high + 0.3));
    const auto first = static_cast<std::int32_t>(whole(-3, 50));
    const event_wavelengths w(t, lengths, first);
    std::vector<event_chunk> chunks;
    auto told = json::array();
    const auto start = 1'700'000'000'000'000'000 + whole(0, 1'000'000'000);
    for (std::int64_t m = 0; m < 5; ++m) {
      const auto frame = static_cast<std::int32_t>(period_ns * 1.2);
      const auto list = test::random_events(rng_, static_cast<std::size_t>(whole(0, 150)), first - 2,
                                            first + static_cast<std::int32_t>(lengths.size()) + 2, -2'000'000, frame);
      const auto pulse = start + static_cast<std::int64_t>(static_cast<double>(m) * period_ns);
      chunks.push_back(test::make_chunk(list, timestamp{pulse}));
      auto time = json::array();
      auto pixel = json::array();
      for (const auto& e : list) {
        time.push_back(e.time_of_arrival);
        pixel.push_back(e.pixel);
      }
      told.push_back({{"pulse", pulse}, {"time", time}, {"pixel", pixel}});
    }
    const auto frames = w.frames_of(chunks);
    for (std::size_t m = 0; m < chunks.size(); ++m) {
      std::vector<double> found;
      w.each_block(chunks[m], frames, [&](const wavelength_block& b) {
        found.insert(found.end(), b.wavelength.begin(), b.wavelength.begin() + static_cast<std::ptrdiff_t>(b.events));
      });
      told[m]["wavelength"] = plain(found);
      told[m]["number"] = frames.pulse_of(chunks[m].pulse_time);
    }
    return {{"table", table_json(*t)}, {"lengths", plain(lengths)}, {"first", first}, {"messages", told}};
  }

  // A histogram of a monitor through a random table; "error" if there is nothing in it.
  json histogram() {
    const auto t = random_table(1, 0.03);
    monitor_counts counts;
    auto edge = real(-5e6, 2e7);
    for (std::int64_t i = whole(1, 60); i > 0; --i) {
      counts.edges.push_back(edge);
      counts.value.push_back(static_cast<double>(whole(0, 1000)));
      counts.variance.push_back(real(0, 100));
      edge += real(1e4, 3e6);
    }
    counts.edges.push_back(edge);
    const auto path = real(t->distance.front(), t->distance.back());
    json out{{"table", table_json(*t)},
             {"path", path},
             {"edges", counts.edges},
             {"value", counts.value},
             {"variance", counts.variance}};
    try {
      const auto all = to_wavelengths(counts, event_wavelengths(t, path), path);
      out["wavelength"] = all.edges;
      out["counts"] = all.value;
      out["variances"] = all.variance;
    } catch (const std::invalid_argument& e) {
      out["error"] = e.what();
    }
    return out;
  }

  // What passes some choppers.
  json cascade() {
    const auto stride = whole(1, 2);
    const auto period = 1 / 14.0;
    std::vector<chopper_openings> openings;
    auto told = json::array();
    auto distance = real(2, 8);
    for (std::int64_t i = whole(0, 3); i > 0; --i) {
      chopper_disk disk{"c", {}, {}};
      auto begin = real(-3, 0);
      for (std::int64_t s = whole(1, 2); s > 0; --s) {
        const auto end = begin + real(0.3, 2);
        disk.slits.emplace_back(begin, end);
        begin = end + real(0.2, 1);
      }
      disk.beam_position = chance(0.5) ? real(-1, 1) : 0;
      const chopper_setting setting{(chance(0.5) ? -1 : 1) * 14.0 * (chance(0.3) ? 2 : 1), real(0, 0.07)};
      auto times = openings_of(disk, setting, period, stride).value();
      auto slits = json::array();
      for (const auto& [b, e] : disk.slits)
        slits.push_back({b, e});
      told.push_back({{"distance", distance},
                      {"slits", slits},
                      {"beam_position", disk.beam_position},
                      {"frequency", setting.frequency},
                      {"delay", setting.delay}});
      openings.push_back({"c", distance, std::move(times)});
      distance += real(0.5, 10);
    }
    const chopper_cascade_frames frames(period, stride, openings);
    const auto where = distance + real(0, 30);
    std::vector<double> times;
    for (int j = 0; j < 200; ++j)
      times.push_back(real(0, static_cast<double>(stride) * period * 1e6));
    const auto row = frames.at(where, times, chopper_cascade_frames::at_equal_distance::last);
    return {{"stride", stride},
            {"choppers", told},
            {"distance", where},
            {"times", times},
            {"wavelength", plain(row.wavelength)},
            {"variance", plain(row.variance)}};
  }

private:
  std::shared_ptr<const lookup_table> random_table(std::int64_t stride, double gaps) {
    lookup_table t;
    const auto low = real(5, 60);
    const auto step = real(0.05, 0.5);
    for (std::int64_t i = 0; i < 10; ++i)
      t.distance.push_back(low + static_cast<double>(i) * step);
    const auto columns = whole(5, 80);
    const auto frame = static_cast<double>(stride) * period_ns;
    for (std::int64_t j = 0; j <= columns; ++j)
      t.time.push_back(static_cast<double>(j) * frame / static_cast<double>(columns));
    for (auto d : t.distance)
      for (auto x : t.time) {
        // Frames begin anew, as behind choppers.
        const auto since = std::fmod(x + 0.37 * frame, frame);
        t.wavelength.push_back(chance(gaps) ? std::numeric_limits<double>::quiet_NaN()
                                            : 0.3 + 3956.034 * since * 1e-9 / d);
      }
    t.pulse_period = period_ns;
    t.pulse_stride = stride;
    return std::make_shared<const lookup_table>(std::move(t));
  }

  static json table_json(const lookup_table& t) {
    return {{"distance", t.distance},
            {"time", t.time},
            {"wavelength", plain(t.wavelength)},
            {"stride", t.pulse_stride},
            {"period", t.pulse_period}};
  }

  double real(double low, double high) { return std::uniform_real_distribution<double>(low, high)(rng_); }

  std::int64_t whole(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(rng_);
  }

  bool chance(double p) { return std::bernoulli_distribution(p)(rng_); }

  std::mt19937_64 rng_;
};

} // namespace

int main(int argc, char** argv) {
  return livedata::test::write_cases<wavelength_cases>(
    argc, argv,
    {{"events", [](wavelength_cases& w) { return w.events(); }},
     {"histograms", [](wavelength_cases& w) { return w.histogram(); }},
     {"cascades", [](wavelength_cases& w) { return w.cascade(); }}});
}
