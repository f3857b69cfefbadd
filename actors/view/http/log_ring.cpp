#include "actors/view/http/log_ring.hpp"

#include "messages/log_line.hpp"

#include <algorithm>
#include <chrono>

namespace livedata {

void log_ring::sink_it_(const spdlog::details::log_msg& msg) {
  const std::string_view text(msg.payload.data(), msg.payload.size());
  lines_.push_back({std::chrono::duration<double>(msg.time.time_since_epoch()).count(), msg.level,
                    plain_log_text(text.substr(0, 4 * longest_log_text), false)});
  if (lines_.size() > most_lines_) lines_.pop_front();
}

json log_ring::lines(std::size_t most) {
  const std::scoped_lock lock(mutex_);
  auto out = json::array();
  for (auto i = lines_.size() - std::min(most, lines_.size()); i < lines_.size(); ++i) {
    const auto name = spdlog::level::to_string_view(lines_[i].level);
    out.push_back(
      {{"time", lines_[i].time}, {"level", std::string(name.data(), name.size())}, {"text", lines_[i].text}});
  }
  return out;
}

} // namespace livedata
