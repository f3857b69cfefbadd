#include "workflows/instrument/instrument.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace instrument_test {

using namespace livedata;
namespace fs = std::filesystem;

namespace {

// A small instrument in which nothing is wrong.
json sound() {
  return json::parse(R"({
    "name": "tiny", "title": "Tiny", "comment": "for tests",
    "detectors": [
      { "name": "left", "title": "Left", "first_pixel": 1, "sizes": { "y": 4, "x": 8 }, "simulated_share": 0.25 },
      { "name": "right", "title": "Right", "first_pixel": 33, "sizes": { "tube": 2, "comment": "c", "pixel": 8 },
        "geometry": { "kind": "any", "comment": "c", "a": { "comment": "c", "b": 1 } }, "simulated_share": 0.75 }
    ],
    "monitors": [ { "name": "m0", "title": "Monitor 0", "simulated_events": 20, "pixels": [4, 8],
                    "addresses": [ { "topic": "tiny_beam_monitor", "source": "cbm1" } ] } ],
    "area_detectors": [ { "name": "camera", "title": "Camera", "simulated_shape": [12, 16],
                          "addresses": [ { "topic": "tiny_camera", "source": "cam" } ] } ],
    "logs": [
      { "name": "stage/value", "topic": "tiny_motion", "source": "T:Mtr.RBV", "unit": "mm" },
      { "name": "stage/target_value", "topic": "tiny_motion", "source": "T:Mtr.VAL", "unit": "mm" },
      { "name": "stage/idle_flag", "topic": "tiny_motion", "source": "T:Mtr.DMOV", "unit": "dimensionless" },
      { "name": "disk/rotation_speed_setpoint", "topic": "tiny_choppers", "source": "T:Spd", "unit": "Hz" },
      { "name": "disk/delay", "topic": "tiny_choppers", "source": "T:Dly", "unit": "ns" },
      { "name": "note" }
    ],
    "devices": [ { "name": "stage", "value": "stage/value", "target": "stage/target_value", "idle": "stage/idle_flag" } ],
    "choppers": [ "disk" ],
    "contexts": [ { "stream": "stage", "sources": ["left"], "chain_entry": "/entry/stage", "except": ["counts"] } ],
    "workflows": [
      { "name": "view", "title": "View", "service": "detector_data", "kind": "logical_view", "sources": "detectors",
        "settings": { "comment": "c", "reduce": ["x"] }, "auxiliary": { "roi": { "choices": ["m0", "stage"] } },
        "device_outputs": { "total": "{source_name}_counts" }, "supports_reset": false },
      { "name": "view", "version": 2, "title": "View", "service": "detector_data", "kind": "logical_view",
        "sources": ["right"] },
      { "name": "counts", "title": "Counts", "service": "monitor_data", "kind": "monitor_histogram",
        "sources": "monitors" }
    ],
    "job_sets": {
      "default": [ { "workflows": ["view"], "sources": "detectors" }, { "workflows": ["counts"], "sources": ["m0"] } ],
      "none": []
    }
  })");
}

// The error of the sound instrument after one change at a place.
std::string error_with(const std::string& pointer, const json& value) {
  auto document = sound();
  document[json::json_pointer(pointer)] = value;
  auto outcome = parse_instrument(document.dump(), "tiny.json");
  return outcome ? "" : outcome.error().message;
}

std::string error_without(const std::string& pointer) {
  auto document = sound();
  json::json_pointer place(pointer);
  document[place.parent_pointer()].erase(place.back());
  auto outcome = parse_instrument(document.dump(), "tiny.json");
  return outcome ? "" : outcome.error().message;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

class temporary_folder {
public:
  explicit temporary_folder(const std::string& name) : path_(fs::temp_directory_path() / name) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }

  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  ~temporary_folder() { fs::remove_all(path_); }

  fs::path write(const std::string& file, const std::string& content) const {
    std::ofstream(path_ / file) << content;
    return path_ / file;
  }

  const fs::path& path() const { return path_; }

private:
  fs::path path_;
};

} // namespace

