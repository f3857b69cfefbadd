// One viewer of updates: what he wants to see, and what is to be sent to him next. Plain code. Nothing is queued for a
// viewer: whenever he can take something, he gets the latest of what he has not seen.
#pragma once

#include "actors/view/http/array_scaling.hpp"
#include "actors/view/http/latest_results.hpp"
#include "actors/view/http/view_api.hpp"
#include "messages/ids.hpp"
#include "messages/payload.hpp"
#include "messages/result.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace livedata {

// Scaled outputs that several viewers look at, the last of each. Bounded: beyond `most_bytes` what was looked at
// longest ago goes.
class scaled_outputs {
public:
  explicit scaled_outputs(std::size_t most_bytes = 64'000'000) : most_bytes_(most_bytes) {}

  struct entry {
    payload_ptr message;
    std::int64_t by_y = 1;
    std::int64_t by_x = 1;
  };

  // Failure: it cannot be read.
  result<entry> get(const job_id& job, const std::string& output, const viewed_output& latest,
                    const std::optional<view_size>& size);

  std::size_t bytes() const noexcept { return bytes_; }

private:
  struct kept {
    entry content;
    std::uint64_t sequence = 0;
    std::uint64_t used = 0;
  };

  void make_room();

  std::size_t most_bytes_;
  std::size_t bytes_ = 0;
  std::uint64_t uses_ = 0;
  std::map<std::tuple<job_id, std::string, view_size>, kept> kept_;
};

// Something to be sent: a text, or a binary frame in two parts.
struct view_frame {
  bool binary = false;
  // The text; or the length of the JSON header (uint32, little-endian) and the header.
  std::string head;
  // The da00 message.
  payload_ptr body = {};
};

class viewer {
public:
  static constexpr std::size_t most_shown = 200;
  static constexpr double most_per_second = 10;

  // Takes what a viewer sent: {"show": [{"job", "output", "max_size": [w, h] or null}], "most_per_s"}. Failure: what is
  // wrong with it.
  status take(std::string_view text);

  // What is to be sent at that time (seconds of a clock that never goes back); nothing: all is up to date, or it is too
  // early. `wait_s`: how long it is too early, if anything is to be sent later for that reason only.
  std::optional<view_frame> next(view_api& api, scaled_outputs& scaled, double now, double& wait_s);

private:
  struct shown_output {
    job_id job;
    std::string job_text;
    std::string output;
    std::optional<view_size> size;
    // Of the result that was sent last; 0: none.
    std::uint64_t sent = 0;
    // When.
    double sent_at = -1e9;
  };

  std::optional<view_frame> next_text(view_api& api, double now);
  std::optional<view_frame> next_output(view_api& api, scaled_outputs& scaled, double now, double& wait_s);

  std::vector<shown_output> shown_;
  // Where to look first, so that each gets its turn.
  std::size_t turn_ = 0;
  double interval_ = 1 / most_per_second;
  double status_at_ = -1e9;
  double jobs_at_ = -1e9;
  std::string jobs_sent_;
};

} // namespace livedata
