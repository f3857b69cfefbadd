#include "actors/reporter/statistics.hpp"

#include <doctest/doctest.h>

#include <sys/mman.h>
#include <time.h>

namespace statistics_test {

using namespace livedata;

namespace {

constexpr timestamp begin{1'000'000'000'000};
constexpr duration second{1'000'000'000};

std::shared_ptr<const job_label> label(const std::string& id, const std::string& service = "detector_data") {
  return std::make_shared<const job_label>(job_label{service, "view", "bank", id});
}

job_report worked(const std::shared_ptr<const job_label>& l, std::uint64_t events, double seconds,
                  job_state state = job_state::active) {
  return {l, state, "", true, events, seconds};
}

batch_report batch(std::vector<job_report> jobs, std::uint64_t events = 0,
                   const std::string& service = "detector_data") {
  batch_report b;
  b.service = service;
  b.events = events;
  b.jobs = std::move(jobs);
  for (const auto& j : b.jobs)
    b.had_work = b.had_work || j.worked;
  return b;
}

handover_report handover(double lag, std::uint64_t results = 1, const std::string& service = "detector_data") {
  return {service, 1, results, 0, lag};
}

std::vector<std::string> ids(const run_report& r) {
  std::vector<std::string> out;
  for (const auto& j : r.jobs)
    out.push_back(j.label->id);
  return out;
}

} // namespace

TEST_CASE("totals add up over services, sources and results") {
  statistics s(begin);
  s.add(batch({}, 10));
  s.add(batch({}, 20));
  s.add(batch({}, 5, "monitor_data"));
  s.add(source_report{3, 40, 1, 7, {{"too_small", 2}}});
  s.add(source_report{2, 1, 1, 1, {{"too_small", 1}, {"unknown_schema", 4}}});
  s.add(handover_report{"detector_data", 1, 12, 0, 0.1});
  s.add(handover_report{"detector_data", 2, 0, 6, 0.1});
  auto r = s.snapshot(begin + second, {});
  CHECK(r.batches == 3);
  CHECK(r.events_processed == 35);
  CHECK(r.events_received == 41);
  CHECK(r.messages_received == 5);
  CHECK(r.messages_dropped == 2);
  CHECK(r.events_dropped == 8);
  CHECK(r.rejected == std::map<std::string, std::uint64_t>{{"too_small", 3}, {"unknown_schema", 4}});
  CHECK(r.results == 12);
  CHECK(r.results_failed == 6);
  CHECK(r.elapsed_seconds == doctest::Approx(1));
}

TEST_CASE("jobs stand in the order of the latest table, services in the order in which they came") {
  statistics s(begin);
  auto a = label("a");
  auto b = label("b");
  auto m = label("m", "monitor_data");
  s.add(batch({worked(m, 1, 1)}, 1, "monitor_data"));
  s.add(batch({worked(a, 1, 1), worked(b, 1, 1)}, 2));
  CHECK(ids(s.snapshot(begin, {})) == std::vector<std::string>{"m", "a", "b"});
  s.add(batch({worked(b, 10, 1), worked(label("c"), 1, 1), worked(a, 100, 1)}, 111));
  auto r = s.snapshot(begin, {});
  CHECK(ids(r) == std::vector<std::string>{"m", "b", "c", "a"});
  CHECK(r.jobs[1].events == 11);
  CHECK(r.jobs[2].events == 1);
  CHECK(r.jobs[3].events == 101);
}

TEST_CASE("a job that left the table is gone, its events stay in the totals, and it starts anew if it comes back") {
  statistics s(begin);
  s.add(batch({worked(label("a"), 10, 1), worked(label("b"), 7, 1)}, 17));
  s.add(batch({worked(label("b"), 3, 1)}, 3));
  auto r = s.snapshot(begin, {});
  CHECK(ids(r) == std::vector<std::string>{"b"});
  CHECK(r.jobs[0].events == 10);
  CHECK(r.events_processed == 20);
  s.add(batch({worked(label("a"), 1, 1), worked(label("b"), 1, 1)}, 2));
  r = s.snapshot(begin, {});
  CHECK(r.jobs[0].events == 1);
  CHECK(r.jobs[1].events == 11);
}

TEST_CASE("processing times are of batches with work only, state and text of the latest batch") {
  statistics s(begin);
  auto a = label("a");
  s.add(batch({worked(a, 5, 0.25)}));
  s.add(batch({worked(a, 5, 0.5, job_state::warning)}));
  s.add(batch({{a, job_state::error, "broken", false, 0, 0}}));
  auto r = s.snapshot(begin, {});
  CHECK(r.jobs[0].seconds == 0.5);
  CHECK(r.jobs[0].processing.p50 == doctest::Approx(0.25).epsilon(0.011));
  CHECK(r.jobs[0].processing.max == 0.5);
  CHECK(r.jobs[0].state == job_state::error);
  CHECK(r.jobs[0].text == "broken");
}

TEST_CASE("active jobs are those whose state is active, neither warning nor error nor waiting") {
  statistics s(begin);
  std::vector<job_report> jobs;
  for (auto state : {job_state::scheduled, job_state::pending_context, job_state::active, job_state::active,
                     job_state::warning, job_state::error, job_state::finishing, job_state::stopped})
    jobs.push_back({label(std::to_string(jobs.size())), state, "", false, 0, 0});
  s.add(batch(std::move(jobs)));
  CHECK(s.snapshot(begin, {}).jobs_active == 2);
}

TEST_CASE("fan-out times are of batches with work only") {
  statistics s(begin);
  auto with_work = batch({worked(label("a"), 1, 0.1)});
  with_work.fan_out_seconds = 0.5;
  s.add(with_work);
  for (int i = 0; i < 10; ++i)
    s.add(batch({}));
  CHECK(s.snapshot(begin, {}).batch.p50 == 0.5);
  CHECK(s.snapshot(begin, {}).batch_seconds == 0.5);
  with_work.fan_out_seconds = 0.25;
  s.add(with_work);
  CHECK(s.snapshot(begin, {}).batch_seconds == 0.75);
}

TEST_CASE("lag is that of the latest results of a service, and of the run that of the slowest service") {
  statistics s(begin);
  s.add(batch({worked(label("a"), 1, 1)}));
  s.add(batch({worked(label("m", "monitor_data"), 1, 1)}, 1, "monitor_data"));
  s.add(handover(3));
  s.add(handover(0.5));
  s.add(handover(1.5, 1, "monitor_data"));
  auto r = s.snapshot(begin, {});
  CHECK(r.jobs[0].lag_seconds == 0.5);
  CHECK(r.jobs[1].lag_seconds == 1.5);
  CHECK(r.lag_seconds == 1.5);
  CHECK(r.lag.max == 3);
  CHECK(r.lag.p50 == doctest::Approx(1.5).epsilon(0.011));
}

TEST_CASE("a lag below zero is shown as it is") {
  statistics s(begin);
  s.add(handover(-0.25));
  CHECK(s.snapshot(begin, {}).lag_seconds == -0.25);
}

TEST_CASE("rates are over the time since the snapshot before") {
  statistics s(begin, {1.0, 0, 0});
  auto a = label("a");
  s.add(batch({worked(a, 100, 1)}, 200));
  s.add(source_report{1, 300, 0, 0, {}});
  auto r = s.snapshot(begin + 2 * second, {2.0, 5, 6});
  CHECK(r.events_per_second == doctest::Approx(100));
  CHECK(r.received_per_second == doctest::Approx(150));
  CHECK(r.jobs[0].events_per_second == doctest::Approx(50));
  CHECK(r.cpu_share == doctest::Approx(0.5));
  CHECK(r.cpu_seconds == 2.0);
  CHECK(r.rss_bytes == 5);
  CHECK(r.max_rss_bytes == 6);

  s.add(batch({worked(a, 10, 1)}, 10));
  r = s.snapshot(begin + 3 * second, {4.0, 0, 0});
  CHECK(r.events_per_second == doctest::Approx(10));
  CHECK(r.received_per_second == 0);
  CHECK(r.jobs[0].events_per_second == doctest::Approx(10));
  CHECK(r.cpu_share == doctest::Approx(2));
}

TEST_CASE("a snapshot soon after another has its rates, and everything else is of the moment") {
  statistics s(begin, {1.0, 0, 0});
  auto a = label("a");
  auto both = [&](std::uint64_t events) {
    s.add(batch({worked(a, events, 1)}, events));
    s.add(source_report{1, events, 0, 0, {}});
  };
  both(100);
  (void)s.snapshot(begin + second, {1.5, 0, 0});
  both(200);
  (void)s.snapshot(begin + 2 * second, {1.75, 0, 0});
  for (std::int64_t ms : {0, 1, 380, 899}) {
    both(200);
    CAPTURE(ms);
    auto r = s.snapshot(begin + 2 * second + duration{ms * 1'000'000}, {2.75, 0, 0});
    CHECK(r.events_per_second == doctest::Approx(200));
    CHECK(r.received_per_second == doctest::Approx(200));
    CHECK(r.jobs[0].events_per_second == doctest::Approx(200));
    CHECK(r.cpu_share == doctest::Approx(0.25));
    CHECK(r.cpu_seconds == 2.75);
    CHECK(r.events_processed % 200 == 100);
    CHECK(r.elapsed_seconds == doctest::Approx(2 + static_cast<double>(ms) / 1e3));
  }
  // What the early ones left out is not lost.
  auto r = s.snapshot(begin + 4 * second, {3.75, 0, 0});
  CHECK(r.events_processed == 1100);
  CHECK(r.events_per_second == doctest::Approx(400));
  CHECK(r.jobs[0].events_per_second == doctest::Approx(400));
  CHECK(r.cpu_share == doctest::Approx(1));
}

TEST_CASE("a run that ends before its first second has rates over what there was") {
  statistics s(begin);
  auto a = label("a");
  s.add(batch({worked(a, 100, 1)}, 100));
  auto half = duration{500'000'000};
  CHECK(s.snapshot(begin + half, {}).events_per_second == doctest::Approx(200));
  s.add(batch({worked(a, 20, 1)}, 20));
  auto r = s.snapshot(begin + half + duration{100'000'000}, {});
  CHECK(r.events_per_second == doctest::Approx(200));
  CHECK(r.jobs[0].events_per_second == doctest::Approx(200));
}

TEST_CASE("a snapshot at the very beginning has no rates") {
  statistics s(begin);
  s.add(batch({worked(label("a"), 100, 1)}, 100));
  auto r = s.snapshot(begin, {});
  CHECK(r.events_per_second == 0);
  CHECK(r.jobs[0].events_per_second == 0);
}

TEST_CASE("a clock that is set back costs no time and gives no absurd rates") {
  statistics s(begin);
  s.add(batch({}, 100));
  (void)s.snapshot(begin + 10 * second, {});
  s.add(batch({}, 100));
  auto back = begin - 3600 * second;
  auto r = s.snapshot(back, {});
  CHECK(r.elapsed_seconds == doctest::Approx(10));
  CHECK(r.events_per_second == doctest::Approx(10));
  s.add(batch({}, 100));
  r = s.snapshot(back + second, {});
  CHECK(r.elapsed_seconds == doctest::Approx(11));
  CHECK(r.events_per_second == doctest::Approx(200));
}

TEST_CASE("the use of the process follows what it does") {
  auto before = measure_process_usage();
  REQUIRE(before.rss_bytes > 0);
  constexpr std::size_t size = 64 << 20;
  auto* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  auto with = measure_process_usage();
  munmap(memory, size);
  timespec cpu{};
  do
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
  while (static_cast<double>(cpu.tv_sec) + static_cast<double>(cpu.tv_nsec) * 1e-9 < before.cpu_seconds + 0.05);
  auto after = measure_process_usage();
  CHECK(with.rss_bytes >= before.rss_bytes + size * 9 / 10);
  CHECK(after.rss_bytes < with.rss_bytes);
  CHECK(after.max_rss_bytes >= with.rss_bytes * 9 / 10);
  CHECK(after.cpu_seconds >= before.cpu_seconds + 0.04);
}

TEST_CASE("what the source waits for is that of its latest report") {
  statistics s({0});
  source_report waiting;
  waiting.awaits = "a broker";
  s.add(waiting);
  CHECK(s.snapshot({1}, {}).awaits == "a broker");
  s.add(source_report{});
  CHECK(s.snapshot({2}, {}).awaits.empty());
}

TEST_CASE("what was processed is never above what was received, whoever reports first") {
  statistics s(begin);
  s.add(batch({}, 100));
  CHECK(s.snapshot(begin + second, {}).events_received == 100);
  s.add(source_report{1, 120, 0, 0, {}});
  CHECK(s.snapshot(begin + 2 * second, {}).events_received == 120);
}

TEST_CASE("jobs are known before the first batch, and a report without a batch is none") {
  statistics s(begin);
  auto scheduled = batch({});
  scheduled.booked = false;
  scheduled.commands_refused = 2;
  scheduled.jobs.push_back({label("a"), job_state::scheduled, "waits for bank", false, 0, 0, true});
  s.add(scheduled);
  auto r = s.snapshot(begin + second, {});
  REQUIRE(r.jobs.size() == 1);
  CHECK(r.jobs.front().awaits_data);
  CHECK(r.jobs.front().text == "waits for bank");
  CHECK(r.batches == 0);
  CHECK(r.commands_refused == 2);
}

TEST_CASE("the age of a silent source stands with its jobs, and silence of all with the run") {
  statistics s(begin);
  s.add(batch({worked(label("a"), 1, 0.1)}, 1));
  source_report silent;
  silent.silent = {{"bank", 48}};
  silent.no_data_seconds = 48;
  s.add(silent);
  auto r = s.snapshot(begin + second, {});
  CHECK(r.jobs.front().silent_seconds == 48);
  CHECK(r.no_data_seconds == 48);
  s.add(source_report{});
  r = s.snapshot(begin + 2 * second, {});
  CHECK_FALSE(r.jobs.front().silent_seconds);
  CHECK_FALSE(r.no_data_seconds);
}

} // namespace statistics_test
