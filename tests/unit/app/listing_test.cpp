// What --list says, for each instrument that we have.
#include "app/listing.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <places.hpp>
#include <set>
#include <stdexcept>

namespace listing_test {

using namespace livedata;
namespace fs = std::filesystem;

namespace {

const fs::path folder = fs::path(LIVEDATA_SOURCE_DIR) / "instruments";

json listing_of(const std::string& name) {
  return list_instrument(load_instrument(folder / (name + ".json")).value(), builtin_workflows());
}

json workflow_of(const json& listing, const std::string& name) {
  for (const auto& w : listing.at("workflows"))
    if (w.at("name") == name) return w;
  throw std::runtime_error("no workflow " + name);
}

} // namespace

TEST_CASE("all instruments are listed, by name") {
  auto list = list_instruments({folder, folder / "nowhere"}).at("instruments");
  std::vector<std::string> names;
  for (const auto& inst : list) {
    names.push_back(inst.at("name"));
    CHECK_FALSE(inst.contains("error"));
  }
  CHECK(names ==
        std::vector<std::string>{"beer", "bifrost", "dream", "dummy", "estia", "loki", "magic", "nmx", "odin", "tbl"});
  auto text = listing_text(list_instruments({folder}));
  CHECK(text.find("bifrost    BIFROST\n") != std::string::npos);
}

TEST_CASE("a workflow is listed with sources, outputs, devices, and parameters with defaults and what is allowed") {
  auto listing = listing_of("dream");
  auto view = workflow_of(listing, "detector_projection");
  CHECK(view.at("id") == "dream/detector_projection/1");
  CHECK(view.at("available") == true);
  CHECK(view.at("sources").size() == 5);
  const auto& groups = view.at("parameters").at("properties");
  CHECK(view.at("parameters").at("additionalProperties") == false);
  CHECK(groups.at("toa_edges").at("properties").at("stop").at("default") == 71.43);
  CHECK(groups.at("toa_edges").at("properties").at("num_bins").at("maximum") == 10000);
  const auto& choice = groups.at("instrument_configuration").at("properties").at("value");
  CHECK(choice.at("default") == "high_flux_BC240");
  CHECK(choice.at("enum") == json{"high_flux_BC215", "high_flux_BC240"});
  auto device = std::find_if(view.at("outputs").begin(), view.at("outputs").end(),
                             [](const json& o) { return o.at("name") == "counts_total_cumulative"; });
  REQUIRE(device != view.at("outputs").end());
  CHECK(device->at("device") == "{source_name}_counts_total");

  auto powder = workflow_of(listing, "powder_reduction");
  CHECK(powder.at("available") == true);
  CHECK(powder.at("auxiliary").at("cave_monitor").at("default") == "monitor_cave");

  auto text = listing_text(listing);
  for (const auto* part :
       {"dream/detector_projection/1 \"Detector Projection\", service detector_data", "dream/powder_reduction/1",
        "toa_edges.num_bins", "one of high_flux_BC215, high_flux_BC240", "device {source_name}_counts_total"})
    CHECK_MESSAGE(text.find(part) != std::string::npos, part);
}

TEST_CASE("an instrument that cannot be read is listed with its fault") {
  auto place = fs::temp_directory_path() / "livedata_listing";
  fs::create_directories(place);
  std::ofstream(place / "broken.json") << "{";
  auto list = list_instruments({place}).at("instruments");
  REQUIRE(list.size() == 1);
  CHECK(list[0].at("error").get<std::string>().find("not valid JSON") != std::string::npos);
  fs::remove_all(place);
}

} // namespace listing_test
