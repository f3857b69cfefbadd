// Puts motorised axes together: a device is one stream made of up to three logs (read-back value, target, idle flag).
#pragma once

#include "actors/preprocess/loss_log.hpp"
#include "actors/preprocess/sample_order.hpp"
#include "messages/stream.hpp"
#include "workflows/instrument/instrument.hpp"

#include <array>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace livedata {

class archive;

// Every message of a substream of a device is replaced by a sample of the device, once all substreams have been seen;
// until then by nothing. Its time is the newest of the last times of the substreams; one that lies far ahead of what
// comes from another substream does not count. Other messages pass as they are, and the order stays.
class device_synthesizer {
public:
  // std::invalid_argument if two devices share a substream.
  explicit device_synthesizer(const std::vector<device>& devices);

  // Messages of a substream that are no samples are left out and counted as "wrong_content", those that are older than
  // the newest of their substream as "log_out_of_order". A substream whose time lies far ahead counts as
  // "log_far_ahead", once for each such time.
  std::vector<stream_message> process(std::vector<stream_message> messages, loss_log& losses);

  // Parts of devices that are not known any more are passed over.
  void state(archive& a);

private:
  enum role : std::uint8_t { value, target, idle };

  struct part {
    std::string stream;
    std::optional<log_sample> last;
    sample_order order;
    // Its time is wrong: another part is far behind it, and goes on.
    bool ahead = false;
  };

  struct device_state {
    std::string name;
    // Those that are configured, by role.
    std::array<std::optional<part>, 3> parts{};
  };

  struct substream {
    std::size_t device = 0;
    role what = value;
  };

  static bool take(device_state& s, role what, const log_sample& sample, loss_log& losses);
  static void find_those_ahead(device_state& s, role of, loss_log& losses);
  static std::optional<log_sample> sample_of(const device_state& s);

  std::vector<device_state> devices_;
  std::unordered_map<std::string, substream> substreams_;
};

} // namespace livedata
