// Makes the raw messages of an instrument: real ev44 bytes, one message per bank and pulse and one per monitor and
// pulse, from a pool of pulses prepared at the start. A message of the pool is only stamped with a new pulse time, so
// that making events costs next to nothing beside reducing them.
//
// The picture is that of small-angle scattering by an invented sample: intensity falling with the angle, a beam stop's
// shadow in the middle, rings. The same seed gives the same events in the same messages, whatever the timing.
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
  // The streams to make, by name: detectors, monitors, area detectors and logs of the instrument.
  std::vector<std::string> detectors;
  std::vector<std::string> monitors;
  std::vector<std::string> area_detectors = {};
  std::vector<std::string> logs = {};
  // Different pulses in the pool; the k-th pulse of a stream is pool entry k mod pool_pulses. Bounded by memory for
  // high rates.
  std::size_t pool_pulses = 14;
};

class pulse_simulator {
public:
  // Prepares the pool. Failure: a name unknown to the instrument, a rate that is no positive number, a bank without
  // geometry.
  static result<std::unique_ptr<pulse_simulator>> make(const instrument& inst, const simulator_settings& settings);

  virtual ~pulse_simulator() = default;

  // The messages of pulse number `k` (0, 1, 2, …), at pulse time `t`: banks first, then monitors, each in settings
  // order, then frames of area detectors, and once a second the logs (slow_simulator). A buffer is used again when the
  // last reader of its former message is gone; calls come from one thread, readers may be on any.
  virtual std::vector<raw_message> pulse(std::uint64_t k, timestamp t) = 0;

  // Events of pulse `k` on the n-th detector or monitor stream of the settings, detectors first.
  virtual std::size_t events_of(std::uint64_t k, std::size_t n) const = 0;

protected:
  pulse_simulator() = default;
};

} // namespace livedata
