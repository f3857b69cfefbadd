#include "actors/backfill/backfill_run.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace livedata {

namespace {

// Messages may come so much later than others of the same time, in order of the transport, and are still worked on
// together with them. Those that come later yet are worked on by themselves.
constexpr duration longest_delay{3'000'000'000};

} // namespace

backfill_run::backfill_run(job_entry entry, const instrument& inst, std::string_view service,
                           const batch_windows& windows, backfill_cut cut, const std::vector<timestamp>& transitions)
  : id_(entry.id), windows_(windows), cut_(std::move(cut)), synthesizer_(inst, service), preprocessor_(inst, service),
    first_(windows.from(*entry.schedule.start)), reached_(*entry.schedule.start) {
  data_streams_.insert(id_.source_name);
  data_streams_.insert(entry.needs.auxiliary.begin(), entry.needs.auxiliary.end());
  for (const auto* settings : {&entry.needs.gating, &entry.needs.context})
    context_streams_.insert(settings->begin(), settings->end());
  for (auto t : transitions)
    if (t >= *entry.schedule.start) table_.expect_run_transition(t);
  table_.add(std::move(entry));
}

void backfill_run::feed(std::vector<stream_message> messages) {
  for (auto& m : synthesizer_.process(std::move(messages), {})) {
    if (!data_streams_.contains(m.stream.name) && !context_streams_.contains(m.stream.name)) continue;
    if (cut_.covers(m))
      sort_in(std::move(m));
    else
      held_back_.push_back(std::move(m));
  }
  (void)synthesizer_.take_losses();
}

void backfill_run::sort_in(stream_message m) {
  auto window = windows_.of(m);
  if (!first_ || window.start < first_->start) {
    if (context_streams_.contains(m.stream.name)) take_context(std::move(m));
    return;
  }
  auto time = m.time;
  open_[window].push_back(std::move(m));
  // One absurd time does not close what lies before it.
  if (time < windows_.last().end) close_windows(time - longest_delay);
}

// From before the job: remembered, and given to it when it starts.
void backfill_run::take_context(stream_message m) {
  message_batch one{m.time, m.time, {}};
  one.messages.push_back(std::move(m));
  (void)preprocessor_.process(std::move(one));
}

void backfill_run::close_windows(timestamp until) {
  while (!open_.empty() && open_.begin()->first.end <= until) {
    auto node = open_.extract(open_.begin());
    ready_.push_back({node.key().start, node.key().end, std::move(node.mapped())});
  }
}

void backfill_run::reading_done() {
  read_ = true;
  for (auto& [w, messages] : std::exchange(open_, {}))
    ready_.push_back({w.start, w.end, std::move(messages)});
}

void backfill_run::wait_behind(const batch_data& batch) {
  batch_data mine{batch.start, batch.end, {}, 0, 0, {}};
  for (const auto* streams : {&data_streams_, &context_streams_})
    for (const auto& name : *streams)
      if (auto i = batch.streams.find(name); i != batch.streams.end()) mine.streams.insert(*i);
  queue_.push_back(std::move(mine));
}

void backfill_run::move_cut(backfill_cut cut) {
  queue_.clear();
  cut_ = std::move(cut);
  read_ = false;
  auto held_back = std::exchange(held_back_, {});
  for (auto& m : held_back)
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
    auto batch = std::move(queue_.front());
    queue_.pop_front();
    if (auto s = step_for(batch, live)) return s;
  }
  return std::nullopt;
}

std::optional<backfill_run::step> backfill_run::step_for(const batch_data& batch, const context_lookup& latest) {
  // Results come when the past is taken in, but for a job that ends in it.
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

} // namespace livedata
