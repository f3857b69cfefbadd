#include "transport/kafka/kafka_past.hpp"

#include "messages/log_line.hpp"
#include "transport/kafka/consumer.hpp"
#include "transport/kafka/past_start.hpp"
#include "transport/kafka/read_ahead.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <spdlog/spdlog.h>
#include <string>
#include <string_view>
#include <utility>

namespace livedata {

namespace {

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
// Clocks that are apart by less than this are not.
constexpr duration small_distance{3'000'000'000};

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

// A partition that is read again.
class lane {
public:
  // Read from `next` on. `distance`: how much later Kafka's times are than those of the data. `ahead`: bytes that
  // librdkafka may read ahead of it.
  lane(std::shared_ptr<kafka_client> client, std::uint32_t number, const kafka_lane& at, std::int64_t next,
       duration distance, std::size_t ahead)
    : client_(std::move(client)), number_(number), next_(next), distance_(distance), partition_(at.partition),
      topic_(rd_kafka_topic_new(client_->handle(), at.topic.c_str(), nullptr), rd_kafka_topic_destroy),
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

  // About when its data was made. There must be a head.
  timestamp head_time() const { return heads_.front().received - distance_; }

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
  duration distance_;
  std::int32_t partition_;
  topic_ptr topic_;
  queue_ptr queue_;
  read_ahead ahead_;
  std::deque<raw_message> heads_;
  bool started_ = false;
};

// `of_data`: what holds for the data. Context that may be old is as late as that, or less.
duration distance_of_context(const past_start& context, duration of_data) {
  const auto d = context.distance.value_or(of_data);
  if (context.is_sure) return d;
  return d < -small_distance ? d : std::min(std::max(d, duration{}), std::max(of_data, duration{}));
}

class kafka_past final : public past_reader {
public:
  static result<std::unique_ptr<past_reader>> open(kafka_properties properties, std::shared_ptr<const lane_list> lanes,
                                                   const past_topics& wanted) {
    const auto known = lanes->get();
    auto count = std::ranges::count_if(known, [&](const auto& l) { return !l.gone && is_wanted(l, wanted); });
    limit_what_is_ahead(properties, static_cast<std::size_t>(count));
    auto client = kafka_client::make(kafka_client::role::consumer, properties);
    if (!client) return client.error();
    std::unique_ptr<kafka_past> out(new kafka_past(std::move(*client), std::move(lanes), wanted, ahead_of(properties)));
    if (auto ok = out->begin(known); !ok) return ok.error();
    return std::unique_ptr<past_reader>(std::move(out));
  }

  // Sorts by time across lanes: takes the earliest head as soon as each lane has one. Of a lane it has no more messages
  // than librdkafka may read ahead of it.
  result<portion> read(const lane_offsets& until, std::size_t most_messages, std::size_t most_bytes) override {
    portion out;
    if (auto ok = add_new_lanes(until); !ok) return ok.error();
    std::size_t bytes = 0;
    while (out.messages.size() < most_messages && bytes < most_bytes) {
      lane* first = nullptr;
      for (auto& l : lanes_) {
        auto ready = l->is_ready(until, out.messages.empty() ? wait_ms : 0);
        if (!ready) return ready.error();
        if (!*ready) return out;
        if (l->head() != nullptr && (first == nullptr || l->head_time() < first->head_time())) first = l.get();
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
  kafka_past(std::shared_ptr<kafka_client> client, std::shared_ptr<const lane_list> lanes, past_topics wanted,
             std::size_t ahead)
    : client_(std::move(client)), list_(std::move(lanes)), wanted_(std::move(wanted)), ahead_(ahead) {}

  static bool is_in(const std::vector<std::string>& topics, const kafka_lane& l) {
    return std::ranges::find(topics, l.topic) != topics.end();
  }

  static bool is_wanted(const kafka_lane& l, const past_topics& wanted) {
    return is_in(wanted.data, l) || is_in(wanted.context, l);
  }

  // Where reading begins in each partition of the data. Those in which nothing of the data was seen have their places
  // by Kafka's clock, as far as it is apart in the others.
  result<std::optional<duration>> find_data(const std::vector<kafka_lane>& known,
                                            std::map<std::uint32_t, past_start>& starts) const {
    std::optional<duration> distance;
    std::vector<std::uint32_t> unseen;
    for (std::uint32_t n = 0; n < known.size(); ++n) {
      if (known[n].gone || !is_in(wanted_.data, known[n])) continue;
      auto found = finder(known, n).of_data(wanted_.from);
      if (!found) return found.error();
      if (!*found) {
        unseen.push_back(n);
        continue;
      }
      starts[n] = **found;
      if (const auto d = (*found)->distance) distance = distance ? std::min(*distance, *d) : *d;
    }
    const auto kafka_from = distance ? wanted_.from + far_part(distance) - small_distance : wanted_.from;
    for (auto n : unseen) {
      // If none of the data is anywhere, nobody can tell what was deleted.
      auto found = finder(known, n).by_clock_of_kafka(kafka_from, distance.has_value());
      if (!found) return found.error();
      starts[n] = {found->next, distance};
    }
    return distance;
  }

  status begin(const std::vector<kafka_lane>& known) {
    std::map<std::uint32_t, past_start> starts;
    const auto distance = find_data(known, starts);
    if (!distance) return distance.error();
    // How far Kafka's clock was ahead when it got the data of the start, and when that was.
    const auto of_data = far_part(*distance);
    const auto kafka_from = wanted_.from + of_data;
    if (of_data.ns != 0)
      spdlog::info(
        log_line("kafka_clock_apart",
                 {{"distance_s", of_data.seconds()},
                  {"text", "Kafka's times are so much later than those of the data; the past is looked up by "
                           "the times of the data"}}));
    for (std::uint32_t n = 0; n < known.size(); ++n) {
      if (known[n].gone || !is_in(wanted_.context, known[n])) continue;
      auto found = finder(known, n).of_context(kafka_from - lead_of_context);
      if (!found) return found.error();
      const auto next = starts.contains(n) ? std::min(starts.at(n).next, found->next) : found->next;
      const auto apart =
        starts.contains(n) ? starts.at(n).distance : std::optional(distance_of_context(*found, of_data));
      starts[n] = {next, apart};
    }
    for (const auto& [n, start] : starts)
      if (auto ok = add_lane(n, known[n], start); !ok) return ok;
    known_ = static_cast<std::uint32_t>(known.size());
    return nothing{};
  }

  // Zero if the clocks are not apart, or nothing is known of it.
  static duration far_part(std::optional<duration> d) {
    return d && (*d > small_distance || *d < -small_distance) ? *d : duration{};
  }

  past_start_finder finder(const std::vector<kafka_lane>& known, std::uint32_t number) const {
    const auto& l = known[number];
    const auto has_lost = std::any_of(known.begin(), known.begin() + number, [&](const auto& other) {
      return other.gone && other.topic == l.topic && other.partition == l.partition;
    });
    return {client_, l, wanted_.data_time, has_lost};
  }

  status add_lane(std::uint32_t number, const kafka_lane& at, const past_start& start) {
    lanes_.push_back(std::make_unique<lane>(client_, number, at, start.next, far_part(start.distance), ahead_));
    return lanes_.back()->start();
  }

  // Partitions that were added to the topics since.
  status add_new_lanes(const lane_offsets& until) {
    if (until.empty() || until.rbegin()->first < known_) return nothing{};
    const auto now = list_->get();
    for (; known_ < now.size(); ++known_)
      if (!now[known_].gone && is_wanted(now[known_], wanted_))
        if (auto ok = add_lane(known_, now[known_], {now[known_].begin, std::nullopt}); !ok) return ok;
    return nothing{};
  }

  std::shared_ptr<kafka_client> client_;
  std::shared_ptr<const lane_list> list_;
  past_topics wanted_;
  std::size_t ahead_;
  // Lanes of the list that have been looked at.
  std::uint32_t known_ = 0;
  std::vector<std::unique_ptr<lane>> lanes_;
};

} // namespace

past_opener rewind_kafka(kafka_properties properties, std::shared_ptr<const lane_list> lanes) {
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

lane_offsets base_of(const std::vector<kafka_lane>& lanes) {
  lane_offsets out;
  for (std::uint32_t number = 0; number < lanes.size(); ++number)
    out[number] = lanes[number].begin;
  return out;
}

} // namespace livedata