TEST_CASE("a sound instrument file is read in full") {
  auto outcome = parse_instrument(sound().dump(), "tiny.json");
  REQUIRE_MESSAGE(outcome, (outcome ? "" : outcome.error().message));
  const auto& inst = *outcome;
  CHECK(inst.name == "tiny");
  CHECK(inst.note.empty());
  REQUIRE(inst.detectors.size() == 2);
  const auto* right = inst.find_detector("right");
  REQUIRE(right == &inst.detectors[1]);
  CHECK(right->first_pixel == 33);
  CHECK(right->sizes == std::vector<std::pair<std::string, std::int64_t>>{{"tube", 2}, {"pixel", 8}});
  CHECK(right->pixel_count() == 16);
  CHECK(right->geometry == json::parse(R"({"kind": "any", "a": {"b": 1}})"));
  CHECK(right->simulated_share == 0.75);
  CHECK(inst.detectors[0].geometry.is_null());
  CHECK(inst.find_monitor("m0")->simulated_events == 20);
  CHECK(inst.find_workflow("view", 1)->sources == std::vector<std::string>{"left", "right"});
  CHECK(inst.find_workflow("view", 1)->settings == json::parse(R"({"reduce": ["x"]})"));
  CHECK(inst.find_workflow("view", 2)->sources == std::vector<std::string>{"right"});
  CHECK(inst.find_workflow("view", 2)->settings == json::object());
  CHECK(inst.find_workflow("counts", 1)->service == "monitor_data");
  REQUIRE(inst.find_job_set("default") != nullptr);
  CHECK(inst.find_job_set("default")->size() == 3);
  CHECK(inst.find_job_set("none")->empty());

  CHECK(inst.find_monitor("m0")->pixels == std::pair{4, 8});
  CHECK(inst.find_monitor("m0")->addresses == std::vector<wire_address>{{"tiny_beam_monitor", "cbm1"}});
  CHECK(inst.find_area_detector("camera")->simulated_shape == std::vector<std::int64_t>{12, 16});
  CHECK(inst.logs.size() == 6);
  CHECK(inst.find_log("stage/value")->address == wire_address{"tiny_motion", "T:Mtr.RBV"});
  CHECK(inst.find_log("note")->address == std::nullopt);
  CHECK(inst.find_device("stage")->idle == "stage/idle_flag");
  CHECK(inst.choppers == std::vector<std::string>{"disk"});
  CHECK(inst.unit_of("stage") == "mm");
  CHECK(inst.unit_of("stage/idle_flag") == "dimensionless");
  CHECK(inst.unit_of("disk/delay_setpoint") == "ns");
  CHECK(inst.unit_of("note") == std::nullopt);
  CHECK(inst.readings() ==
        std::vector<std::string>{"disk/delay", "disk/delay_setpoint", "disk/rotation_speed_setpoint", "note", "stage"});
  REQUIRE(inst.contexts.size() == 1);
  CHECK(inst.contexts[0].chain_entry == "/entry/stage");
  CHECK(inst.contexts[0].except == std::vector<std::string>{"counts"});
  const auto* view = inst.find_workflow("view", 1);
  REQUIRE(view->auxiliary.size() == 1);
  CHECK(view->auxiliary[0].choices == std::vector<std::string>{"m0", "stage"});
  CHECK(view->auxiliary[0].standard == "m0");
  CHECK(view->device_outputs == std::vector<std::pair<std::string, std::string>>{{"total", "{source_name}_counts"}});
  CHECK_FALSE(view->supports_reset);
  CHECK(view->reset_on_run_transition);
  CHECK(inst.detectors[0].nexus_group == "/entry/instrument/left");

  CHECK(inst.find_detector("m0") == nullptr);
  CHECK(inst.find_monitor("left") == nullptr);
  CHECK(inst.find_workflow("view", 3) == nullptr);
  CHECK(inst.find_job_set("absent") == nullptr);
}

TEST_CASE("how a detector lies in a NeXus file is read, and checked against its sizes") {
  auto document = sound();
  document["detectors"][0]["folded_in_nexus"] = true;
  document["detectors"][1]["nexus_parts"] = {{"along", {"tube"}}, {"groups", {"/entry/a", "/entry/b"}}};
  auto inst = parse_instrument(document.dump(), "tiny.json").value();
  CHECK(inst.detectors[0].folded_in_nexus);
  CHECK_FALSE(inst.detectors[1].folded_in_nexus);
  CHECK(inst.detectors[1].nexus_parts.along == std::vector<std::string>{"tube"});
  CHECK(inst.detectors[1].nexus_parts.groups == std::vector<std::string>{"/entry/a", "/entry/b"});
  auto parts = document["detectors"][1]["nexus_parts"];
  parts["along"] = {"absent"};
  CHECK(contains(error_with("/detectors/1/nexus_parts", parts), "/detectors/1/nexus_parts/along/0"));
  parts["along"] = {"pixel"};
  CHECK(contains(error_with("/detectors/1/nexus_parts", parts), "8 groups, one for each index"));
}

