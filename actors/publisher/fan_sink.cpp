#include "actors/publisher/fan_sink.hpp"

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace livedata {

template <class F>
void fan_sink::each(F&& f) {
  std::string problems;
  auto note = [&](const std::exception& e) { problems += problems.empty() ? e.what() : std::string("; ") + e.what(); };
  bool all_lost = false;
  std::uint64_t failed = 0;
  for (auto& sink : sinks_) {
    try {
      f(*sink);
    } catch (const incomplete_delivery& e) {
      failed = std::max(failed, e.failed);
      note(e);
    } catch (const std::exception& e) {
      all_lost = true;
      note(e);
    }
  }
  if (all_lost) throw std::runtime_error(problems);
  if (failed > 0) throw incomplete_delivery(failed, problems);
}

void fan_sink::deliver(const result_set& results) {
  each([&](result_sink& s) { s.deliver(results); });
}

void fan_sink::send(std::span<const outgoing_message> messages) {
  each([&](result_sink& s) { s.send(messages); });
}

void fan_sink::finish() {
  each([](result_sink& s) { s.finish(); });
}

std::optional<std::string> fan_sink::missing() const {
  std::optional<std::string> all;
  for (const auto& sink : sinks_)
    if (auto text = sink->missing()) all = all ? *all + "; " + *text : *text;
  return all;
}

} // namespace livedata
