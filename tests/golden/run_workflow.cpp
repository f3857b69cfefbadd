// Runs the jobs of a case as a service does: instrument, registry, job table, job; and compares what they publish.
#include "golden/golden_case.hpp"
#include "golden/wire_array.hpp"
#include "support/golden_instruments.hpp"
#include "support/job_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace livedata::golden {

namespace {

namespace fs = std::filesystem;

struct run {
  std::string workflow;
  json params;
  // Its file in the folder of the case.
  std::string expected;
};

// Where one case has several workflows, `params` has an entry for each. Of two files the one without the defect of the
// backend that made them.
std::vector<run> runs_of(const golden_case& c) {
  const auto& params = c.manifest.at("params");
  if (fs::exists(c.folder / "expected.h5")) return {{c.manifest.at("workflow"), params, "expected.h5"}};
  std::vector<run> runs;
  for (const auto& [workflow, own] : params.items()) {
    const auto right = fmt::format("expected_{}_ungrouped.h5", workflow);
    runs.push_back({workflow, own, fs::exists(c.folder / right) ? right : fmt::format("expected_{}.h5", workflow)});
  }
  return runs;
}

aux_selection auxiliary_of(const golden_case& c) {
  aux_selection chosen;
  if (const auto given = c.manifest.find("aux_sources"); given != c.manifest.end())
    for (const auto& [role, stream] : given->items())
      chosen.emplace_back(role, stream.get<std::string>());
  return chosen;
}

// The backend sends variances of event monitors in some batches only; they are the counts, always.
void repair_event_monitor(const golden_case& c, const run& r, expected_batch& b) {
  if (r.workflow != "monitor_histogram" || !c.has_events(c.manifest.at("source"))) return;
  for (auto& [name, e] : b.outputs) {
    e.has_errors = true;
    e.errors = std::get<std::vector<double>>(e.array.data.data);
    for (auto& x : e.errors)
      x = std::sqrt(x);
  }
}

// Vanadium is in single precision in the backend.
bool has_vanadium(const run& r, const std::string& output) {
  return r.workflow.ends_with("_with_vanadium") && output.starts_with("i_of_");
}

// Counts of events are exact. Histograms that monitors send are spread over bins.
bool is_exact(const golden_case& c, const wire_array& e) {
  return e.array.data.unit == "counts" && c.has_events(c.manifest.at("source"));
}

void compare_batch(const golden_case& c, const run& r, const std::string& where, const expected_batch& expected,
                   const job_reply& reply, verdict& v) {
  // Reductions without an input that they need: the backend tries and fails, ours wait.
  if (expected.error.find("empty accumulator") != std::string::npos) {
    if (reply.waits_for.empty() || reply.result) v.fault(where + ": should wait for an input");
    return;
  }
  // What else the backend cannot do is a defect of it.
  if (!expected.error.empty()) return;
  if (reply.push == step::failed) return v.fault(where + ": " + reply.push_error);
  if (!reply.result) return v.fault(where + ": no result: " + reply.finalize_error);
  const auto& given = reply.result->outputs;
  for (std::size_t i = 0; i < std::max(given.size(), expected.outputs.size()); ++i) {
    const auto name = i < given.size() ? given[i].name : "nothing";
    const auto wanted = i < expected.outputs.size() ? expected.outputs[i].first : "nothing";
    if (name != wanted) return v.fault(fmt::format("{}: output {} is {} rather than {}", where, i, name, wanted));
    const auto& e = expected.outputs[i].second;
    const tolerance t{.relative = has_vanadium(r, name) ? 3e-6 : 1e-12,
                      .exact = is_exact(c, e),
                      .errors_as_values = r.workflow == "wavelength_lut"};
    compare(where + " " + name, e, read_wire_array(given[i].message->bytes()), t,
            {"sample_rotation", "detector_rotation", "sample_size", "L1"}, v);
  }
}

} // namespace

verdict run_workflow_case(const golden_case& c) {
  verdict v;
  const auto inst = test::instrument_with(c.manifest.at("instrument"), c.folder);
  const auto source = c.manifest.at("source").get<std::string>();
  const auto inputs = c.inputs();
  for (const auto& r : runs_of(c)) {
    auto recipe = test::workflows_with(c.folder).recipe(inst, r.workflow, source, r.params, auxiliary_of(c));
    if (!recipe) throw std::runtime_error(recipe.error().message);
    test::job_run job(*recipe, source);
    auto expected = c.expected(r.expected, inputs.size());
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      const auto reply = job.batch(inputs[k].start, inputs[k].end, inputs[k].streams, inputs[k].finalize);
      const auto where = fmt::format("{} batch {}", r.workflow, k);
      if (!inputs[k].finalize) continue;
      if (!expected[k]) {
        if (reply.result) v.fault(where + ": a result that was not expected");
        continue;
      }
      repair_event_monitor(c, r, *expected[k]);
      compare_batch(c, r, where, *expected[k], reply, v);
    }
  }
  return v;
}

} // namespace livedata::golden
