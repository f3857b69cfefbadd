// docs/adding-a-workflow.md, followed to the letter: its code is compiled as it stands there, and is the workflow of
// this test.
#include "guides/guide_text.hpp"
#include "support/events.hpp"
#include "support/free_flight.hpp"
#include "support/random_steps.hpp"
#include "support/saved_state.hpp"
#include "workflows/event_count/event_count.hpp"
#include "workflows/registry.hpp"
#include "workflows/wavelength_spectrum/wavelength_spectrum.hpp"

#include <doctest/doctest.h>

namespace workflow_guide_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// An instrument with what the page adds to its file, in one of its blocks.
instrument with_addition(const std::string& name, std::size_t block) {
  std::ifstream in(std::string(LIVEDATA_SOURCE_DIR) + "/instruments/" + name + ".json");
  auto document = json::parse(in);
  auto blocks = code_blocks("adding-a-workflow.md", "json");
  REQUIRE(blocks.size() == 2);
  document["workflows"].push_back(parse_block(blocks[block]));
  auto parsed = parse_instrument(document.dump(2), name + ".json");
  REQUIRE_MESSAGE(parsed, (parsed ? "" : parsed.error().message));
  return *parsed;
}

std::shared_ptr<const instrument> counting_instrument() {
  return std::make_shared<const instrument>(with_addition("dummy", 0));
}

double value_of(const std::vector<workflow_output>& outputs, std::string_view name) {
  for (const auto& o : outputs)
    if (o.name == name) return std::get<std::vector<double>>(o.value->data.data).at(0);
  return -1;
}

} // namespace

TEST_CASE("the workflow of the guide counts, and starts anew when it is cleared") {
  auto registry = builtin_workflows();
  registry.add("event_count", event_count_kind());
  auto recipe = registry.recipe(counting_instrument(), "panel_0_count", "panel_0", json::object());
  REQUIRE_MESSAGE(recipe, (recipe ? "" : recipe.error().message));
  CHECK((*recipe)->outputs().size() == 2);
  std::shared_ptr<workflow> counter = (*recipe)->build().value();
  std::mt19937_64 rng(1);
  auto add = [&](std::size_t n, std::int64_t start) {
    counter->accumulate(make_batch("panel_0", {make_chunk(random_events(rng, n, 1, 100))}, {start}, {start + 1000}));
  };
  add(10, 1000);
  add(20, 2000);
  auto first = counter->finalize();
  CHECK(value_of(first, "total") == 30);
  CHECK(value_of(first, "update") == 30);
  CHECK(std::get<std::vector<std::int64_t>>(first[1].value->coord("start_time")->data).at(0) == 1000);
  CHECK(std::get<std::vector<std::int64_t>>(first[1].value->coord("time")->data).at(0) == 3000);
  add(5, 3000);
  auto second = counter->finalize();
  CHECK(value_of(second, "total") == 35);
  CHECK(value_of(second, "update") == 5);
  counter->clear();
  add(7, 4000);
  CHECK(value_of(counter->finalize(), "total") == 7);
}

TEST_CASE("the workflow of the guide goes on where it was saved and loaded") {
  auto registry = builtin_workflows();
  registry.add("event_count", event_count_kind());
  const auto inst = counting_instrument();
  const auto recipe = registry.recipe(inst, "panel_0_count", "panel_0", json::object()).value();
  const auto make = [&] { return std::move(recipe->build().value()); };
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto steps = random_steps(*inst, *recipe, {"panel_0", {}}, 20, seed);
    CHECK_FALSE(difference_after_loading(make, steps, seed).has_value());
  }
}

TEST_CASE("the workflow of the guide refuses parameters") {
  auto registry = builtin_workflows();
  registry.add("event_count", event_count_kind());
  CHECK_FALSE(registry.recipe(counting_instrument(), "panel_0_count", "panel_0", {{"x", 1}}));
}

TEST_CASE("the reduction of the guide waits for its monitor, and gives the ratio of two spectra") {
  const free_flight_folder folder("loki_i_of_q_current_run", "loki-wavelength-lookup-table-no-choppers.h5", 10, 32);
  auto inst = with_addition("loki", 1);
  const auto geometry = geometry_file_in(folder.path());
  fit_sizes(inst, geometry);
  auto registry = workflows_with(folder.path());
  registry.add("wavelength_spectrum", wavelength_spectrum_kind());
  auto recipe =
    registry.recipe(std::make_shared<const instrument>(with_geometry_file(inst, geometry).value()), "spectrum",
                    "loki_detector_1", {{"wavelength_edges", {{"start", 1}, {"stop", 11}, {"num_bins", 10}}}});
  REQUIRE_MESSAGE(recipe, (recipe ? "" : recipe.error().message));
  auto w = (*recipe)->build().value();
  // Some 27.3 m to the pixels, 15.2 m to the monitor: six neutrons of 4.5 Å here, three there.
  const auto time = [](double path) { return static_cast<std::int32_t>(neutron::time_of_flight(path, 4.5)); };
  auto data = make_batch("loki_detector_1", {make_chunk(std::vector<event>(6, {time(27.3), 803000}))});
  w->accumulate(data);
  CHECK(w->waits_for() == std::vector<std::string>{"monitor (beam_monitor_m1)"});
  auto monitor = make_batch("beam_monitor_m1", {make_chunk(std::vector<event>(3, {time(15.2), 1}))});
  w->accumulate({data.start, data.end, {}, monitor.primary});
  REQUIRE(w->waits_for().empty());
  const auto out = w->finalize();
  CHECK(std::get<std::vector<double>>(out.at(0).value->data.data).at(3) == 2);
}

} // namespace workflow_guide_test
