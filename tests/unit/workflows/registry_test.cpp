#include "support/scripted_workflow.hpp"
#include "workflows/registry.hpp"

#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace registry_test {

using namespace livedata;
using namespace livedata::test;

TEST_CASE("a recipe is found by name or full id, and builds the workflow again and again") {
  auto r = small_registry();
  for (const auto* id : {"view", "small/view/1"}) {
    auto recipe = r.recipe(small_instrument(), id, "bank1", json::object());
    REQUIRE(recipe);
    CHECK((*recipe)->id() == workflow_id{"small", "view", 1});
    CHECK((*recipe)->source() == "bank1");
    CHECK((*recipe)->service() == "detector_data");
    CHECK((*recipe)->title_of("counts_total_cumulative") == "Total");
    CHECK((*recipe)->title_of("nothing") == "");
    auto first = (*recipe)->build();
    auto second = (*recipe)->build();
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->get() != second->get());
  }
}

TEST_CASE("115: what cannot be found is named, with a suggestion and what there is") {
  auto r = small_registry();
  auto problem = [&](std::string_view workflow, std::string_view source) {
    auto recipe = r.recipe(small_instrument(), workflow, source, json::object());
    REQUIRE_FALSE(recipe);
    return recipe.error();
  };
  auto f = problem("small/viev/1", "bank1");
  CHECK(f.reason == "unknown_workflow");
  CHECK(f.message.find("Did you mean 'small/view/1'?") != std::string::npos);
  CHECK(problem("loki/view/1", "bank1").reason == "unknown_workflow");
  CHECK(problem("small/view/2", "bank1").reason == "unknown_workflow");
  CHECK(problem("small/view", "bank1").reason == "unknown_workflow");
  f = problem("view", "bank9");
  CHECK(f.reason == "unknown_source");
  CHECK(f.message.find("bank0, bank1, bank2") != std::string::npos);
  auto without = builtin_workflows();
  auto recipe = without.recipe(small_instrument(), "scripted", "bank0", json::object());
  REQUIRE_FALSE(recipe);
  CHECK(recipe.error().reason == "unknown_kind");
}

TEST_CASE("a workflow that cannot be built says which and why") {
  auto r = small_registry();
  auto bad = r.recipe(small_instrument(), "view", "bank0", {{"toa_edges", {{"num_bins", -1}}}});
  REQUIRE_FALSE(bad);
  CHECK(bad.error().reason == "bad_parameter");
  CHECK(bad.error().message.find("small/view/1 on bank0: 'toa_edges.num_bins' is -1") != std::string::npos);
  auto thrown = (*r.recipe(small_instrument(), "scripted", "bank0", {{"fail_build", true}}))->build();
  REQUIRE_FALSE(thrown);
  CHECK(thrown.error().reason == "build_failed");
  CHECK(thrown.error().message.find("told not to build") != std::string::npos);
}

TEST_CASE("whatever a kind of workflow throws, and where, is a failure with a reason and a text") {
  const auto good = scripted_kind();
  const auto failure_of = [](workflow_kind kind) {
    workflow_registry r;
    r.add("scripted", std::move(kind));
    auto recipe = r.recipe(small_instrument(), "scripted", "bank0", json::object());
    if (!recipe) return recipe.error();
    auto built = (*recipe)->build();
    return built ? failure{} : built.error();
  };
  CHECK(failure_of(good).reason == "");

  const std::vector<std::function<void()>> throwers{[] { throw parameter_error("told so"); },
                                                    [] { throw std::runtime_error("told so"); },
                                                    [] { throw std::out_of_range("told so"); }, [] { throw 1; }};
  for (std::size_t i = 0; i < throwers.size(); ++i) {
    const auto& fail = throwers[i];
    std::array<workflow_kind, 4> kinds{good, good, good, good};
    kinds[0].parameters = [&](const workflow_declaration&) { return fail(), parameter_model{}; };
    kinds[1].outputs = [&](const workflow_declaration&) { return fail(), std::vector<output_spec>{}; };
    kinds[2].context = [&](const workflow_declaration&, const job_id&) { return fail(), std::vector<std::string>{}; };
    kinds[3].build = [&](const build_request&) { return fail(), std::unique_ptr<workflow>{}; };
    for (const auto& kind : kinds) {
      const auto f = failure_of(kind);
      CHECK(f.reason == (i == 0 ? "bad_parameter" : "build_failed"));
      CHECK(f.message.find("small/scripted/1 on bank0") != std::string::npos);
      CHECK(f.message.find(i == 3 ? "no std::exception" : "told so") != std::string::npos);
    }
  }
}

TEST_CASE("115: two kinds of one name are an error of the program") {
  auto r = builtin_workflows();
  CHECK_THROWS_AS(r.add("logical_view", scripted_kind()), std::logic_error);
}

TEST_CASE("114: auxiliary streams are those of the workflow but where a start command names others; unknown roles are "
          "passed over") {
  auto inst = std::make_shared<instrument>(*small_instrument());
  for (auto& w : inst->workflows)
    if (w.name == "scripted") w.auxiliary = {{"incident", {"m1", "m2"}, "m1"}, {"transmitted", {"m1", "m2"}, "m2"}};
  auto streams = [&](const aux_selection& chosen) {
    auto recipe = small_registry().recipe(inst, "scripted", "bank1", json::object(), chosen);
    REQUIRE_MESSAGE(recipe, (recipe ? "" : recipe.error().message));
    return (*recipe)->needs({"bank1", {}}).auxiliary;
  };
  using list = std::vector<std::string>;
  CHECK(streams({}) == list{"m1", "m2"});
  CHECK(streams({{"incident", "m2"}}) == list{"m2", "m2"});
  CHECK(streams({{"transmitted", "m1"}, {"unheard", "m2"}}) == list{"m1", "m1"});
}

} // namespace registry_test
