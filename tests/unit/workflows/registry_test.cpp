#include "support/scripted_workflow.hpp"
#include "workflows/registry.hpp"

#include <doctest/doctest.h>

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
