#include "transport/kafka/topic_list.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

namespace kafka_topics_test {

using namespace livedata;

namespace {

std::map<std::string, std::map<std::string, std::string>>
by_name(const instrument& inst, std::chrono::milliseconds keep = usual_retention_of_raw_data) {
  std::map<std::string, std::map<std::string, std::string>> out;
  for (const auto& t : topics_of_instrument(inst, keep))
    out[t.name] = {t.settings.begin(), t.settings.end()};
  return out;
}

} // namespace

TEST_CASE("an instrument has the topics of livedata, of raw data in both worlds, and of run control, each once") {
  instrument inst;
  inst.name = "toy";
  inst.detectors.resize(2);
  inst.detectors[0].addresses = {{"toy_detector_a", "x"}, {"toy_detector_a", "y"}};
  inst.detectors[1].addresses = {{"toy_detector_b", "x"}};
  inst.monitors.resize(1);
  inst.monitors[0].addresses = {{"toy_beam_monitor", "cbm1"}};
  inst.logs.resize(1);
  inst.logs[0].address = wire_address{"tn_data_general", "PV:1"};

  auto topics = by_name(inst);
  CHECK(topics.size() == topics_of_instrument(inst).size());
  for (const auto* name :
       {"toy_livedata_commands", "toy_livedata_responses", "toy_livedata_data", "toy_livedata_roi",
        "toy_livedata_heartbeat", "toy_livedata_nicos_data", "toy_filewriter", "toy_detector", "toy_area_detector",
        "toy_beam_monitor", "toy_motion", "toy_detector_a", "toy_detector_b", "tn_data_general"}) {
    CAPTURE(name);
    CHECK(topics.contains(name));
  }
  CHECK(topics.size() == 14);
}

TEST_CASE("all topics delete what is old, and those of data take messages of 100 MiB") {
  instrument inst;
  inst.name = "toy";
  for (const auto& [name, settings] : by_name(inst)) {
    CAPTURE(name);
    CHECK(settings.at("cleanup.policy") == "delete");
  }
  auto topics = by_name(inst);
  CHECK(topics.at("toy_livedata_commands").at("retention.ms") == "172800000");
  CHECK(topics.at("toy_livedata_commands").at("max.message.bytes") == "1048576");
  CHECK(topics.at("toy_livedata_data").at("max.message.bytes") == "104857600");
  CHECK(topics.at("toy_livedata_data").at("retention.bytes") == "1073741824");
  CHECK(topics.at("toy_detector").at("retention.ms") == "30000");
  CHECK(topics.at("toy_detector").at("retention.bytes") == "10737418240");
}

TEST_CASE("topics of raw data keep their messages as long as one likes; the others as before") {
  instrument inst;
  inst.name = "toy";
  auto usual = by_name(inst);
  auto topics = by_name(inst, std::chrono::hours(1));
  for (const auto* name : {"toy_detector", "toy_beam_monitor", "toy_motion", "toy_filewriter"})
    CHECK(topics.at(name).at("retention.ms") == "3600000");
  for (const auto* name : {"toy_livedata_commands", "toy_livedata_data", "toy_livedata_roi"})
    CHECK(topics.at(name) == usual.at(name));
}

} // namespace kafka_topics_test
