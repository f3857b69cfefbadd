#include "transport/kafka/kafka_past.hpp"

#include "transport/kafka/read_ahead.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace livedata {

namespace {

constexpr duration millisecond{1'000'000};
constexpr int patience_ms = 10'000;
// A wait for messages of one lane, so that a lane that is slow does not block for long.
constexpr int wait_ms = 20;
constexpr int patience_awake_ms = 1000;
constexpr std::size_t most_at_once = 16;
// What librdkafka reads ahead of all lanes together. More does not make it faster: whoever reads the past is not faster
// than the broker for long.
constexpr std::size_t most_ahead_kbytes = 65536;
// Of one lane at least, however many there are: less would have librdkafka pause after each message.
constexpr std::size_t least_ahead_kbytes = 2048;
constexpr std::string_view ahead_property = "queued.max.messages.kbytes";
constexpr std::string_view fetch_property = "max.partition.fetch.bytes";
constexpr duration lead_of_context{600'000'000'000};

using topic_ptr = std::unique_ptr<rd_kafka_topic_t, decltype(&rd_kafka_topic_destroy)>;
using queue_ptr = std::unique_ptr<rd_kafka_queue_t, decltype(&rd_kafka_queue_destroy)>;

failure broken(const kafka_client& client, const std::string& what, rd_kafka_resp_err_t code) {
  return {"kafka", fmt::format("{} on {}: {}", what, client.servers(), rd_kafka_err2str(code))};
}

// 0 if it is not set.
std::size_t number_in(const kafka_properties& properties, std::string_view name) {
  auto text = property(properties, name);
  std::size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Bytes that librdkafka may read ahead of one lane.
std::size_t ahead_of(const kafka_properties& properties) {
  return number_in(properties, ahead_property) * 1024;
}

// librdkafka has a queue for each of the lanes, and fills it until it holds the limit or more: beyond that by one fetch
// at most. So a fetch takes half of the limit at most.
void limit_what_is_ahead(kafka_properties& properties, std::size_t lanes) {
  auto kbytes = number_in(properties, ahead_property);
  if (kbytes == 0 || lanes == 0) return;
  kbytes = std::min(kbytes, std::max(most_ahead_kbytes / lanes, least_ahead_kbytes));
  properties.emplace_back(ahead_property, std::to_string(kbytes));
  auto fetch = number_in(properties, fetch_property);
  if (fetch > kbytes * 512) properties.emplace_back(fetch_property, std::to_string(kbytes * 512));
}

// A partition that is read from `next` on.
class lane {
public:
  // `ahead`: bytes that librdkafka may read ahead of it.
  lane(std::shared_ptr<kafka_client> client, std::uint32_t number, const kafka_consumer::position& at, topic_ptr topic,
       std::size_t ahead)
    : client_(std::move(client)), number_(number), next_(at.next), partition_(at.partition), topic_(std::move(topic)),
      queue_(rd_kafka_queue_get_partition(client_->handle(), at.topic.c_str(), at.partition), rd_kafka_queue_destroy),
      ahead_(ahead) {}

  lane(const lane&) = delete;
  lane& operator=(const lane&) = delete;

  ~lane() {
    heads_.clear();
    if (started_) rd_kafka_consume_stop(topic_.get(), partition_);
  }

  status start() {
    if (rd_kafka_consume_start(topic_.get(), partition_, next_) != 0)
      return broken(*client_, "the past cannot be read", rd_kafka_last_error());
    started_ = true;
    return nothing{};
  }

  // Whether there is a message, or will be none before `until`; waits for it at most so long.
  result<bool> is_ready(const lane_offsets& until, int at_most_ms) {
    auto limit = until.find(number_);
    limit_ = limit == until.end() ? 0 : limit->second;
    if (!heads_.empty() || next_ >= limit_) return true;
    if (auto ok = take_what_is_there(); !ok) return ok.error();
    if (heads_.empty() && next_ < limit_) {
      // A full batch would have to be waited for, one message is enough.
      if (auto* first = rd_kafka_consume(topic_.get(), partition_, at_most_ms)) {
        if (auto ok = take(first); !ok) return ok.error();
      } else if (at_most_ms > 0) {
        wake_up();
      }
    }
    return !heads_.empty() || next_ >= limit_;
  }

  // The next message before the limit; nullptr if there is none.
  const raw_message* head() const {
    return heads_.empty() || heads_.front().position.offset >= limit_ ? nullptr : &heads_.front();
  }

  raw_message pop() {
    auto m = std::move(heads_.front());
    heads_.pop_front();
    return m;
  }

private:
  status take_what_is_there() {
    if (queue_ && ahead_.should_remind(rd_kafka_queue_length(queue_.get()))) wake_up();
    std::array<rd_kafka_message_t*, most_at_once> got{};
    auto n = rd_kafka_consume_batch(topic_.get(), partition_, 0, got.data(), got.size());
    std::optional<failure> why;
    for (ssize_t i = 0; i < n; ++i)
      if (auto ok = take(got[static_cast<std::size_t>(i)]); !ok) why = ok.error();
    if (why) return *why;
    return nothing{};
  }

  // When librdkafka has read ahead as much as it may, it looks again after a second only, or when it has something to
  // send to the broker of the partition: a question whose answer nobody needs.
  void wake_up() const {
    std::int64_t low = 0;
    std::int64_t high = 0;
    rd_kafka_query_watermark_offsets(client_->handle(), rd_kafka_topic_name(topic_.get()), partition_, &low, &high,
                                     patience_awake_ms);
  }

  status take(rd_kafka_message_t* message) {
    auto code = message->err;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      next_ = message->offset + 1;
      ahead_.taken(message->len);
      heads_.push_back(to_raw_message(message, client_));
      heads_.back().position = {number_, message->offset};
      return nothing{};
    }
    auto offset = message->offset;
    rd_kafka_message_destroy(message);
    if (code == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      // What is not messages takes up offsets, too.
      next_ = std::max(next_, offset);
      return nothing{};
    }
    if (code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return nothing{};
    return broken(*client_, "the past cannot be read on", code);
  }

  std::shared_ptr<kafka_client> client_;
  std::uint32_t number_;
  std::int64_t next_;
  std::int64_t limit_ = 0;
  std::int32_t partition_;
  topic_ptr topic_;
  queue_ptr queue_;
  read_ahead ahead_;
  std::deque<raw_message> heads_;
  bool started_ = false;
};

class kafka_past final : public past_reader {
public:
  static result<std::unique_ptr<past_reader>>
  open(kafka_properties properties, const std::vector<kafka_consumer::position>& lanes, const past_topics& wanted) {
    auto is_in = [](const std::vector<std::string>& topics, const auto& lane) {
      return std::ranges::find(topics, lane.topic) != topics.end();
    };
    auto is_wanted = [&](const auto& lane) { return is_in(wanted.data, lane) || is_in(wanted.context, lane); };
    limit_what_is_ahead(properties, static_cast<std::size_t>(std::ranges::count_if(lanes, is_wanted)));
    auto client = kafka_client::make(kafka_client::role::consumer, properties);
    if (!client) return client.error();
    std::unique_ptr<kafka_past> out(new kafka_past);
    for (std::uint32_t number = 0; number < lanes.size(); ++number) {
      auto at = lanes[number];
      if (!is_wanted(at)) continue;
      if (is_in(wanted.data, at))
        if (auto found = find_start(**client, at, wanted.from, true); !found) return found.error();
      if (is_in(wanted.context, at))
        if (auto found = find_start(**client, at, wanted.from - lead_of_context, false); !found) return found.error();
      topic_ptr topic(rd_kafka_topic_new((*client)->handle(), at.topic.c_str(), nullptr), rd_kafka_topic_destroy);
      out->lanes_.push_back(std::make_unique<lane>(*client, number, at, std::move(topic), ahead_of(properties)));
      if (auto ok = out->lanes_.back()->start(); !ok) return ok.error();
    }
    return std::unique_ptr<past_reader>(std::move(out));
  }

  // Sorts by time across lanes: takes the earliest head as soon as each lane has one. Of a lane it has no more messages
  // than librdkafka may read ahead of it.
  result<portion> read(const lane_offsets& until, std::size_t most_messages, std::size_t most_bytes) override {
    portion out;
    std::size_t bytes = 0;
    while (out.messages.size() < most_messages && bytes < most_bytes) {
      lane* first = nullptr;
      for (auto& l : lanes_) {
        auto ready = l->is_ready(until, out.messages.empty() ? wait_ms : 0);
        if (!ready) return ready.error();
        if (!*ready) return out;
        if (l->head() != nullptr && (first == nullptr || l->head()->received < first->head()->received))
          first = l.get();
      }
      if (first == nullptr) {
        out.done = true;
        break;
      }
      out.messages.push_back(first->pop());
      bytes += out.messages.back().content->bytes().size();
    }
    return out;
  }

private:
  kafka_past() = default;

  static std::optional<timestamp> time_of(const kafka_client& client, const kafka_consumer::position& at,
                                          std::int64_t offset) {
    topic_ptr topic(rd_kafka_topic_new(client.handle(), at.topic.c_str(), nullptr), rd_kafka_topic_destroy);
    if (offset < 0 || rd_kafka_consume_start(topic.get(), at.partition, offset) != 0) return std::nullopt;
    std::optional<timestamp> out;
    if (auto* m = rd_kafka_consume(topic.get(), at.partition, patience_ms)) {
      if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        out = timestamp{} + rd_kafka_message_timestamp(m, nullptr) * millisecond;
      rd_kafka_message_destroy(m);
    }
    rd_kafka_consume_stop(topic.get(), at.partition);
    return out;
  }

  // The first message of that time; where there is none, what comes next.
  static status find_start(const kafka_client& client, kafka_consumer::position& at, timestamp from,
                           bool must_be_there) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    auto* handle = client.handle();
    auto code = rd_kafka_query_watermark_offsets(handle, at.topic.c_str(), at.partition, &low, &high, patience_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return broken(client, "the past cannot be found", code);
    std::unique_ptr<rd_kafka_topic_partition_list_t, decltype(&rd_kafka_topic_partition_list_destroy)> list(
      rd_kafka_topic_partition_list_new(1), rd_kafka_topic_partition_list_destroy);
    auto* asked = rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), at.partition);
    asked->offset = std::max<std::int64_t>(from.ns / millisecond.ns, 0);
    code = rd_kafka_offsets_for_times(handle, list.get(), patience_ms);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = asked->err;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return broken(client, "the past cannot be found", code);
    at.next = std::max(asked->offset, low);
    if (asked->offset < 0) {
      // Nothing is as new; or the broker cannot tell by time, which the newest message shows.
      auto newest = time_of(client, at, high - 1);
      at.next = high > low && newest && *newest >= from ? low : high;
    }
    if (must_be_there && at.next == low && low > 0 && low < high)
      return failure{"gone", fmt::format("Kafka has deleted messages of that time from topic {}, partition {}; the "
                                         "oldest that is left has offset {}",
                                         at.topic, at.partition, low)};
    return nothing{};
  }

  std::vector<std::unique_ptr<lane>> lanes_;
};

} // namespace

past_opener rewind_kafka(kafka_properties properties, std::vector<kafka_consumer::position> lanes) {
  // No group: nothing is committed, and partitions are read one by one.
  properties.emplace_back("group.id", "");
  properties.emplace_back("enable.partition.eof", "true");
  // What is past is there already. A request for lanes that are at their end must not keep others waiting: there is one
  // at a time for each broker.
  properties.emplace_back("fetch.wait.max.ms", "5");
  return [properties = std::move(properties), lanes = std::move(lanes)](const past_topics& wanted) {
    return kafka_past::open(properties, lanes, wanted);
  };
}

lane_offsets base_of(const std::vector<kafka_consumer::position>& lanes) {
  lane_offsets out;
  for (std::uint32_t number = 0; number < lanes.size(); ++number)
    out[number] = lanes[number].next;
  return out;
}

} // namespace livedata
