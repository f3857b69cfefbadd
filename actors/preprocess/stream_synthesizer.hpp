// What happens to messages before they are cut into batches: devices are put together from their logs, and in the
// timeseries service the choppers are watched.
#pragma once

#include "actors/preprocess/chopper_synthesizer.hpp"
#include "actors/preprocess/device_synthesizer.hpp"
#include "actors/preprocess/loss_log.hpp"
#include "workflows/instrument/instrument.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

class stream_synthesizer {
public:
  // std::invalid_argument if the devices of the instrument contradict each other.
  stream_synthesizer(const instrument& inst, std::string_view service);

  // `now`: wall time of the messages' arrival.
  std::vector<stream_message> process(std::vector<stream_message> messages, timestamp now);

  // What was refused since the last call.
  std::vector<message_loss> take_losses() { return losses_.take(); }

  // What happened to the choppers since the last call, for the log.
  std::vector<std::string> take_notes();

  void state(archive& a);

private:
  std::optional<chopper_synthesizer> choppers_;
  device_synthesizer devices_;
  loss_log losses_;
};

} // namespace livedata
