// One of several processes that share the jobs of an instrument. The jobs are in shards, each of which goes with a
// partition of the cluster's topic: the process that Kafka gives the partition to has the shard, and finds its
// snapshots in it.
#pragma once

#include "actors/metrics.hpp"
#include "actors/publisher/result_sink.hpp"
#include "app/configuration/settings.hpp"
#include "app/plan.hpp"
#include "messages/result.hpp"
#include "transport/kafka/group_membership.hpp"
#include "transport/kafka/properties.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace livedata {

// Until when this process may speak for its shards. A process that was halted for longer than the session time-out, and
// goes on, does not know yet that others have them. Safe for use by several threads.
class cluster_lease {
public:
  using clock = std::chrono::steady_clock;

  explicit cluster_lease(std::chrono::nanoseconds length) : length_(length) {}

  // To be called again and again as long as the process is a member.
  void renew(clock::time_point now = clock::now()) { until_ = (now + length_).time_since_epoch().count(); }

  // For ever.
  void end() { ended_ = true; }

  // The jobs go on elsewhere: nobody is to hear from here that they have stopped.
  void hand_over() { hands_over_ = true; }

  bool hands_over() const { return hands_over_; }

  bool holds(clock::time_point now = clock::now()) const { return !ended_ && now.time_since_epoch().count() < until_; }

private:
  std::chrono::nanoseconds length_;
  std::atomic<clock::rep> until_ = 0;
  std::atomic<bool> ended_ = false;
  std::atomic<bool> hands_over_ = false;
};

// Passes on what comes while the lease holds, and no status while it is handed over. The rest is withheld and counted:
// others give the same.
class leased_sink final : public result_sink {
public:
  leased_sink(caf::actor_system& system, std::shared_ptr<const cluster_lease> lease, std::shared_ptr<result_sink> to);

  void deliver(const result_set& results) override;
  void send(std::span<const outgoing_message> messages) override;

  void finish() override { to_->finish(); }

  std::optional<std::string> missing() const override { return to_->missing(); }

private:
  std::shared_ptr<const cluster_lease> lease_;
  std::shared_ptr<result_sink> to_;
  caf::telemetry::int_counter* withheld_;
};

// The settings with the topic of the cluster as the place for snapshots, if they name no other.
settings with_cluster_topic(settings s, const std::string& instrument);

struct joined_cluster {
  std::unique_ptr<group_membership> member;
  // How many shards there are.
  std::uint32_t shards = 0;
};

// Joins the cluster of the settings, which must name one; makes its topic if it is not there. Failure: "value", or
// "kafka" with what to do.
result<joined_cluster> join_cluster(const settings& s, const std::string& instrument, const variable_lookup& variable);

// What the cluster is, for people; empty without one.
std::string describe_cluster(const settings& s, const std::string& instrument);

} // namespace livedata
