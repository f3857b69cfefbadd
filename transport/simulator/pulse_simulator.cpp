#include "transport/simulator/pulse_simulator.hpp"

#include "messages/codec/ev44.hpp"
#include "messages/suggestion.hpp"
#include "transport/simulator/alias_table.hpp"
#include "transport/simulator/portable_random.hpp"
#include "transport/simulator/pulse_pool.hpp"
#include "transport/simulator/scattering_pattern.hpp"
#include "transport/simulator/simulated_neutrons.hpp"
#include "transport/simulator/slow_simulator.hpp"
#include "workflows/geometry/detector_geometry.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>
#include <set>

namespace livedata {

namespace {

constexpr std::size_t pulses_per_second = 14;
constexpr double max_rate = 1e9;
constexpr std::size_t max_pool_bytes = 256'000'000;
constexpr std::size_t bytes_per_event = 8;

// Arrival times after the pulse, ns.
constexpr double mean_arrival = 30e6;
constexpr double width_of_arrival = 10e6;

// All events before pulse `k`, of a stream with that many per second. The tiny addend makes a whole number of one that
// is only a rounding error away from it.
std::size_t events_before(double per_second, std::size_t k) {
  return static_cast<std::size_t>(std::floor(per_second * static_cast<double>(k) / pulses_per_second + 1e-6));
}

// The messages of one stream, one for each pulse of the pool, and a spare one that takes the place of another now and
// then.
struct prepared_stream {
  std::string topic;
  std::vector<message_pool> pulses;
  std::vector<std::size_t> events;
  // Those that the spare one may stand for, which have as many events; the spare one is behind the last.
  std::vector<std::size_t> replaceable = {};

  // Which message pulse `k` has.
  std::size_t choose(std::uint64_t k) const {
    const auto spare = replaceable.empty() ? 0U : 1U;
    const auto round = pulses.size() - spare;
    const auto place = static_cast<std::size_t>(k % round);
    const auto turn = static_cast<std::size_t>(k / round % (replaceable.size() + 1));
    return turn > 0 && replaceable[turn - 1] == place ? round : place;
  }

  // The number of events that most pulses have.
  std::size_t usual_events() const {
    return *std::ranges::max_element(events, {}, [&](auto n) { return std::ranges::count(events, n); });
  }

  void add_spare(std::string_view source, const event_columns& columns) {
    for (std::size_t i = 0; i < events.size(); ++i)
      if (events[i] == columns.arrivals.size()) replaceable.push_back(i);
    add(source, columns);
  }

