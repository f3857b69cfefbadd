#include "actors/service/stream_demand.hpp"

#include "actors/source/route_table.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace livedata {

std::set<std::string> streams_for(const instrument& inst, const std::string& source, const stream_needs& needs) {
  std::vector<std::string> streams{source};
  for (const auto* more : {&needs.auxiliary, &needs.context, &needs.gating})
    streams.insert(streams.end(), more->begin(), more->end());
  const auto outside = streams_from_outside(inst, streams);
  return {outside.begin(), outside.end()};
}

stream_demand::stream_demand(coordinator_actor::pointer self, const coordinator_settings& settings,
                             const job_table& table, std::function<void(const lane_offsets&)> begins)
  : self_(self), settings_(settings), table_(table), begins_(std::move(begins)) {
  if (settings.reads) asked_ = read_ = *settings.reads;
}

std::set<std::string> stream_demand::needed() const {
  std::set<std::string> out;
  for (const auto& j : table_.jobs())
    out.merge(streams_for(*settings_.inst, j.id.source_name, j.needs));
  for (const auto& [id, streams] : coming_)
    out.insert(streams.begin(), streams.end());
  return out;
}

void stream_demand::met(const caf::strong_actor_ptr& source) {
  if (!settings_.reads || source_) return;
  source_ = caf::actor_cast<source_actor>(source);
  if (!waiting_.empty()) ask_source();
}

void stream_demand::want(const order_ptr& order, std::function<void()> then) {
  if (!settings_.reads || stopped_) return then();
  const auto streams = streams_for(*settings_.inst, order->recipe->source(), order->recipe->needs(order->id));
  coming_.emplace(order->id, streams);
  if (std::ranges::includes(read_, streams) && std::ranges::includes(asked_, streams)) return then();
  waiting_.push_back({std::move(then)});
  ask_source();
}

void stream_demand::entered(const job_id& id) {
  if (const auto job = coming_.find(id); job != coming_.end()) coming_.erase(job);
}

void stream_demand::look() {
  if (!settings_.reads || std::exchange(revision_, table_.revision()) == table_.revision()) return;
  if (needed() != asked_) ask_source();
}

void stream_demand::stop() {
  stopped_ = true;
  for (auto& job : std::exchange(waiting_, {}))
    job.then();
}

void stream_demand::ask_source() {
  if (!source_) return;
  asked_ = needed();
  const auto question = ++questions_;
  for (auto& job : waiting_)
    if (job.question == 0) job.question = question;
  auto streams = std::make_shared<const std::set<std::string>>(asked_);
  ask(self_, source_, read_atom_v, settings_.number, stream_names_ptr(streams))
    .then(
      [this, question, streams](const lane_offsets_ptr& begins) {
        read_ = *streams;
        begins_(*begins);
        answered(question);
      },
      // The source has died, and the run ends.
      [this, question](const caf::error&) { answered(question); });
}

void stream_demand::answered(std::uint64_t question) {
  std::vector<waiting_job> done;
  std::erase_if(waiting_, [&](waiting_job& job) {
    const auto over = job.question != 0 && job.question <= question;
    if (over) done.push_back(std::move(job));
    return over;
  });
  for (auto& job : done)
    job.then();
}

} // namespace livedata
