#include "actors/preprocess/device_synthesizer.hpp"

#include "actors/archive_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace livedata {

device_synthesizer::device_synthesizer(const std::vector<device>& devices) {
  for (const auto& d : devices) {
    device_state s;
    s.name = d.name;
    auto add = [&](const std::string& stream, role what) {
      s.parts[what] = part{stream, {}, {}, false};
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

std::optional<log_sample> device_synthesizer::sample_of(const device_state& s) {
  std::optional<timestamp> newest;
  for (const auto& p : s.parts) {
    if (!p) continue;
    if (!p->last) return std::nullopt;
    if (!p->ahead) newest = newest ? std::max(*newest, p->last->time) : p->last->time;
  }
  const auto& of_value = *s.parts[value]->last;
  log_sample out{newest.value_or(of_value.time), of_value.as_double(), {}, {}};
  if (const auto& p = s.parts[target]) out.target = p->last->as_double();
  if (const auto& p = s.parts[idle]) out.idle = p->last->as_double() != 0;
  return out;
}

// Whether the sample counts.
bool device_synthesizer::take(device_state& s, role what, const log_sample& sample, loss_log& losses) {
  auto& p = *s.parts[what];
  const auto verdict = p.order.judge(sample.time);
  if (verdict == sample_order::verdict::late) {
    losses.add(
      p.stream, "log_out_of_order",
      fmt::format("part of device {}: a sample of {} is older than the newest one", s.name, to_string(sample.time)));
    return false;
  }
  p.last = sample;
  if (verdict == sample_order::verdict::same) return true;
  p.ahead = false;
  // The first sample may well be an old one that is sent again.
  if (p.order.has_advanced()) find_those_ahead(s, what, losses);
  return true;
}

void device_synthesizer::find_those_ahead(device_state& s, role of, loss_log& losses) {
  const auto time = s.parts[of]->last->time;
  for (auto& p : s.parts) {
    if (!p || !p->last || p->ahead || !sample_order::is_far(p->last->time, time)) continue;
    p->ahead = true;
    losses.add(p->stream, "log_far_ahead",
               fmt::format("part of device {}: its time {} lies far ahead of the others, which go on at {}; its value "
                           "counts, its time does not. See to the clock of whoever sends it",
                           s.name, to_string(p->last->time), to_string(time)));
  }
}

void device_synthesizer::state(archive& a) {
  struct saved_part {
    // Of the device, and of the stream that the part comes from.
    std::string device_name;
    std::string stream;
    std::optional<log_sample> last;
    sample_order order;
    bool ahead = false;

    void state(archive& inner) {
      inner.field("device", device_name);
      inner.field("stream", stream);
      fields::add(inner, "last", last);
      inner.field("order", order);
      inner.field("ahead", ahead);
    }
  };

  std::vector<saved_part> all;
  for (const auto& d : devices_)
    for (const auto& p : d.parts)
      if (p) all.push_back({d.name, p->stream, p->last, p->order, p->ahead});
  a.field("parts", all);
  for (const auto& saved : all)
    for (auto& d : devices_)
      for (auto& p : d.parts)
        if (p && d.name == saved.device_name && p->stream == saved.stream)
          p = part{saved.stream, saved.last, saved.order, saved.ahead};
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
    if (!take(d, found->second.what, *sample, losses)) continue;
    if (auto whole = sample_of(d)) out.push_back({{stream_kind::device, d.name}, whole->time, *whole, m.position});
  }
  return out;
}

} // namespace livedata
