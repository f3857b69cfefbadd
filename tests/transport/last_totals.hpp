// Runs of the program on a mock cluster, and what their last results have to be.
#pragma once

#include "broker.hpp"
#include "program/run_program.hpp"
#include "support/instrument_run.hpp"
#include "workflows/instrument/instrument.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace livedata::test {

// The dummy instrument with few events in its monitors, as a file: the mock cluster keeps 5 MB of a partition.
inline std::string modest_dummy(const scratch_folder& folder) {
  auto described = json::parse(content_of(std::string(LIVEDATA_SOURCE_DIR) + "/instruments/dummy.json"));
  for (auto& m : described["monitors"])
    m["simulated_events"] = 50;
  described.erase("$schema");
  return folder.write("dummy.json", described.dump());
}

// The last cumulative results, by workflow, source, number of the job, and output.
using totals = std::map<std::string, std::vector<double>>;

inline void note(totals& into, const da00::message& m) {
  const auto key = json::parse(m.source_name, nullptr, false);
  if (key.is_discarded()) return;
  const auto output = key["output_name"].get<std::string>();
  if (output.find("cumulative") == std::string::npos) return;
  const auto& job = key["job_id"];
  into[fmt::format("{}/{}/{}/{}", key["workflow_id"]["name"].get<std::string>(), job["source_name"].get<std::string>(),
                   job["job_number"].get<std::string>(), output)] =
    std::visit([](const auto& v) { return std::vector<double>(v.begin(), v.end()); }, m.data.data.data);
}

// Pulses of the modest dummy, and what its default jobs give of them in a run that nothing disturbs.
inline std::pair<std::vector<std::vector<raw_message>>, totals>
undisturbed(const std::shared_ptr<const instrument>& inst, std::uint64_t pulses) {
  settings s;
  s.services = {"detector_data", "monitor_data"};
  s.dev = true;
  s.jobs = {request("panel_0_xy", "panel_0"), request("panel_0_layers", "panel_0"),
            request("monitor_histogram", "monitor1"), request("monitor_histogram", "monitor2")};
  s.source.pulses = pulses;
  std::pair<std::vector<std::vector<raw_message>>, totals> out;
  const auto make = simulated(inst, 2e4);
  const auto whole = run_instrument(inst, s, 1, [&](const engine_plan& plan) -> pulse_maker {
    return [&sent = out.first, pulse = make(plan)](std::uint64_t k, timestamp t) {
      sent.push_back(pulse(k, t));
      return sent.back();
    };
  });
  for (const auto& m : whole.results)
    note(out.second, m);
  return out;
}

// Sends the next `n` of these pulses, some way faster than real time. Few frames, for the mock cluster keeps little.
inline void send_pulses(kafka_producer& to, const std::vector<std::vector<raw_message>>& pulses, std::size_t& next,
                        std::size_t n) {
  for (; n > 0 && next < pulses.size(); --n, ++next) {
    for (const auto& m : pulses[next])
      if (m.topic != "dummy_area_detector" || next % 10 == 0) REQUIRE(to.send(m.topic, m.content, "pulse"));
    std::this_thread::sleep_for(10ms);
  }
  REQUIRE(to.flush(30s) == 0);
}

// What the results on a topic say last.
inline totals last_totals(const broker& b, const std::string& topic) {
  auto results = kafka_consumer::open(consumer_properties(b.connection(), b.unique("group")), {topic}, {},
                                      [](const partition_extent& e) { return e.oldest; });
  REQUIRE(results);
  totals out;
  // The broker may have dropped the first of them, so that a poll brings nothing although there is more.
  for (auto silent = 0; silent < 6;) {
    const auto portion = (*results)->poll(500, 500ms);
    silent = portion.messages.empty() ? silent + 1 : 0;
    for (const auto& m : portion.messages)
      if (auto read = da00::read(m.content->bytes())) note(out, *read);
  }
  return out;
}

inline void check_totals(const totals& got, const totals& expected) {
  for (const auto& [output, values] : expected) {
    CAPTURE(output);
    REQUIRE(got.contains(output));
    const auto sum = [](const std::vector<double>& v) { return std::accumulate(v.begin(), v.end(), 0.0); };
    CHECK(sum(got.at(output)) == sum(values));
    CHECK(std::ranges::equal(got.at(output), values));
  }
}

} // namespace livedata::test
