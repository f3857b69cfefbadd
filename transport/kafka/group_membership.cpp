#include "transport/kafka/group_membership.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace livedata {

namespace {

std::set<std::int32_t> numbers_of(const rd_kafka_topic_partition_list_t& list) {
  std::set<std::int32_t> out;
  for (int i = 0; i < list.cnt; ++i)
    out.insert(list.elems[i].partition);
  return out;
}

// The end of a client that was in a group can wait without end: for a broker that is away, for a group that is being
// shared out anew. There is one in a process, until that ends.
void keep_for_ever(std::shared_ptr<kafka_client> client) {
  static auto* kept = new std::vector<std::shared_ptr<kafka_client>>;
  kept->push_back(std::move(client));
}

void complain(kafka_client& client, rd_kafka_error_t* error) {
  if (error == nullptr) return;
  client.note(rd_kafka_error_code(error), rd_kafka_error_string(error));
  rd_kafka_error_destroy(error);
}

} // namespace

kafka_properties member_properties(const kafka_properties& connection, std::string_view group_id,
                                   std::chrono::milliseconds session) {
  auto out = consumer_properties(connection, group_id);
  // The membership is ours to set, whatever the user says of consumers.
  out.insert(out.end(),
             {{"partition.assignment.strategy", "cooperative-sticky"},
              {"session.timeout.ms", std::to_string(session.count())},
              // With the answer a member hears that partitions of another one are free.
              {"heartbeat.interval.ms", std::to_string(std::clamp<std::int64_t>(session.count() / 4, 1, 500))},
              // Between two calls of serve().
              {"max.poll.interval.ms", "900000"},
              {"auto.offset.reset", "latest"}});
  return out;
}

group_membership::group_membership(std::shared_ptr<kafka_client> client)
  : client_(std::move(client)), queue_(rd_kafka_queue_get_consumer(client_->handle())) {}

result<std::unique_ptr<group_membership>> group_membership::join(const kafka_properties& properties,
                                                                 const std::string& topic) {
  auto client = kafka_client::make(kafka_client::role::consumer, properties);
  if (!client) return client.error();
  std::unique_ptr<group_membership> out(new group_membership(std::move(*client)));
  std::unique_ptr<rd_kafka_topic_partition_list_t, void (*)(rd_kafka_topic_partition_list_t*)> topics(
    rd_kafka_topic_partition_list_new(1), rd_kafka_topic_partition_list_destroy);
  rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  if (auto code = rd_kafka_subscribe(out->client_->handle(), topics.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return failure{"kafka", fmt::format("topic {} cannot be shared: {}", topic, rd_kafka_err2str(code))};
  return out;
}

group_membership::~group_membership() {
  leave(std::chrono::seconds(3));
  rd_kafka_queue_destroy(queue_);
  keep_for_ever(std::move(client_));
}

void group_membership::serve(std::chrono::milliseconds at_most) {
  // One question at a time.
  if (asks_ != nullptr) return;
  for (auto wait = static_cast<int>(at_most.count()); asks_ == nullptr; wait = 0) {
    auto* event = rd_kafka_queue_poll(queue_, wait);
    if (event == nullptr) return;
    take(event);
  }
}

void group_membership::take(rd_kafka_event_t* event) {
  if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE) {
    auto* partitions = rd_kafka_event_topic_partition_list(event);
    if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
      assigned(partitions);
    } else {
      revoked(partitions);
      asks_ = event;
      return;
    }
  } else if (const auto code = rd_kafka_event_error(event); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    client_->note(code, rd_kafka_event_error_string(event));
  }
  // Messages of the topic are nothing to this member.
  rd_kafka_event_destroy(event);
}

void group_membership::assigned(rd_kafka_topic_partition_list_t* partitions) {
  for (int i = 0; i < partitions->cnt; ++i)
    partitions->elems[i].offset = RD_KAFKA_OFFSET_END;
  complain(*client_, rd_kafka_incremental_assign(client_->handle(), partitions));
  rd_kafka_pause_partitions(client_->handle(), partitions);
  owned_.merge(numbers_of(*partitions));
  joined_ = true;
}

void group_membership::revoked(rd_kafka_topic_partition_list_t* partitions) {
  wanted_back_ = numbers_of(*partitions);
  lost_ = rd_kafka_assignment_lost(client_->handle()) != 0;
}

void group_membership::give_up() {
  if (asks_ == nullptr) return;
  complain(*client_, rd_kafka_incremental_unassign(client_->handle(), rd_kafka_event_topic_partition_list(asks_)));
  rd_kafka_event_destroy(std::exchange(asks_, nullptr));
  for (auto p : std::exchange(wanted_back_, {}))
    owned_.erase(p);
  lost_ = false;
}

void group_membership::leave(std::chrono::milliseconds at_most) {
  if (std::exchange(left_, true)) return;
  give_up();
  complain(*client_, rd_kafka_consumer_close_queue(client_->handle(), queue_));
  const auto end = std::chrono::steady_clock::now() + at_most;
  while (rd_kafka_consumer_closed(client_->handle()) == 0 && std::chrono::steady_clock::now() < end) {
    serve(std::chrono::milliseconds(20));
    give_up();
  }
  owned_.clear();
}

} // namespace livedata
