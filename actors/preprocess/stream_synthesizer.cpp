#include "actors/preprocess/stream_synthesizer.hpp"

#include "workflows/archive.hpp"

namespace livedata {

stream_synthesizer::stream_synthesizer(const instrument& inst, std::string_view service) : devices_(inst.devices) {
  if (service == "timeseries") choppers_.emplace(inst.choppers);
}

std::vector<stream_message> stream_synthesizer::process(std::vector<stream_message> messages, timestamp now) {
  if (choppers_) messages = choppers_->process(std::move(messages), now, losses_);
  return devices_.process(std::move(messages), losses_);
}

void stream_synthesizer::state(archive& a) {
  if (choppers_) a.field("choppers", *choppers_);
  a.field("devices", devices_);
}

std::vector<std::string> stream_synthesizer::take_notes() {
  return choppers_ ? choppers_->take_notes() : std::vector<std::string>{};
}

} // namespace livedata
