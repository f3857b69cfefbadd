#include "actors/service/job_keeper.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <spdlog/spdlog.h>

namespace livedata {

void end_job(const job_actor& actor) {
  if (actor) caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
}

job_actor job_keeper::build(const order_ptr& order, built done) {
  auto actor = settings_.spawn(self_->system(), *order);
  ask(self_, actor, build_atom_v).then(done, [done](const caf::error& e) { done(to_string(e)); });
  return actor;
}

void job_keeper::take_on(const order_ptr& order, const job_actor& actor) {
  auto& member = crew_.hire(order, actor);
  watcher_.watch(member.actor, [this, id = order->id, generation = member.generation](const caf::error& reason) {
    died(id, generation, reason);
  });
}

void job_keeper::died(const job_id& id, std::uint64_t generation, const caf::error& reason) {
  auto* member = crew_.find(id);
  if (member == nullptr || member->generation != generation || !member->actor) return;
  member->actor = nullptr;
  member->metrics.deaths->inc();
  replace(id, *member, fmt::format("Job actor died: {}.", to_string(reason)));
}

void job_keeper::replace(const job_id& id, crew_member& member, const std::string& why) {
  auto given_up = member.restarts >= settings_.restart_limit;
  auto text =
    fmt::format("{} What the job had accumulated is lost. {}", why,
                given_up ? fmt::format("Given up after {} restarts; stop the job and start it again.", member.restarts)
                         : fmt::format("Restart {} of {}.", member.restarts + 1, settings_.restart_limit));
  spdlog::error("job_lost job={} text={}", to_string(id), text);
  listener_.lost(id, std::move(text));
  if (given_up) return;
  auto delay = settings_.restart_delay * (1 << std::min<std::size_t>(member.restarts, 10));
  ++member.restarts;
  self_->run_delayed(delay, [this, id, order = member.order] { restart(id, order); });
}

void job_keeper::restart(const job_id& id, const order_ptr& order) {
  auto* member = crew_.find(id);
  if (member == nullptr || member->order != order) return; // stopped or replaced meanwhile
  auto actor = std::make_shared<job_actor>();
  *actor = build(order, [this, id, order, actor](const std::string& problem) {
    auto* present = crew_.find(id);
    if (present == nullptr || present->order != order) {
      end_job(*actor);
    } else if (!problem.empty()) {
      end_job(*actor);
      replace(id, *present, fmt::format("The workflow could not be built again: {}.", problem));
    } else {
      take_on(order, *actor);
      listener_.returned(id);
      spdlog::info("job_restarted job={}", to_string(id));
    }
  });
}

} // namespace livedata
