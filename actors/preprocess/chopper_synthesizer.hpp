// Watches the choppers of an instrument: finds the delay at which each has settled, and tells when speed or delay of
// any of them has changed.
#pragma once

#include "actors/preprocess/loss_log.hpp"
#include "messages/stream.hpp"
#include "messages/timestamp.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace livedata {

class archive;

// The noisy log <chopper>/delay becomes the log <chopper>/delay_setpoint: the mean of the last five samples, whenever
// these agree and the mean is a new one. A tick (the value 1) goes out on "chopper_cascade" when speed or settled delay
// has changed and both are known of every chopper; without choppers, once at the very beginning.
class chopper_synthesizer {
public:
  // Samples that must agree.
  static constexpr std::size_t samples = 5;
  // Their standard deviation must be below this, and a mean is new if it differs by more: ns.
  static constexpr double tolerance = 1000;
  static constexpr std::string_view trigger = "chopper_cascade";

  explicit chopper_synthesizer(const std::vector<std::string>& choppers, double delay_tolerance = tolerance);

  // Gives what was made of the messages, and then the messages as they are. `now`: wall time, the time of ticks.
  // Messages that should be samples and are not are counted as "wrong_content", and not given on.
  std::vector<stream_message> process(std::vector<stream_message> messages, timestamp now, loss_log& losses);

  // What happened since the last call, for the log.
  std::vector<std::string> take_notes();

  // Choppers that are not known any more are passed over.
  void state(archive& a);

private:
  struct chopper {
    std::string name;
    std::vector<double> delays;
    std::size_t next = 0;
    std::optional<double> locked;
    std::optional<double> speed;
  };

  struct input {
    std::size_t chopper = 0;
    bool is_delay = false;
  };

  // The new settled delay, if the sample brings one.
  std::optional<double> take_delay(chopper& c, double delay) const;
  bool all_known() const;
  stream_message tick(timestamp now);

  double tolerance_;
  std::vector<chopper> choppers_;
  std::unordered_map<std::string, input> inputs_;
  bool begun_ = false;
  std::optional<timestamp> last_tick_;
  bool was_known_ = false;
  std::vector<std::string> notes_;
};

} // namespace livedata
