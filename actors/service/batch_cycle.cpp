#include "actors/service/batch_cycle.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>
#include <variant>

namespace livedata {

namespace {

void add_work(job_report& line, const job_reply& reply) {
  line.worked = true;
  line.events = reply.events.received;
  line.seconds = reply.seconds;
}

} // namespace

std::uint64_t events_of(const job_task& task) {
  std::uint64_t n = 0;
  for (const auto& s : task.data.primary)
    if (const auto* events = std::get_if<events_ptr>(&s.value)) n += (*events)->events;
  return n;
}

std::size_t workers_for(std::uint64_t events, std::uint64_t all, const fan_out_limits& limits) noexcept {
  return limits.divide_from > 0 && events >= limits.divide_from && events * limits.workers > all ? limits.workers : 1;
}

std::vector<std::size_t> plan_fan_out(std::vector<job_table::work_item>& items, const fan_out_limits& limits) {
  std::vector<std::uint64_t> events;
  std::uint64_t all = 0;
  for (const auto& item : items)
    all += events.emplace_back(events_of(item.task));
  for (std::size_t i = 0; i < items.size(); ++i)
    items[i].task.workers = workers_for(events[i], all, limits);
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return events[a] > events[b]; });
  return order;
}

std::uint64_t batch_cycle::begin(batch_in_work work, time_point now) {
  work_ = std::move(work);
  work_->begin = last_answer_ = now;
  outstanding_ = work_->items.size();
  work_->replies.resize(outstanding_);
  open_.assign(outstanding_, true);
  return ++number_;
}

bool batch_cycle::waits_for(std::uint64_t cycle, std::size_t item) const {
  return work_ && cycle == number_ && open_[item];
}

void batch_cycle::answered(std::size_t item, reply r, time_point now) {
  work_->replies[item] = std::move(r);
  open_[item] = false;
  --outstanding_;
  last_answer_ = now;
}

bool batch_cycle::silent(time_point now, std::chrono::nanoseconds limit) const {
  return work_ && outstanding_ > 0 && now - last_answer_ >= limit;
}

std::vector<std::size_t> batch_cycle::unanswered() const {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < open_.size(); ++i)
    if (open_[i]) out.push_back(i);
  return out;
}

batch_in_work batch_cycle::take() {
  auto done = std::move(*work_);
  work_.reset();
  return done;
}

batch_report batch_reports::make(const batch_in_work& done, const job_table& table, batch_cycle::time_point now,
                                 const label_lookup& label_of) {
  batch_report report;
  report.fan_out_seconds = std::chrono::duration<double>(now - done.begin).count();
  report.had_work = !done.items.empty();
  report.start = done.data.start;
  report.end = done.data.end;
  report.messages = done.data.messages;
  report.events = done.data.events;
  report.whole_table = look_at(table);
  const auto& jobs = table.jobs();
  if (!report.whole_table) {
    // The jobs are those of the batch before, and so of when this one was prepared: its items are in their order.
    for (std::size_t place = 0, item = 0; place < jobs.size() && item < done.items.size(); ++place) {
      if (done.items[item].job != jobs[place].id) continue;
      if (const auto& reply = done.replies[item++]) {
        add_work(report.jobs.emplace_back(), *reply);
        report.places.push_back(place);
      }
    }
    return report;
  }
  std::map<job_id, const job_reply*> replies;
  for (std::size_t i = 0; i < done.items.size(); ++i)
    if (done.replies[i]) replies.emplace(done.items[i].job, done.replies[i].get());
  report.jobs.reserve(jobs.size());
  for (std::size_t place = 0; place < jobs.size(); ++place) {
    auto& line = report.jobs.emplace_back(line_of(table, place, label_of));
    if (auto reply = replies.find(jobs[place].id); reply != replies.end()) add_work(line, *reply->second);
  }
  return report;
}

std::optional<std::vector<job_report>> batch_reports::changes(const job_table& table, const label_lookup& label_of) {
  if (!look_at(table)) return std::nullopt;
  std::vector<job_report> out;
  for (std::size_t place = 0; place < table.jobs().size(); ++place)
    out.push_back(line_of(table, place, label_of));
  return out;
}

job_report batch_reports::line_of(const job_table& table, std::size_t place, const label_lookup& label_of) const {
  const auto& job = table.jobs()[place];
  const auto& told = told_[place];
  job_report line;
  line.label = label_of(job.id);
  line.state = told.state;
  line.text = told.text.empty() && told.awaits_data ? job.awaited_text() : told.text;
  line.awaits_data = told.awaits_data;
  return line;
}

bool batch_reports::look_at(const job_table& table) {
  const auto& jobs = table.jobs();
  auto changed = revision_ != table.revision();
  revision_ = table.revision();
  told_.resize(jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    told now{jobs[i].state(), jobs[i].error.empty() ? jobs[i].warning_text() : jobs[i].error, jobs[i].awaits_data()};
    if (now == told_[i]) continue;
    told_[i] = std::move(now);
    changed = true;
  }
  return changed;
}

} // namespace livedata
