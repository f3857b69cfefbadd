#include "actors/service/job_crew.hpp"

namespace livedata {

namespace {

job_metrics make_metrics(caf::actor_system& system, const job_label& label) {
  metric_labels names{{"service", label.service}, {"workflow", label.workflow}, {"source", label.source}};
  auto with = [&](std::string_view key, std::string value) {
    auto extended = names;
    extended.emplace_back(key, std::move(value));
    return extended;
  };
  constexpr std::string_view rejected = "Events that a job was given and that fell outside of it.";
  constexpr std::string_view failures = "Times that a job failed, by what it was doing.";
  job_metrics m;
  m.processing = duration_histogram(system, "job.processing-time", "Time that a job worked on one batch.", names);
  m.events = counter(system, "job.events", "Events that a job was given.", names);
  m.divided = counter(system, "job.divided-batches", "Batches of a job that several workers counted.", names);
  m.unknown_pixel = counter(system, "job.events-rejected", rejected, with("reason", "unknown_pixel"));
  m.out_of_range = counter(system, "job.events-rejected", rejected, with("reason", "out_of_range"));
  m.accumulate_failures = counter(system, "job.failures", failures, with("stage", "accumulate"));
  m.finalize_failures = counter(system, "job.failures", failures, with("stage", "finalize"));
  m.deaths = counter(system, "job.failures", failures, with("stage", "actor"));
  return m;
}

void end(const job_actor& actor) {
  if (actor) caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
}

} // namespace

void job_metrics::observe(const job_reply& reply) const {
  processing->observe(reply.seconds);
  events->inc(static_cast<std::int64_t>(reply.events.received));
  unknown_pixel->inc(static_cast<std::int64_t>(reply.events.unknown_pixel));
  out_of_range->inc(static_cast<std::int64_t>(reply.events.out_of_range));
  if (reply.divided) divided->inc();
  if (reply.push == step::failed) accumulate_failures->inc();
  if (reply.finalize == step::failed) finalize_failures->inc();
}

job_crew::~job_crew() {
  for (auto& [id, member] : members_)
    end(member.actor);
}

crew_member& job_crew::hire(const order_ptr& order, job_actor actor) {
  auto& member = members_[order->id];
  if (member.actor && member.actor != actor) end(member.actor);
  if (member.order != order) {
    member = crew_member{};
    member.order = order;
    member.label = std::make_shared<const job_label>(
      job_label{order->recipe->service(), order->recipe->id().name, order->recipe->source(), to_string(order->id)});
    member.metrics = make_metrics(system_, *member.label);
  }
  member.actor = std::move(actor);
  member.generation = next_generation_++;
  member.batches_alive = 0;
  return member;
}

void job_crew::dismiss(const job_id& id) {
  auto i = members_.find(id);
  if (i == members_.end()) return;
  end(i->second.actor);
  members_.erase(i);
}

crew_member* job_crew::find(const job_id& id) {
  auto i = members_.find(id);
  return i == members_.end() ? nullptr : &i->second;
}

} // namespace livedata