TEST_CASE("an unknown key is refused wherever it stands") {
  for (const char* place :
       {"", "/detectors/0", "/monitors/0", "/workflows/0", "/job_sets/default/1", "/area_detectors/0", "/logs/0",
        "/devices/0", "/contexts/0", "/workflows/0/auxiliary/roi"}) {
    CAPTURE(place);
    auto text = error_with(std::string(place) + "/sourcse", 1);
    CHECK(contains(text, std::string("tiny.json: ") + (*place ? place : "the document") + ": unknown key \"sourcse\""));
    CHECK(contains(text, "allowed: "));
  }
}

TEST_CASE("every key that an instrument needs is asked for") {
  for (const char* place : {"/name",
                            "/title",
                            "/detectors",
                            "/monitors",
                            "/workflows",
                            "/job_sets",
                            "/detectors/0/name",
                            "/detectors/0/title",
                            "/detectors/0/first_pixel",
                            "/detectors/0/sizes",
                            "/detectors/0/simulated_share",
                            "/detectors/1/geometry/kind",
                            "/monitors/0/name",
                            "/monitors/0/title",
                            "/monitors/0/simulated_events",
                            "/workflows/0/name",
                            "/workflows/0/title",
                            "/workflows/0/service",
                            "/workflows/0/kind",
                            "/workflows/0/sources",
                            "/job_sets/default/0/workflows",
                            "/job_sets/default/0/sources"}) {
    CAPTURE(place);
    auto text = error_without(place);
    CHECK(contains(text, "\"" + json::json_pointer(place).back() + "\" is missing"));
  }
}

TEST_CASE("values of a wrong type or outside their range are refused with their place") {
  struct change {
    const char* pointer;
    const char* value;
  };

  for (auto [pointer, value] : std::initializer_list<change>{
         {"/name", "5"},
         {"/name", "\"a/b\""},
         {"/title", "\"\""},
         {"/note", "[]"},
         {"/detectors", "{}"},
         {"/detectors/0", "1"},
         {"/detectors/0/name", "null"},
         {"/detectors/0/first_pixel", "-1"},
         {"/detectors/0/first_pixel", "1.5"},
         {"/detectors/0/first_pixel", "2147483617"},
         {"/detectors/0/sizes", "[4, 8]"},
         {"/detectors/0/sizes", "{}"},
         {"/detectors/0/sizes/x", "0"},
         {"/detectors/0/sizes/x", "-8"},
         {"/detectors/0/sizes/x", "\"8\""},
         {"/detectors/1/geometry", "null"},
         {"/detectors/0/simulated_share", "-0.25"},
         {"/detectors/0/simulated_share", "1.25"},
         {"/monitors/0/simulated_events", "-1"},
         {"/monitors/0/simulated_events", "2.5"},
         {"/workflows/0/name", "\"a/b\""},
         {"/workflows/0/version", "0"},
         {"/workflows/0/sources", "\"left\""},
         {"/workflows/0/sources", "[]"},
         {"/workflows/0/sources/0", "7"},
         {"/workflows/0/settings", "[]"},
         {"/job_sets", "[]"},
         {"/job_sets/default", "{}"},
         {"/job_sets/default/0/workflows", "\"view\""},
         {"/job_sets/default/0/workflows", "[]"},
       }) {
    CAPTURE(pointer);
    CAPTURE(value);
    auto document = sound();
    json::json_pointer place(pointer);
    if (place.back() == "0" && document[place.parent_pointer()].is_string()) {
      document[place.parent_pointer()] = json::array();
    }
    document[place] = json::parse(value);
    auto outcome = parse_instrument(document.dump(), "tiny.json");
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().reason == "bad_instrument");
    CHECK(contains(outcome.error().message, "tiny.json: " + std::string(pointer) + ": "));
    CHECK(contains(outcome.error().message, "allowed: "));
  }
}

TEST_CASE("more pixels than detector numbers are refused without overflow") {
  auto text = error_with("/detectors/1/sizes", json::parse(R"({"a": 2147483647, "b": 2147483647, "c": 2147483647})"));
  CHECK(contains(text, "/detectors/1/sizes: the sizes make more pixels"));
}

TEST_CASE("the last detector number may be the greatest of 32 bits") {
  CHECK(error_with("/detectors/0/first_pixel", 2147483616).empty());
}

