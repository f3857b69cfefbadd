#include "transport/kafka/topic_list.hpp"

#include <set>

namespace livedata {

namespace {

using topic_settings = std::vector<std::pair<std::string, std::string>>;

// Old messages are deleted, never compacted: who reads the past reads all of it, or nothing.
const topic_settings steering{{"cleanup.policy", "delete"},
                              {"retention.ms", "172800000"},
                              {"max.message.bytes", "1048576"},
                              {"segment.bytes", "67108864"},
                              {"segment.ms", "86400000"}};
const topic_settings results{{"cleanup.policy", "delete"},
                             {"retention.ms", "30000"},
                             {"retention.bytes", "1073741824"},
                             {"max.message.bytes", "104857600"}};

topic_settings raw_data_for(std::chrono::milliseconds retention) {
  return {{"cleanup.policy", "delete"},
          {"retention.ms", std::to_string(retention.count())},
          {"retention.bytes", "10737418240"},
          {"max.message.bytes", "104857600"}};
}

} // namespace

std::vector<topic_spec> topics_of_instrument(const instrument& inst, std::chrono::milliseconds retention_of_raw_data) {
  const auto raw_data = raw_data_for(retention_of_raw_data);
  std::vector<topic_spec> out;
  std::set<std::string> seen;
  auto add = [&](const std::string& name, const topic_settings& settings) {
    if (seen.insert(name).second) out.push_back({name, settings});
  };
  for (const auto* name : {"commands", "responses", "heartbeat"})
    add(inst.name + "_livedata_" + name, steering);
  for (const auto* name : {"data", "roi", "nicos_data"})
    add(inst.name + "_livedata_" + name, results);
  for (const auto* name : {"filewriter", "detector", "area_detector", "beam_monitor", "motion"})
    add(inst.name + "_" + name, raw_data);
  auto add_all = [&](const auto& streams) {
    for (const auto& s : streams)
      for (const auto& address : s.addresses)
        add(address.topic, raw_data);
  };
  add_all(inst.detectors);
  add_all(inst.area_detectors);
  add_all(inst.monitors);
  for (const auto& log : inst.logs)
    if (log.address) add(log.address->topic, raw_data);
  return out;
}

} // namespace livedata
