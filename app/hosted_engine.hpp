// An engine with all that it is connected to, from opening to exit code: what of a run begins anew when a process of a
// cluster has other shards.
#pragma once

#include "actors/publisher/fan_sink.hpp"
#include "app/cluster.hpp"
#include "app/end_signals.hpp"
#include "app/engine.hpp"
#include "app/plan.hpp"
#include "app/process.hpp"
#include "app/service_manager.hpp"
#include "app/snapshots.hpp"
#include "app/transport.hpp"
#include "app/web_view.hpp"
#include "transport/simulator/pulse_simulator.hpp"

#include <caf/all.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace livedata {

// What lasts as long as the run.
struct run_frame {
  process& p;
  const settings& s;
  const end_signals& signals;
  service_manager& manager;
  // Null if nobody may look.
  web_view* view = nullptr;
  // Null without a cluster.
  std::shared_ptr<const cluster_lease> lease = {};
  // Set while there is one.
  caf::actor_system* system = nullptr;
  // When a run of limited duration ends; set when data flow first.
  std::optional<std::chrono::steady_clock::time_point> ends = {};
  // Watches for a second signal while the run ends, until the process is nearly over.
  std::optional<signal_watch> second = {};
  // What is recorded; null if nothing is.
  std::atomic<std::shared_ptr<flow_recorder>> record = {};
};

class hosted_engine {
public:
  hosted_engine(run_frame& frame, engine_plan plan) : frame_(frame), plan_(std::move(plan)) {}

  hosted_engine(const hosted_engine&) = delete;
  hosted_engine& operator=(const hosted_engine&) = delete;

  ~hosted_engine() { close(); }

  // Ends what is left of the engine. Before the system of the frame goes.
  void close();

  // Opens places, snapshots and transports. `there`: stores that are open already.
  status open(const snapshot_stores& there = {});

  // Makes the engine and its jobs, and lets data flow. The frame has a system now.
  status start();

  // Lets them flow until there is a reason to end, and gives that reason. `look`: is asked several times a second for
  // others.
  std::string_view flow(const std::function<std::optional<std::string_view>()>& look);

  // Ends the engine in order.
  void finish();

  // After finish(): what is left to do when nothing flows any more; gives the exit code. All is tried, and each file
  // that the run should have written and has not is told of: recording, results, pictures, summary alike.
  int exit_code();

  // Jobs that would not end, which a process in order would wait for.
  std::uint32_t stuck_jobs() const { return engine_->stuck_jobs(); }

  const snapshot_stores& stores() const { return kept_.stores; }

private:
  run_frame& frame_;
  engine_plan plan_;
  std::shared_ptr<fan_sink> sink_;
  kept_snapshots kept_;
  transport open_;
  std::shared_ptr<pulse_simulator> simulator_;
  std::optional<engine> engine_;
  run_report last_;
};

} // namespace livedata
