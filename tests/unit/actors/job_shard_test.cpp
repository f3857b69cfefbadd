// Jobs in shards: which is a matter of the job alone, and they are of about equal size.
#include "actors/service/job_shard.hpp"
#include "workflows/instrument/instrument.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <memory>
#include <optional>
#include <places.hpp>
#include <set>

namespace job_shard_test {

using namespace livedata;

namespace {

const instrument& loki() {
  static const auto inst = std::make_shared<const instrument>(
    load_instrument(std::string(LIVEDATA_SOURCE_DIR) + "/instruments/loki.json").value());
  return *inst;
}

const workflow_id view{"loki", "detector_xy_projection", 1};

// How many of the jobs of one start on all its sources each shard gets.
std::map<std::uint32_t, int> dealt(const workflow_id& workflow, std::optional<uuid> number, std::uint32_t count) {
  std::map<std::uint32_t, int> out;
  for (const auto& source : loki().find_workflow(workflow.name, workflow.version)->sources)
    ++out[shard_of(loki(), workflow, {source, number.value_or(configured_number(workflow, source))}, count)];
  return out;
}

} // namespace

TEST_CASE("the jobs of one start, and those of a configuration, are dealt out evenly") {
  for (const auto& number : {std::optional<uuid>{}, std::optional(uuid_from_name("a start"))}) {
    const auto three = dealt(view, number, 3);
    CHECK(three == std::map<std::uint32_t, int>{{0, 3}, {1, 3}, {2, 3}});
    const auto six = dealt(view, number, 6);
    CHECK(six.size() == 6);
    for (const auto& [shard, jobs] : six)
      CHECK((jobs == 1 || jobs == 2));
  }
}

TEST_CASE("starts of one workflow on one source are in all shards alike") {
  std::map<std::uint32_t, int> jobs;
  for (int i = 0; i < 6000; ++i)
    ++jobs[shard_of(loki(), view, {"loki_detector_0", uuid_from_name(fmt::format("start {}", i))}, 6)];
  REQUIRE(jobs.size() == 6);
  for (const auto& [shard, n] : jobs) {
    CHECK(n > 900);
    CHECK(n < 1100);
  }
}

TEST_CASE("a job is in one shard, and in the same one whoever asks, today and in the next version") {
  const job_id job{"loki_detector_4", uuid_from_name("some job")};
  int holders = 0;
  for (std::uint32_t number = 0; number < 7; ++number)
    holders += holds({number, 7}, loki(), view, job) ? 1 : 0;
  CHECK(holders == 1);
  // Engines of two versions may share the jobs while one after the other is brought up to date.
  CHECK(shard_of(loki(), view, job, 7) == 4);
  CHECK(shard_of(loki(), view, {"loki_detector_4", configured_number(view, "loki_detector_4")}, 6) == 3);
}

TEST_CASE("a job of a workflow or a source that is not known has a shard, too: somebody has to answer") {
  const workflow_id unknown{"loki", "no_such_workflow", 1};
  std::set<std::uint32_t> shards;
  for (int i = 0; i < 50; ++i)
    shards.insert(shard_of(loki(), unknown, {"nowhere", uuid_from_name(fmt::format("{}", i))}, 3));
  CHECK(shards == std::set<std::uint32_t>{0, 1, 2});
}

TEST_CASE("without shards a service has all jobs, and its own name") {
  CHECK(job_shard{}.is_all());
  CHECK(holds({}, loki(), view, {"loki_detector_4", uuid_from_name("some job")}));
  CHECK(name_of("detector_data", {}) == "detector_data");
  CHECK(name_of("detector_data", {3, 6}) == "detector_data.3");
}

} // namespace job_shard_test
