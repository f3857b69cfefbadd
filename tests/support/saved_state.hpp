// A check of workflow::save() and load() that fits every workflow: what a workflow gives out must not depend on whether
// it was saved and loaded on the way.
#pragma once

#include "workflows/archive.hpp"
#include "workflows/workflow.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace livedata::test {

// One call of a workflow. Gives the outputs, if it asks for any.
using workflow_step = std::function<std::vector<workflow_output>(workflow&)>;

// All that can be seen of a workflow after a step.
struct outcome {
  // Bit by bit.
  std::vector<std::byte> outputs;
  std::string failure;
  event_tally tally;
  std::vector<std::string> notes;

  friend bool operator==(const outcome&, const outcome&) = default;
};

inline std::vector<std::byte> bytes_of(const std::vector<workflow_output>& outputs) {
  archive a;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    auto output = outputs[i];
    a.field(fmt::format("name {}", i), output.name);
    a.field(fmt::format("value {}", i), output.value);
  }
  return a.finish();
}

inline outcome outcome_of(workflow& w, const workflow_step& step, bool take_notes = true) {
  outcome out;
  try {
    out.outputs = bytes_of(step(w));
  } catch (const std::exception& e) {
    out.failure = e.what();
  }
  out.tally = w.tally();
  if (take_notes) out.notes = w.take_notes();
  return out;
}

// Takes three workflows through the steps: one that is never saved, one that is saved after so many steps, and one that
// is loaded then and takes the steps that remain. Nothing if all give out the same; else where they differ first.
inline std::optional<std::string> difference_after_loading(const std::function<std::unique_ptr<workflow>()>& make,
                                                           const std::vector<workflow_step>& steps, std::size_t after) {
  const auto plain = make();
  const auto saved = make();
  const auto loaded = make();
  const auto finalize = [](workflow& w) { return w.finalize(); };
  for (std::size_t i = 0; i <= steps.size(); ++i) {
    if (i == after) {
      const auto bytes = saved->save();
      loaded->load(bytes);
      if (loaded->save() != bytes) return "what was loaded is saved otherwise";
    }
    // At last, whatever is still inside.
    const auto& step = i < steps.size() ? steps[i] : workflow_step(finalize);
    // Notes may be waiting when a workflow is saved.
    const auto notes = i == steps.size();
    const auto expected = outcome_of(*plain, step, notes);
    if (outcome_of(*saved, step, notes) != expected) return fmt::format("the saved workflow differs after step {}", i);
    if (i >= after && outcome_of(*loaded, step, notes) != expected)
      return fmt::format("the loaded workflow differs after step {}", i);
  }
  return std::nullopt;
}

} // namespace livedata::test
