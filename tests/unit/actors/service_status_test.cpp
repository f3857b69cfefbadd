#include "actors/service/publish_cadence.hpp"
#include "actors/service/status.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace service_status_test {

using namespace livedata;

namespace {

constexpr duration second{1'000'000'000};

// Keeps what is written instead of writing it.
struct kept {
  std::vector<job_heartbeat> jobs;
  std::vector<service_heartbeat> services;

  status_writer writer() {
    return {[this](const job_heartbeat& h) {
              jobs.push_back(h);
              return make_payload({});
            },
            [this](const service_heartbeat& h) {
              services.push_back(h);
              return make_payload({});
            }};
  }
};

service_heartbeat identity() {
  service_heartbeat h;
  h.instrument = "small";
  h.service_name = "detector_data";
  h.worker_id = uuid_from_name("worker");
  h.started_at = {77};
  return h;
}

job_table two_jobs() {
  job_table t;
  t.add({{"b", uuid_from_name("1")}, {"small", "view", 1}});
  t.add({{"a", uuid_from_name("1")}, {"small", "view", 1}, {timestamp{1000}, {}}});
  return t;
}

} // namespace

TEST_CASE("status is one message for each job in table order, then one of the service") {
  kept k;
  service_status h(identity(), k.writer());
  auto out = h.regular(two_jobs(), second);
  REQUIRE(out.size() == 3);
  for (const auto& m : out)
    CHECK(m.to == channel::heartbeat);
  REQUIRE(k.jobs.size() == 2);
  CHECK(k.jobs[0].job.source_name == "b");
  CHECK(k.jobs[1].job.source_name == "a");
  CHECK(k.jobs[0].workflow == workflow_id{"small", "view", 1});
  CHECK(k.jobs[0].state == job_state::scheduled);
  CHECK_FALSE(k.jobs[0].warning);
  CHECK_FALSE(k.jobs[0].error);
  CHECK_FALSE(k.jobs[0].start);
  REQUIRE(k.services.size() == 1);
  const auto& s = k.services[0];
  CHECK(s.instrument == "small");
  CHECK(s.service_name == "detector_data");
  CHECK(s.worker_id == uuid_from_name("worker"));
  CHECK(s.started_at == timestamp{77});
  CHECK(s.state == service_state::running);
  CHECK(s.active_job_count == 2);
  CHECK_FALSE(s.error);
  CHECK(s.batch_interval_seconds == 1);
  CHECK_FALSE(s.stream_stats);
}

TEST_CASE("texts and times of a job are in its status") {
  kept k;
  service_status h(identity(), k.writer());
  auto t = two_jobs();
  job_reply r;
  r.push = step::failed;
  r.push_error = "cannot take it";
  r.finalize = step::failed;
  r.finalize_error = "cannot compute";
  r.start = timestamp{5};
  r.end = timestamp{6};
  t.prepare({{0}, {10}, {}, 0, 0}, [](const std::string&) { return std::nullopt; });
  t.book(t.jobs()[0].id, r);
  h.regular(t, second);
  CHECK(k.jobs[0].state == job_state::error);
  CHECK(k.jobs[0].warning == "cannot take it");
  CHECK(k.jobs[0].error == "cannot compute");
  CHECK(k.jobs[0].start == timestamp{5});
  CHECK(k.jobs[0].end == timestamp{6});
}

TEST_CASE("statistics of streams go out with the next status and with that only") {
  kept k;
  service_status h(identity(), k.writer());
  h.attach({30.5, {{"topic", "source", "stream", 7}}});
  h.regular(two_jobs(), second);
  h.regular(two_jobs(), second);
  REQUIRE(k.services.size() == 2);
  REQUIRE(k.services[0].stream_stats);
  CHECK(k.services[0].stream_stats->window_seconds == 30.5);
  CHECK_FALSE(k.services[1].stream_stats);
}

TEST_CASE("edge case 45, O-6: at the end every job and the service are stopped, or the service has its error, and that "
          "is said once") {
  kept k;
  service_status h(identity(), k.writer());
  CHECK(h.last(two_jobs(), second).size() == 3);
  for (const auto& j : k.jobs)
    CHECK(j.state == job_state::stopped);
  CHECK(k.services[0].state == service_state::stopped);
  CHECK(k.services[0].active_job_count == 2);
  CHECK(h.last(two_jobs(), second, "late").empty());
  CHECK(h.regular(two_jobs(), second).empty());

  service_status failing(identity(), k.writer());
  failing.last(two_jobs(), second, "out of luck");
  CHECK(k.services[1].state == service_state::error);
  CHECK(k.services[1].error == "out of luck");
}

TEST_CASE("results come with every batch unless the interval is longer than a batch") {
  publish_cadence every({0}, second);
  publish_cadence same(second, second);
  for (std::int64_t i = 1; i < 10; ++i) {
    CHECK_FALSE(every.holds({i * second.ns}));
    CHECK_FALSE(same.holds({i * second.ns}));
  }
}

TEST_CASE("with a batch for each pulse and an interval of a second, every fourteenth batch gives results") {
  publish_cadence c(second, pulse_period);
  CHECK_FALSE(c.holds({0}));
  for (std::int64_t i = 1; i <= 14 * 20; ++i)
    CHECK(c.holds({i * pulse_period.ns}) == (i % 14 != 0));
}

TEST_CASE("data time that jumps back, or far ahead, does not stop results") {
  publish_cadence c(second, pulse_period);
  CHECK_FALSE(c.holds({std::numeric_limits<std::int64_t>::max()}));
  CHECK_FALSE(c.holds({1000}));
  CHECK(c.holds({2000}));
  CHECK_FALSE(c.holds({std::numeric_limits<std::int64_t>::min()}));
  CHECK_FALSE(c.holds({std::numeric_limits<std::int64_t>::max()}));
  CHECK_FALSE(c.holds({5'000'000'000}));
}

} // namespace service_status_test
