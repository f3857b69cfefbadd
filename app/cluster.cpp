#include "app/cluster.hpp"

#include "transport/snapshots/topic_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace livedata {

leased_sink::leased_sink(caf::actor_system& system, std::shared_ptr<const cluster_lease> lease,
                         std::shared_ptr<result_sink> to)
  : lease_(std::move(lease)), to_(std::move(to)),
    withheld_(counter(system, "cluster.withheld",
                      "Results and messages that were withheld because others may have the jobs by now.", {})) {}

void leased_sink::deliver(const result_set& results) {
  if (lease_->holds())
    to_->deliver(results);
  else
    withheld_->inc(static_cast<std::int64_t>(results.results.size()));
}

void leased_sink::send(std::span<const outgoing_message> messages) {
  if (!lease_->holds()) {
    withheld_->inc(static_cast<std::int64_t>(messages.size()));
  } else if (lease_->hands_over()) {
    std::vector<outgoing_message> rest;
    std::ranges::copy_if(messages, std::back_inserter(rest),
                         [](const outgoing_message& m) { return m.to != channel::heartbeat; });
    to_->send(rest);
  } else {
    to_->send(messages);
  }
}

settings with_cluster_topic(settings s, const std::string& instrument) {
  if (s.cluster && !s.snapshots.topic)
    s.snapshots.topic = fmt::format("{}_livedata_cluster_{}", instrument, *s.cluster.name);
  return s;
}

result<joined_cluster> join_cluster(const settings& s, const std::string& instrument, const variable_lookup& variable) {
  auto connection = connection_properties({s.kafka.bootstrap_servers, s.kafka.properties}, variable);
  if (!connection) return connection.error();
  auto shards = make_snapshot_topic(*connection, *s.snapshots.topic, static_cast<std::int32_t>(s.cluster.shards));
  if (!shards) return failure{shards.error().reason, "cluster: " + shards.error().message};
  const auto group = fmt::format("livedata.{}.{}", instrument, *s.cluster.name);
  const auto session = std::chrono::milliseconds(s.cluster.session.ns / 1'000'000);
  auto member = group_membership::join(member_properties(*connection, group, session), *s.snapshots.topic);
  if (!member) return failure{member.error().reason, "cluster: " + member.error().message};
  return joined_cluster{std::move(*member), static_cast<std::uint32_t>(*shards)};
}

std::string describe_cluster(const settings& s, const std::string& instrument) {
  if (!s.cluster) return {};
  return fmt::format("cluster {}: shares the jobs with the other engines of that name, in as many shards as topic {} "
                     "has partitions ({} if it has to be made); those of an engine that dies go on elsewhere after "
                     "{:g} s\n",
                     *s.cluster.name, *with_cluster_topic(s, instrument).snapshots.topic, s.cluster.shards,
                     s.cluster.session.seconds());
}

} // namespace livedata
