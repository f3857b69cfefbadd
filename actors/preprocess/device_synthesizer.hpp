// Puts motorised axes together: a device is one stream made of up to three logs (read-back value, target, idle flag).
#pragma once

#include "actors/preprocess/loss_log.hpp"
#include "messages/stream.hpp"
#include "workflows/instrument/instrument.hpp"

#include <array>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace livedata {

// Every message of a substream of a device is replaced by a sample of the device, once all substreams have been seen;
// until then by nothing. Its time is the newest of the last times of the substreams. Other messages pass as they are,
// and the order stays.
class device_synthesizer {
public:
  // std::invalid_argument if two devices share a substream.
  explicit device_synthesizer(const std::vector<device>& devices);

  // Messages of a substream that are no samples are left out and counted as "wrong_content".
  std::vector<stream_message> process(std::vector<stream_message> messages, loss_log& losses);

private:
  enum role : std::uint8_t { value, target, idle };

  struct state {
    std::string name;
    std::array<bool, 3> configured{};
    std::array<std::optional<log_sample>, 3> last{};
  };

  struct substream {
    std::size_t device = 0;
    role what = value;
  };

  static std::optional<log_sample> sample_of(const state& s);

  std::vector<state> devices_;
  std::unordered_map<std::string, substream> substreams_;
};

} // namespace livedata
