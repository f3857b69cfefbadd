// Jobs of reductions: what they wait for, what they publish, and with which names. Numbers are those of the statements
// about workflows.
#include "support/events.hpp"
#include "support/golden_instruments.hpp"
#include "support/job_run.hpp"
#include "support/published.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace reduction_jobs_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr std::int64_t second = 1'000'000'000;

recipe_ptr recipe_of(const std::string& golden_case, const std::string& instrument, const std::string& workflow,
                     const std::string& source, const json& params = json::object()) {
  const auto folder = golden_folder(golden_case);
  auto recipe = workflows_with(folder).recipe(instrument_with(instrument, folder), workflow, source, params);
  REQUIRE_MESSAGE(recipe, (recipe ? "" : recipe.error().message));
  return *recipe;
}

// Why parameters are refused.
std::string problem(const std::string& golden_case, const std::string& instrument, const std::string& workflow,
                    const std::string& source, const json& params) {
  const auto folder = golden_folder(golden_case);
  auto recipe = workflows_with(folder).recipe(instrument_with(instrument, folder), workflow, source, params);
  if (!recipe) return recipe.error().message;
  auto built = (*recipe)->build();
  return built ? "" : built.error().message;
}

stream_value events_in(std::int32_t first_pixel, std::int32_t last_pixel, std::size_t n, std::int64_t pulse) {
  std::mt19937_64 rng(static_cast<std::uint64_t>(pulse) + n);
  auto b = std::make_shared<event_batch>();
  b->add(make_chunk(random_events(rng, n, first_pixel, last_pixel, 0, 71'000'000), {pulse}));
  return events_ptr(std::move(b));
}

stream_value angle(double degrees, std::int64_t time) {
  struct samples {
    timestamp time;
    double value;
  };

  auto owner = std::make_shared<const samples>(samples{{time}, degrees});
  auto series = std::make_shared<log_series>();
  series->time = {&owner->time, 1};
  series->value = {&owner->value, 1};
  series->unit = "degrees";
  series->owner = owner;
  return series_ptr(std::move(series));
}

std::vector<std::string> names_of(const job_reply& r) {
  std::vector<std::string> names;
  if (r.result)
    for (const auto& o : r.result->outputs)
      names.push_back(o.name);
  return names;
}

using list = std::vector<std::string>;

} // namespace

TEST_CASE("20, 21: total counts of a detector since the start, one output in a cycle") {
  job_run job(recipe_of("dummy_total_counts", "dummy", "total_counts", "panel_0"), "panel_0");
  const auto total_after = [&](std::size_t events, std::int64_t start) {
    const auto r = job.batch({start}, {start + second}, {{"panel_0", events_in(1, 16384, events, start)}});
    CHECK(names_of(r) == list{"total_counts"});
    return std::get<std::vector<std::int64_t>>(decoded(r.result->outputs.at(0)).data.data.data).at(0);
  };
  CHECK(total_after(2000, 0) == 2000);
  CHECK(total_after(3000, second) == 5000);
  CHECK(total_after(2000, 2 * second) == 7000);
  job.reset();
  CHECK(total_after(1000, 3 * second) == 1000);
}

