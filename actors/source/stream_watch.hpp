// Which streams are silent: those that come with the pulses, have delivered, and then have not for much longer than
// usual. Plain code: the time, on a clock that is never set back, is an argument.
#pragma once

#include "actors/messages.hpp"
#include "messages/timestamp.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

class stream_watch {
public:
  // A stream is silent when it has not delivered for this long, and for three times as long as it has paused before.
  static constexpr duration least_silence{5'000'000'000};

  // Streams that have changed, and for how long they are or were silent (the longest).
  struct change {
    std::vector<std::string> streams;
    double seconds = 0;
  };

  struct changes {
    change silent;
    change back;
  };

  // From when silence counts as long as no stream has delivered.
  explicit stream_watch(duration begin = {}) : begin_(begin) {}

  // The stream has delivered, last at that time.
  void heard(const std::string& stream, duration at);

  // It is not read any more, and not missed.
  void forget(const std::string& stream) { streams_.erase(stream); }

  // What has changed since the last look.
  changes look(duration now);

  // Streams that were silent at the last look, by name.
  std::vector<silent_stream> silent(duration now) const;

  // How long no stream has delivered; nothing if some stream was not silent at the last look, or if it is not that
  // long since the beginning.
  std::optional<double> no_data(duration now) const;

private:
  struct entry {
    duration last;
    // The longest pause that is usual; of what it was before, a tenth is forgotten with each pause.
    duration pause;
    bool silent = false;
    std::optional<duration> back_after = {};
  };

  duration begin_;
  std::map<std::string, entry> streams_;
};

} // namespace livedata
