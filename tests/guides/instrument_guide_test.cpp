// docs/adding-an-instrument.md, followed to the letter.
#include "guides/guide_text.hpp"
#include "support/instrument_run.hpp"

#include <doctest/doctest.h>

#include <map>

namespace instrument_guide_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// The blocks of the page in their order, each put where the page says.
json instrument_of_page(std::size_t steps) {
  auto blocks = code_blocks("adding-an-instrument.md", "json");
  REQUIRE(blocks.size() == 6);
  auto document = parse_block(blocks[0]);
  if (steps >= 2) {
    document.update(parse_block(blocks[1]));
    document["workflows"].push_back(parse_block(blocks[2]));
  }
  if (steps >= 3) {
    document["detectors"][0].update(parse_block(blocks[3]));
    document.update(parse_block(blocks[4]));
    document["workflows"].push_back(parse_block(blocks[5]));
  }
  return document;
}

// Runs the instrument on the simulator with all its jobs, and tells the results of each.
std::map<std::string, int> results_of(const json& document, std::size_t expected_jobs) {
  auto parsed = parse_instrument(document.dump(2), "tiny.json");
  REQUIRE_MESSAGE(parsed, (parsed ? "" : parsed.error().message));
  auto inst = std::make_shared<const instrument>(*parsed);
  settings s;
  s.services = {"detector_data", "monitor_data", "timeseries"};
  s.source.pulses = 42;
  for (const auto& w : inst->workflows)
    for (const auto& source : w.sources)
      s.jobs.push_back(request(w.name, source));
  CHECK(s.jobs.size() == expected_jobs);
  std::map<std::string, int> results;
  for (const auto& m : run_instrument(inst, s, 1, simulated(inst, 10'000)).results) {
    auto key = json::parse(m.source_name);
    ++results[key["workflow_id"]["name"].get<std::string>() + " " + key["job_id"]["source_name"].get<std::string>()];
  }
  return results;
}

} // namespace

TEST_CASE("the instrument of the guide runs after its first step") {
  auto results = results_of(instrument_of_page(1), 2);
  CHECK(results["panel_view panel"] > 0);
  CHECK(results["monitor_histogram before"] > 0);
}

TEST_CASE("the instrument of the guide has readings after its second step") {
  auto results = results_of(instrument_of_page(2), 2 + 2);
  CHECK(results["timeseries_data stage"] > 0);
  CHECK(results["timeseries_data sample/temperature"] > 0);
}

TEST_CASE("the instrument of the guide shows positions after its third step") {
  auto results = results_of(instrument_of_page(3), 2 + 2 + 1);
  CHECK(results["panel_view panel"] > 0);
  CHECK(results["panel_xy panel"] > 0);
}

} // namespace instrument_guide_test
