#include "actors/service/batch_in_work.hpp"

#include <map>
#include <utility>

namespace livedata {

namespace {

void add_work(job_report& line, const job_reply& reply) {
  line.worked = true;
  line.events = reply.events.received;
  line.seconds = reply.seconds;
}

} // namespace

batch_report batch_reports::make(const batch_in_work& done, const job_table& table, const label_lookup& label_of) {
  batch_report report;
  report.fan_out_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - done.begin).count();
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
    auto& line = report.jobs.emplace_back();
    line.label = label_of(jobs[place].id);
    line.state = told_[place].state;
    line.text = told_[place].text;
    if (auto reply = replies.find(jobs[place].id); reply != replies.end()) add_work(line, *reply->second);
  }
  return report;
}

bool batch_reports::look_at(const job_table& table) {
  const auto& jobs = table.jobs();
  auto changed = revision_ != table.revision();
  revision_ = table.revision();
  told_.resize(jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    told now{jobs[i].state(), jobs[i].error.empty() ? jobs[i].warning_text() : jobs[i].error};
    if (now == told_[i]) continue;
    told_[i] = std::move(now);
    changed = true;
  }
  return changed;
}

} // namespace livedata
