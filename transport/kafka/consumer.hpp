// Reads topics of Kafka from "now" on, everything produced after opening and nothing before it, or from given offsets.
// No group is joined; partitions are assigned by hand. Those that are added to the topics meanwhile are read from their
// beginning, and so are topics that were deleted and made anew. Topics may be added and removed while it reads. Not for
// use by several threads at a time, but for payloads, which may be let go anywhere and keep what they need alive.
#pragma once

#include "messages/envelope.hpp"
#include "messages/log_limit.hpp"
#include "messages/raw_message.hpp"
#include "transport/kafka/client.hpp"
#include "transport/kafka/lane_list.hpp"
#include "transport/kafka/topic_watch.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace livedata {

// How long opening may take, and how the topics are followed after that.
struct opening_limits {
  // For the list of topics, and for one partition's end.
  std::chrono::milliseconds answer{5000};
  // For a partition without leader in all, and between two questions.
  std::chrono::milliseconds leader{30000};
  std::chrono::milliseconds between{500};
  // Between two looks at what partitions the topics have.
  std::chrono::milliseconds look{5000};
  // Who tells; without one the broker.
  topic_lookup lookup = {};
};

// A partition and what is on it: the offset of the oldest message, and that of the next to come.
struct partition_extent {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t oldest = 0;
  std::int64_t end = 0;
};

// All partitions of the topics, in order of topic and partition. Failure: "kafka" if no broker answers, topics are
// missing (all are listed), or a partition has no leader.
result<std::vector<partition_extent>> extents_of(const kafka_client& client, const std::vector<std::string>& topics,
                                                 const opening_limits& limits = {});

// The offset from which a partition is read.
using offset_choice = std::function<std::int64_t(const partition_extent&)>;

class kafka_consumer {
public:
  struct portion {
    // `received` is the create time; where a message has none, the time of arrival.
    std::vector<raw_message> messages;
    // What the broker reported in between: logged already, none of them fatal.
    std::uint64_t errors = 0;
    // Messages that the topic had no more when they were to be read, by topic.
    std::map<std::string, std::uint64_t> lost;
  };

  // Checks that all topics exist, asks for the end of each partition, and assigns all partitions there. Failure:
  // "value" for a wrong property; "kafka" if no broker answers, topics are missing (all are listed), or a partition
  // has no leader.
  // `begin`: is asked for each partition in the order of lanes, and may choose another place than the end.
  static result<std::unique_ptr<kafka_consumer>> open(const kafka_properties& properties,
                                                      const std::vector<std::string>& topics,
                                                      const opening_limits& limits = {},
                                                      const offset_choice& begin = {});

  kafka_consumer(const kafka_consumer&) = delete;
  kafka_consumer& operator=(const kafka_consumer&) = delete;
  ~kafka_consumer();

  // Reads these topics as well, from what comes from now on; one that is not there, from its beginning when it is.
  // Failure: "kafka" if the broker does not tell; then nothing has changed.
  status add(const std::vector<std::string>& topics);

  // Reads these topics no more.
  void remove(const std::vector<std::string>& topics);

  // Waits at most so long for a message, then takes it and what else is there, without waiting.
  portion poll(std::size_t most, std::chrono::milliseconds at_most);

  // Messages on the broker that have not been polled, by topic, as far as known.
  std::map<std::string, std::int64_t> lag() const;

  kafka_connection connection() const { return client_->connection(); }

  // Set once nothing will come any more.
  std::optional<std::string> fatal() const { return client_->fatal(); }

  const std::string& servers() const { return client_->servers(); }

  // Topics that were there at the opening and are not now.
  std::vector<std::string> missing_topics() const;

  // The lanes of the positions of messages. The list outlives the consumer.
  std::shared_ptr<const lane_list> lanes() const { return lanes_; }

private:
  struct position {
    std::string topic;
    std::int32_t partition = 0;
    // Of the next message to be polled.
    std::int64_t next = 0;
    // Time of the last message polled, ms; none yet: -1.
    std::int64_t last_ms = -1;
    bool gone = false;
  };

  struct followed_topic {
    int partitions = 0;
    bool missing = false;
  };

  explicit kafka_consumer(std::shared_ptr<kafka_client> client)
    : client_(std::move(client)), lanes_(std::make_shared<lane_list>()) {}

  status assign(const std::vector<partition_extent>& partitions, const offset_choice& begin);
  void assign_changed();
  void take(rd_kafka_message_t* message, portion& into);
  void take_error(rd_kafka_message_t* message, portion& into);
  rd_kafka_resp_err_t assign_positions();
  void add_lane(const std::string& topic, std::int32_t partition, std::int64_t begin);
  void begin_anew(std::size_t lane, std::int64_t at);
  void find_position(std::size_t lane, portion& into);
  void ask_again(std::size_t lane);
  std::optional<std::int64_t> first_after_last(const position& p) const;
  void follow(const topic_counts& there, portion& into);
  bool follow_topic(const std::string& topic, followed_topic& known, int partitions, portion& into);
  bool add_partition(const std::string& topic, std::int32_t partition);
  std::optional<std::size_t> lane_of(const std::string& topic, std::int32_t partition) const;

  std::shared_ptr<kafka_client> client_;
  rd_kafka_queue_t* queue_ = nullptr;
  // By lane.
  std::vector<position> positions_;
  std::shared_ptr<lane_list> lanes_;
  std::map<std::string, followed_topic> topics_;
  // Who tells what topics there are.
  topic_lookup lookup_;
  std::vector<rd_kafka_message_t*> buffer_;
  // Lanes whose next offset the broker has no more, to be asked about.
  std::set<std::size_t> astray_;
  // Lanes that the broker did not know for a while.
  std::set<std::size_t> doubtful_;
  std::chrono::steady_clock::time_point ask_again_;
  // Ends first.
  std::unique_ptr<topic_watch> watch_;
  log_limit complaints_;
};

// The message as others see it, without position; takes it over. `client` is the one that received it.
raw_message to_raw_message(rd_kafka_message_t* message, std::shared_ptr<kafka_client> client);

// The envelope of a message that came from a consumer; nothing for other payloads.
std::optional<envelope> envelope_of(const payload& content);

} // namespace livedata
