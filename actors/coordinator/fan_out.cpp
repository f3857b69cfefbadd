#include "actors/coordinator/fan_out.hpp"

#include "actors/job/counter_actor.hpp"

#include <memory>
#include <spdlog/spdlog.h>
#include <utility>

namespace livedata {

fan_out::fan_out(coordinator_actor::pointer self, job_office& jobs, const coordinator_settings& settings,
                 std::function<void()> done)
  : self_(self), jobs_(jobs), limits_(settings.fan_out), in_common_(settings.count_in_common), done_(std::move(done)),
    passes_(livedata::counter(self->system(), "batch.common-counts",
                              "Times that the events of a batch were counted once for several jobs.",
                              {{"service", settings.service}})) {}

bool fan_out::begin(batch_in_work work) {
  work_ = std::move(work);
  work_->replies.resize(work_->items.size());
  work_->outstanding = work_->items.size();
  if (work_->items.empty()) return false;
  plan_ =
    in_common_ ? pool_.prepare(work_->items, [this](const job_id& id) { return offer_of(id); }) : counting_pool::plan{};
  std::erase_if(counters_, [this](const auto& entry) {
    auto gone = !pool_.has(entry.first);
    if (gone) caf::anon_send_exit(entry.second, caf::exit_reason::user_shutdown);
    return gone;
  });
  for (auto& [item, counts] : plan_.lend)
    work_->items[item].task.loan = std::make_shared<counts_loan>(counts_loan{std::move(counts)});
  leaving_ = 1;
  for (const auto& d : plan_.leave)
    leave(d);
  plan_.leave.clear();
  left();
  return true;
}

batch_in_work fan_out::take() {
  auto done = std::move(*work_);
  work_.reset();
  return done;
}

const counting_offer* fan_out::offer_of(const job_id& id) const {
  const auto* member = jobs_.find(id);
  return member == nullptr || !member->actor ? nullptr : member->counting.get();
}

void fan_out::leave(const counting_pool::departure& d) {
  auto* member = jobs_.find(d.job);
  auto generation = member->generation;
  ++leaving_;
  ask(self_, member->actor, leave_atom_v, std::make_shared<counts_loan>(counts_loan{d.counts}))
    .then([this] { left(); },
          [this, id = d.job, generation](const caf::error& e) {
            jobs_.died(id, generation, e);
            left();
          });
}

void fan_out::left() {
  if (--leaving_ > 0) return;
  send_all(std::exchange(plan_.passes, {}));
}

// What takes longest first.
void fan_out::send_all(const std::vector<pass>& passes) {
  std::vector<bool> counted(work_->items.size());
  for (const auto& p : passes)
    for (auto i : p.items)
      counted[i] = true;
  std::vector<unit> units;
  std::vector<fan_out_unit> sizes;
  for (std::size_t i = 0; i < counted.size(); ++i)
    if (!counted[i]) {
      units.push_back({i, nullptr});
      sizes.push_back({events_of(work_->items[i].task)});
    }
  for (const auto& p : passes) {
    units.push_back({p.items.front(), &p});
    sizes.push_back({events_of(work_->items[p.items.front()].task)});
  }
  for (auto u : plan_fan_out(sizes, limits_)) {
    if (units[u].counting != nullptr) {
      count(*units[u].counting, sizes[u].workers);
    } else {
      work_->items[units[u].item].task.workers = sizes[u].workers;
      send(units[u].item);
    }
  }
}

void fan_out::send(std::size_t i) {
  auto& item = work_->items[i];
  auto* member = jobs_.find(item.job);
  if (!member->actor) return fan_in(i, nullptr); // died when it left common counts
  auto generation = member->generation;
  ask(self_, member->actor, task_ptr(std::make_shared<const job_task>(std::move(item.task))))
    .then([this, i](const reply_ptr& reply) { fan_in(i, reply); },
          [this, i, id = item.job, generation](const caf::error& e) {
            jobs_.died(id, generation, e);
            fan_in(i, nullptr);
          });
}

const counter_actor& fan_out::counter(std::uint64_t group) {
  auto& actor = counters_[group];
  if (!actor) actor = spawn_counter(self_);
  return actor;
}

void fan_out::count(const pass& p, std::size_t workers) {
  auto order = std::make_shared<count_order>();
  order->hand = std::make_shared<counts_in_hand>(counts_in_hand{p.counts});
  order->data = work_->items[p.items.front()].task.data;
  order->turn = p.turn;
  order->workers = workers;
  order->version = p.version;
  passes_->inc();
  pass rest{p.group, nullptr, p.turn, p.version, p.items};
  ask(self_, counter(p.group), count_order_ptr(std::move(order)))
    .then([this, rest](const counted_ptr& outcome) { passed(rest, *outcome); },
          [this, rest](const caf::error& e) { lost(rest, e); });
}

void fan_out::passed(const pass& p, const counted& outcome) {
  pool_.passed(p.group, outcome.counts);
  for (auto i : p.items) {
    auto& task = work_->items[i].task;
    task.loan = std::make_shared<counts_loan>(counts_loan{outcome.counts});
    task.not_counted = outcome.failure;
    send(i);
  }
}

// Jobs that rested on the counts have lost them; the others have what they had, and count this batch themselves.
void fan_out::lost(const pass& p, const caf::error& why) {
  spdlog::error("counts_lost jobs={} reason={} text=\"Jobs like these count by themselves from now on.\"",
                p.items.size(), to_string(why));
  pool_.lost(p.group);
  counters_.erase(p.group);
  for (auto i : p.items) {
    const auto& job = work_->items[i].job;
    if (const auto* offer = offer_of(job); offer != nullptr && offer->follows != 0) {
      jobs_.lost_counts(job, why);
      fan_in(i, nullptr);
    } else {
      send(i);
    }
  }
}

void fan_out::fan_in(std::size_t item, const reply_ptr& reply) {
  work_->replies[item] = reply;
  if (--work_->outstanding == 0) done_();
}

} // namespace livedata
