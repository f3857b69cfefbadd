// How long nothing came before a portion, for the lag of the batch that it completes: silence is no lag. Plain code.
#pragma once

#include "actors/batching/batch_constants.hpp"
#include "messages/timestamp.hpp"

#include <algorithm>
#include <optional>

namespace livedata::batching {

class silence_watch {
public:
  // To be called for each portion. Whether nothing has come for a batch length, and at least the least silence, before
  // it. Never without a wall clock (`now` is 0).
  bool before(bool has_messages, duration now, duration batch_length) {
    if (now.ns == 0) return false;
    const auto silent = last_ && now - *last_ >= std::max(batch_length, least_silence);
    if (has_messages) last_ = now;
    return silent;
  }

private:
  std::optional<duration> last_;
};

} // namespace livedata::batching
