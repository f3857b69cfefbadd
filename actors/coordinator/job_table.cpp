#include "actors/coordinator/job_table.hpp"

#include <algorithm>
#include <utility>

namespace livedata {

job_state job_record::state() const noexcept {
  if (finishing) return job_state::finishing;
  if (current == phase::scheduled && !lost) return job_state::scheduled;
  if (!error.empty()) return job_state::error;
  if (!warning.empty()) return job_state::warning;
  return job_state::active;
}

job_record* job_table::find(const job_id& id) {
  return const_cast<job_record*>(std::as_const(*this).find(id));
}

const job_record* job_table::find(const job_id& id) const {
  auto i = std::find_if(jobs_.begin(), jobs_.end(), [&](const auto& j) { return j.id == id; });
  return i == jobs_.end() ? nullptr : &*i;
}

void job_table::add(job_id id, workflow_id workflow, job_schedule schedule) {
  job_record fresh;
  fresh.id = std::move(id);
  fresh.workflow = std::move(workflow);
  fresh.schedule = schedule;
  if (auto* old = find(fresh.id))
    *old = std::move(fresh);
  else
    jobs_.push_back(std::move(fresh));
}

bool job_table::remove(const job_id& id) {
  return std::erase_if(jobs_, [&](const auto& j) { return j.id == id; }) > 0;
}

bool job_table::reset(const job_id& id) {
  auto* j = find(id);
  if (j == nullptr) return false;
  j->start.reset();
  j->end.reset();
  j->pending = false;
  if (!j->lost) j->error.clear();
  j->warning.clear();
  return true;
}

std::vector<job_table::work_item> job_table::prepare(const batch_data& batch) {
  std::vector<work_item> work;
  for (auto& j : jobs_) {
    if (j.current == job_record::phase::scheduled && (!j.schedule.start || batch.start >= *j.schedule.start))
      j.current = job_record::phase::active;
    if (j.current != job_record::phase::active) continue;
    if (j.schedule.end && *j.schedule.end <= batch.end) j.finishing = true;
    if (j.lost) continue;
    auto data = batch.streams.find(j.id.source_name);
    if (data == batch.streams.end() && !j.pending) continue;
    job_task task{{batch.start, batch.end, {}, {}}, j.pending};
    if (data != batch.streams.end()) task.data.primary.push_back({data->first, data->second});
    work.push_back({j.id, std::move(task)});
  }
  return work;
}

void job_table::book(const job_id& id, const job_reply& reply) {
  auto* j = find(id);
  if (j == nullptr) return;
  if (reply.push == step::failed) {
    j->warning = reply.push_error;
  } else {
    j->warning.clear();
    if (reply.took_primary) j->pending = true;
  }
  if (reply.finalize == step::failed) {
    j->error = reply.finalize_error;
  } else if (reply.finalize == step::ok) {
    j->error.clear();
    j->pending = false;
    if (!reply.absent_outputs.empty()) j->warning = reply.absent_outputs;
  }
  j->start = reply.start;
  j->end = reply.end;
}

void job_table::lost(const job_id& id, std::string why) {
  auto* j = find(id);
  if (j == nullptr) return;
  j->lost = true;
  j->pending = false;
  j->start.reset();
  j->end.reset();
  j->warning.clear();
  j->error = std::move(why);
}

void job_table::returned(const job_id& id) {
  if (auto* j = find(id)) j->lost = false;
}

std::vector<job_id> job_table::remove_finished() {
  std::vector<job_id> gone;
  for (const auto& j : jobs_)
    if (j.finishing) gone.push_back(j.id);
  std::erase_if(jobs_, [](const auto& j) { return j.finishing; });
  return gone;
}

} // namespace livedata
