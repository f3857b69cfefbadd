// Logs and devices through a whole engine: from messages on the wire to readings on the wire.
#include "messages/codec/commands.hpp"
#include "messages/codec/f144.hpp"
#include "support/instrument_run.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <places.hpp>

namespace slow_data_test {

using namespace livedata;
using namespace livedata::test;

namespace {

std::shared_ptr<const instrument> slow_instrument() {
  auto inst = std::make_shared<instrument>();
  inst->name = "slow";
  inst->title = "Slow";
  inst->logs = {{"temperature", {}, "K"}, {"axis/rbv", {}, "mm"}, {"axis/val", {}, "mm"}, {"axis/dmov", {}, {}}};
  inst->devices = {{"axis", "axis/rbv", "axis/val", "axis/dmov"}};
  inst->workflows = {
    {"timeseries_data", 1, "Readings", "timeseries", "timeseries", {"axis", "temperature"}, json::object()}};
  return inst;
}

raw_message sample(const char* log, timestamp t, f144::log_value v) {
  return {"slow_motion", t, make_payload(f144::write(log, t, v))};
}

// A temperature with each pulse, sent twice; the axis moves every tenth pulse.
std::vector<raw_message> slow_pulse(std::uint64_t k, timestamp t) {
  std::vector<raw_message> out{sample("temperature", t, 0.5 + static_cast<double>(k)),
                               sample("temperature", t, 0.5 + static_cast<double>(k))};
  if (k % 10 == 0) {
    out.push_back(sample("axis/rbv", t, static_cast<double>(k)));
    out.push_back(sample("axis/val", t + duration{1}, static_cast<double>(k) + 1));
    out.push_back(sample("axis/dmov", t + duration{2}, std::int64_t{k % 20 == 0}));
  }
  return out;
}

// The results of each source, in order.
std::map<std::string, std::vector<data_array>> readings(
  std::size_t threads, const pulse_maker& pulse = slow_pulse,
  std::vector<job_request> jobs = {request("timeseries_data", "temperature"), request("timeseries_data", "axis")}) {
  std::map<std::string, std::vector<data_array>> out;
  for (auto& r : results_of(slow_instrument(), {"timeseries"}, std::move(jobs), 60, threads, pulse)) {
    CHECK(r.output == "delta");
    out[r.source].push_back(std::move(r.data));
  }
  return out;
}

template <class T>
std::vector<T> all(const std::vector<data_array>& arrays, const char* coord = nullptr) {
  std::vector<T> out;
  for (const auto& a : arrays) {
    const auto& v = coord == nullptr ? a.data : *a.coord(coord);
    const auto& part = std::get<std::vector<T>>(v.data);
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

} // namespace

TEST_CASE(
  "29, 30, 31: each sample of a log is given out once, in the first message after it; repeated ones wake nobody") {
  for (std::size_t threads : {1, 2}) {
    auto got = readings(threads)["temperature"];
    REQUIRE(got.size() == 60);
    std::vector<double> expected;
    for (int k = 0; k < 60; ++k)
      expected.push_back(k + 0.5);
    CHECK(all<double>(got) == expected);
    CHECK(got[0].data.unit == "K");
    CHECK(got[0].coord("start_time") == nullptr);
    CHECK(all<std::int64_t>(got, "time")[0] == first_pulse.ns);
  }
}

TEST_CASE("edge case 27: a sample that is sent again gives no result, however often; one of a new time gives itself") {
  auto got = readings(1, [](std::uint64_t k, timestamp t) {
    const auto same = first_pulse;
    if (k == 0) return std::vector{sample("temperature", same, 1.0)};
    if (k == 1) return std::vector{sample("temperature", same, 1.0)};
    if (k == 2) return std::vector(3, sample("temperature", same, 1.0));
    if (k == 3) return std::vector{sample("temperature", t, 2.0)};
    return std::vector<raw_message>{};
  })["temperature"];
  REQUIRE(got.size() == 2);
  CHECK(all<double>({got[0]}) == std::vector<double>{1});
  CHECK(all<double>({got[1]}) == std::vector<double>{2});
}

TEST_CASE("edge case 28: a job on a log begins with the history from before it, then gives what is new") {
  start_command start;
  start.message_id = "start";
  start.workflow = {"slow", "timeseries_data", 1};
  start.job = {"temperature", uuid_from_name("late")};
  auto got = readings(2,
                      [&](std::uint64_t k, timestamp t) {
                        std::vector<raw_message> out{sample("temperature", t, static_cast<double>(k))};
                        if (k == 30) out.push_back({"slow_livedata_commands", t, make_payload(commands::write(start))});
                        return out;
                      },
                      {})["temperature"];
  std::vector<double> expected;
  for (int k = 0; k < 60; ++k)
    expected.push_back(k);
  CHECK(all<double>(got) == expected);
  REQUIRE(got.size() == 31);
  CHECK(all<double>({got[0]}).size() == 30);
  for (std::size_t i = 1; i < got.size(); ++i)
    CHECK(all<double>({got[i]}).size() == 1);
}

TEST_CASE("the parts of a device become readings of one stream, with target and idle flag") {
  auto got = readings(1)["axis"];
  REQUIRE_FALSE(got.empty());
  auto value = all<double>(got);
  auto target = all<double>(got, "target");
  auto idle = all<std::int32_t>(got, "idle");
  auto time = all<std::int64_t>(got, "time");
  REQUIRE(value.size() == target.size());
  REQUIRE(value.size() == idle.size());
  CHECK(std::is_sorted(time.begin(), time.end()));
  // One sample when all parts are there, then one for each part.
  CHECK(value.size() == 1 + 5 * 3);
  CHECK(value.front() == 0);
  CHECK(target.front() == 1);
  CHECK(idle.front() == 1);
  CHECK(value.back() == 50);
  CHECK(target.back() == 51);
  CHECK(idle.back() == 0);
  CHECK(got[0].coord("target")->unit == "mm");
}

TEST_CASE("two devices of the same motor both get its readings") {
  auto loki = std::make_shared<const instrument>(
    load_instrument(std::string(LIVEDATA_SOURCE_DIR) + "/instruments/loki.json").value());
  settings s;
  s.services = {"timeseries"};
  // Names of production.
  s.source.kind = "replay";
  s.jobs = {request("timeseries_data", "beamstop_z1"),
            request("timeseries_data", "beam_monitor_m4/monitor_positioner")};
  s.source.pulses = 1;
  auto motor = [](std::uint64_t, timestamp t) {
    std::vector<raw_message> out;
    const std::vector<std::pair<std::string, f144::log_value>> parts{
      {"RBV", 5.5}, {"VAL", 6.0}, {"DMOV", std::int64_t{1}}};
    for (const auto& [part, value] : parts)
      out.push_back({"loki_motion", t, make_payload(f144::write("LOKI-DtBS1:MC-LinZ-01:Mtr." + part, t, value))});
    return out;
  };
  auto results = run_instrument(loki, s, 1, made_by(motor)).results;
  REQUIRE(results.size() == 2);
  for (const auto& r : results)
    CHECK(std::get<std::vector<double>>(r.data.data.data) == std::vector<double>{5.5});
}

} // namespace slow_data_test
