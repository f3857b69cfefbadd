// Counts refused messages by stream and reason, and says when people should be told again.
#pragma once

#include "actors/preprocess/batch_data.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace livedata {

// A loss that goes on is told of with its 1st, 10th, 100th … message, so that one bad stream does not fill the log.
class loss_log {
public:
  void add(const std::string& stream, std::string_view reason, std::string_view what, std::uint64_t messages = 1);

  // Something that is a matter of course.
  void add_silently(const std::string& stream, std::string_view reason);

  // The losses since the last call, by stream and reason.
  std::vector<message_loss> take();

private:
  struct entry {
    std::uint64_t total = 0;
    std::uint64_t tell_at = 1;
    std::uint64_t fresh = 0;
    std::string text;
  };

  std::map<std::pair<std::string, std::string_view>, entry> entries_;
};

} // namespace livedata
