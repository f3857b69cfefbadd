#include "actors/preprocess/device_synthesizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace livedata {

device_synthesizer::device_synthesizer(const std::vector<device>& devices) {
  for (const auto& d : devices) {
    state s;
    s.name = d.name;
    auto add = [&](const std::string& stream, role what) {
      s.configured[what] = true;
      auto [i, fresh] = substreams_.try_emplace(stream, substream{devices_.size(), what});
      if (fresh) return;
      auto other = i->second.device == devices_.size() ? d.name : devices_[i->second.device].name;
      throw std::invalid_argument(
        fmt::format("substream '{}' configured for both devices '{}' and '{}'", stream, other, d.name));
    };
    add(d.value, value);
    if (d.target) add(*d.target, target);
    if (d.idle) add(*d.idle, idle);
    devices_.push_back(std::move(s));
  }
}

std::optional<log_sample> device_synthesizer::sample_of(const state& s) {
  timestamp newest = {};
  bool first = true;
  for (std::size_t r = 0; r < s.configured.size(); ++r) {
    if (!s.configured[r]) continue;
    if (!s.last[r]) return std::nullopt;
    newest = first ? s.last[r]->time : std::max(newest, s.last[r]->time);
    first = false;
  }
  log_sample out{newest, s.last[value]->as_double(), {}, {}};
  if (s.configured[target]) out.target = s.last[target]->as_double();
  if (s.configured[idle]) out.idle = s.last[idle]->as_double() != 0;
  return out;
}

std::vector<stream_message> device_synthesizer::process(std::vector<stream_message> messages, loss_log& losses) {
  if (substreams_.empty()) return messages;
  std::vector<stream_message> out;
  out.reserve(messages.size());
  for (auto& m : messages) {
    auto found = substreams_.find(m.stream.name);
    if (found == substreams_.end()) {
      out.push_back(std::move(m));
      continue;
    }
    auto& d = devices_[found->second.device];
    const auto* sample = std::get_if<log_sample>(&m.content);
    if (sample == nullptr) {
      losses.add(m.stream.name, "wrong_content", fmt::format("part of device {}, but not a sample", d.name));
      continue;
    }
    d.last[found->second.what] = *sample;
    if (auto whole = sample_of(d)) out.push_back({{stream_kind::device, d.name}, whole->time, *whole, m.position});
  }
  return out;
}

} // namespace livedata