TEST_CASE("names are used once") {
  CHECK(contains(error_with("/detectors/1/name", "left"), "/detectors/1/name: the name \"left\" is taken"));
  CHECK(contains(error_with("/monitors/0/name", "left"), "/monitors/0/name: the name \"left\" is taken"));
  CHECK(
    contains(error_with("/workflows/1/version", 1), "/workflows/1/name: the workflow \"view\" has version 1 already"));
  CHECK(contains(error_with("/workflows/1/sources", {"left", "left"}), "/workflows/1/sources/1: the source \"left\""));
  CHECK(contains(error_with("/job_sets/default/1", {{"workflows", {"view"}}, {"sources", {"left"}}}),
                 "/job_sets/default/1/workflows/0: the job \"view\" on \"left\" stands twice"));
}

TEST_CASE("streams have addresses of their own") {
  auto text = error_with("/detectors/0/addresses", json::parse(R"([{"topic": "tiny_camera", "source": "cam"}])"));
  CHECK(
    contains(text, "/area_detectors/0: messages of \"cam\" on topic \"tiny_camera\" belong to the stream \"left\""));
  CHECK(error_with("/logs/1/source", "T:Mtr.RBV").empty());
  CHECK(contains(error_with("/logs/5/topic", "tiny_motion"), "/logs/5: one of \"topic\" and \"source\" is missing"));
  CHECK(contains(error_with("/area_detectors/0/name", "left"), "/area_detectors/0/name: the name \"left\" is taken"));
}

TEST_CASE("128: value and target of a device have one unit") {
  CHECK(contains(error_with("/logs/1/unit", "m"), "/devices/0/target: \"stage/target_value\" has the unit m"));
}

TEST_CASE("98: a log is a part of one device, and of no two") {
  auto two = json::parse(R"([{"name": "a", "value": "stage/value"}, {"name": "b", "value": "stage/value"}])");
  auto document = sound();
  document["devices"] = two;
  document["contexts"] = json::array();
  document["workflows"][0].erase("auxiliary");
  auto outcome = parse_instrument(document.dump(), "tiny.json");
  REQUIRE_FALSE(outcome);
  CHECK(contains(outcome.error().message, "/devices/1: the log \"stage/value\" is a part of the device \"a\" already"));
  CHECK(contains(error_with("/devices/0/value", "stage/valu"), "there is no log \"stage/valu\" (did you mean"));
}

TEST_CASE("122: a context is bound to a device or a log of its own, never to a part of a device, nor to the unknown") {
  CHECK(contains(error_with("/contexts/0/stream", "stage/value"),
                 "/contexts/0/stream: there is no log or device \"stage/value\""));
  CHECK(contains(error_with("/contexts/0/stream", "stag"), "(did you mean \"stage\"?)"));
  CHECK(contains(error_with("/contexts/0/except/0", "vieuw"), "there is no workflow \"vieuw\""));
  CHECK(error_with("/contexts/0/stream", "note").empty());
}

TEST_CASE("118: names of devices differ, and have the source's name in them") {
  auto document = sound();
  document["workflows"][1]["device_outputs"] = {{"total", "{source_name}_counts"}};
  auto outcome = parse_instrument(document.dump(), "tiny.json");
  REQUIRE_FALSE(outcome);
  CHECK(contains(
    outcome.error().message,
    "/workflows/1/device_outputs/total: the device \"right_counts\" is given values by the workflow \"view\""));
  for (const char* wrong : {"counts", "{source}_counts", "{source_name}_{version}"})
    CHECK(contains(error_with("/workflows/0/device_outputs/total", wrong), "/workflows/0/device_outputs/total: "));
}

TEST_CASE("a chopper needs its logs") {
  CHECK(contains(error_with("/choppers/0", "dsik"), "/choppers/0: the chopper \"dsik\" has no log"));
  CHECK(contains(error_with("/choppers/1", "disk"), "/choppers/1: the chopper \"disk\" stands twice"));
}

TEST_CASE("pixel ranges must not overlap, and may touch") {
  auto text = error_with("/detectors/1/first_pixel", 32);
  CHECK(
    contains(text, "/detectors/1/first_pixel: the pixels 32 to 47 of \"right\" overlap those of \"left\", 1 to 32"));
  CHECK_FALSE(error_with("/detectors/1/first_pixel", 0).empty());
  auto overlapping = sound();
  overlapping["overlapping_pixels"] = true;
  overlapping["detectors"][1]["first_pixel"] = 1;
  CHECK(parse_instrument(overlapping.dump(), "tiny.json"));
  CHECK(error_with("/detectors/1/first_pixel", 33).empty());
}

