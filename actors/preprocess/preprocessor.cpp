#include "actors/preprocess/preprocessor.hpp"

#include "actors/archive_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace livedata {

namespace {

constexpr std::size_t timeseries_samples = 10'000;
constexpr std::size_t most_requests = 1000;

const char* content_name(const stream_content& content) {
  constexpr const char* names[] = {"events", "a sample", "an array"};
  return names[content.index()];
}

} // namespace

preprocessor::preprocessor(const instrument& inst, std::string_view service) : service_(service) {
  for (const auto& d : inst.detectors)
    detectors_.insert(d.name);
  for (const auto& l : inst.logs)
    logs_.emplace(l.name, known_log{l.unit});
  for (const auto& d : inst.devices) {
    auto value = logs_.find(d.value);
    devices_.emplace(d.name, known_log{value == logs_.end() ? std::nullopt : value->second.unit, d.target.has_value(),
                                       d.idle.has_value()});
  }
  if (service_ != "timeseries") return;
  // Made by the chopper synthesizer.
  logs_.emplace("chopper_cascade", known_log{});
  for (const auto& chopper : inst.choppers) {
    auto delay = logs_.find(chopper + "/delay");
    if (delay != logs_.end()) logs_.emplace(chopper + "/delay_setpoint", known_log{delay->second.unit});
  }
}

log_buffer preprocessor::make_log(const std::string& stream, const known_log& known) const {
  log_buffer_options options;
  options.unit = known.unit;
  options.with_target = known.with_target;
  options.with_idle = known.with_idle;
  if (service_ == "timeseries") options.max_samples = timeseries_samples;
  return {stream, std::move(options)};
}

preprocessor::accumulator preprocessor::make_accumulator(const stream_id& stream) const {
  auto slow_only = service_ == "timeseries";
  auto detectors = service_ == "detector_data";
  auto of_log = [&](const auto& known) -> accumulator {
    auto i = known.find(stream.name);
    if (i == known.end()) return std::monostate{};
    return make_log(stream.name, i->second);
  };
  switch (stream.kind) {
  case stream_kind::detector_events:
    if (slow_only || !detectors_.contains(stream.name)) return std::monostate{};
    return collected_events{};
  case stream_kind::monitor_events:
    if (slow_only || detectors) return std::monostate{};
    return collected_events{};
  case stream_kind::monitor_counts:
    if (slow_only || detectors) return std::monostate{};
    return array_sums{true};
  case stream_kind::area_detector:
    if (slow_only) return std::monostate{};
    return array_sums{false};
  case stream_kind::roi:
    if (!detectors) return std::monostate{};
    return latest_value{};
  case stream_kind::log:
    return of_log(logs_);
  case stream_kind::device:
    return of_log(devices_);
  case stream_kind::unknown:
    break;
  }
  return std::monostate{};
}

preprocessor::slot* preprocessor::find(const stream_id& stream) {
  auto found = slots_.find(stream);
  if (found != slots_.end()) return &found->second;
  auto fresh = make_accumulator(stream);
  if (std::holds_alternative<std::monostate>(fresh)) return nullptr;
  auto keeps_setting = std::holds_alternative<latest_value>(fresh) || std::holds_alternative<log_buffer>(fresh);
  found = slots_.emplace(stream, slot{std::move(fresh)}).first;
  if (keeps_setting) contexts_.try_emplace(stream.name, &found->second.content);
  return &found->second;
}

