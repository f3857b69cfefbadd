// The kinds of workflows that this program has, and how a job's workflow is made: from what an instrument file declares
// and what a user asks for.
#pragma once

#include "messages/ids.hpp"
#include "messages/result.hpp"
#include "workflows/files/data_files.hpp"
#include "workflows/instrument/instrument.hpp"
#include "workflows/job_spec.hpp"
#include "workflows/parameter_model.hpp"
#include "workflows/workflow.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace livedata {

// An output of a workflow. The name identifies it; people see the title.
struct output_spec {
  std::string name;
  std::string title;
};

// The streams beside its source that a job takes.
struct stream_needs {
  // More data. The workflow accumulates them, but they bring no results by themselves.
  std::vector<std::string> auxiliary;
  // Context (set_context) that a job can do without, such as requests for regions of interest.
  std::vector<std::string> context;
  // Context without which there is no right result. A job waits until each stream has a value.
  std::vector<std::string> gating;
};

// What a job may use.
struct workflow_limits {
  // Bytes that a job may need for its counts, tables and results.
  std::uint64_t job_memory = 2'000'000'000;
};

// Asks for memory that the workflow is going to take, in bytes, before it takes it. Throws parameter_error, with what
// is needed and what is left, if all jobs together would have too much.
using memory_claim = std::function<void(std::uint64_t)>;

// Says how many bytes a workflow holds for what came with data and requests, beside what it claimed when it was built;
// to be called before it takes them. Throws parameter_error as a claim does, and the former number holds. The workflow
// keeps it.
using memory_use = std::function<void(std::uint64_t)>;

// What a kind gets to build one workflow.
struct build_request {
  const instrument& inst;
  const workflow_declaration& declaration;
  const std::string& source;
  // Complete and checked if the kind has a parameter model. Otherwise as the user gave them: an object or null.
  const json& params;
  // Auxiliary streams by role: as the user chose them, else the standard ones.
  const aux_selection& auxiliary;
  const workflow_limits& limits;
  // Must be there.
  const memory_claim& claim;
  // Where other files are, and what other jobs have read from them.
  data_files& files;
  // Must be there.
  const memory_use& use;
};

// An implementation. All functions may throw: parameter_error if what the user gave is wrong, anything else for other
// reasons. One that throws for a job throws for every job of its recipe.
struct workflow_kind {
  // The outputs of a declared workflow.
  std::function<std::vector<output_spec>(const workflow_declaration&)> outputs;
  std::function<std::unique_ptr<workflow>(const build_request&)> build;
  // Context streams of a job beside those that its instrument binds to its source. May be missing.
  std::function<std::vector<std::string>(const workflow_declaration&, const job_id&)> context = {};
  // The parameters that a user may choose. Without it, parameters reach build() unchecked.
  std::function<parameter_model(const workflow_declaration&)> parameters = {};
  // Context streams that a job of that source waits for, beside those that its instrument binds to the source. May be
  // missing.
  std::function<std::vector<std::string>(const instrument&, const workflow_declaration&, const std::string& source)>
    gating = {};
};

// Builds the workflow of one job, as often as it is needed. A job shares it with those who restart the job.
class workflow_recipe {
public:
  workflow_recipe(std::shared_ptr<const instrument> inst, const workflow_declaration& declaration, workflow_kind kind,
                  std::string source, json params, aux_selection auxiliary = {}, workflow_limits limits = {},
                  std::shared_ptr<data_files> files = std::make_shared<data_files>());

  const workflow_id& id() const noexcept { return id_; }

  const std::string& source() const noexcept { return source_; }

  const std::string& service() const noexcept { return declaration_.service; }

  const workflow_declaration& declaration() const noexcept { return declaration_; }

  // A job of this recipe, written down: parameters are complete, and every auxiliary role has a stream.
  job_spec spec(const uuid& job_number, const job_schedule& schedule = {}) const;

  // What a job of that id takes: its auxiliary streams, the context of its kind, and the context that the instrument
  // binds to its source.
  stream_needs needs(const job_id& job) const;

  const std::vector<output_spec>& outputs() const noexcept { return outputs_; }

  // Empty if the workflow has no output of that name.
  std::string_view title_of(std::string_view output) const;

  // May take long: it reads geometry and computes projections. Reasons of failure: "bad_parameter", "build_failed".
  // `claim`: hears what the workflow is going to take of memory; what it throws ends the building. `use`: what it takes
  // later.
  result<std::unique_ptr<workflow>> build(
    const memory_claim& claim = [](std::uint64_t) {}, const memory_use& use = [](std::uint64_t) {}) const;

private:
  std::shared_ptr<const instrument> inst_;
  workflow_declaration declaration_;
  workflow_kind kind_;
  workflow_id id_;
  std::string source_;
  json params_;
  aux_selection auxiliary_;
  workflow_limits limits_;
  std::shared_ptr<data_files> files_;
  std::vector<output_spec> outputs_;
};

using recipe_ptr = std::shared_ptr<const workflow_recipe>;

class workflow_registry {
public:
  // A second kind of one name is an error of the program.
  void add(std::string name, workflow_kind kind);

  // For all recipes that are made from now on.
  void limit(workflow_limits limits) { limits_ = limits; }

  // The same: where files are. All jobs share what is read from them.
  void use(std::shared_ptr<data_files> files) { files_ = std::move(files); }

  // `workflow` is a full id ("loki/tube_view/1") or a name (then version 1). Reasons of failure: "unknown_workflow",
  // "unknown_source", "unknown_kind", "bad_parameter", "build_failed" (the kind of workflow threw something else than
  // parameter_error); the message suggests what might have been meant. Of the chosen auxiliary streams, roles that the
  // workflow does not have are passed over, unless it has none at all: then they are a "bad_parameter".
  result<recipe_ptr> recipe(const std::shared_ptr<const instrument>& inst, std::string_view workflow,
                            std::string_view source, json params, const aux_selection& chosen = {}) const;

  // The same for a job that was written down. Its number and schedule play no part.
  result<recipe_ptr> recipe(const std::shared_ptr<const instrument>& inst, const job_spec& spec) const {
    return recipe(inst, to_string(spec.workflow), spec.job.source_name, spec.params, spec.auxiliary);
  }

  // Names of all kinds.
  std::vector<std::string> kinds() const;

  // nullptr if there is no kind of that name.
  const workflow_kind* find(std::string_view kind) const;

private:
  std::map<std::string, workflow_kind, std::less<>> kinds_;
  workflow_limits limits_;
  std::shared_ptr<data_files> files_ = std::make_shared<data_files>();
};

// The registry with every workflow of this program.
workflow_registry builtin_workflows();

} // namespace livedata
