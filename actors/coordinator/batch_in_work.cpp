#include "actors/coordinator/batch_in_work.hpp"

#include <map>

namespace livedata {

batch_report make_report(const batch_in_work& done, const job_table& table, const label_lookup& label_of) {
  std::map<job_id, const job_reply*> replies;
  for (std::size_t i = 0; i < done.items.size(); ++i)
    if (done.replies[i]) replies.emplace(done.items[i].job, done.replies[i].get());
  batch_report report;
  report.fan_out_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - done.begin).count();
  report.had_work = !done.items.empty();
  report.start = done.data.start;
  report.end = done.data.end;
  report.messages = done.data.messages;
  report.events = done.data.events;
  report.jobs.reserve(table.jobs().size());
  for (const auto& j : table.jobs()) {
    job_report line;
    line.label = label_of(j.id);
    line.state = j.state();
    line.text = j.error.empty() ? j.warning_text() : j.error;
    if (auto reply = replies.find(j.id); reply != replies.end()) {
      line.worked = true;
      line.events = reply->second->events.received;
      line.seconds = reply->second->seconds;
    }
    report.jobs.push_back(std::move(line));
  }
  return report;
}

} // namespace livedata