batch_data preprocessor::process(message_batch batch) {
  batch_data out{batch.start, batch.end, {}, 0, 0, {}};
  // In the order in which the streams appear.
  std::vector<std::pair<stream_id, slot*>> touched;
  for (auto& m : batch.messages) {
    const auto events = m.events();
    ++out.messages;
    out.refused_events += events;
    try {
      auto* s = find(m.stream);
      if (s == nullptr) {
        losses_.add(m.stream.name, "not_used",
                    fmt::format("{} messages of this name are not used by {}", to_string(m.stream.kind), service_));
        continue;
      }
      if (!add(s->content, m)) continue;
      out.events += events;
      out.refused_events -= events;
      if (s->messages++ == 0) touched.emplace_back(m.stream, s);
    } catch (const std::exception& e) {
      losses_.add(m.stream.name, "failed", e.what());
    }
  }
  // Of a monitor that sends both, the events count, whichever came first.
  std::ranges::stable_partition(touched, [](const auto& t) { return t.first.kind != stream_kind::monitor_counts; });
  for (auto& [id, s] : touched) {
    auto messages = std::exchange(s->messages, 0);
    if (id.kind == stream_kind::roi) remember_request(id.name);
    auto values_of_stream = take(s->content);
    if (values_of_stream.empty()) continue;
    if (out.streams.emplace(id.name, std::move(values_of_stream.front())).second) {
      if (values_of_stream.size() > 1)
        out.further.emplace(id.name, std::vector(values_of_stream.begin() + 1, values_of_stream.end()));
      continue;
    }
    losses_.add(id.name, "mixed_kinds",
                fmt::format("a batch brought messages of two kinds; those of kind {} are left out", to_string(id.kind)),
                messages);
  }
  forget_old_requests();
  out.losses = losses_.take();
  return out;
}

void preprocessor::remember_request(const std::string& name) {
  std::erase(requests_, name);
  requests_.push_back(name);
}

void preprocessor::forget_old_requests() {
  for (; requests_.size() > most_requests; requests_.pop_front()) {
    auto old = slots_.find({stream_kind::roi, requests_.front()});
    if (old == slots_.end()) continue;
    // A log of that name has its own.
    auto context = contexts_.find(requests_.front());
    if (context != contexts_.end() && context->second == &old->second.content) contexts_.erase(context);
    slots_.erase(old);
  }
}

bool preprocessor::add(accumulator& a, stream_message& m) {
  return std::visit(
    [&](auto& x) {
      if constexpr (std::is_same_v<std::decay_t<decltype(x)>, std::monostate>)
        return false;
      else
        return add(x, m);
    },
    a);
}

bool preprocessor::add(collected_events& c, stream_message& m) {
  auto* chunk = std::get_if<event_chunk>(&m.content);
  if (chunk == nullptr) {
    losses_.add(m.stream.name, "wrong_content", fmt::format("expected events, got {}", content_name(m.content)));
    return false;
  }
  if (chunk->size() > 0) {
    auto with_pixels = !chunk->pixel_id.empty();
    if (!c.with_pixels) c.with_pixels = with_pixels;
    if (*c.with_pixels != with_pixels) {
      losses_.add(m.stream.name, "mixed_pixel_ids",
                  fmt::format("events {} pixel ids, where those before had {}", with_pixels ? "with" : "without",
                              with_pixels ? "none" : "them"));
      return false;
    }
  }
  if (!c.batch) c.batch = std::make_shared<event_batch>();
  c.batch->add(std::move(*chunk));
  return true;
}

bool preprocessor::add(array_sums& s, stream_message& m) {
  auto* array = std::get_if<array_ptr>(&m.content);
  if (array == nullptr || *array == nullptr) {
    losses_.add(m.stream.name, "wrong_content", fmt::format("expected an array, got {}", content_name(m.content)));
    return false;
  }
  s.add(*array);
  return true;
}

bool preprocessor::add(latest_value& v, stream_message& m) {
  auto* array = std::get_if<array_ptr>(&m.content);
  if (array == nullptr || *array == nullptr) {
    losses_.add(m.stream.name, "wrong_content", fmt::format("expected an array, got {}", content_name(m.content)));
    return false;
  }
  v = std::move(*array);
  return true;
}

