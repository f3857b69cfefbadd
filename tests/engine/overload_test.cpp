// Must hold: what comes faster than the jobs can take it costs data, and nothing else: memory keeps its limit, what is
// dropped is counted, the books balance at any moment, and when less comes the results are on time again.
#include "messages/codec/commands.hpp"
#include "support/engine_run.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

namespace overload_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr std::size_t events_of_a_message = 25'000;
// Twenty times as fast as in life, bank0 sends 280 messages of 200 kB in a second: three times what its job can take.
constexpr double speed = 20;
constexpr std::chrono::microseconds time_for_a_message{10'700};
constexpr std::uint64_t overloaded_pulses = 700;
// More than are needed until all is calm again.
constexpr std::uint64_t all_pulses = 20'000;
constexpr std::int64_t memory_limit = 12'000'000;

std::vector<raw_message> load(std::uint64_t k, timestamp t) {
  // Afterwards a third of what it can take.
  if (k >= overloaded_pulses && k % 9 != 0) return {};
  const std::vector<std::int32_t> times(events_of_a_message, 1'000'000);
  const std::vector<std::int32_t> pixels(events_of_a_message, 5);
  return {bank_message(0, t, times, pixels)};
}

struct extremes {
  std::int64_t bytes = 0;
  std::int64_t difference = 0;
};

// Looks at the metrics of the books and of what is in flight until the source has sent everything; or, after much has
// been in flight, little was for a second.
extremes watch(engine_run& run) {
  extremes most;
  int calm_looks = 0;
  while (!run.engine().wait_for_source(std::chrono::milliseconds(2))) {
    for (const auto& service : run.plan().services)
      for (const auto* at : {"source", "service"})
        for (const auto* of : {"messages", "events"})
          most.difference = std::max(most.difference, std::abs(books_gauge(run.system(), service, at, of)->value()));
    const auto bytes = gauge(run.system(), "in-flight.bytes",
                             "Bytes of messages that wait or are at work, and of results on their way.", {})
                         ->value();
    most.bytes = std::max(most.bytes, bytes);
    calm_looks = most.bytes > memory_limit / 2 && bytes < memory_limit / 8 ? calm_looks + 1 : 0;
    if (calm_looks > 500) break;
  }
  return most;
}

std::int64_t dropped_of_bank0(engine_run& run) {
  return counter(run.system(), "source.messages-dropped", "Messages dropped because the jobs fell behind.",
                 {{"stream", "bank0"}})
    ->value();
}

} // namespace

TEST_CASE(
  "at three times what a job can take, memory keeps its limit and drops are counted; then lag is normal again") {
  engine_run::options o;
  o.threads = 2;
  o.pulses = all_pulses;
  o.speed = speed;
  o.queue_limit = 1'000'000;
  o.limits.in_flight_memory = memory_limit / 1'000'000;
  o.jobs = {request("scripted", "bank0")};
  o.record = std::make_shared<probe>();
  o.hook = [seen = o.record](const std::string&, int) {
    std::this_thread::sleep_for(time_for_a_message * seen->calls().back().addresses.size());
  };
  o.pulse = load;
  engine_run run(o);
  REQUIRE(run.engine().start());
  const auto most = watch(run);
  const auto report = run.finish();
  CHECK(most.difference == 0);
  // The limit was reached; beyond it there is one portion.
  CHECK(most.bytes > memory_limit * 3 / 4);
  CHECK(most.bytes < memory_limit + 2'000'000);
  // Of 700 messages about a third were processed; how many depends on how busy the machine is.
  const auto dropped = dropped_of_bank0(run);
  CHECK(dropped > 250);
  CHECK(dropped < 650);
  CHECK(report.events_dropped == static_cast<std::uint64_t>(dropped) * events_of_a_message);
  CHECK(report.events_received == report.events_dropped + report.events_processed);
  CHECK(report.messages_dropped == static_cast<std::uint64_t>(dropped));
  CHECK(report.lag.max > 0.3);
  CHECK(report.lag_seconds < report.lag.max / 3);
}

TEST_CASE("the books balance at any moment: with drops, a job that is paused, and messages that come late") {
  engine_run::options o;
  o.threads = 2;
  o.pulses = 1400;
  o.speed = 200;
  o.queue_limit = 8;
  o.services = {"detector_data", "monitor_data"};
  o.jobs = {request("scripted", "bank0"), request("view", "bank1"), request("monitor_histogram", "m1")};
  o.hook = [](const std::string&, int call) {
    if (call % 5 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  };
  o.pulse = [](std::uint64_t k, timestamp t) {
    auto out = random_pulse(k, t);
    // Three seconds late.
    if (k % 3 == 0 && k > 42) out.push_back(random_pulse(k, t - 42 * pulse_period)[1]);
    const job_id paused{"bank1", uuid_from_name("small/view/1 bank1")};
    if (k == 200 || k == 900) {
      const auto what = k == 200 ? job_action::pause : job_action::resume;
      out.push_back(
        {"small_livedata_commands", {}, make_payload(commands::write(job_command{"1", paused, std::nullopt, what}))});
    }
    return out;
  };
  engine_run run(o);
  REQUIRE(run.engine().start());
  const auto most = watch(run);
  const auto late = run.metrics_text();
  const auto report = run.finish();
  CHECK(most.difference == 0);
  CHECK(report.messages_dropped > 0);
  CHECK(report.commands_refused == 0);
  CHECK(late.find("livedata_batch_late_messages_total{service=\"detector_data\"} 0 ") == std::string::npos);
  CHECK(report.events_processed > 0);
  // It has missed what came while it was paused.
  const auto* view = find_line(report, "view", "bank1");
  REQUIRE(view != nullptr);
  CHECK(view->events > 0);
  CHECK(view->events < report.events_received / 6);
}

} // namespace overload_test
