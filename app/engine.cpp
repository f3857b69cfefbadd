#include "app/engine.hpp"

#include "actors/metrics.hpp"
#include "actors/publisher/publisher_actor.hpp"
#include "actors/reporter/reporter_actor.hpp"
#include "actors/service/coordinator_actor.hpp"
#include "app/configuration/help.hpp"
#include "app/machine_memory.hpp"
#include "app/memory.hpp"
#include "messages/log_line.hpp"
#include "messages/random_uuid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <spdlog/spdlog.h>
#include <thread>

namespace livedata {

namespace {

constexpr auto report_cadence = std::chrono::seconds(1);
// Between two looks at what has come: the first time, and at most.
constexpr auto first_look = std::chrono::milliseconds(5);
constexpr auto longest_look = std::chrono::milliseconds(80);
// For actors that are told to end.
constexpr auto longest_end = std::chrono::seconds(5);

std::vector<job_spec> specs_of(const engine_plan& plan, std::size_t service) {
  std::vector<job_spec> out;
  for (const auto& o : orders_of(plan, service))
    out.push_back(spec_of(*o));
  return out;
}

} // namespace

bool data_time_is_wall_time(const settings& s) {
  return (s.source.kind == "kafka" && s.kafka.read != "kept") || (s.source.kind == "simulator" && s.source.speed == 1);
}

engine::engine(caf::actor_system& system, const settings& s, const engine_plan& plan, const engine_surroundings& around)
  : self_(system), profiler_(system), services_(service_names(plan)), display_(around.display), viewer_(around.viewer) {
  for (const auto& order : around.snapshots ? around.snapshots.orders : plan.orders)
    orders_.push_back({order, number_of_service(plan, *order)});
  gauge(system, "build-info", "1; which version runs.", {{"version", std::string(program_version())}})->value(1);
  reporter_ = spawn_reporter(system, around.clock, display_, report_cadence, viewer_);
  publisher_ = spawn_publisher(system, around.sink, around.clock, reporter_);
  const auto shares = share_out(s.limits, machine_memory());
  const memory_budget in_flight(shares.in_flight);
  const memory_budget jobs_memory(shares.jobs);
  const auto wall_time = data_time_is_wall_time(s) && !(s.source.kind == "simulator" && around.first_pulse);
  for (std::uint32_t number = 0; number < services_.size(); ++number) {
    coordinator_settings cs;
    cs.service = plan.services[number];
    cs.shard = plan.shards[number];
    cs.inst = plan.inst;
    if (!plan.needed.empty()) cs.reads = plan.needed[number];
    cs.number = number;
    // Slow signals do not wait for later ones.
    cs.batch_kind = cs.service == "timeseries" ? "naive" : s.batch.kind;
    cs.batch_length = s.batch.interval;
    cs.publish_interval = s.publish.interval;
    cs.data_time_is_wall_time = wall_time;
    cs.batch_adaptive = s.batch.adaptive && wall_time;
    if (around.recorded && s.batch.adaptive) cs.recorded_lengths = around.recorded->lengths(services_[number]);
    if (around.recorded) cs.recorded_cycles = around.recorded->cycles(services_[number]);
    if (around.recorder) cs.note = [recorder = around.recorder](const flow_mark& m) { recorder->mark(m); };
    cs.batches_wait_for_builds = !wall_time;
    cs.deadline_lengths = wall_time ? s.batch.deadline : 0;
    cs.behind_memory = s.limits.behind_memory * 1'000'000;
    cs.jobs_memory = jobs_memory;
    cs.in_flight = in_flight;
    cs.fan_out = {s.job_threads, s.divide.from_events};
    cs.restart_limit = s.restart.limit;
    cs.restart_delay = std::chrono::nanoseconds(s.restart.delay.ns);
    cs.spawn = around.spawn;
    if (around.past)
      cs.past = {
        [open = around.past.open, routes = plan.routes](caf::actor_system& sys, const backfill_request& request) {
          return spawn_past_reader(sys, open, routes, request);
        },
        around.past.base,
        {s.backfill.memory * 1'000'000, s.backfill.readers, in_flight}};
    if (around.snapshots)
      cs.snapshots = {snapshot_writer_of(system, cs.shard, around.snapshots.stores), around.snapshots.interval,
                      around.snapshots.lane_name_of, specs_of(plan, number)};
    cs.status = around.status;
    cs.worker_id = random_uuid();
    cs.started_at = around.clock->now();
    cs.recipes = find_recipes(plan.inst, plan.workflows, cs.service, cs.shard);
    coordinators_.push_back(spawn_coordinator(system, cs, publisher_, reporter_));
  }
  source_surroundings ss{plan.routes,          coordinators_,   reporter_, around.clock,
                         s.source.queue_limit, around.tap,      services_, wall_time,
                         around.recorder,      around.recorded, in_flight};
  ss.explain = [inst = plan.inst, services = plan.services,
                development = speaks_development(s)](std::string_view topic, std::string_view source) {
    return explain_source(*inst, services, development, topic, source);
  };
  // Else the source waits for credit.
  ss.may_drop = wall_time || (s.source.kind != "kafka" && s.source.speed != 0);
  ss.inbox = around.inbox;
  ss.needed = plan.needed;
  ss.tell_reached = static_cast<bool>(around.snapshots);
  for (std::size_t i = 0; i < around.snapshots.services.size(); ++i) {
    const auto& lanes = around.snapshots.services[i];
    ss.given.push_back(lanes.service.given);
    resumed_.push_back(std::make_shared<const resumed_service>(lanes.service));
    counter(system, "resumed.messages-lost", "Messages that the transport had no more when the service went on.",
            {{"service", services_[i]}})
      ->inc(static_cast<std::int64_t>(lanes.lost_messages));
  }
  source_ = around.spawn_source
              ? around.spawn_source(system, std::move(ss))
              : spawn_simulator(system, around.pulses, {s.source.speed, s.source.pulses, around.first_pulse}, ss);
  watch("the source", source_);
  for (std::size_t i = 0; i < services_.size(); ++i)
    watch("the coordinator of " + services_[i], coordinators_[i]);
  watch("the publisher", publisher_);
}

// Each shard writes its own, side by side.
const snapshot_actor& engine::snapshot_writer_of(caf::actor_system& system, const job_shard& shard,
                                                 const snapshot_stores& stores) {
  auto& writer = snapshot_writers_[shard.number];
  if (!writer) writer = spawn_snapshot_writer(system, stores);
  return writer;
}

template <class Handle>
void engine::watch(std::string who, const Handle& actor) {
  watched_[actor.address()] = std::move(who);
  watch_by_hand(self_, actor);
}

engine::~engine() {
  end_actors();
  // Another engine may follow in this process.
  const auto end = std::chrono::steady_clock::now() + longest_end;
  while (!watched_.empty() && std::chrono::steady_clock::now() < end) {
    receive_what_came();
    if (!watched_.empty()) std::this_thread::sleep_for(first_look);
  }
}

void engine::end_actors() {
  auto end = [](auto& actor) {
    if (actor) caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    actor = nullptr;
  };
  end(source_);
  for (auto& c : coordinators_)
    end(c);
  coordinators_.clear();
  end(publisher_);
  for (auto& [shard, writer] : snapshot_writers_)
    end(writer);
  snapshot_writers_.clear();
  end(reporter_);
  end(display_);
  end(viewer_);
}

// Before anything else reaches a coordinator.
void engine::resume() {
  auto* self = self_.ptr();
  std::vector<decltype(ask(self, coordinators_.front(), resumed_ptr()))> going_on;
  for (std::size_t i = 0; i < resumed_.size(); ++i)
    going_on.push_back(ask(self, coordinators_[i], resumed_[i]));
  for (auto& g : going_on)
    std::move(g).receive([] {}, [](const caf::error&) {});
  resumed_.clear();
}

// From the first message on there is something to go on from. What is wrong is in the log.
void engine::save() {
  if (snapshot_writers_.empty()) return;
  auto* self = self_.ptr();
  std::vector<decltype(ask(self, coordinators_.front(), save_atom_v))> saving;
  for (const auto& c : coordinators_)
    saving.push_back(ask(self, c, save_atom_v));
  for (auto& s : saving)
    std::move(s).receive([](const std::string&) {}, [](const caf::error&) {});
}

status engine::start() {
  auto* self = self_.ptr();
  resume();
  std::vector<decltype(ask(self, coordinators_.front(), command_ptr()))> building;
  for (const auto& [order, service] : orders_)
    building.push_back(
      ask(self, coordinators_.at(service), command_ptr(std::make_shared<const control_message>(start_of(*order)))));
  std::string problems;
  for (std::size_t i = 0; i < building.size(); ++i) {
    std::string problem;
    std::move(building[i])
      .receive([&](const std::string& text) { problem = text; }, [&](const caf::error& e) { problem = to_string(e); });
    if (!problem.empty())
      problems += fmt::format("{}{}: {}", problems.empty() ? "" : "\n", orders_[i].order->origin, problem);
  }
  if (!problems.empty()) return failure{"value", problems};
  // What was needed to build workflows (positions of all pixels, say) is half of what the process takes later.
  release_freed_memory();
  save();
  profiler_.begin();
  tell(self, source_, run_atom_v);
  source_runs_ = true;
  return nothing{};
}

bool engine::wait_for_source(std::chrono::milliseconds at_most) {
  // Not by a time limit of CAF's, which is a time on the wall: that may be set back.
  using clock = std::chrono::steady_clock;
  auto end = clock::now() + at_most;
  for (auto between = first_look;; between = std::min(2 * between, longest_look)) {
    receive_what_came();
    auto left = end - clock::now();
    if (!source_runs_ || death_ || left <= clock::duration::zero()) return !source_runs_ || death_;
    std::this_thread::sleep_for(std::min<clock::duration>(left, between));
  }
}

// A message to itself comes behind all others.
void engine::receive_what_came() {
  tell(self_.ptr(), caf::actor(self_), poll_atom_v);
  while (!receive()) {
  }
}

// Waits for one message. Whether it is one to itself.
bool engine::receive() {
  bool own = false;
  self_->receive([this](end_atom) { source_runs_ = false; },
                 [this](end_atom, std::string& why) {
                   source_runs_ = false;
                   source_failure_ = std::move(why);
                 },
                 [&own](poll_atom) { own = true; }, [this](const caf::down_msg& down) { note_death(down); });
  return own;
}

// An actor that a run needs ends only when it is told to, or by an error of the program.
void engine::note_death(const caf::down_msg& down) {
  auto who = watched_.extract(down.source);
  if (who.empty() || down.reason == caf::exit_reason::user_shutdown) return;
  auto text = fmt::format("{} died by an error of the program: {}", who.mapped(), to_string(down.reason));
  spdlog::critical(log_line("actor_died", {{"text", text}}));
  if (!death_) death_ = std::move(text);
  if (source_ && down.source == source_.address()) source_runs_ = false;
}

run_report engine::finish() {
  auto* self = self_.ptr();
  if (source_runs_) {
    tell(self, source_, finish_atom_v);
    while (source_runs_)
      receive();
  }
  // A source that died has not said so.
  if (death_)
    for (const auto& c : coordinators_)
      tell(self, c, end_atom_v);
  auto wait_for = [](auto answer) { std::move(answer).receive([] {}, [](const caf::error&) {}); };
  for (const auto& c : coordinators_)
    ask(self, c, finish_atom_v).receive([this](std::uint32_t n) { stuck_jobs_ += n; }, [](const caf::error&) {});
  wait_for(ask(self, publisher_, finish_atom_v));
  run_report last;
  ask(self, reporter_, finish_atom_v).receive([&](const run_report_ptr& r) { last = *r; }, [](const caf::error&) {});
  last.profile = profiler_.get();
  if (display_) wait_for(ask(self, display_, finish_atom_v));
  end_actors();
  return last;
}

} // namespace livedata
