// Every instrument with all its jobs, with default parameters, on the simulator: each job gives each of its outputs,
// with the right dimensions and units.
#include "support/instrument_run.hpp"

#include <doctest/doctest.h>

#include <map>
#include <places.hpp>
#include <set>

namespace instruments_test {

using namespace livedata;
using namespace livedata::test;

namespace {

using names = std::vector<std::string>;

// Dimensions of the image or series of a workflow; of some by source.
const std::map<std::string, names> dimensions{{"dummy/panel_0_xy", {"y", "x"}},
                                              {"dummy/panel_0_layers", {"layer", "y", "x"}},
                                              {"dummy/area_panel_xy", {"dim_0", "dim_1"}},
                                              {"loki/detector_xy_projection", {"y", "x"}},
                                              {"loki/tube_view", {"layer", "tube"}},
                                              {"loki/monitor_counts_per_pixel", {"detector_number"}},
                                              {"dream/detector_projection", {"y", "x"}},
                                              {"dream/detector_projection/mantle_detector", {"arc_length", "z"}},
                                              {"dream/mantle_front_layer", {"mod/seg/cntr", "strip"}},
                                              {"dream/wire_view", {"wire", "mod/seg/cntr"}},
                                              {"dream/strip_view", {"strip"}},
                                              {"bifrost/unified_detector_view", {"arc/tube", "channel/pixel"}},
                                              {"odin/odin_detector_xy", {"x", "y"}},
                                              {"estia/estia_multiblade_detector_view", {"strip", "blade", "wire"}},
                                              {"nmx/panel_xy", {"x", "y"}},
                                              {"tbl/tbl_detector_timepix3", {"x", "y"}},
                                              {"tbl/multiblade_detector_view", {"blade", "wire", "strip"}},
                                              {"tbl/he3_detector_view", {"tube", "pixel"}},
                                              {"tbl/ngem_detector_view", {"dim_1", "dim_2"}},
                                              {"tbl/tbl_area_detector_orca", {"x", "y"}},
                                              {"magic/wire_view", {"wire", "segment"}},
                                              {"magic/strip_view", {"strip"}},
                                              {"magic/detector_projection", {"y", "arc_length"}},
                                              {"beer/bank_view", {"y", "x"}},
                                              {"beer/panel_view", {"panel", "y", "x"}}};

names expected_dimensions(const std::string& inst, const std::string& workflow, const std::string& source) {
  if (workflow == "monitor_histogram") return {"time_of_arrival"};
  if (workflow == "timeseries_data") return {"time"};
  if (workflow == "wavelength_lut") return {"distance", "event_time_offset"};
  auto name = inst + "/" + workflow;
  auto by_source = dimensions.find(name + "/" + source);
  return by_source != dimensions.end() ? by_source->second : dimensions.at(name);
}

double sum_of(const variable& v) {
  return std::visit(
    [](const auto& content) {
      double sum = 0;
      for (auto x : content)
        sum += static_cast<double>(x);
      return sum;
    },
    v.data);
}

instrument_run run_all(const std::shared_ptr<const instrument>& inst) {
  settings s;
  s.services = {"detector_data", "monitor_data", "timeseries"};
  // Six seconds: a delay of a chopper is told after five samples.
  s.source.pulses = 84;
  for (const auto& job : *inst->find_job_set("all"))
    s.jobs.push_back(request(job.workflow, job.source));
  return run_instrument(inst, s, 2, simulated(inst, 50'000));
}

void check_instrument(const std::string& name) {
  CAPTURE(name);
  auto inst = std::make_shared<const instrument>(
    load_instrument(std::string(LIVEDATA_SOURCE_DIR) + "/instruments/" + name + ".json").value());
  auto run = run_all(inst);
  for (const auto& line : run.report.jobs)
    CHECK_MESSAGE(line.text.empty(), line.label->workflow << " on " << line.label->source << ": " << line.text);
  // Outputs by workflow and source.
  std::map<std::string, std::set<std::string>> given;
  for (const auto& m : run.results) {
    auto key = json::parse(m.source_name, nullptr, false);
    if (!key.is_object()) continue;
    auto workflow = key["workflow_id"]["name"].get<std::string>();
    auto source = key["job_id"]["source_name"].get<std::string>();
    auto output = key["output_name"].get<std::string>();
    CAPTURE(workflow);
    CAPTURE(source);
    CAPTURE(output);
    given[workflow + " " + source].insert(output);
    const auto& signal = m.data.data;
    if (output == "cumulative" || output == "current" || output == "delta" || workflow == "wavelength_lut")
      CHECK(signal.dims == expected_dimensions(name, workflow, source));
    if (output == "cumulative" || output.starts_with("counts_total")) CHECK(sum_of(signal) > 0);
    if (output == "delta") {
      CHECK(signal.unit.has_value() == inst->unit_of(source).has_value());
      CHECK(signal.shape.at(0) > 0);
    } else if (workflow == "wavelength_lut") {
      CHECK(signal.unit == "\u00c5");
    } else if (output == "roi_rectangle" || output == "roi_polygon" || workflow.find("area") != std::string::npos) {
      CHECK(signal.unit == "dimensionless");
    } else {
      CHECK(signal.unit == "counts");
    }
  }
  for (const auto& order : run.plan.orders) {
    const auto& r = *order->recipe;
    auto job = r.id().name + " " + r.source();
    CAPTURE(job);
    for (const auto& output : r.outputs())
      CHECK_MESSAGE(given[job].contains(output.name), job << " has not given " << output.name);
  }
}

} // namespace

TEST_CASE("all jobs of beer give all their outputs on the simulator") {
  check_instrument("beer");
}

TEST_CASE("all jobs of bifrost give all their outputs on the simulator") {
  check_instrument("bifrost");
}

TEST_CASE("all jobs of dream give all their outputs on the simulator") {
  check_instrument("dream");
}

TEST_CASE("all jobs of dummy give all their outputs on the simulator") {
  check_instrument("dummy");
}

TEST_CASE("all jobs of estia give all their outputs on the simulator") {
  check_instrument("estia");
}

TEST_CASE("all jobs of loki give all their outputs on the simulator") {
  check_instrument("loki");
}

TEST_CASE("all jobs of magic give all their outputs on the simulator") {
  check_instrument("magic");
}

TEST_CASE("all jobs of nmx give all their outputs on the simulator") {
  check_instrument("nmx");
}

TEST_CASE("all jobs of odin give all their outputs on the simulator") {
  check_instrument("odin");
}

TEST_CASE("all jobs of tbl give all their outputs on the simulator") {
  check_instrument("tbl");
}

} // namespace instruments_test
