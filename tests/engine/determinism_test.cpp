// Must hold: what is published does not depend on the number of threads.
#include "support/engine_run.hpp"

#include <doctest/doctest.h>

namespace determinism_test {

using namespace livedata;
using namespace livedata::test;

namespace {

job_request timed(job_request r, std::optional<int> start_second, std::optional<int> end_second) {
  auto at = [](int s) { return first_pulse.ns + s * std::int64_t{1'000'000'000}; };
  if (start_second) r.start_ns = at(*start_second);
  if (end_second) r.end_ns = at(*end_second);
  r.number =
    to_string(uuid_from_name(fmt::format("{} {} {}", r.source, start_second.value_or(-1), end_second.value_or(-1))));
  return r;
}

engine_run::options eventful_run(std::size_t threads, std::uint64_t seed) {
  engine_run::options o;
  o.threads = threads;
  o.services = {"detector_data", "monitor_data"};
  o.pulses = 14 * 56;
  o.pulse = [seed](std::uint64_t k, timestamp t) {
    // Now and then a bank is silent, and a message is late or broken.
    auto pulse = random_pulse(k, t, seed);
    if (k % 50 > 30) pulse.erase(pulse.begin() + 1);
    if (k % 37 == 5) pulse.push_back(bank_message(2, t - duration{1'500'000'000}, {1000, 2000}, {2001, 2002}));
    if (k % 41 == 7) pulse.push_back({"small_detector", t, make_payload(std::vector<std::byte>(9))});
    return pulse;
  };
  o.jobs = {
    request("view", "bank0"),
    request("view", "bank1"),
    request("view", "bank2"),
    request("monitor_histogram", "m1"),
    timed(request("view", "bank0"), 10, 30),
    timed(request("view", "bank0"), 11, 50),
    timed(request("view", "bank0", {{"toa_edges", {{"num_bins", 7}}}}), 5, {}),
    timed(request("view", "bank0", {{"toa_edges", {{"num_bins", 7}}}}), 6, {}),
    timed(request("view", "bank1"), 20, {}),
    timed(request("view", "bank2"), {}, 15),
    timed(request("view", "bank2"), 3, 4),
    request("scripted", "bank0", {{"fail_accumulate", {3, 4, 17}}, {"fail_finalize", {2, 9, 10, 11, 30}}}),
    request("scripted", "bank1", {{"fail_finalize", {1, 2, 3}}, {"absent", {7, 8}}}),
    timed(request("scripted", "bank2", {{"fail_accumulate", {1, 2, 3, 4, 5}}, {"absent", {1, 20}}}), 12, 45),
  };
  return o;
}

// The value of the first metric whose text begins so.
int metric(engine_run& run, std::string_view begin) {
  auto all = run.metrics_text();
  auto at = all.find(begin);
  REQUIRE(at != std::string::npos);
  return std::stoi(all.substr(all.find("} ", at) + 2));
}

} // namespace

TEST_CASE(
  "P-4: published bytes and their order are the same for 1, 2 and 8 threads, while jobs come, end, fail and recover") {
  for (std::uint64_t seed : {1U, 2U}) {
    std::vector<std::vector<std::byte>> detectors;
    std::vector<std::vector<std::byte>> monitors;
    for (auto threads : {std::size_t{1}, std::size_t{2}, std::size_t{8}}) {
      engine_run run(eventful_run(threads, seed));
      auto report = run.run();
      CHECK(report.batches >= 2 * 50);
      CHECK(report.events_dropped == 0);
      CHECK(report.rejected.at("wrong_schema") == (14 * 56 - 1 - 7) / 41 + 1);
      // The order between two services is not promised; that within a service is.
      std::vector<std::vector<std::byte>> of_detectors;
      std::vector<std::vector<std::byte>> of_monitors;
      for (auto& bytes : run.result_bytes()) {
        auto name = da00::read(bytes).value().source_name;
        (name.find("monitor_histogram") == std::string::npos ? of_detectors : of_monitors).push_back(std::move(bytes));
      }
      CHECK(of_detectors.size() > 50 * 3 * 6);
      CHECK(of_monitors.size() > 50 * 6);
      if (threads == 1) {
        detectors = std::move(of_detectors);
        monitors = std::move(of_monitors);
      } else {
        CHECK(of_detectors == detectors);
        CHECK(of_monitors == monitors);
      }
    }
  }
}

TEST_CASE(
  "a job whose batches all threads count gives what it gives by itself, also across its end and a failure of another") {
  std::vector<std::vector<std::byte>> expected;
  for (auto threads : {std::size_t{1}, std::size_t{2}, std::size_t{8}}) {
    auto o = eventful_run(threads, 3);
    o.services = {"detector_data"};
    o.divide_from = 100;
    o.jobs = {request("view", "bank0", {{"toa_edges", {{"num_bins", 3}}}}), timed(request("scripted", "bank1"), 5, 9)};
    engine_run run(o);
    run.run();
    auto divided = metric(run, "livedata_job_divided_batches_total{service=\"detector_data\",source=\"bank0\"");
    if (threads == 1) {
      CHECK(divided == 0);
      expected = run.result_bytes();
    } else {
      CHECK(divided > 40);
      CHECK(run.result_bytes() == expected);
    }
  }
}

TEST_CASE("another seed gives other results") {
  auto a = eventful_run(1, 1);
  auto b = eventful_run(1, 2);
  a.pulses = b.pulses = 40;
  engine_run first(a);
  engine_run second(b);
  first.run();
  second.run();
  CHECK(first.result_bytes() != second.result_bytes());
}

TEST_CASE("a batch for each pulse with results once a second gives what batches of a second give in the end") {
  // The last result of each output that covers the whole run.
  auto last_totals = [](duration batch, duration interval, std::size_t& results) {
    engine_run::options o;
    o.pulses = 14 * 10;
    o.jobs = {request("view", "bank0"), request("scripted", "bank1")};
    o.batch = batch;
    o.publish_interval = interval;
    engine_run run(o);
    run.run();
    std::map<std::string, values> out;
    results = 0;
    for (const auto& m : run.results()) {
      if (m.source_name.find("cumulative") == std::string::npos &&
          m.source_name.find("\"counts\"") == std::string::npos)
        continue;
      out[m.source_name] = m.data.data.data;
      ++results;
    }
    return out;
  };
  std::size_t by_second = 0;
  std::size_t held = 0;
  std::size_t by_pulse = 0;
  auto expected = last_totals({1'000'000'000}, {0}, by_second);
  auto with_interval = last_totals(pulse_period, {1'000'000'000}, held);
  last_totals(pulse_period, {0}, by_pulse);
  CHECK(expected.size() >= 3);
  CHECK(with_interval == expected);
  CHECK(held <= by_second + 2 * expected.size());
  CHECK(by_pulse > 10 * held);
}

} // namespace determinism_test