TEST_CASE(
  "25: I(Q) waits for both monitors, comes in the cycle that brings the last of them, and then with the detector") {
  job_run job(recipe_of("loki_i_of_q_current_run", "loki", "i_of_q", "loki_detector_1"), "loki_detector_1");
  const auto detector = [](std::int64_t t) { return events_in(802817, 804160, 2000, t); };
  auto r = job.batch({0}, {second}, {{"loki_detector_1", detector(0)}});
  CHECK_FALSE(r.result);
  CHECK(job.record().state() == job_state::waiting);
  CHECK(job.record().warning_text() ==
        "Waits for incident monitor (beam_monitor_m1), transmission monitor (beam_monitor_m3).");
  r = job.batch({second}, {2 * second}, {{"beam_monitor_m3", events_in(4, 8, 500, second)}});
  CHECK_FALSE(r.result);
  CHECK(job.record().warning_text() == "Waits for incident monitor (beam_monitor_m1).");
  r = job.batch({2 * second}, {3 * second}, {{"beam_monitor_m1", events_in(1, 1, 500, 2 * second)}});
  CHECK(names_of(r) == list{"i_of_q", "transmission_fraction"});
  CHECK(job.record().state() == job_state::active);
  r = job.batch({3 * second}, {4 * second}, {{"loki_detector_1", detector(3 * second)}});
  CHECK(names_of(r).size() == 2);
  job.reset();
  r = job.batch({4 * second}, {5 * second}, {{"loki_detector_1", detector(4 * second)}});
  CHECK(job.record().state() == job_state::waiting);
}

TEST_CASE("I(Q) with a constant transmission needs the incident monitor only") {
  job_run job(
    recipe_of("loki_i_of_q_constant", "loki", "i_of_q", "loki_detector_1", {{"transmission", {{"mode", "constant"}}}}),
    "loki_detector_1");
  const auto r =
    job.batch({0}, {second},
              {{"loki_detector_1", events_in(802817, 804160, 2000, 0)}, {"beam_monitor_m1", events_in(1, 1, 500, 0)}});
  CHECK(names_of(r) == list{"i_of_q"});
}

TEST_CASE("I(Q) of the bank on the carriage waits for the position of the carriage") {
  job_run job(recipe_of("loki_i_of_q_current_run", "loki", "i_of_q", "loki_detector_0"), "loki_detector_0");
  job.batch({0}, {second}, {{"loki_detector_0", events_in(1, 1568, 2000, 0)}});
  CHECK(job.record().state() == job_state::pending_context);
}

TEST_CASE("26: powder reduction publishes three outputs, and with vanadium six") {
  job_run job(recipe_of("dream_powder", "dream", "powder_reduction", "sans_detector"), "sans_detector");
  const auto events = events_in(720929, 722208, 2000, 0);
  const auto r = job.batch({0}, {second}, {{"sans_detector", events}});
  CHECK(names_of(r) == list{"focussed_data_dspacing", "focussed_data_dspacing_two_theta", "focussed_data_tof"});
  const auto tof = decoded(r.result->outputs.at(2)).data;
  CHECK(tof.data.dims == list{"tof"});
  CHECK(tof.coord("tof")->unit == "\u00b5s");
  job_run with_vanadium(recipe_of("dream_powder_vanadium", "dream", "powder_reduction_with_vanadium", "sans_detector",
                                  {{"instrument_configuration", {{"value", "high_flux_BC215"}}}}),
                        "sans_detector");
  CHECK(names_of(with_vanadium.batch({0}, {second}, {{"sans_detector", events}})).size() == 6);
}

TEST_CASE("27, 28: maps need both angles, which may come in different cycles, and no event from before is in them") {
  job_run job(recipe_of("bifrost_qmaps", "bifrost", "qmap", "unified_detector"), "unified_detector");
  const auto events = [](std::int64_t t) { return events_in(1, 13500, 3000, t); };
  auto r = job.batch({0}, {second}, {{"unified_detector", events(0)}});
  CHECK_FALSE(r.result);
  CHECK(job.record().state() == job_state::pending_context);
  r = job.batch({second}, {2 * second}, {{"unified_detector", events(second)}, {"rotation_stage", angle(10, second)}});
  CHECK_FALSE(r.result);
  CHECK(job.record().warning_text() == "Waiting for context streams: detector_tank_angle_r0");
  r = job.batch({2 * second}, {3 * second},
                {{"unified_detector", events(2 * second)}, {"detector_tank_angle_r0", angle(15, 2 * second)}});
  CHECK(names_of(r) == list{"cut_data"});
  CHECK(r.events.received == 3000);
}

