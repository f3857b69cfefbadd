// Makes the raw messages of an instrument: ev44 messages, one per bank and pulse and one per monitor and pulse, from a
// pool of pulses prepared at the start. A pulse only gets a new pulse time, so that making events costs little beside
// reducing them.
//
// Where the instrument file says how neutrons fly ("simulation" with a sample), arrival times are theirs: from the
// source through the choppers to monitors and, scattered by the sample, to pixels (simulated_neutrons). Elsewhere the
// picture is that of small-angle scattering: the intensity falls with the angle, the beam stop throws a shadow in the
// middle, and there are rings; arrival times are the same everywhere. The same seed gives the same events in the same
// messages, at any speed.
#pragma once

#include "messages/raw_message.hpp"
#include "messages/result.hpp"
#include "messages/timestamp.hpp"
#include "workflows/instrument/instrument.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

struct simulator_settings {
  // Detector events per second over all banks.
  double rate = 1e6;
  std::uint64_t seed = 1;
  // The streams to make, by their names in the instrument.
  std::vector<std::string> detectors;
  std::vector<std::string> monitors;
  std::vector<std::string> area_detectors = {};
  std::vector<std::string> logs = {};
  // Different pulses in the pool. Pulse k of a stream is pool entry k mod pool_pulses; but in each round through the
  // pool after the first, one entry, each time another, gives way to a spare one with as many events: else the picture
  // of each second would be the same. At high rates there are fewer pulses, and none to spare, to bound memory.
  std::size_t pool_pulses = 14;
};

class pulse_simulator {
public:
  // Prepares the pool. Failure: a name unknown to the instrument, a rate that is no positive number, a bank without
  // geometry.
  static result<std::unique_ptr<pulse_simulator>> make(const instrument& inst, const simulator_settings& settings);

  virtual ~pulse_simulator() = default;

  // The messages of pulse number `k` (0, 1, 2, …), at pulse time `t`: banks, monitors, frames of area detectors, each
  // in the order of the settings, and once a second the logs (slow_simulator). Call it from one thread. Messages may be
  // read on any.
  virtual std::vector<raw_message> pulse(std::uint64_t k, timestamp t) = 0;

  // What is simulated, for people.
  virtual const std::string& note() const = 0;

  // Events of pulse `k` on the n-th detector or monitor stream of the settings, detectors first.
  virtual std::size_t events_of(std::uint64_t k, std::size_t n) const = 0;

protected:
  pulse_simulator() = default;
};

} // namespace livedata
