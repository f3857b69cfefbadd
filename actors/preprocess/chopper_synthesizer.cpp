#include "actors/preprocess/chopper_synthesizer.hpp"

#include "workflows/archive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

namespace livedata {

chopper_synthesizer::chopper_synthesizer(const std::vector<std::string>& choppers, double delay_tolerance)
  : tolerance_(delay_tolerance) {
  for (const auto& name : choppers) {
    inputs_[name + "/delay"] = {choppers_.size(), true};
    inputs_[name + "/rotation_speed_setpoint"] = {choppers_.size(), false};
    choppers_.push_back({name, {}, 0, {}, {}});
  }
}

std::optional<double> chopper_synthesizer::take_delay(chopper& c, double delay) const {
  if (c.delays.size() < samples)
    c.delays.push_back(delay);
  else
    c.delays[c.next] = delay;
  c.next = (c.next + 1) % samples;
  if (c.delays.size() < samples) return std::nullopt;
  auto n = static_cast<double>(samples);
  auto mean = std::accumulate(c.delays.begin(), c.delays.end(), 0.0) / n;
  auto squares = std::accumulate(c.delays.begin(), c.delays.end(), 0.0,
                                 [&](double sum, double d) { return sum + (d - mean) * (d - mean); });
  // Not a number is not settled.
  if (!(std::sqrt(squares / n) < tolerance_)) return std::nullopt;
  if (c.locked && !(std::abs(mean - *c.locked) > tolerance_)) return std::nullopt;
  return mean;
}

bool chopper_synthesizer::all_known() const {
  return std::ranges::all_of(choppers_, [](const auto& c) { return c.locked && c.speed; });
}

// Its time does not go back, even where the clock on the wall was set back.
stream_message chopper_synthesizer::tick(timestamp now) {
  last_tick_ = last_tick_ && now < *last_tick_ ? *last_tick_ + duration{1} : now;
  return {{stream_kind::log, std::string(trigger)}, *last_tick_, log_sample{*last_tick_, std::int64_t{1}, {}, {}}};
}

std::vector<stream_message> chopper_synthesizer::process(std::vector<stream_message> messages, timestamp now,
                                                         loss_log& losses) {
  std::vector<stream_message> made;
  if (!std::exchange(begun_, true) && choppers_.empty()) {
    made.push_back(tick(now));
    notes_.emplace_back("chopper_cascade_initial_tick_emitted");
  }
  bool changed = false;
  std::erase_if(messages, [&](const stream_message& m) {
    auto found = inputs_.find(m.stream.name);
    if (found == inputs_.end()) return false;
    const auto* sample = std::get_if<log_sample>(&m.content);
    auto& c = choppers_[found->second.chopper];
    if (sample == nullptr) {
      losses.add(m.stream.name, "wrong_content", fmt::format("part of chopper {}, but not a sample", c.name));
      return true;
    }
    auto value = sample->as_double();
    if (found->second.is_delay) {
      if (auto settled = take_delay(c, value)) {
        c.locked = settled;
        changed = true;
        made.push_back({{stream_kind::log, c.name + "/delay_setpoint"}, m.time, log_sample{m.time, *settled, {}, {}}});
        notes_.push_back(fmt::format("chopper_delay_locked chopper={} delay={}", c.name, *settled));
      }
    } else if (!std::isnan(value) && c.speed != value) {
      c.speed = value;
      changed = true;
      notes_.push_back(fmt::format("chopper_speed_setpoint_updated chopper={} speed={}", c.name, value));
    }
    return false;
  });
  if (changed && all_known()) {
    made.push_back(tick(now));
    notes_.emplace_back(std::exchange(was_known_, true) ? "chopper_cascade_emitted" : "chopper_cascade_all_locked");
  }
  made.insert(made.end(), std::make_move_iterator(messages.begin()), std::make_move_iterator(messages.end()));
  return made;
}

void chopper_synthesizer::state(archive& a) {
  struct saved_chopper {
    std::string name;
    std::vector<double> delays;
    std::uint64_t next = 0;
    std::optional<double> locked;
    std::optional<double> speed;

    void state(archive& inner) {
      inner.field("name", name);
      inner.field("delays", delays);
      inner.field("next", next);
      inner.field("locked", locked);
      inner.field("speed", speed);
      if (delays.size() > samples || next >= samples) inner.refuse("delays", "are too many");
    }
  };

  std::vector<saved_chopper> all;
  for (const auto& c : choppers_)
    all.push_back({c.name, c.delays, c.next, c.locked, c.speed});
  a.field("choppers", all);
  a.field("begun", begun_);
  a.field("last_tick", last_tick_);
  a.field("was_known", was_known_);
  for (auto& saved : all)
    if (auto c = std::ranges::find(choppers_, saved.name, &chopper::name); c != choppers_.end())
      *c = {saved.name, std::move(saved.delays), static_cast<std::size_t>(saved.next), saved.locked, saved.speed};
}

std::vector<std::string> chopper_synthesizer::take_notes() {
  return std::exchange(notes_, {});
}

} // namespace livedata
