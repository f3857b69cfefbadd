// One of several engines that share the jobs: what it may say, and what of the plan it has.
#include "actors/metrics.hpp"
#include "actors/publisher/memory_sink.hpp"
#include "app/cluster.hpp"
#include "app/configuration/arguments.hpp"
#include "support/engine_run.hpp"

#include <doctest/doctest.h>

#include <set>

namespace cluster_test {

using namespace livedata;
using namespace livedata::test;
using namespace std::chrono_literals;

namespace {

settings some_settings() {
  settings s;
  s.instrument = "small";
  s.dev = true;
  s.services = {"detector_data", "monitor_data"};
  s.job_set = "none";
  for (int i = 0; i < 20; ++i)
    s.jobs.push_back(request("view", "bank" + std::to_string(i % 3)));
  for (std::size_t i = 0; i < s.jobs.size(); ++i)
    s.jobs[i].number = to_string(uuid_from_name(std::to_string(i)));
  s.jobs.push_back(request("monitor_histogram", "m1"));
  return s;
}

} // namespace

TEST_CASE("a lease holds for its length since it was renewed last, and not at all when it has ended") {
  cluster_lease lease(10s);
  const auto now = cluster_lease::clock::now();
  CHECK_FALSE(lease.holds(now));
  lease.renew(now);
  CHECK(lease.holds(now + 9s));
  // The process was halted meanwhile.
  CHECK_FALSE(lease.holds(now + 11s));
  lease.renew(now + 12s);
  CHECK(lease.holds(now + 13s));
  lease.end();
  lease.renew(now + 14s);
  CHECK_FALSE(lease.holds(now + 14s));
}

TEST_CASE("what an engine says whose lease has ended is withheld, and counted") {
  test_config config(1);
  caf::actor_system system(config);
  const auto to = std::make_shared<memory_sink>();
  const auto lease = std::make_shared<cluster_lease>(1h);
  leased_sink sink(system, lease, to);
  const std::vector<outgoing_message> said{{channel::responses, "bank0", make_payload({})}};
  lease->renew();
  sink.send(said);
  CHECK(to->sent().size() == 1);
  // Who hands its jobs over does not say that they have stopped.
  lease->hand_over();
  sink.send(std::vector<outgoing_message>{{channel::heartbeat, "detector_data.3", make_payload({})}, said.front()});
  REQUIRE(to->sent().size() == 2);
  CHECK(to->sent().back().to == channel::responses);
  lease->end();
  sink.send(said);
  result_set results{"detector_data", 1, {}, {std::make_shared<job_result>()}};
  sink.deliver(results);
  CHECK(to->sent().size() == 2);
  CHECK(to->messages().empty());
  CHECK(counter(system, "cluster.withheld",
                "Results and messages that were withheld because others may have the jobs by now.", {})
          ->value() == 2);
}

TEST_CASE("engines that have all shards among them have all jobs of the plan, each of them once") {
  const auto s = some_settings();
  const auto whole = make_plan_for(small_instrument(), s, small_registry()).value();
  std::multiset<std::string> jobs;
  for (const std::set<std::uint32_t>& mine : {std::set<std::uint32_t>{0, 3}, {1}, {2, 4}}) {
    const auto part = with_shards(whole, s, mine, 5);
    // A coordinator for each service and shard.
    CHECK(part.services.size() == 2 * mine.size());
    CHECK(part.shards.size() == part.services.size());
    CHECK(part.routes->routes().topics() == whole.routes->routes().topics());
    std::size_t of_services = 0;
    for (std::size_t i = 0; i < part.services.size(); ++i) {
      CHECK(service_names(part)[i] == name_of(part.services[i], part.shards[i]));
      of_services += orders_of(part, i).size();
    }
    CHECK(of_services == part.orders.size());
    for (const auto& o : part.orders)
      jobs.insert(to_string(o->id));
  }
  std::multiset<std::string> all;
  for (const auto& o : whole.orders)
    all.insert(to_string(o->id));
  CHECK(all.size() == 21);
  CHECK(jobs == all);
}

TEST_CASE("a cluster has a topic of its own for its snapshots unless another is named") {
  settings s;
  s.instrument = "/etc/loki.json";
  CHECK_FALSE(with_cluster_topic(s, "loki").snapshots.topic);
  CHECK(describe_cluster(s, "loki") == "");
  s.cluster.name = "hall";
  CHECK(with_cluster_topic(s, "loki").snapshots.topic == "loki_livedata_cluster_hall");
  CHECK(describe_cluster(s, "loki").find("loki_livedata_cluster_hall") != std::string::npos);
  s.snapshots.topic = "elsewhere";
  CHECK(with_cluster_topic(s, "loki").snapshots.topic == "elsewhere");
}

TEST_CASE("gauges begin at 0 with another engine, but for those of HTTP") {
  test_config config(1);
  caf::actor_system system(config);
  auto* jobs = gauge(system, "jobs", "", {{"service", "detector_data.3"}, {"state", "active"}});
  auto* time = time_gauge(system, "snapshot.last-time", "", {{"service", "detector_data.3"}});
  auto* viewers = gauge(system, "http.viewers", "", {});
  auto* total = counter(system, "batches", "", {{"service", "detector_data.3"}});
  jobs->value(4);
  time->value(1.7e9);
  viewers->value(2);
  total->inc(7);
  zero_gauges(system);
  CHECK(jobs->value() == 0);
  CHECK(time->value() == 0);
  CHECK(viewers->value() == 2);
  CHECK(total->value() == 7);
}

} // namespace cluster_test
