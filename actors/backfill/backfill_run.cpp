#include "actors/backfill/backfill_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace livedata {

namespace {

// A window is closed when a message comes that is so much later than its end: messages of other lanes may come late.
constexpr duration longest_delay{3'000'000'000};

} // namespace

backfill_run::backfill_run(job_record record, timestamp from, const instrument& inst, std::string_view service,
                           const batch_windows& windows, backfill_cut cut, const std::vector<timestamp>& transitions)
  : id_(record.id), windows_(windows), cut_(std::move(cut)), synthesizer_(inst, service), preprocessor_(inst, service),
    reached_(from) {
  data_streams_.insert(id_.source_name);
  data_streams_.insert(record.needs.auxiliary.begin(), record.needs.auxiliary.end());
  for (const auto* context : {&record.needs.gating, &record.needs.context})
    context_streams_.insert(context->begin(), context->end());
  for (auto t : transitions)
    if (t >= from) table_.expect_run_transition(t);
  table_.put(std::move(record));
}

backfill_run::backfill_run(job_entry entry, const instrument& inst, std::string_view service,
                           const batch_windows& windows, backfill_cut cut, const std::vector<timestamp>& transitions)
  : backfill_run(job_record(entry), *entry.schedule.start, inst, service, windows, std::move(cut), transitions) {
  first_ = windows.from(reached_);
}

backfill_run::backfill_run(const saved_progress& from, const instrument& inst, std::string_view service,
                           const batch_windows& windows, backfill_cut cut, const std::vector<timestamp>& transitions)
  : backfill_run(from.record, from.until.value_or(windows.first().start), inst, service, windows, std::move(cut),
                 transitions) {
  given_ = from.given;
}

bool backfill_run::takes(const std::string& stream) const {
  return data_streams_.contains(stream) || context_streams_.contains(stream);
}

void backfill_run::feed(const std::vector<stream_message>& messages) {
  // Devices are made from logs of other names.
  std::vector<stream_message> mine;
  std::ranges::copy_if(messages, std::back_inserter(mine),
                       [this](const auto& m) { return m.stream.kind == stream_kind::log || takes(m.stream.name); });
  for (auto& m : synthesizer_.process(std::move(mine), {})) {
    if (!takes(m.stream.name)) continue;
    if (cut_.covers(m))
      sort_in(std::move(m));
    else if (!cut_is_fixed_)
      held_back_.push_back(std::move(m));
  }
  (void)synthesizer_.take_losses();
}

void backfill_run::sort_in(stream_message m) {
  auto window = windows_.of(m);
  if (is_of_before(m, window)) {
    if (!context_streams_.contains(m.stream.name)) return;
    // The preprocessor remembers it for the first window.
    message_batch one{m.time, m.time, {}};
    one.messages.push_back(std::move(m));
    (void)preprocessor_.process(std::move(one));
    return;
  }
  auto time = m.time;
  open_[window].push_back(std::move(m));
  // A single absurd time does not close the windows before it.
  if (time < windows_.last().end) close_windows(time - longest_delay);
}

bool backfill_run::is_of_before(const stream_message& m, const batch_window& window) const {
  return given_ ? given_->covers(m) : !first_ || window.start < first_->start;
}

void backfill_run::close_oldest() {
  if (!open_.empty()) close_windows(open_.begin()->first.end);
}

void backfill_run::close_windows(timestamp until) {
  while (!open_.empty() && open_.begin()->first.end <= until) {
    auto node = open_.extract(open_.begin());
    ready_.push_back({node.key().start, node.key().end, std::move(node.mapped())});
  }
}

void backfill_run::reading_done() {
  read_ = true;
  while (!open_.empty())
    close_oldest();
}

void backfill_run::wait_behind(const batch_data& batch) {
  waiting_batch mine{{batch.start, batch.end, {}, 0, 0, {}}, std::exchange(has_gap_, false)};
  for (const auto& stream : batch.streams)
    if (takes(stream.first)) mine.batch.streams.insert(stream);
  for (const auto& stream : batch.further)
    if (takes(stream.first)) mine.batch.further.insert(stream);
  queue_.push_back(std::move(mine));
}

void backfill_run::skip() {
  fix_cut();
  has_gap_ = true;
}

std::uint64_t backfill_run::lose(const batch_data& batch) {
  skip();
  std::uint64_t events = 0;
  for (const auto& name : data_streams_)
    if (auto i = batch.streams.find(name); i != batch.streams.end())
      if (const auto* value = std::get_if<events_ptr>(&i->second)) events += (*value)->events;
  lost_ = {lost_ ? lost_->start : batch.start, batch.end};
  lost_events_ += events;
  return events;
}

void backfill_run::fix_cut() {
  cut_is_fixed_ = true;
  held_back_.clear();
}

void backfill_run::move_cut(backfill_cut cut) {
  queue_.clear();
  cut_ = std::move(cut);
  read_ = false;
  for (auto& m : std::exchange(held_back_, {}))
    if (cut_.covers(m))
      sort_in(std::move(m));
    else
      held_back_.push_back(std::move(m));
}

std::optional<backfill_run::step> backfill_run::next(const context_lookup& live) {
  while (!finished_ && !ready_.empty()) {
    auto batch = preprocessor_.process(std::move(ready_.front()));
    ready_.pop_front();
    if (auto s = step_for(batch, remembered_)) return s;
  }
  if (!read_) return std::nullopt;
  while (!finished_ && !queue_.empty()) {
    auto [batch, behind_gap] = std::move(queue_.front());
    queue_.pop_front();
    if (behind_gap) {
      // The batch does not repeat the context that came in the gap; so the job is given all of it.
      (void)table_.pause(id_);
      (void)table_.resume(id_);
    }
    if (auto s = step_for(batch, live)) return s;
  }
  return std::nullopt;
}

std::optional<backfill_run::step> backfill_run::step_for(const batch_data& batch, const context_lookup& latest) {
  // Held: results come when the past is worked on. Only a job that ends in the past gives them before.
  auto prepared = table_.prepare(batch, latest, true);
  reached_ = std::max(reached_, batch.end);
  step s;
  s.reset = !prepared.resets.empty();
  if (!prepared.work.empty()) s.task = std::move(prepared.work.front().task);
  if (!s.task) finished_ = !table_.remove_finished().empty();
  if (!s.task && !s.reset) return std::nullopt;
  return s;
}

void backfill_run::book(const job_reply& reply) {
  table_.book(id_, reply);
  finished_ = !table_.remove_finished().empty();
}

std::optional<job_record> backfill_run::record() const {
  const auto* found = table_.find(id_);
  if (found == nullptr) return std::nullopt;
  auto out = *found;
  if (lost_) out.missing = loss();
  return out;
}

std::string backfill_run::progress() const {
  auto text = fmt::format("Catching up with the past: has the data up to {}, of {}.", to_string(reached_),
                          to_string(windows_.last().end));
  return lost_ ? text + "\n" + loss() : text;
}

std::string backfill_run::loss() const {
  if (!lost_) return {};
  return fmt::format("Data between {} and {} are not in it ({} events): they came while it was catching up, and there "
                     "was no memory for them.",
                     to_string(lost_->start), to_string(lost_->end), lost_events_);
}

} // namespace livedata
