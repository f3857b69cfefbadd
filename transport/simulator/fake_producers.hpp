// Makes raw messages of an instrument in its development set-up, with the topics, source names, intervals and
// distributions of the field's own fake producers. Plain code. The same seed and times give the same messages.
#pragma once

#include "messages/raw_message.hpp"
#include "transport/simulator/portable_random.hpp"
#include "workflows/instrument/instrument.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace livedata {

struct fake_settings {
  bool detectors = true;
  bool monitors = true;
  bool logs = true;
  bool area_detectors = true;
  // Monitors send histograms (da00) rather than events (ev44).
  bool monitor_histograms = false;
  // 1 to 10, whatever the instrument has.
  std::size_t monitor_count = 2;
  // Events in one detector message. A detector with several sources has a tenth of it in each.
  std::size_t events = 10'000;
  std::uint64_t seed = 1;
};

class fake_producers {
public:
  // Detectors, monitors and area detectors send one message a pulse (14 Hz), logs one a second.
  fake_producers(const instrument& inst, const fake_settings& settings, timestamp start);

  // All messages due until `now`, stream by stream. Their times are equidistant, also if a call comes late.
  std::vector<raw_message> due(timestamp now);

  std::size_t streams() const noexcept { return streams_.size(); }

private:
  using maker = std::function<std::vector<std::byte>(timestamp)>;

  struct stream {
    std::string topic;
    duration period;
    timestamp last;
    maker make;
  };

  void add(const std::string& topic, duration period, maker make);
  void add_detectors(const instrument& inst, const fake_settings& settings);
  void add_area_detectors(const instrument& inst, const fake_settings& settings);
  void add_monitors(const instrument& inst, const fake_settings& settings);
  void add_logs(const instrument& inst);

  timestamp start_;
  std::vector<stream> streams_;
};

} // namespace livedata