bool preprocessor::add(log_buffer& l, stream_message& m) {
  auto* sample = std::get_if<log_sample>(&m.content);
  if (sample == nullptr) {
    losses_.add(m.stream.name, "wrong_content", fmt::format("expected a sample, got {}", content_name(m.content)));
    return false;
  }
  const auto& name = m.stream.name;
  switch (l.add(*sample)) {
  case log_buffer::outcome::added:
    return true;
  case log_buffer::outcome::replaced:
    // The parts of a device come one by one.
    if (m.stream.kind == stream_kind::log)
      losses_.add(
        name, "log_conflict",
        fmt::format("another value ({}) for the time of the newest sample, {}; it takes the place of the first",
                    sample->as_double(), to_string(sample->time)));
    return true;
  case log_buffer::outcome::went_back:
    losses_.add(name, "log_far_ahead",
                fmt::format("samples were too far ahead, as one of {} shows that came after them; they are taken out. "
                            "See to the clock of whoever sends them",
                            to_string(sample->time)),
                l.taken_back());
    return true;
  case log_buffer::outcome::duplicate:
    losses_.add_silently(name, "log_duplicate");
    break;
  case log_buffer::outcome::out_of_order:
    losses_.add(name, "log_out_of_order",
                fmt::format("a sample of {} is older than the newest one", to_string(sample->time)));
    break;
  case log_buffer::outcome::no_target:
    losses_.add(name, "no_target", "a sample has no target, which the instrument declares for it");
    break;
  case log_buffer::outcome::no_idle:
    losses_.add(name, "no_idle", "a sample has no idle flag, which the instrument declares for it");
    break;
  }
  return false;
}

std::vector<stream_id> preprocessor::remembered() const {
  std::vector<stream_id> first;
  std::vector<stream_id> others;
  for (const auto& [id, s] : slots_) {
    const auto context = contexts_.find(id.name);
    (context != contexts_.end() && context->second == &s.content ? first : others).push_back(id);
  }
  first.insert(first.end(), others.begin(), others.end());
  return first;
}

std::vector<std::string> preprocessor::state(archive& a) {
  auto streams = a.loading() ? std::vector<stream_id>() : remembered();
  std::uint64_t known = streams.size();
  a.field("streams", known);
  if (a.loading()) {
    slots_.clear();
    contexts_.clear();
  }
  std::vector<std::string> passed_over;
  for (std::uint64_t i = 0; i < known; ++i) {
    const auto name = fmt::format("stream {}", i);
    stream_id stream = a.loading() ? stream_id{} : streams[i];
    fields::add(a, name, stream);
    // As bytes of their own, so that one that does not fit can be passed over.
    std::vector<std::uint8_t> content;
    if (!a.loading()) {
      archive inner;
      slot_state(inner, stream);
      content = fields::numbers_of(inner.finish());
    }
    a.field(name + " content", content);
    if (!a.loading()) continue;
    archive inner(std::as_bytes(std::span(content)));
    if (!slot_state(inner, stream)) passed_over.push_back(stream.name);
  }
  fields::queue(a, "requests", requests_);
  return passed_over;
}

// Whether the content fits the stream as it is now. One that does not is as new.
bool preprocessor::slot_state(archive& a, const stream_id& stream) {
  auto* s = find(stream);
  if (s == nullptr) return false;
  try {
    if (auto* c = std::get_if<collected_events>(&s->content)) {
      a.field("with_pixels", c->with_pixels);
    } else if (auto* v = std::get_if<latest_value>(&s->content)) {
      auto array = *v ? std::optional(**v) : std::nullopt;
      a.field("latest", array);
      if (a.loading() && array) *v = std::make_shared<const data_array>(std::move(*array));
    } else if (auto* l = std::get_if<log_buffer>(&s->content)) {
      a.field("log", *l);
    }
    return true;
  } catch (const archive_error&) {
    s->content = make_accumulator(stream);
    return false;
  }
}

std::vector<stream_value> preprocessor::take(accumulator& a) {
  if (auto* c = std::get_if<collected_events>(&a)) return {events_ptr(std::exchange(c->batch, nullptr))};
  if (auto* s = std::get_if<array_sums>(&a)) {
    auto sums = s->take();
    return {std::make_move_iterator(sums.begin()), std::make_move_iterator(sums.end())};
  }
  if (auto* v = std::get_if<latest_value>(&a)) return {*v};
  if (auto* l = std::get_if<log_buffer>(&a)) return {l->get()};
  return {};
}

std::optional<stream_value> preprocessor::context(std::string_view stream) const {
  auto i = contexts_.find(stream);
  if (i == contexts_.end()) return std::nullopt;
  if (auto* v = std::get_if<latest_value>(i->second); v != nullptr && *v) return *v;
  if (auto* l = std::get_if<log_buffer>(i->second); l != nullptr && l->get()) return l->get();
  return std::nullopt;
}

} // namespace livedata
