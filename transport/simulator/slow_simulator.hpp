// Makes the slow streams of a simulated instrument: logs (f144) once a second, and frames of area detectors (ad00) at
// every pulse, on the topics and under the names of the development set-up.
//
// Motors stand where the instrument's geometry has them. Choppers turn as "simulation" of the instrument file says,
// those that it does not name once a pulse. Every other log is a sine of amplitude 1 about 20 with a period of a
// minute. Frames show noise, and a spot that moves on a circle once in 140 frames.
#pragma once

#include "messages/raw_message.hpp"
#include "messages/timestamp.hpp"
#include "workflows/instrument/instrument.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace livedata {

class slow_simulator {
public:
  // `logs` and `areas` are names of the instrument. The seed decides the noise.
  slow_simulator(const instrument& inst, const std::vector<std::string>& logs, const std::vector<std::string>& areas,
                 std::uint64_t seed);

  // Adds the messages of pulse number `k` at time `t`: frames, then logs.
  void add(std::uint64_t k, timestamp t, std::vector<raw_message>& messages) const;

private:
  struct simulated_log {
    std::string name;
    double middle = 0;
    double swing = 0;
    // Whether its values are whole numbers.
    bool whole = false;
  };

  struct simulated_area {
    std::string name;
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::vector<std::uint16_t> noise;
  };

  raw_message log_message(const simulated_log& log, std::size_t number, std::uint64_t k, timestamp t) const;
  raw_message frame_message(const simulated_area& area, std::uint64_t k, timestamp t) const;

  std::string log_topic_;
  std::string area_topic_;
  std::vector<simulated_log> logs_;
  std::vector<simulated_area> areas_;
};

} // namespace livedata
