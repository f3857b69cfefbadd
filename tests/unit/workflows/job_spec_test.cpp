#include "support/built_in_instruments.hpp"
#include "support/saved_state.hpp"
#include "workflows/job_spec.hpp"
#include "workflows/registry.hpp"

#include <doctest/doctest.h>

namespace job_spec_test {

using namespace livedata;
using namespace livedata::test;

namespace {

const json written = json::parse(R"({
  "job": {"source_name": "bank/0", "job_number": "01234567-89ab-cdef-0123-456789abcdef"},
  "workflow": "loki/tube_view/1",
  "params": {"toa_edges": {"num_bins": 7}},
  "auxiliary": {"incident": "m1"},
  "schedule": {"start_time": -5, "end_time": null}
})");

std::string refusal(json value) {
  auto spec = job_spec_from_json(value);
  REQUIRE_FALSE(spec);
  CHECK(spec.error().reason == "bad_job_spec");
  return spec.error().message;
}

std::string refusal(const char* pointer, json member) {
  auto value = written;
  value[json::json_pointer(pointer)] = std::move(member);
  return refusal(value);
}

} // namespace

TEST_CASE("a job is written down and read again") {
  const auto spec = job_spec_from_json(written).value();
  CHECK(spec.job.source_name == "bank/0");
  CHECK(to_string(spec.job.job_number) == "01234567-89ab-cdef-0123-456789abcdef");
  CHECK(spec.workflow == workflow_id{"loki", "tube_view", 1});
  CHECK(spec.params == json{{"toa_edges", {{"num_bins", 7}}}});
  CHECK(spec.auxiliary == aux_selection{{"incident", "m1"}});
  CHECK(spec.schedule == job_schedule{timestamp{-5}, std::nullopt});
  CHECK(to_json(spec) == written);
}

TEST_CASE("a written job that is not as it has to be is refused, with the field at fault") {
  CHECK(refusal(json::array()) == "the job: an empty list is wrong here; allowed: an object");
  for (const auto* field : {"job", "workflow", "params", "auxiliary", "schedule"}) {
    auto value = written;
    value.erase(field);
    CHECK(refusal(value) == std::string("the job: the key \"") + field + "\" is missing");
  }
  CHECK(refusal("/extra", 1) == "the job: unknown key \"extra\"; allowed: job, workflow, params, auxiliary, schedule");
  CHECK(refusal("/job/source_name", "") == "/job/source_name: \"\" is wrong here; allowed: a text that is not empty");
  CHECK(refusal("/job/job_number", "12").starts_with("/job/job_number: "));
  CHECK(refusal("/job/more", 1).starts_with("/job: unknown key \"more\""));
  CHECK(refusal("/workflow", "tube_view").starts_with("/workflow: "));
  CHECK(refusal("/params", 3) == "/params: 3 is wrong here; allowed: an object");
  CHECK(refusal("/auxiliary/incident", 3) == "/auxiliary/incident: 3 is wrong here; allowed: a text that is not empty");
  CHECK(refusal("/schedule/start_time", 1.5).starts_with("/schedule/start_time: 1.5 is wrong here"));
  CHECK(refusal("/schedule/end_time", -6).starts_with("/schedule: "));
}

TEST_CASE("every workflow of every instrument is built from its written form as it was before") {
  const auto registry = builtin_workflows();
  const auto number = uuid_from_name("spec");
  for (const auto& inst : built_in_instruments())
    for (const auto& declaration : inst->workflows)
      for (const auto& source : declaration.sources) {
        CAPTURE(inst->name);
        CAPTURE(declaration.name);
        CAPTURE(source);
        const auto params = small_params(*registry.find(declaration.kind), declaration);
        aux_selection chosen;
        for (const auto& role : declaration.auxiliary)
          chosen.emplace_back(role.role, role.choices.back());
        const auto id = to_string(workflow_id{inst->name, declaration.name, declaration.version});
        const auto recipe = registry.recipe(inst, id, source, params, chosen).value();
        const auto spec = recipe->spec(number, {timestamp{1}, timestamp{2}});
        CHECK(spec.auxiliary == chosen);
        const auto read = job_spec_from_json(json::parse(to_json(spec).dump())).value();
        REQUIRE(read == spec);
        const auto again = registry.recipe(inst, read).value();
        REQUIRE(again->spec(number, spec.schedule) == spec);
        if (source != smallest_source(*inst, declaration)) continue;
        auto built = recipe->build();
        // Some need files that are not there.
        if (!built) {
          CHECK(built.error().message.find("put it there") != std::string::npos);
          continue;
        }
        const auto one = std::move(*built);
        const auto other = std::move(again->build().value());
        CHECK(one->save() == other->save());
        const auto finalize = [](workflow& w) { return w.finalize(); };
        CHECK(outcome_of(*one, finalize) == outcome_of(*other, finalize));
      }
}

} // namespace job_spec_test
