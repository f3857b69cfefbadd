#include "actors/preprocess/loss_log.hpp"

#include <fmt/format.h>

namespace livedata {

void loss_log::add(const std::string& stream, std::string_view reason, std::string_view what, std::uint64_t messages) {
  auto& e = entries_[{stream, reason}];
  e.fresh += messages;
  e.total += messages;
  if (e.total >= e.tell_at) e.text = what;
}

void loss_log::add_silently(const std::string& stream, std::string_view reason) {
  ++entries_[{stream, reason}].fresh;
}

std::vector<message_loss> loss_log::take() {
  std::vector<message_loss> out;
  for (auto& [key, e] : entries_) {
    if (e.fresh == 0) continue;
    message_loss loss{key.first, key.second, std::exchange(e.fresh, 0), {}};
    if (!e.text.empty()) {
      loss.warning = fmt::format("stream {}: {} ({} so far)", key.first, e.text, e.total);
      e.text.clear();
      while (e.tell_at <= e.total)
        e.tell_at *= 10;
    }
    out.push_back(std::move(loss));
  }
  return out;
}

} // namespace livedata
