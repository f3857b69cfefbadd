// Reductions in whole engines on simulated neutrons, with the lookup tables that go with them, against what physics
// says must come out: the minima of a form factor, the transmission of an absorber, the reflections of a powder.
#include "support/instrument_run.hpp"
#include "workflows/wavelength/simulated_choppers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <places.hpp>

namespace simulated_reductions_test {

using namespace livedata;
using namespace livedata::test;

namespace {

instrument loaded(const std::string& name) {
  return load_instrument(std::filesystem::path(LIVEDATA_SOURCE_DIR) / "instruments" / (name + ".json")).value();
}

// The last result of each output of the one job.
struct final_results {
  std::vector<told_result> all;

  const data_array& operator[](std::string_view output) const {
    const auto last = std::find_if(all.rbegin(), all.rend(), [&](const auto& r) { return r.output == output; });
    REQUIRE_MESSAGE(last != all.rend(), output);
    return last->data;
  }
};

const std::vector<double>& numbers_of(const variable& v) {
  return std::get<std::vector<double>>(v.data);
}

// A second of data, at a rate of that many events of all detectors.
final_results run_job(instrument changed, const job_request& job, double rate) {
  const auto inst = std::make_shared<const instrument>(std::move(changed));
  settings s;
  s.services = {"data_reduction"};
  s.source.kind = "simulator";
  s.source.pulses = 30;
  s.jobs = {job};
  auto files = std::make_shared<data_files>(file_folders{{}, "/nowhere"});
  simulate_tables(inst, *files);
  auto workflows = builtin_workflows();
  workflows.use(files);
  auto run = run_instrument(inst, s, 1, simulated(inst, rate), workflows);
  for (const auto& line : run.report.jobs)
    CHECK_MESSAGE(line.text.empty(), line.text);
  return {told(std::move(run.results))};
}

std::size_t bin_of(const std::vector<double>& edges, double x) {
  return static_cast<std::size_t>(std::upper_bound(edges.begin(), edges.end(), x) - edges.begin()) - 1;
}

} // namespace

TEST_CASE("i_of_q of simulated neutrons has the minima of spheres of 40 \u00c5, and the transmission of the absorber") {
  auto inst = loaded("loki");
  // As many as a monitor counts in minutes.
  for (auto& m : inst.monitors)
    m.simulated_events = 60'000;
  const auto absorption = inst.simulation->scatterer->absorption;
  REQUIRE(absorption > 0);
  const auto radius = std::get<simulation::spheres>(inst.simulation->scatterer->structure).radius;
  // The defaults for Q, and the wavelengths of the job set.
  json params;
  for (const auto& job : *inst.find_job_set("reduction"))
    if (job.workflow == "i_of_q") params = job.params;
  const auto results = run_job(inst, request("i_of_q", "loki_detector_0", params), 2e6);
  const auto& intensity = numbers_of(results["i_of_q"].data);
  const auto& q = numbers_of(*results["i_of_q"].coord("Q"));
  for (const auto x : {4.493409, 7.725252}) {
    const auto minimum = bin_of(q, x / radius);
    CAPTURE(x / radius);
    const auto from = intensity.begin() + static_cast<std::ptrdiff_t>(minimum) - 2;
    const auto found = static_cast<std::size_t>(std::min_element(from, from + 5) - intensity.begin());
    CHECK(std::abs(static_cast<double>(found) - static_cast<double>(minimum)) <= 1);
    // The maximum behind it is higher.
    CHECK(*std::max_element(intensity.begin() + static_cast<std::ptrdiff_t>(found) + 1,
                            intensity.begin() + static_cast<std::ptrdiff_t>(found) + 4) > 1.3 * intensity[found]);
  }
  // Falling steeply before.
  CHECK(intensity[bin_of(q, 0.02)] > 50 * intensity[bin_of(q, 4.49 / radius)]);

  const auto& transmission = numbers_of(results["transmission_fraction"].data);
  const auto& wavelength = numbers_of(*results["transmission_fraction"].coord("wavelength"));
  REQUIRE(transmission.size() == 100);
  // Ten bins together, where choppers cut nothing.
  for (std::size_t k = 20; k < 80; k += 10) {
    const auto begin = transmission.begin() + static_cast<std::ptrdiff_t>(k);
    const auto mean = std::accumulate(begin, begin + 10, 0.0) / 10;
    CHECK(mean == doctest::Approx(std::exp(-absorption * (wavelength[k] + wavelength[k + 10]) / 2)).epsilon(0.03));
  }
}

TEST_CASE("powder_reduction of simulated neutrons has the reflections of silicon within a bin") {
  const auto inst = loaded("dream");
  const auto results = run_job(inst, request("powder_reduction", "mantle_detector"), 3e6);
  const auto& intensity = numbers_of(results["focussed_data_dspacing"].data);
  const auto& d = numbers_of(*results["focussed_data_dspacing"].coord("dspacing"));
  REQUIRE(intensity.size() == 500);
  CHECK(std::accumulate(intensity.begin(), intensity.end(), 0.0) == doctest::Approx(1).epsilon(1e-9));
  // 111, 220, 311, 400 by Bragg's law and the lattice constant of silicon.
  std::vector<double> reflections;
  for (auto square : {3, 8, 11, 16})
    reflections.push_back(5.43102 / std::sqrt(square));
  double in_peaks = 0;
  for (auto expected : reflections) {
    CAPTURE(expected);
    // The centre of what is within 1.5 %.
    double sum = 0;
    double moment = 0;
    for (std::size_t k = 0; k < intensity.size(); ++k) {
      const auto centre = (d[k] + d[k + 1]) / 2;
      if (std::abs(centre / expected - 1) > 0.015) continue;
      sum += intensity[k];
      moment += centre * intensity[k];
    }
    REQUIRE(sum > 0);
    in_peaks += sum;
    CHECK(std::abs(moment / sum - expected) < d[1] - d[0]);
    // A peak, not a slope: two widths away there is nothing.
    CHECK(intensity[bin_of(d, expected * 1.025)] < 0.02 * sum);
    CHECK(intensity[bin_of(d, expected * 0.975)] < 0.02 * sum);
  }
  // The Lorentz factor makes small spacings weak.
  CHECK(in_peaks > 0.9);
}

} // namespace simulated_reductions_test
