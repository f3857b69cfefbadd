#include "actors/source/source_intake.hpp"

#include "actors/books_metrics.hpp"
#include "actors/metrics.hpp"
#include "messages/array_bytes.hpp"
#include "messages/log_line.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <iterator>
#include <numeric>
#include <spdlog/spdlog.h>
#include <utility>

namespace livedata {

namespace {

// Portions that a coordinator may be sent before it has answered.
constexpr std::uint32_t first_credit = 8;
// Where data time is wall time: the longest time without a portion for a coordinator, when pass_time() is called. In
// the first second of data it is short, because the first batch waits for the rest of its pulse only while something
// comes.
constexpr duration usual_silence{60'000'000};
constexpr duration first_silence{20'000'000};
constexpr duration first_second{1'000'000'000};
// While too much is in flight, a service gets at least one message in this time: that its windows end can be seen from
// messages only.
constexpr duration longest_hunger{100'000'000};
constexpr auto report_interval = std::chrono::seconds(1);
constexpr auto statistics_interval = std::chrono::seconds(30);

// Why adapter and codecs refuse messages that are no commands.
constexpr std::array known_reasons{"array_value",      "bad_time",    "invalid_buffer", "length_mismatch",
                                   "missing_field",    "no_pulse",    "several_pulses", "shape_mismatch",
                                   "time_of_1970",     "too_short",   "unknown_source", "unknown_topic",
                                   "unsupported_type", "wrong_schema"};
constexpr std::array reasons_of_commands{"bad_field", "bad_json", "unknown_kind"};

bool is_data(stream_kind k) {
  return k == stream_kind::detector_events || k == stream_kind::monitor_events || k == stream_kind::monitor_counts ||
         k == stream_kind::area_detector;
}

duration steady_now() {
  return {std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count()};
}

} // namespace

source_intake::stream_metrics::stream_metrics(caf::actor_system& system, const std::string& stream)
  : messages(counter(system, "source.messages", "Messages received and decoded.", {{"stream", stream}})),
    events(counter(system, "source.events", "Events received.", {{"stream", stream}})),
    dropped(counter(system, "source.messages-dropped", "Messages dropped because the jobs fell behind.",
                    {{"stream", stream}})),
    dropped_events(
      counter(system, "source.events-dropped", "Events dropped because the jobs fell behind.", {{"stream", stream}})),
    last_time(time_gauge(system, "source.last-message-time", "When the last message came (Unix time); 0: none yet.",
                         {{"stream", stream}})),
    silent(gauge(system, "source.silent", "1 while the stream does not deliver any more.", {{"stream", stream}})) {}

source_intake::receiver_books::receiver_books(caf::actor_system& system, const std::string& service)
  : in_flight_messages(in_flight_gauge(system, service, "messages")),
    in_flight_events(in_flight_gauge(system, service, "events")),
    wrong_messages(books_gauge(system, service, "source", "messages")),
    wrong_events(books_gauge(system, service, "source", "events")) {}

source_intake::source_intake(source_actor::pointer self, source_surroundings around, phase receiving)
  : self_(self), around_(std::move(around)), receiving_(receiving), meter_(self->system()),
    queued_(gauge(self->system(), "source.queue-messages", "Messages held for coordinators that give no credit.", {})),
    watcher_(self), counts_(around_.receivers.size()),
    bytes_(gauge(self->system(), "in-flight.bytes",
                 "Bytes of messages that wait or are at work, and of results on their way.", {})),
    small_(around_.in_flight), carried_(around_.receivers.size()),
    logs_are_data_(!around_.routes->routes().carries_pulses()),
    unreadable_commands_(commands_counter(self->system(), "", "unreadable")) {
  // That they grow is seen only if they were there before.
  for (const auto* reason : known_reasons)
    rejections(reason);
  for (const auto* reason : reasons_of_commands)
    unreadable(reason);
  gauge(self->system(), "in-flight.limit-bytes", "Bytes that may be in flight; 0: any number.", {})
    ->value(static_cast<std::int64_t>(around_.in_flight.limit()));
  around_.services.resize(around_.receivers.size());
  for (const auto& service : around_.services)
    services_.emplace_back(self->system(), service);
  outboxes_.assign(around_.receivers.size(), outbox(around_.queue_limit, first_credit));
  for (const auto& stream : around_.routes->routes().streams())
    streams_.emplace(stream, stream_metrics(self->system(), stream));
  for (std::size_t i = 0; i < around_.receivers.size(); ++i)
    watcher_.watch(around_.receivers[i], [this, i](const caf::error&) { receiver_ended(i); });
}

// Portions that wait for a coordinator that has ended would keep the run from ending. A source that waits for credit
// goes on when it gets a message of credit, so this sends one.
void source_intake::receiver_ended(std::size_t receiver) {
  const auto number = static_cast<std::uint32_t>(receiver);
  note(number, outboxes_[receiver].close());
  tell(self_, source_actor(self_), credit_atom_v, number, std::uint32_t{0});
}

void source_intake::begin() {
  meter_.start();
  starter_ = caf::actor_cast<caf::actor>(self_->current_sender());
  counting_since_ = std::chrono::steady_clock::now();
  watch_ = stream_watch(steady_now());
  arm_report();
  arm_statistics();
}

portion_mark source_intake::next_portion() {
  portion_mark m{portions_ + 1, around_.clock->now(), {}};
  if (around_.wall_time) m.clock = steady_now();
  return m;
}

// A batch may close by wall time. The clock comes with the portions, so that a replay closes the same batches.
void source_intake::pass_time() {
  const bool own = around_.inbox && !around_.inbox->empty();
  if (!stopping_ && (own || (around_.wall_time && longest_silence() < steady_now() - all_heard_))) take({});
}

duration source_intake::longest_silence() const {
  return first_data_.ns != 0 && steady_now() - first_data_ < first_second ? first_silence : usual_silence;
}

void source_intake::take(std::span<const raw_message> messages) {
  take(messages, next_portion());
}

void source_intake::take(std::span<const raw_message> messages, const portion_mark& mark) {
  steady_ = steady_now();
  wall_ = around_.clock->now();
  std::vector<raw_message> with_own;
  std::vector<raw_message> unknown;
  if (around_.inbox && !around_.inbox->empty()) {
    with_own.assign(messages.begin(), messages.end());
    std::ranges::move(around_.inbox->take(), std::back_inserter(with_own));
    messages = with_own;
  }
  const auto reached = note_reached(messages);
  if (!around_.given.empty() && std::ranges::any_of(messages, [this](const auto& m) { return is_known(m); })) {
    std::ranges::remove_copy_if(messages, std::back_inserter(unknown), [this](const auto& m) { return is_known(m); });
    messages = unknown;
  }
  if (first_data_.ns == 0 && !messages.empty()) first_data_ = steady_;
  meter_.over(receiving_);
  auto read_messages = read(messages);
  meter_.over(phase::verify);
  std::vector<outbox::portion> portions(outboxes_.size());
  for (std::size_t i = 0; i < messages.size(); ++i)
    distribute(messages[i], read_messages[i], portions);
  portions_ = mark.number;
  if (around_.recorder) around_.recorder->mark(mark);
  auto time_passed = messages.empty() && mark.clock.ns != 0;
  auto all = true;
  for (std::uint32_t i = 0; i < portions.size(); ++i) {
    auto& p = portions[i];
    if (p.messages.empty() && p.control.empty() && !time_passed) {
      all = false;
      continue;
    }
    p.received = wall_;
    p.reached = reached;
    p.mark = mark;
    queue(i, std::move(p));
  }
  keep_within_memory();
  if (all) all_heard_ = mark.clock;
  send_on();
  meter_.over(phase::route);
}

std::shared_ptr<const lane_offsets> source_intake::note_reached(std::span<const raw_message> messages) {
  if (!around_.tell_reached) return nullptr;
  auto changed = false;
  for (const auto& m : messages) {
    if (!m.position.known()) continue;
    auto& next = reached_[m.position.lane];
    changed = changed || next <= m.position.offset;
    next = std::max(next, m.position.offset + 1);
  }
  if (changed || !told_reached_) told_reached_ = std::make_shared<const lane_offsets>(reached_);
  return told_reached_;
}

bool source_intake::knows(std::span<const raw_message> messages) const {
  return !around_.given.empty() && !messages.empty() &&
         std::ranges::all_of(messages, [this](const auto& m) { return is_known(m); });
}

bool source_intake::is_known(const raw_message& raw) const {
  return std::ranges::all_of(around_.given,
                             [&](const auto& cut) { return cut.covers(raw.position) && !cut.holds(raw.position); });
}

bool source_intake::was_given(std::size_t receiver, const stream_message& m) const {
  return receiver < around_.given.size() && around_.given[receiver].covers(m);
}

bool source_intake::was_given(std::size_t receiver, const raw_message& raw) const {
  return receiver < around_.given.size() && around_.given[receiver].covers(raw.position);
}

std::vector<source_intake::read_message> source_intake::read(std::span<const raw_message> messages) const {
  std::vector<read_message> out;
  out.reserve(messages.size());
  for (const auto& raw : messages) {
    if (around_.tap) around_.tap(raw);
    sighting seen;
    auto content = around_.routes->adapt(raw, seen);
    out.push_back({std::move(seen), std::move(content)});
  }
  return out;
}

void source_intake::distribute(const raw_message& raw, read_message& m, std::vector<outbox::portion>& portions) {
  auto& adapted = m.content;
  counts_.count(raw, m.seen, adapted ? nullptr : &adapted.error());
  if (!adapted) {
    if (adapted.error().reason == "unknown_source") note_stranger(m.seen);
    if (m.seen.topic != nullptr && m.seen.topic->kind == topic_kind::commands)
      refuse_command(adapted.error());
    else
      reject(adapted.error());
  } else if (auto* routed = std::get_if<routed_message>(&*adapted)) {
    routed->message.position = raw.position;
    weigh(routed->message);
    hand_out(routed->message, *routed->to, portions);
    for (const auto& other : routed->to->also) {
      auto copy = routed->message;
      copy.stream = other.stream;
      hand_out(copy, other, portions);
    }
  } else if (const auto* control = std::get_if<control_message>(&*adapted)) {
    for (std::size_t i = 0; i < portions.size(); ++i)
      if (!was_given(i, raw)) portions[i].control.push_back(*control);
  }
}

void source_intake::weigh(stream_message& m) const {
  if (auto* events = std::get_if<event_chunk>(&m.content)) {
    const auto bytes = events->owner ? events->owner->bytes().size() : 0;
    events->owner = around_.in_flight.count(std::move(events->owner), bytes);
  } else if (auto* array = std::get_if<array_ptr>(&m.content); array != nullptr && *array) {
    const auto bytes = bytes_of(**array);
    *array = around_.in_flight.count(std::move(*array), bytes);
  }
}

// A replay first drops what the recorded run dropped.
void source_intake::queue(std::uint32_t receiver, outbox::portion p) {
  auto& service = services_[receiver];
  const auto came = count_of(p.messages);
  service.queue.received(came);
  service.in_flight_messages->inc(static_cast<std::int64_t>(came.messages));
  service.in_flight_events->inc(static_cast<std::int64_t>(came.events));
  prepend(p.control, std::exchange(carried_[receiver], {}));
  const auto* loss = around_.recorded ? around_.recorded->loss(around_.services[receiver], p.mark.number) : nullptr;
  if (loss != nullptr) {
    std::map<std::string, message_count> lost;
    auto places = loss->places;
    for (std::uint32_t i = 0; i < std::min<std::uint64_t>(loss->first, p.messages.size()); ++i)
      places.push_back(i);
    std::ranges::sort(places);
    places.erase(std::ranges::unique(places).begin(), places.end());
    outbox::drop(p, places, lost);
    note(receiver, lost);
    if (around_.recorder) around_.recorder->mark(*loss);
    if (loss->whole) {
      carried_[receiver] = std::move(p.control);
      return;
    }
  }
  note(receiver, outboxes_[receiver].push(std::move(p)));
}

// From the longest queue first: who is slow pays.
void source_intake::keep_within_memory() {
  std::uint64_t small = 0;
  for (const auto& o : outboxes_)
    small += o.messages() * sizeof(stream_message);
  small_.set(small);
  bytes_->value(static_cast<std::int64_t>(around_.in_flight.used()));
  if (!around_.may_drop) return;
  std::vector<std::uint32_t> order(outboxes_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, std::greater{}, [this](auto i) { return outboxes_[i].bytes(); });
  const auto now = steady_now();
  for (auto i : order) {
    const auto excess = around_.in_flight.excess();
    if (excess == 0) return;
    note(i, outboxes_[i].shed(excess, longest_hunger < now - services_[i].served));
  }
}

// Requests for regions of interest share one name here.
source_intake::stream_metrics& source_intake::metrics_of(const std::string& stream) {
  const auto i = streams_.find(stream);
  return i != streams_.end() ? i->second : streams_.at(std::string(to_string(stream_kind::roi)));
}

void source_intake::hand_out(const stream_message& m, const route& to, std::vector<outbox::portion>& portions) {
  auto events = m.events();
  auto& metrics = streams_.at(to.stream.name);
  metrics.messages->inc();
  metrics.events->inc(static_cast<std::int64_t>(events));
  metrics.heard = steady_;
  metrics.pulses = is_data(to.stream.kind);
  for (auto receiver : to.receivers) {
    if (was_given(receiver, m)) continue;
    // As they are processed and dropped: once for each service.
    ++report_.messages;
    report_.events += events;
    portions[receiver].messages.push_back(m);
  }
}

void source_intake::reject(const failure& f) {
  std::string reason(f.reason);
  ++report_.rejected[reason];
  rejections(reason)->inc();
  // Every instrument has sources that no service needs.
  if (f.reason != "unknown_source") log_rejection("message_rejected", f);
}

void source_intake::refuse_command(const failure& f) {
  unreadable_commands_->inc();
  unreadable(f.reason)->inc();
  ++report_.commands_refused;
  log_rejection("command_rejected", f);
}

void source_intake::log_rejection(std::string_view event, const failure& f) {
  if (auto left_out = rejections_.admit(fmt::format("{} {}", f.reason, f.message), std::chrono::steady_clock::now()))
    spdlog::warn(log_line(event, {{"reason", log_word{f.reason}}, {"text", f.message}, left_out_field(*left_out)}));
}

// Few come, so that it is looked up each time.
caf::telemetry::int_counter* source_intake::unreadable(std::string_view reason) {
  return counter(self_->system(), "commands.unreadable", "Commands that cannot be read, by reason.",
                 {{"reason", std::string(reason)}});
}

caf::telemetry::int_counter* source_intake::rejections(const std::string& reason) {
  auto i = rejected_.find(reason);
  if (i == rejected_.end())
    i = rejected_
          .emplace(reason, counter(self_->system(), "source.messages-rejected", "Messages that were not understood.",
                                   {{"reason", reason}}))
          .first;
  return i->second;
}

void source_intake::note_stranger(const sighting& seen) {
  if (seen.topic == nullptr || !seen.source_name) return;
  const auto& topic = seen.topic->topic;
  switch (strangers_.meet(topic, *seen.source_name)) {
  case strangers::meeting::known:
    return;
  case strangers::meeting::last:
    spdlog::warn(log_line("unknown_sources", {{"text", "there are more; the others are counted only"}}));
    return;
  case strangers::meeting::first:
    break;
  }
  auto text = around_.explain ? around_.explain(topic, *seen.source_name) : std::string();
  spdlog::warn(
    log_line("unknown_source", {{"topic", topic}, {"source", std::string(*seen.source_name)}, {"text", text}}));
}

void source_intake::watch_streams() {
  const auto now = steady_now();
  const auto wall = around_.clock->now();
  for (auto& [stream, metrics] : streams_)
    if (auto heard = std::exchange(metrics.heard, std::nullopt)) {
      metrics.last_time->value((wall - (now - *heard)).seconds_since_1970());
      if (metrics.pulses || logs_are_data_) watch_.heard(stream, *heard);
    }
  if (!around_.wall_time || ended_) return;
  const auto changes = watch_.look(now);
  const auto say = [](spdlog::level::level_enum level, std::string_view event, const stream_watch::change& c) {
    if (!c.streams.empty())
      spdlog::log(level, log_line(event, {{"streams", fmt::format("{}", fmt::join(c.streams, ", "))},
                                          {"silent_s", std::round(c.seconds * 10) / 10}}));
  };
  say(spdlog::level::info, "stream_back", changes.back);
  say(spdlog::level::warn, "stream_silent", changes.silent);
  for (const auto& stream : changes.back.streams)
    streams_.at(stream).silent->value(0);
  for (const auto& stream : changes.silent.streams)
    streams_.at(stream).silent->value(1);
  report_.silent = watch_.silent(now);
  report_.no_data_seconds = expects_pulses_ ? watch_.no_data(now) : std::nullopt;
}

void source_intake::forget(const std::vector<std::string>& streams) {
  for (const auto& stream : streams) {
    auto& metrics = metrics_of(stream);
    metrics.heard.reset();
    metrics.silent->value(0);
    watch_.forget(stream);
  }
}

void source_intake::note(std::uint32_t receiver, const outbox::losses& losses) {
  note(receiver, losses.by_stream);
  if (!around_.recorder) return;
  for (const auto& c : losses.cuts)
    around_.recorder->mark(loss_mark{around_.services[receiver], c.portion, c.places, c.whole});
}

void source_intake::note(std::uint32_t receiver, const std::map<std::string, message_count>& losses) {
  auto& service = services_[receiver];
  for (const auto& [stream, loss] : losses) {
    auto& metrics = metrics_of(stream);
    const auto messages = static_cast<std::int64_t>(loss.messages);
    const auto events = static_cast<std::int64_t>(loss.events);
    metrics.dropped->inc(messages);
    metrics.dropped_events->inc(events);
    service.queue.gone(loss);
    service.in_flight_messages->dec(messages);
    service.in_flight_events->dec(events);
    report_.dropped_messages += loss.messages;
    report_.dropped_events += loss.events;
    if (auto left_out = drops_.admit(stream, std::chrono::steady_clock::now()))
      spdlog::warn(
        log_line("message_queue_full",
                 {{"stream", stream},
                  {"dropped_messages", loss.messages},
                  {"dropped_events", loss.events},
                  {"remedy", "more job-threads, fewer jobs, or a larger source.queue-limit or limits.in-flight-memory"},
                  left_out_field(*left_out)}));
  }
}

void source_intake::add_credit(std::uint32_t receiver, std::uint32_t n) {
  meter_.over(receiving_);
  outboxes_[receiver].add_credit(n);
  send_on();
  meter_.over(phase::route);
}

bool source_intake::all_ready() const {
  return std::all_of(outboxes_.begin(), outboxes_.end(), [](const auto& o) { return o.is_ready(); });
}

bool source_intake::empty() const {
  return std::all_of(outboxes_.begin(), outboxes_.end(), [](const auto& o) { return o.empty(); });
}

std::size_t source_intake::room() const {
  if (around_.in_flight.limit() != 0 && around_.in_flight.used() > around_.in_flight.limit() / 2) return 0;
  std::size_t held = 0;
  for (const auto& o : outboxes_)
    held = std::max(held, o.messages());
  return around_.queue_limit - std::min(held, around_.queue_limit);
}

void source_intake::send_on() {
  std::size_t held = 0;
  for (std::size_t i = 0; i < outboxes_.size(); ++i) {
    auto& service = services_[i];
    while (auto p = outboxes_[i].pop()) {
      if (std::ranges::any_of(p->messages, [](const auto& m) { return is_data(m.stream.kind); }))
        service.served = steady_now();
      const auto leaves = count_of(p->messages);
      service.queue.gone(leaves);
      service.handed_on += leaves;
      p->handed_on = service.handed_on;
      tell(self_, around_.receivers[i], std::make_shared<const message_portion>(std::move(*p)));
    }
    held += outboxes_[i].messages();
  }
  queued_->value(static_cast<std::int64_t>(held));
  end_if_empty();
}

void source_intake::stop() {
  stopping_ = true;
  end_if_empty();
}

void source_intake::fail(std::string why) {
  if (why_.empty()) why_ = std::move(why);
  stop();
}

void source_intake::end_if_empty() {
  if (!stopping_ || !empty() || ended_) return;
  ended_ = true;
  report();
  for (const auto& r : around_.receivers) {
    if (why_.empty())
      tell(self_, r, end_atom_v);
    else
      tell(self_, r, end_atom_v, why_);
  }
  if (!starter_) return;
  if (why_.empty())
    tell_from_outside(starter_, end_atom_v);
  else
    tell_from_outside(starter_, end_atom_v, why_);
  starter_ = nullptr;
}

void source_intake::arm_report() {
  self_->run_delayed(report_interval, [this] {
    report();
    if (!ended_) arm_report();
  });
}

void source_intake::check_books() {
  report_.books_difference = {};
  for (std::size_t i = 0; i < outboxes_.size(); ++i) {
    const auto wrong = services_[i].queue.difference(outboxes_[i].count());
    services_[i].wrong_messages->value(static_cast<std::int64_t>(wrong.messages));
    services_[i].wrong_events->value(static_cast<std::int64_t>(wrong.events));
    report_.books_difference += wrong;
  }
}

void source_intake::report() {
  report_.awaits = awaits_;
  watch_streams();
  check_books();
  bytes_->value(static_cast<std::int64_t>(around_.in_flight.used()));
  tell(self_, around_.reporter, std::make_shared<const source_report>(std::exchange(report_, {})));
}

void source_intake::arm_statistics() {
  self_->run_delayed(statistics_interval, [this] {
    tell_statistics();
    if (!ended_) arm_statistics();
  });
}

// The counts go out with the next status of each service. The delays go to the log.
void source_intake::tell_statistics() {
  auto now = std::chrono::steady_clock::now();
  auto window = std::chrono::duration<double>(now - std::exchange(counting_since_, now)).count();
  for (std::uint32_t i = 0; i < around_.receivers.size(); ++i)
    tell(self_, around_.receivers[i], std::make_shared<const stream_statistics>(counts_.take(i, window)));
  for (const auto& lag : counts_.take_lags()) {
    auto level = lag.level() == lag_level::error     ? spdlog::level::err
                 : lag.level() == lag_level::warning ? spdlog::level::warn
                                                     : spdlog::level::debug;
    spdlog::log(level, log_line("stream_lag", {{"topic", lag.topic},
                                               {"source", lag.source_name},
                                               {"schema", lag.schema},
                                               {"min_lag_s", lag.min_seconds},
                                               {"max_lag_s", lag.max_seconds},
                                               {"count", lag.count}}));
  }
}

} // namespace livedata