  void add(std::string_view source, const event_columns& columns) {
    constexpr std::array<std::int64_t, 1> unstamped{0};
    constexpr std::array<std::int32_t, 1> first_event{0};
    auto id = static_cast<std::int64_t>(pulses.size());
    pulses.emplace_back(ev44::write(source, id, unstamped, first_event, columns.arrivals, columns.pixels));
    events.push_back(columns.arrivals.size());
  }
};

// `draw_pixel` makes a detector number from 64 random bits.
template <class Draw>
event_columns draw_events(std::size_t n, std::uint64_t seed, Draw draw_pixel) {
  portable_random random(seed);
  event_columns columns{std::vector<std::int32_t>(n), std::vector<std::int32_t>(n)};
  for (auto& t : columns.arrivals)
    t = static_cast<std::int32_t>(mean_arrival + width_of_arrival * random.normal());
  for (auto& p : columns.pixels)
    p = draw_pixel(random.bits());
  return columns;
}

// Where the events of a detector fall: on each of its pixels, by index.
using pixel_draw = std::function<std::size_t(std::uint64_t)>;

// All pixels alike, for a detector whose pixels have no positions.
pixel_draw even_draw(const detector& d) {
  auto pixels = static_cast<std::uint64_t>(d.pixel_count());
  // The upper half of the product of 32 random bits and the number of pixels.
  return [pixels](std::uint64_t bits) { return static_cast<std::size_t>(((bits >> 32U) * pixels) >> 32U); };
}

result<pixel_draw> scattering_draw(const detector& d) {
  auto geometry = make_geometry(d);
  if (!geometry) return geometry.error();
  auto weights = pixel_weights(*geometry);
  if (std::none_of(weights.begin(), weights.end(), [](double w) { return w > 0; })) {
    return failure{
      "bad_geometry",
      fmt::format("detector \"{}\" cannot be simulated: all its pixels are in the shadow of the beam stop, "
                  "within {:.2f} degrees of the beam; correct its geometry",
                  d.name, beam_stop_angle / degree)};
  }
  return pixel_draw([table = alias_table(weights)](std::uint64_t bits) { return std::size_t{table.sample(bits)}; });
}

result<event_maker> pattern_on(const detector& d) {
  // The picture is made for described banks; a file may leave open where things are.
  auto described = !d.geometry.is_null() && d.geometry.value("kind", std::string()) != "nexus";
  auto draw = described ? scattering_draw(d) : result<pixel_draw>(even_draw(d));
  if (!draw) return draw.error();
  return event_maker([&d, draw = std::move(draw).value()](std::size_t n, std::uint64_t seed) {
    return draw_events(n, seed, [&](std::uint64_t bits) {
      const auto pixel = draw(bits);
      return d.numbers ? (*d.numbers)[pixel] : d.first_pixel + static_cast<std::int32_t>(pixel);
    });
  });
}

result<prepared_stream> prepare_detector(const instrument& inst, const detector& d, const simulator_settings& settings,
                                         std::size_t pulses, const std::optional<simulated_neutrons>& neutrons) {
  auto make = neutrons ? neutrons->on_detector(d) : nullptr;
  if (!make) {
    auto pattern = pattern_on(d);
    if (!pattern) return pattern.error();
    make = std::move(pattern).value();
  }
  // Of several sources that make up one detector, the first sends all events.
  auto source = d.development_sources.empty() ? d.name : d.development_sources.front();
  auto per_second = settings.rate * d.simulated_share;
  prepared_stream stream{inst.name + "_detector", {}, {}};
  for (std::size_t k = 0; k < pulses; ++k) {
    auto n = events_before(per_second, k + 1) - events_before(per_second, k);
    stream.add(source, make(n, derived_seed(settings.seed, d.name, k)));
  }
  if (pulses >= pulses_per_second)
    stream.add_spare(source, make(stream.usual_events(), derived_seed(settings.seed, d.name, pulses)));
  return stream;
}

event_maker pattern_on(const monitor& m) {
  // Plain monitors have no pixels; their producers write 1 for each event. Those of other monitors are hit evenly.
  auto [first, last] = m.pixels.value_or(std::pair{1, 1});
  auto count = static_cast<std::uint64_t>(last - first + 1);
  auto draw = [first = first, count](std::uint64_t bits) {
    return first + static_cast<std::int32_t>(((bits >> 32U) * count) >> 32U);
  };
  return [draw](std::size_t n, std::uint64_t seed) { return draw_events(n, seed, draw); };
}

prepared_stream prepare_monitor(const instrument& inst, const monitor& m, const simulator_settings& settings,
                                std::size_t pulses, const std::optional<simulated_neutrons>& neutrons) {
  auto make = neutrons ? neutrons->on_monitor(m) : nullptr;
  if (!make) make = pattern_on(m);
  auto source = fmt::format("monitor{}", &m - inst.monitors.data() + 1);
  prepared_stream stream{inst.name + "_beam_monitor", {}, {}};
  for (std::size_t k = 0; k < pulses; ++k)
    stream.add(source, make(static_cast<std::size_t>(m.simulated_events), derived_seed(settings.seed, m.name, k)));
  if (pulses >= pulses_per_second)
    stream.add_spare(source, make(stream.usual_events(), derived_seed(settings.seed, m.name, pulses)));
  return stream;
}

class pooled_simulator final : public pulse_simulator {
public:
  pooled_simulator(std::vector<prepared_stream> streams, slow_simulator slow, std::string note)
    : streams_(std::move(streams)), slow_(std::move(slow)), note_(std::move(note)) {}

  std::vector<raw_message> pulse(std::uint64_t k, timestamp t) override {
    std::vector<raw_message> messages;
    messages.reserve(streams_.size());
    for (auto& stream : streams_)
      messages.push_back({stream.topic, t, stream.pulses[stream.choose(k)].stamped(t)});
    slow_.add(k, t, messages);
    return messages;
  }

  std::size_t events_of(std::uint64_t k, std::size_t n) const override {
    const auto& stream = streams_.at(n);
    return stream.events[stream.choose(k)];
  }

  const std::string& note() const override { return note_; }

private:
  std::vector<prepared_stream> streams_;
  slow_simulator slow_;
  std::string note_;
};

// Finds the streams of that kind by name, each once.
template <class T>
result<std::vector<const T*>> chosen(const std::vector<T>& things, const std::vector<std::string>& names,
                                     std::string_view what, const instrument& inst) {
  std::vector<std::string> known;
  for (const auto& thing : things)
    known.push_back(thing.name);
  std::set<std::string_view> seen;
  std::vector<const T*> found;
  for (const auto& name : names) {
    auto at = std::find(known.begin(), known.end(), name);
    if (at == known.end()) {
      auto close = nearest(name, known);
      return failure{"unknown_stream",
                     fmt::format("instrument \"{}\" has no {} \"{}\" to simulate{}; it has: {}", inst.name, what, name,
                                 close ? fmt::format(" (did you mean \"{}\"?)", *close) : "",
                                 known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", ")))};
    }
    if (!seen.insert(name).second) {
      return failure{"duplicate_stream", fmt::format("{} \"{}\" is to be simulated twice; name it once", what, name)};
    }
    found.push_back(&things[static_cast<std::size_t>(at - known.begin())]);
  }
  return found;
}

