#include "app/run.hpp"

#include "actors/metrics.hpp"
#include "app/cluster.hpp"
#include "app/configuration/environment.hpp"
#include "app/configuration/port_check.hpp"
#include "app/end_signals.hpp"
#include "app/hosted_engine.hpp"
#include "app/service_manager.hpp"
#include "app/web_view.hpp"
#include "messages/log_line.hpp"

#include <caf/io/middleman.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <set>
#include <spdlog/spdlog.h>

namespace livedata {

namespace {

// Ends the process while it starts. Nothing has flowed yet; what is busy with it (reading files, building workflows,
// waiting for Kafka) cannot be told to stop. `record`: what is recorded; may be null.
void end_start(process& p, int signal, const std::shared_ptr<flow_recorder>& record) {
  spdlog::info(
    log_line("service_stopped", {{"reason", log_word{signal_name(signal)}}, {"text", "before data flowed"}}));
  auto ended = record ? record->finish() : status{nothing{}};
  std::_Exit(end_with(ended ? exit_ok : p.fail(ended.error().message), p.log));
}

// Ends the process while the run is ending, because somebody does not want to wait. Says so first.
void end_at_once(process& p, int signal) {
  constexpr auto what = "a second signal, before the run had ended in order; results and summary may be missing";
  if (p.log_hidden)
    p.log.say(fmt::format("livedata: {}: {}", signal_name(signal), what));
  else
    spdlog::critical(log_line("service_aborted", {{"reason", log_word{signal_name(signal)}}, {"text", what}}));
  (void)p.log.finish(std::chrono::seconds(1));
  end_by(signal);
}

// Says where positions come from; invented ones are a warning unless the data are invented, too. And which services
// have nothing to do.
void log_plan(const settings& s, const engine_plan& plan) {
  for (const auto& text : services_without_jobs(plan, started_by_commands(s)))
    spdlog::warn(log_line("service_without_jobs", {{"text", text}}));
  if (plan.geometry_note.empty()) return;
  auto invented = s.source.kind != "simulator" && !plan.inst->note.empty();
  const auto text = plan.geometry_note + (plan.inst->note.empty() ? "" : ". ") + plan.inst->note;
  spdlog::log(invented ? spdlog::level::warn : spdlog::level::info, log_line("geometry", {{"text", text}}));
}

// Closes the view, whatever comes.
struct view_end {
  web_view* view;

  ~view_end() {
    if (view != nullptr) view->stop();
  }
};

// The engine has actors in the system.
struct engine_end {
  hosted_engine& engine;

  ~engine_end() { engine.close(); }
};

// Several times a second while data flow.
class regular_look {
public:
  explicit regular_look(run_frame& frame)
    : frame_(frame),
      lost_lines_(counter(*frame.system, "log.lines-lost", "Log lines lost because standard error was not read.", {})) {
  }

  std::optional<std::string_view> operator()() {
    lost_lines_->inc(static_cast<std::int64_t>(frame_.p.log.lost()) - lost_lines_->value());
    frame_.manager.look();
    return std::nullopt;
  }

private:
  run_frame& frame_;
  caf::telemetry::int_counter* lost_lines_;
};

void log_stopping(std::string_view reason) {
  spdlog::info(log_line("service_stopping", {{"reason", log_word{reason}}}));
}

// Ends an engine for good, and gives the exit code.
int end_for_good(run_frame& frame, hosted_engine& engine, std::string_view reason) {
  // Before a second signal can end the process.
  log_stopping(reason);
  frame.manager.stopping();
  frame.second.emplace(frame.signals.without_hangup(), [&](int signal) { end_at_once(frame.p, signal); });
  engine.finish();
  if (frame.view != nullptr) frame.view->stop();
  const auto code = engine.exit_code();
  // Else the process would wait for them.
  if (engine.stuck_jobs() > 0) std::_Exit(end_with(code, frame.p.log));
  return code;
}

// The process as a member of a cluster: an engine for the shards that it has, and another one when these change.
class cluster_run {
public:
  cluster_run(run_frame& frame, const engine_plan& whole, joined_cluster joined)
    : frame_(frame), whole_(whole), member_(std::move(joined.member)), count_(joined.shards), look_(frame),
      shards_(gauge(*frame.system, "cluster.shards", "Shards of the jobs that this engine has.", {})) {}

  int run() {
    while (!end_)
      if (const auto shards = await_shards(); !shards.empty()) host(shards);
    // The others go on without waiting for the time-out.
    member_->leave(std::chrono::seconds(3));
    return *end_;
  }

private:
  // The shards to go on with, when there are some, and none is wanted back; none if the run is over.
  std::set<std::uint32_t> await_shards() {
    frame_.manager.ready("waits for a share of the jobs");
    while (!end_) {
      member_->give_up();
      member_->serve(std::chrono::milliseconds(100));
      look_();
      frame_.manager.still_waits();
      if (auto why = member_->fatal()) {
        end_ = frame_.p.fail("cluster: " + *why);
      } else if (auto signal = frame_.signals.wait(std::chrono::milliseconds(0))) {
        spdlog::info(log_line("service_stopped", {{"reason", log_word{signal_name(*signal)}}}));
        end_ = exit_ok;
      } else if (member_->wanted_back().empty() && !member_->owned().empty()) {
        return {member_->owned().begin(), member_->owned().end()};
      }
    }
    return {};
  }

