// A member of a consumer group that has a share of the partitions of a topic, and reads none of them: having one is the
// right to do what goes with it. Kafka shares the partitions out among the members, and gives those of a member that
// has died to the others. For one thread.
#pragma once

#include "messages/result.hpp"
#include "transport/kafka/client.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>

namespace livedata {

class group_membership {
public:
  // Joins. `properties`: of member_properties. Failure: "value" for a wrong property, else "kafka".
  static result<std::unique_ptr<group_membership>> join(const kafka_properties& properties, const std::string& topic);

  group_membership(const group_membership&) = delete;
  group_membership& operator=(const group_membership&) = delete;
  // Leaves the group, if that was not done before.
  ~group_membership();

  // Hears what the group says, for at most so long. To be called several times a second, but for some minutes while
  // something else has to be done; signs of life go out all the same.
  void serve(std::chrono::milliseconds at_most);

  // The partitions that this member has, those that it is to give up among them.
  const std::set<std::int32_t>& owned() const noexcept { return owned_; }

  // Partitions that the group wants back. It waits for give_up(), for some minutes.
  const std::set<std::int32_t>& wanted_back() const noexcept { return wanted_back_; }

  // Whether those that are wanted back are gone already: the group took this member for dead, and others have them.
  bool is_lost() const noexcept { return lost_; }

  // Whether the group has shared out its partitions at least once.
  bool has_joined() const noexcept { return joined_; }

  // Others may have the partitions that are wanted back.
  void give_up();

  // Gives up all partitions and leaves, at most so long.
  void leave(std::chrono::milliseconds at_most);

  // Set if no more will come of the membership.
  std::optional<std::string> fatal() const { return client_->fatal(); }

private:
  explicit group_membership(std::shared_ptr<kafka_client> client);

  void take(rd_kafka_event_t* event);
  void assigned(rd_kafka_topic_partition_list_t* partitions);
  void revoked(rd_kafka_topic_partition_list_t* partitions);

  std::shared_ptr<kafka_client> client_;
  rd_kafka_queue_t* queue_;
  std::set<std::int32_t> owned_;
  std::set<std::int32_t> wanted_back_;
  // The event that give_up() answers; null: none.
  rd_kafka_event_t* asks_ = nullptr;
  bool lost_ = false;
  bool joined_ = false;
  bool left_ = false;
};

// The settings of a member of group `group_id` that is taken for dead after `session` without a sign of life.
kafka_properties member_properties(const kafka_properties& connection, std::string_view group_id,
                                   std::chrono::milliseconds session);

} // namespace livedata