std::optional<failure> check_numbers(const simulator_settings& settings) {
  if (!(settings.rate > 0 && settings.rate <= max_rate)) {
    return failure{"bad_rate",
                   fmt::format("simulated rate {} cannot be; allowed: greater than 0, at most {:.0f} events "
                               "per second",
                               settings.rate, max_rate)};
  }
  if (settings.pool_pulses == 0) {
    return failure{"bad_pool", "a pool of 0 pulses has nothing to send; allowed: at least 1 (14 make a second)"};
  }
  return std::nullopt;
}

// As many pulses as asked for, or as fit the memory.
std::size_t bounded_pulses(const simulator_settings& settings, const std::vector<const detector*>& detectors,
                           const std::vector<const monitor*>& monitors) {
  double events = 1;
  for (const auto* d : detectors)
    events += settings.rate * d->simulated_share / pulses_per_second;
  for (const auto* m : monitors)
    events += static_cast<double>(m->simulated_events);
  auto fitting = static_cast<std::size_t>(static_cast<double>(max_pool_bytes) / (events * bytes_per_event));
  return std::clamp<std::size_t>(settings.pool_pulses, 1, std::max<std::size_t>(fitting, 1));
}

std::string describe(const simulation& s) {
  const auto* spheres = std::get_if<simulation::spheres>(&s.scatterer->structure);
  const auto* powder = std::get_if<simulation::powder>(&s.scatterer->structure);
  return fmt::format("neutrons of {} to {} \u00c5 are simulated, scattered by {}; choppers and sample are invented",
                     s.shortest, s.longest,
                     spheres != nullptr
                       ? fmt::format("spheres with a radius of {} \u00c5", spheres->radius)
                       : fmt::format("a powder with a lattice constant of {} \u00c5", powder->lattice_constant));
}

// What flies, and what to say of it.
struct simulated_beam {
  std::optional<simulated_neutrons> neutrons;
  std::string note = "a pattern in the angle is simulated; arrival times have no meaning";
};

// Where the geometry is that of a file, which may leave open where source and sample are, a pattern does.
result<simulated_beam> simulate_beam(const instrument& inst, std::uint64_t seed) {
  if (!inst.simulation || !inst.simulation->scatterer) return simulated_beam{};
  auto made = simulated_neutrons::make(inst, seed);
  if (made) return simulated_beam{std::move(made).value(), describe(*inst.simulation)};
  if (inst.beamline.is_null() || inst.beamline.value("kind", "") == "described") return made.error();
  simulated_beam pattern;
  pattern.note += fmt::format(", because {}", made.error().message);
  return pattern;
}

} // namespace

result<std::unique_ptr<pulse_simulator>> pulse_simulator::make(const instrument& inst,
                                                               const simulator_settings& settings) {
  if (auto wrong = check_numbers(settings)) return *wrong;
  auto detectors = chosen(inst.detectors, settings.detectors, "detector", inst);
  if (!detectors) return detectors.error();
  auto monitors = chosen(inst.monitors, settings.monitors, "monitor", inst);
  if (!monitors) return monitors.error();
  auto areas = chosen(inst.area_detectors, settings.area_detectors, "area detector", inst);
  if (!areas) return areas.error();
  auto logs = chosen(inst.logs, settings.logs, "log", inst);
  if (!logs) return logs.error();

  auto beam = simulate_beam(inst, settings.seed);
  if (!beam) return beam.error();
  auto pulses = bounded_pulses(settings, *detectors, *monitors);
  std::vector<prepared_stream> streams;
  for (const auto* d : *detectors) {
    auto stream = prepare_detector(inst, *d, settings, pulses, beam->neutrons);
    if (!stream) return stream.error();
    streams.push_back(std::move(stream).value());
  }
  for (const auto* m : *monitors)
    streams.push_back(prepare_monitor(inst, *m, settings, pulses, beam->neutrons));
  return std::unique_ptr<pulse_simulator>(std::make_unique<pooled_simulator>(
    std::move(streams), slow_simulator(inst, settings.logs, settings.area_detectors, settings.seed),
    std::move(beam->note)));
}

} // namespace livedata
