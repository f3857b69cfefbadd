// Keeps the last lines of the log in memory, for people who look at a page.
#pragma once

#include "messages/json.hpp"

#include <cstddef>
#include <deque>
#include <mutex>
#include <spdlog/sinks/base_sink.h>
#include <string>

namespace livedata {

// Lines are bounded in length where they are made (log_line), and cut here where they are not.
class log_ring final : public spdlog::sinks::base_sink<std::mutex> {
public:
  explicit log_ring(std::size_t most_lines = 2000) : most_lines_(most_lines) {}

  // [{"time": seconds since 1970, "level", "text"}], at most so many, the oldest first. May be called by any thread.
  json lines(std::size_t most);

private:
  struct line {
    double time;
    spdlog::level::level_enum level;
    std::string text;
  };

  void sink_it_(const spdlog::details::log_msg& msg) override;

  void flush_() override {}

  std::size_t most_lines_;
  std::deque<line> lines_;
};

} // namespace livedata
