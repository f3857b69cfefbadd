#include "workflows/registry.hpp"

#include <doctest/doctest.h>

#include <places.hpp>

using namespace livedata;

TEST_CASE("a workflow that is not available is listed with its outputs, and says why when it is asked for") {
  auto inst =
    std::make_shared<const instrument>(load_instrument(LIVEDATA_SOURCE_DIR "/instruments/bifrost.json").value());
  auto recipe = builtin_workflows().recipe(inst, "qmap", "unified_detector", json::object());
  REQUIRE(recipe);
  REQUIRE((*recipe)->outputs().size() == 1);
  CHECK((*recipe)->title_of("cut_data") == "Cut Data");
  auto built = (*recipe)->build();
  REQUIRE_FALSE(built);
  CHECK(built.error().reason == "bad_parameter");
  CHECK(built.error().message.find("workflow qmap (Q map) cannot run here: it is not available in this program yet") !=
        std::string::npos);
}