  // Runs an engine as long as the shards are these.
  void host(const std::set<std::uint32_t>& shards) {
    spdlog::info(log_line("cluster_shards", {{"shards", fmt::format("{}", fmt::join(shards, ","))}, {"of", count_}}));
    auto plan = with_shards(whole_, frame_.s, shards, count_);
    const auto names = service_names(plan);
    std::erase_if(stores_, [&](const auto& s) { return std::ranges::find(names, s.first) == names.end(); });
    const auto lease = std::make_shared<cluster_lease>(std::chrono::nanoseconds(frame_.s.cluster.session.ns));
    lease->renew();
    frame_.lease = lease;
    hosted_engine engine(frame_, std::move(plan));
    signal_watch watch(frame_.signals, [&](int signal) { end_start(frame_.p, signal, nullptr); });
    if (auto ok = engine.open(stores_); !ok) return fail(ok.error());
    stores_ = engine.stores();
    if (auto ok = engine.start(); !ok) return fail(ok.error());
    watch.stop();
    shards_->value(static_cast<std::int64_t>(shards.size()));
    const auto reason = engine.flow([&] { return change(shards, *lease); });
    if (reason == changed) {
      lease->hand_over();
      log_stopping(reason);
      return engine.finish();
    }
    if (reason == lost) return drop(*lease);
    end_ = end_for_good(frame_, engine, reason);
  }

  void fail(const failure& f) { end_ = frame_.p.give_up(f); }

  // Why the engine has to end, if it has to.
  std::optional<std::string_view> change(const std::set<std::uint32_t>& shards, cluster_lease& lease) {
    look_();
    member_->serve(std::chrono::milliseconds(0));
    if (member_->is_lost()) return lost;
    if (!member_->wanted_back().empty() ||
        !std::ranges::equal(member_->owned(), shards, {}, [](auto p) { return static_cast<std::uint32_t>(p); }))
      return changed;
    if (member_->fatal()) return failed;
    lease.renew();
    return std::nullopt;
  }

  // Others have the shards: there is nothing to end in order.
  void drop(cluster_lease& lease) {
    spdlog::warn(log_line("cluster_lost", {{"text", "the others took this engine for dead, and have its shards; it "
                                                    "begins anew with what it is given now"}}));
    lease.end();
    stores_.clear();
  }

  static constexpr std::string_view changed = "shards_changed";
  static constexpr std::string_view lost = "shards_lost";
  static constexpr std::string_view failed = "cluster_failed";

  run_frame& frame_;
  const engine_plan& whole_;
  std::unique_ptr<group_membership> member_;
  std::uint32_t count_;
  regular_look look_;
  caf::telemetry::int_gauge* shards_;
  snapshot_stores stores_;
  std::optional<int> end_;
};

} // namespace

int run(process& p, const configuration& cfg, const configured& what) {
  auto s = what.values;
  const end_signals signals;
  service_manager manager;
  run_frame frame{p, s, signals, manager};
  signal_watch watch(signals, [&](int signal) { end_start(p, signal, frame.record.load()); });
  const auto plan = plan_of(s);
  if (!plan) return p.refuse(plan.error());
  s = with_cluster_topic(std::move(s), plan->inst->name);
  if (s.metrics.port)
    if (auto ok = check_port_free(s.metrics.address, *s.metrics.port); !ok) return p.refuse(ok.error());
  if (auto ok = check_summary_place(s); !ok) return p.refuse(ok.error());
  std::unique_ptr<web_view> view;
  if (s.http.port.value_or(0) != 0) {
    auto opened = web_view::open(s, *plan, environment_variable, p.last_lines, what.text);
    if (!opened) return p.refuse(opened.error());
    view = std::move(*opened);
    frame.view = view.get();
  }
  hosted_engine alone(frame, *plan);
  if (!s.cluster)
    if (auto ok = alone.open(); !ok) return p.give_up(ok.error());
  caf::actor_system system{const_cast<configuration&>(cfg)};
  frame.system = &system;
  const engine_end goes_first{alone};
  if (view) view->start(system);
  // Before the engine goes.
  const view_end ends_first{view.get()};
  if (s.cluster) {
    auto joined = join_cluster(s, plan->inst->name, environment_variable);
    if (!joined) return p.give_up(joined.error());
    watch.stop();
    log_plan(s, *plan);
    return cluster_run(frame, *plan, std::move(*joined)).run();
  }
  log_plan(s, *plan);
  if (auto ok = alone.start(); !ok) return p.refuse(ok.error());
  watch.stop();
  return end_for_good(frame, alone, alone.flow(regular_look(frame)));
}

} // namespace livedata
