// The snapshots of an engine: where they are kept, and from which of them its services go on.
#pragma once

#include "actors/snapshot/resume_plan.hpp"
#include "actors/snapshot/snapshot_actor.hpp"
#include "app/configuration/settings.hpp"
#include "app/plan.hpp"
#include "messages/result.hpp"
#include "transport/kafka/properties.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace livedata {

// What is kept of the services of a plan, by number of the service.
struct kept_snapshots {
  // Empty: no snapshots are kept.
  snapshot_stores stores;
  // Null: none that can be used.
  std::vector<std::shared_ptr<const service_snapshot>> newest;
  // Orders of the plan that are started: those that do not go on.
  std::vector<order_ptr> orders;
};

// Finds the newest snapshot of each service in the stores that can be used, and says in the log which cannot.
result<kept_snapshots> find_snapshots(snapshot_stores stores, const engine_plan& plan);

// The same in the folder or topic of the settings; nothing is kept if they name none. Failure: "value" if it cannot be
// used, "kafka" if the broker does not let us use it.
// `there`: stores that are open already, by the same names.
result<kept_snapshots> open_snapshots(const settings& s, const engine_plan& plan, const variable_lookup& variable,
                                      const snapshot_stores& there = {});

// By number of the service: the streams from outside that its jobs need, those that go on and those that are started.
std::vector<std::set<std::string>> needed_streams_of(const kept_snapshots& kept, const engine_plan& plan);

// What an engine is told of its snapshots.
struct engine_snapshots {
  snapshot_stores stores = {};
  std::chrono::nanoseconds interval = std::chrono::seconds(10);
  // See snapshot_access.
  std::function<std::optional<lane_name>(std::uint32_t)> lane_name_of = {};
  // By number of the service.
  std::vector<resumed_lanes> services = {};
  // Started instead of those of the plan.
  std::vector<order_ptr> orders = {};

  explicit operator bool() const noexcept { return !stores.empty(); }
};

// `lanes`: of the transport as it was opened.
engine_snapshots go_on_from(const kept_snapshots& kept, const std::vector<present_lane>& lanes,
                            std::function<std::optional<lane_name>(std::uint32_t)> lane_name_of);

// What is kept, and what it means with this source, for people; empty if nothing is kept.
std::string describe_snapshots(const settings& s, const engine_plan& plan);

} // namespace livedata
