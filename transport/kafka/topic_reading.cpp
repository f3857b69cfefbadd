#include "transport/kafka/topic_reading.hpp"

#include "transport/kafka/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace livedata {

namespace {

constexpr int wait_for_record_ms = 200;

// A partition, while it is read.
class partition_reading {
public:
  partition_reading(const kafka_client& client, const topic_place& place)
    : topic_(rd_kafka_topic_new(client.handle(), place.topic.c_str(), nullptr), rd_kafka_topic_destroy),
      number_(place.partition) {}

  partition_reading(const partition_reading&) = delete;
  partition_reading& operator=(const partition_reading&) = delete;

  ~partition_reading() {
    if (started_) rd_kafka_consume_stop(topic_.get(), number_);
  }

  rd_kafka_resp_err_t start(std::int64_t at) {
    if (rd_kafka_consume_start(topic_.get(), number_, at) != 0) return rd_kafka_last_error();
    started_ = true;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  }

  // Null if nothing has come.
  std::unique_ptr<rd_kafka_message_t, void (*)(rd_kafka_message_t*)> next() {
    return {rd_kafka_consume(topic_.get(), number_, wait_for_record_ms), rd_kafka_message_destroy};
  }

private:
  std::unique_ptr<rd_kafka_topic_t, void (*)(rd_kafka_topic_t*)> topic_;
  std::int32_t number_;
  bool started_ = false;
};

record_view view_of(const rd_kafka_message_t& m) {
  record_view out{m.offset, {static_cast<const char*>(m.key), m.key_len}, std::nullopt};
  if (m.payload != nullptr) out.value.emplace(static_cast<const std::byte*>(m.payload), m.len);
  return out;
}

bool will_be_tried_again(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
}

} // namespace

status read_to_end(const kafka_properties& properties, const topic_place& place, std::int64_t from,
                   std::chrono::milliseconds patience, const std::function<void(const record_view&)>& take) {
  using clock = std::chrono::steady_clock;
  auto client = kafka_client::make(kafka_client::role::consumer, properties);
  if (!client) return client.error();
  const auto cannot = [&](const std::string& why) {
    return failure{"kafka", fmt::format("topic {} cannot be read from {}: {}", place.topic, (*client)->servers(), why)};
  };
  std::int64_t oldest = 0;
  std::int64_t end = 0;
  if (auto code = rd_kafka_query_watermark_offsets((*client)->handle(), place.topic.c_str(), place.partition, &oldest,
                                                   &end, static_cast<int>(patience.count()));
      code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return cannot(rd_kafka_err2str(code));
  auto next = std::max(oldest, from);
  if (next >= end) return nothing{};
  partition_reading partition(**client, place);
  if (auto code = partition.start(next); code != RD_KAFKA_RESP_ERR_NO_ERROR) return cannot(rd_kafka_err2str(code));
  auto last = clock::now();
  while (next < end) {
    const auto m = partition.next();
    if (!m || will_be_tried_again(m->err)) {
      if (clock::now() - last > patience)
        return cannot(fmt::format("nothing has come after offset {} of {}", next, end));
      continue;
    }
    last = clock::now();
    if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      // What is not messages takes up offsets, too.
      next = std::max(next, m->offset);
    } else if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return cannot(rd_kafka_err2str(m->err));
    } else {
      next = m->offset + 1;
      if (m->offset < end) take(view_of(*m));
    }
  }
  return nothing{};
}

} // namespace livedata
