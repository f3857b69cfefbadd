#include "transport/kafka/past_start.hpp"

#include "transport/kafka/consumer.hpp"
#include "transport/kafka/time_search.hpp"
#include "transport/stamp_units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace livedata {

namespace {

constexpr int start_patience_ms = 10'000;
// For one look at what lies at an offset: how long, and how many messages of others it may take.
constexpr auto patience_of_a_look = std::chrono::seconds(2);
constexpr std::size_t most_of_others = 500;
// Messages at the end of a partition that tell how far its clocks are apart.
constexpr std::int64_t newest_messages = 20;

using topic_ptr = std::unique_ptr<rd_kafka_topic_t, decltype(&rd_kafka_topic_destroy)>;

} // namespace

result<past_start_finder::extent> past_start_finder::ask_extent() const {
  extent e;
  auto code = rd_kafka_query_watermark_offsets(client_->handle(), lane_.topic.c_str(), lane_.partition, &e.low, &e.high,
                                               start_patience_ms);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return e;
  return failure{"kafka",
                 fmt::format("the past cannot be found on {}: {}", client_->servers(), rd_kafka_err2str(code))};
}

result<std::int64_t> past_start_finder::first_of(timestamp kafka_time) const {
  std::unique_ptr<rd_kafka_topic_partition_list_t, decltype(&rd_kafka_topic_partition_list_destroy)> list(
    rd_kafka_topic_partition_list_new(1), rd_kafka_topic_partition_list_destroy);
  auto* asked = rd_kafka_topic_partition_list_add(list.get(), lane_.topic.c_str(), lane_.partition);
  asked->offset = std::max<std::int64_t>(kafka_time.ns / ns_per_ms, 0);
  auto code = rd_kafka_offsets_for_times(client_->handle(), list.get(), start_patience_ms);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = asked->err;
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return asked->offset;
  return failure{"kafka",
                 fmt::format("the past cannot be found on {}: {}", client_->servers(), rd_kafka_err2str(code))};
}

// The messages from an offset on, until there are so many in all or so many with a time of the data.
std::vector<raw_message> past_start_finder::messages_at(std::int64_t offset, std::size_t most,
                                                        std::size_t most_dated) const {
  std::vector<raw_message> out;
  topic_ptr topic(rd_kafka_topic_new(client_->handle(), lane_.topic.c_str(), nullptr), rd_kafka_topic_destroy);
  if (offset < 0 || !topic || rd_kafka_consume_start(topic.get(), lane_.partition, offset) != 0) return out;
  const auto end = std::chrono::steady_clock::now() + patience_of_a_look;
  std::size_t dated = 0;
  while (out.size() < most && dated < most_dated) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) break;
    auto* m = rd_kafka_consume(topic.get(), lane_.partition, static_cast<int>(left.count()));
    if (m == nullptr) break;
    if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      const auto passes = m->err == RD_KAFKA_RESP_ERR__TRANSPORT || m->err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
      rd_kafka_message_destroy(m);
      if (passes) continue;
      break;
    }
    out.push_back(to_raw_message(m, client_));
    if (data_time_ && data_time_(out.back())) ++dated;
  }
  rd_kafka_consume_stop(topic.get(), lane_.partition);
  return out;
}

std::int64_t past_start_finder::by_kafka_time(std::int64_t asked, const extent& e, timestamp from) const {
  if (asked >= 0) return std::max(asked, e.low);
  // Nothing is as new; or the broker cannot tell by time, which the newest message shows.
  if (e.high <= e.low) return e.high;
  const auto newest = messages_at(e.high - 1, 1, 1);
  return !newest.empty() && newest.front().received >= from ? e.low : e.high;
}

failure past_start_finder::gone(std::int64_t low) const {
  return {"gone", fmt::format("Kafka has deleted messages of that time from topic {}, partition {}; the oldest that is "
                              "left has offset {}",
                              lane_.topic, lane_.partition, low)};
}

result<std::optional<past_start>> past_start_finder::of_data(timestamp from) const {
  if (!data_time_) return std::optional<past_start>();
  auto e = ask_extent();
  if (!e) return e.error();
  auto asked = first_of(from);
  if (!asked) return asked.error();
  auto look = [this](std::int64_t offset) {
    std::vector<dated_message> out;
    for (const auto& m : messages_at(offset, most_of_others, time_search::wanted))
      if (auto t = data_time_(m)) out.push_back({t->time, m.received});
    return out;
  };
  const auto found = time_search(look, e->low, e->high).find(from, *asked >= 0 ? *asked : e->high);
  if (!found) return std::optional<past_start>();
  if (has_lost(*e) && found->at_the_end_of_all) return gone(e->low);
  return std::optional(past_start{found->offset, found->distance});
}

result<past_start> past_start_finder::by_clock_of_kafka(timestamp kafka_time, bool may_miss) const {
  auto e = ask_extent();
  if (!e) return e.error();
  auto asked = first_of(kafka_time);
  if (!asked) return asked.error();
  const auto next = by_kafka_time(*asked, *e, kafka_time);
  if (!may_miss && has_lost(*e) && next == e->low) return gone(e->low);
  return past_start{next, std::nullopt};
}

result<past_start> past_start_finder::of_context(timestamp kafka_time) const {
  auto e = ask_extent();
  if (!e) return e.error();
  auto asked = first_of(kafka_time);
  if (!asked) return asked.error();
  past_start out{by_kafka_time(*asked, *e, kafka_time), std::nullopt};
  if (!data_time_ || e->high <= e->low) return out;
  std::vector<dated_message> sure;
  std::optional<duration> freshest;
  for (const auto& m : messages_at(std::max(e->low, e->high - newest_messages), newest_messages, newest_messages)) {
    const auto date = data_time_(m);
    if (!date) continue;
    if (!date->may_be_old) sure.push_back({date->time, m.received});
    freshest = freshest ? std::min(*freshest, m.received - date->time) : m.received - date->time;
  }
  out.distance = sure.empty() ? freshest : time_search::distance_of(sure);
  out.is_sure = !sure.empty();
  return out;
}

} // namespace livedata