TEST_CASE("125: limits of the reflectometry reduction are checked, and its edges have their defaults") {
  const auto problem_with = [](const json& params) {
    return problem("estia_reflectometry", "estia", "reflectometry_reduction", "multiblade_detector", params);
  };
  CHECK(problem_with({{"y_index_limits", {{"start", 2}, {"stop", 1}}}}).find("greater than or equal to start") !=
        std::string::npos);
  CHECK(problem_with({{"z_index_limits", {{"start", -1}, {"stop", 1}}}}).find("z_index_limits.start") !=
        std::string::npos);
  CHECK(
    problem_with({{"beam_divergence_limits", {{"start", 1}, {"stop", 0}}}}).find("stop must be greater than start") !=
    std::string::npos);
  const auto recipe = recipe_of("estia_reflectometry", "estia", "reflectometry_reduction", "multiblade_detector");
  job_run job(recipe, "multiblade_detector");
  const auto r = job.batch({0}, {second}, {{"multiblade_detector", events_in(98305, 196608, 5000, 0)}});
  CHECK(names_of(r) == list{"i_of_wavelength", "i_of_q", "i_of_theta_wavelength"});
  CHECK(decoded(r.result->outputs.at(1)).data.data.shape == std::vector<std::int64_t>{400});
}

TEST_CASE("a group that is given in part takes what is missing from the defaults that all edges have") {
  const auto bins = [](const json& edges) {
    const auto recipe = recipe_of("loki_i_of_q_constant", "loki", "i_of_q", "loki_detector_1", edges);
    return recipe->spec({}).params.at("q_edges").at("num_bins").get<int>();
  };
  CHECK(bins(json::object()) == 20);
  CHECK(bins({{"q_edges", {{"start", 0.01}, {"stop", 0.4}}}}) == 100);
  CHECK(problem("bifrost_qmaps", "bifrost", "elastic_qmap", "unified_detector", {{"axis1", {{"num_bins", 5}}}})
          .find("axis1.axis") != std::string::npos);
}

TEST_CASE("files that reductions need are asked for by name, and others are refused with what is wrong") {
  // A folder without them.
  const auto folder = golden_folder("dummy_total_counts");
  const auto why = [&](const std::string& instrument, const std::string& workflow, const std::string& source,
                       const std::string& golden_case) {
    const auto inst = instrument_with(instrument, golden_folder(golden_case));
    return workflows_with(folder).recipe(inst, workflow, source, json::object()).value()->build().error().message;
  };
  CHECK(why("loki", "i_of_q", "loki_detector_1", "loki_i_of_q_constant")
          .find("loki-wavelength-lookup-table-no-choppers.h5") != std::string::npos);
  CHECK(why("bifrost", "qmap", "unified_detector", "bifrost_qmaps").find("bifrost_260526T151446.repack.h5") !=
        std::string::npos);
  CHECK(why("estia", "reflectometry_reduction", "multiblade_detector", "estia_reflectometry").find("220574.nx") !=
        std::string::npos);
  CHECK(problem("dream_powder", "dream", "powder_reduction_with_vanadium", "sans_detector", json::object())
          .find("268227_00024779_Vana") != std::string::npos);
}

TEST_CASE("more bins than a job may have memory for are refused before any is taken") {
  const json most{{"num_bins", 10000}};
  for (const auto& why :
       {problem("loki_i_of_q_constant", "loki", "i_of_q", "loki_detector_1",
                {{"q_edges", most}, {"wavelength_edges", most}}),
        problem("estia_reflectometry", "estia", "reflectometry_reduction", "multiblade_detector",
                {{"theta_edges", most}, {"wavelength_edges", most}}),
        problem("bifrost_qmaps", "bifrost", "qmap", "unified_detector", {{"q_edges", most}, {"energy_edges", most}})})
    CHECK(why.find("limits.job-memory") != std::string::npos);
}

} // namespace reduction_jobs_test