TEST_CASE("the shares of the detectors add up to one within a millionth") {
  CHECK(contains(error_with("/detectors/0/simulated_share", 0.24), "/detectors: simulated_share of all detectors"));
  CHECK(contains(error_with("/detectors/0/simulated_share", 0.250002), "/detectors: simulated_share"));
  CHECK(error_with("/detectors/0/simulated_share", 0.2500005).empty());
}

TEST_CASE("names of services, sources and workflows must exist, and near misses are pointed out") {
  CHECK(contains(error_with("/workflows/0/service", "detektor_data"),
                 "/workflows/0/service: there is no service \"detektor_data\""));
  CHECK(contains(error_with("/workflows/0/service", "x"),
                 "allowed: detector_data, monitor_data, data_reduction, timeseries"));
  auto text = error_with("/workflows/1/sources", {"rigth"});
  CHECK(contains(
    text, "/workflows/1/sources/0: there is no detector, monitor or reading \"rigth\" (did you mean \"right\"?)"));
  CHECK(contains(text, "allowed: left, right, m0, camera, disk/delay, "));
  CHECK(contains(error_with("/job_sets/default/0/workflows/0", "vieuw"),
                 "/job_sets/default/0/workflows/0: there is no workflow \"vieuw\""));
  CHECK(contains(error_with("/job_sets/default/1/sources/0", "m1"),
                 "/job_sets/default/1/sources/0: there is no detector, monitor or reading \"m1\""));
}

TEST_CASE("a job set names only sources that its workflows take") {
  CHECK(contains(error_with("/job_sets/default/1/sources", {"left"}),
                 "the workflow \"counts\" does not take the source \"left\""));
}

TEST_CASE("75: a word for all sources needs at least one") {
  auto document = sound();
  document["workflows"][0].erase("auxiliary");
  document["monitors"] = json::array();
  auto outcome = parse_instrument(document.dump(), "tiny.json");
  REQUIRE_FALSE(outcome);
  CHECK(contains(outcome.error().message, "/workflows/2/sources: the instrument has no monitors"));
}

TEST_CASE("a file that is no JSON is refused with line and column, and a // comment is no JSON") {
  auto outcome = parse_instrument("{\n  // tiny\n}", "tiny.json");
  REQUIRE_FALSE(outcome);
  CHECK(contains(outcome.error().message, "tiny.json: not valid JSON: line 2, column 3"));
}

TEST_CASE("a file that cannot be read is refused by name") {
  temporary_folder folder("livedata_instrument_load");
  for (const auto& file : {folder.path() / "absent.json", folder.path()}) {
    auto outcome = load_instrument(file);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().reason == "unreadable_file");
    CHECK(contains(outcome.error().message, file.string()));
  }
  auto file = folder.write("tiny.json", sound().dump());
  CHECK(load_instrument(file)->name == "tiny");
  auto bad = load_instrument(folder.write("bad.json", "[]"));
  REQUIRE_FALSE(bad);
  CHECK(
    contains(bad.error().message, (folder.path() / "bad.json").string() + ": the document: an empty list is wrong"));
}

TEST_CASE("an instrument is found by name in the first folder that has it, or by path") {
  temporary_folder one("livedata_instrument_one");
  temporary_folder two("livedata_instrument_two");
  one.write("dream.json", "{}");
  two.write("dream.json", "{}");
  auto loki = two.write("loki.json", "{}");
  two.write("readme.md", "");
  std::vector<fs::path> folders{one.path(), two.path()};

  CHECK(*find_instrument("dream", folders) == one.path() / "dream.json");
  CHECK(*find_instrument("loki", folders) == loki);
  CHECK(*find_instrument(loki.string(), {}) == loki);

  auto missing = find_instrument("lokki", {one.path(), two.path(), one.path() / "nowhere"});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().reason == "unknown_instrument");
  const auto& text = missing.error().message;
  CHECK(contains(text, "no instrument \"lokki\" (did you mean \"loki\"?)"));
  CHECK(contains(text, "known: dream, loki;"));
  CHECK(contains(text, one.path().string()));
  CHECK(contains(text, two.path().string()));
  CHECK(contains(text, "nowhere (no such folder)"));
  CHECK_FALSE(contains(text, "readme"));

  CHECK_FALSE(find_instrument("", folders));
  CHECK(contains(find_instrument("loki.json", folders).error().message, "no instrument file loki.json"));
  CHECK(contains(find_instrument("x", {}).error().message, "known: none; looked in: no folder"));
}

} // namespace instrument_test
