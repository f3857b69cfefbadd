#include "transport/kafka/consumer.hpp"

#include "messages/log_line.hpp"
#include "messages/saturating.hpp"
#include "messages/wall_clock.hpp"
#include "transport/kafka/admin.hpp"
#include "transport/kafka/lost_place.hpp"
#include "transport/stamp_units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <spdlog/spdlog.h>
#include <thread>

namespace livedata {

namespace {

constexpr auto between_questions = std::chrono::milliseconds(500);
// For a question that is asked while data flows.
constexpr int short_patience_ms = 1000;

using list_ptr = std::unique_ptr<rd_kafka_topic_partition_list_t, decltype(&rd_kafka_topic_partition_list_destroy)>;

list_ptr partition_list(std::size_t size) {
  return {rd_kafka_topic_partition_list_new(static_cast<int>(size)), rd_kafka_topic_partition_list_destroy};
}

// Lies in the buffer that it came in; the client must live at least as long.
class kafka_payload final : public payload {
public:
  kafka_payload(rd_kafka_message_t* message, std::shared_ptr<kafka_client> client)
    : client_(std::move(client)), message_(message) {}

  ~kafka_payload() override { rd_kafka_message_destroy(message_); }

  std::span<const std::byte> bytes() const noexcept override {
    return {static_cast<const std::byte*>(message_->payload), message_->payload == nullptr ? 0 : message_->len};
  }

  const rd_kafka_message_t& message() const noexcept { return *message_; }

private:
  std::shared_ptr<kafka_client> client_;
  rd_kafka_message_t* message_;
};

std::vector<std::byte> copied(const void* data, std::size_t size) {
  const auto* bytes = static_cast<const std::byte*>(data);
  return {bytes, bytes + size};
}

bool may_pass(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
         code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION;
}

// The broker does not know the partition, at least now.
bool is_unknown(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
         code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
}

// Number of partitions by topic.
result<topic_counts> partitions_of(const kafka_client& client, const std::vector<std::string>& topics,
                                   const opening_limits& limits) {
  auto there = limits.lookup ? limits.lookup(client, limits.answer) : topics_of(client, limits.answer);
  if (!there) return there.error();
  std::vector<std::string> missing;
  topic_counts out;
  for (const auto& topic : topics) {
    auto i = there->find(topic);
    if (i == there->end())
      missing.push_back(topic);
    else if (i->second == 0)
      return failure{"kafka", fmt::format("topic {} of {} has no partitions", topic, client.servers())};
    else
      out.insert(*i);
  }
  if (!missing.empty())
    return failure{"kafka", fmt::format("topics not found on {}: {}; create them (tools/kafka topics INSTRUMENT, or "
                                        "livedata-topics), or see whether this is the right broker",
                                        client.servers(), fmt::join(missing, ", "))};
  return out;
}

} // namespace

result<std::vector<partition_extent>> extents_of(const kafka_client& client, const std::vector<std::string>& topics,
                                                 const opening_limits& limits) {
  auto partitions = partitions_of(client, topics, limits);
  if (!partitions) return partitions.error();
  std::vector<partition_extent> out;
  auto give_up = std::chrono::steady_clock::now() + limits.leader;
  for (const auto& [topic, count] : *partitions)
    for (int p = 0; p < count; ++p) {
      partition_extent e{topic, p};
      auto code = RD_KAFKA_RESP_ERR_NO_ERROR;
      while ((code = rd_kafka_query_watermark_offsets(client.handle(), topic.c_str(), p, &e.oldest, &e.end,
                                                      static_cast<int>(limits.answer.count()))) !=
             RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (!may_pass(code) || std::chrono::steady_clock::now() >= give_up)
          return failure{"kafka", fmt::format("the end of topic {}, partition {}, cannot be found on {}: {}", topic, p,
                                              client.servers(), rd_kafka_err2str(code))};
        std::this_thread::sleep_for(limits.between);
      }
      out.push_back(std::move(e));
    }
  return out;
}

result<std::unique_ptr<kafka_consumer>> kafka_consumer::open(const kafka_properties& properties,
                                                             const std::vector<std::string>& topics,
                                                             const opening_limits& limits, const offset_choice& begin) {
  auto client = kafka_client::make(kafka_client::role::consumer, properties);
  if (!client) return client.error();
  auto partitions = extents_of(**client, topics, limits);
  if (!partitions) return partitions.error();
  std::unique_ptr<kafka_consumer> consumer(new kafka_consumer(std::move(*client)));
  if (auto assigned = consumer->assign(*partitions, begin); !assigned) return assigned.error();
  consumer->lookup_ = limits.lookup ? limits.lookup : topics_of;
  consumer->watch_ = std::make_unique<topic_watch>(consumer->client_, consumer->lookup_, limits.look);
  spdlog::info(
    log_line("kafka_consumer_ready",
             {{"servers", consumer->servers()}, {"topics", topics.size()}, {"partitions", partitions->size()}}));
  return consumer;
}

status kafka_consumer::assign(const std::vector<partition_extent>& partitions, const offset_choice& begin) {
  for (const auto& p : partitions) {
    add_lane(p.topic, p.partition, begin ? begin(p) : p.end);
    ++topics_[p.topic].partitions;
  }
  if (auto code = assign_positions(); code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return failure{"kafka", fmt::format("the partitions cannot be assigned: {}", rd_kafka_err2str(code))};
  queue_ = rd_kafka_queue_get_consumer(client_->handle());
  for (const auto& p : positions_)
    spdlog::debug(log_line("kafka_assigned", {{"topic", p.topic}, {"partition", p.partition}, {"offset", p.next}}));
  return nothing{};
}

// Reading goes on at `next` of every partition; what librdkafka had read ahead is read again. (It does not seek in a
// partition that it has given up.)
rd_kafka_resp_err_t kafka_consumer::assign_positions() {
  auto list = partition_list(positions_.size());
  for (const auto& p : positions_)
    if (!p.gone) rd_kafka_topic_partition_list_add(list.get(), p.topic.c_str(), p.partition)->offset = p.next;
  return rd_kafka_assign(client_->handle(), list.get());
}

kafka_consumer::~kafka_consumer() {
  watch_.reset();
  if (queue_ != nullptr) rd_kafka_queue_destroy(queue_);
  rd_kafka_consumer_close(client_->handle());
}

kafka_consumer::portion kafka_consumer::poll(std::size_t most, std::chrono::milliseconds at_most) {
  portion out;
  if (!astray_.empty() && std::chrono::steady_clock::now() >= ask_again_)
    for (auto lane : std::exchange(astray_, {}))
      find_position(lane, out);
  if (watch_)
    if (auto there = watch_->take()) follow(*there, out);
  buffer_.resize(most);
  auto take_what_is_there = [&](std::size_t room) {
    auto n = rd_kafka_consume_batch_queue(queue_, 0, buffer_.data(), room);
    for (ssize_t i = 0; i < n; ++i)
      take(buffer_[static_cast<std::size_t>(i)], out);
    return n > 0;
  };
  // librdkafka's batches wait for a full portion, which would hold back what is there; so we wait for one message only.
  if (take_what_is_there(most)) return out;
  if (auto* first = rd_kafka_consume_queue(queue_, static_cast<int>(at_most.count()))) {
    take(first, out);
    if (most > 1) take_what_is_there(most - 1);
  }
  return out;
}

void kafka_consumer::take(rd_kafka_message_t* message, portion& into) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    take_error(message, into);
    return;
  }
  auto raw = to_raw_message(message, client_);
  if (auto lane = lane_of(raw.topic, message->partition)) {
    auto& p = positions_[*lane];
    // Read ahead before the partitions were assigned anew, and given since.
    if (message->offset < p.next) return;
    p.next = message->offset + 1;
    if (raw.stamped) p.last_ms = raw.received.ns / ns_per_ms;
    raw.position = {static_cast<std::uint32_t>(*lane), message->offset};
  } else if (!topics_.contains(raw.topic)) {
    // Read ahead before the topic was removed.
    return;
  }
  into.messages.push_back(std::move(raw));
}

raw_message to_raw_message(rd_kafka_message_t* message, std::shared_ptr<kafka_client> client) {
  raw_message raw;
  raw.topic = rd_kafka_topic_name(message->rkt);
  rd_kafka_timestamp_type_t type{};
  auto ms = rd_kafka_message_timestamp(message, &type);
  raw.stamped = type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  // Whole milliseconds, as a recording keeps them.
  raw.received =
    raw.stamped ? timestamp{saturated_product(ms, ns_per_ms)} : floor_to(system_wall_clock().now(), {ns_per_ms});
  raw.content = std::make_shared<kafka_payload>(message, std::move(client));
  return raw;
}

void kafka_consumer::take_error(rd_kafka_message_t* message, portion& into) {
  ++into.errors;
  std::string topic = message->rkt == nullptr ? "" : rd_kafka_topic_name(message->rkt);
  auto partition = message->partition;
  auto code = message->err;
  std::string text = rd_kafka_message_errstr(message);
  rd_kafka_message_destroy(message);
  client_->note(code, text);
  const auto* name = rd_kafka_err2name(code);
  if (auto left_out =
        complaints_.admit(fmt::format("{} {} {}", topic, partition, name), std::chrono::steady_clock::now()))
    spdlog::log(is_fatal(code) ? spdlog::level::err : spdlog::level::warn,
                log_line("kafka_consumer_error", {{"topic", topic},
                                                  {"partition", partition},
                                                  {"code", log_word{name}},
                                                  {"text", text},
                                                  left_out_field(*left_out)}));
  auto lane = lane_of(topic, partition);
  if (!lane) return;
  if (code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) find_position(*lane, into);
  if (!is_unknown(code)) return;
  doubtful_.insert(*lane);
  watch_->look_now();
}

void kafka_consumer::ask_again(std::size_t lane) {
  astray_.insert(lane);
  ask_again_ = std::chrono::steady_clock::now() + between_questions;
}

// The broker has the next message no more, or not yet; or it has it, and only denied it (lost_place).
void kafka_consumer::find_position(std::size_t lane, portion& into) {
  auto& p = positions_[lane];
  if (p.gone) return;
  std::int64_t low = 0;
  std::int64_t high = 0;
  auto code =
    rd_kafka_query_watermark_offsets(client_->handle(), p.topic.c_str(), p.partition, &low, &high, short_patience_ms);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return ask_again(lane);
  const lost_place lost{p.next, low, high, doubtful_.contains(lane)};
  std::int64_t newer = lost_place::none;
  if (lost.needs_newer()) {
    auto first = first_after_last(p);
    if (!first) return ask_again(lane);
    newer = *first;
  }
  if (const auto place = lost.go_on(newer); place.anew)
    begin_anew(lane, place.offset);
  else
    p.next = place.offset;
  if (positions_[lane].gone) lane = positions_.size() - 1;
  if (assign_positions() != RD_KAFKA_RESP_ERR_NO_ERROR) return ask_again(lane);
  const auto& found = positions_[lane];
  if (lost.next < low) into.lost[found.topic] += static_cast<std::uint64_t>(low - lost.next);
  spdlog::warn(log_line("kafka_position_lost", {{"topic", found.topic},
                                                {"partition", found.partition},
                                                {"wanted", lost.next},
                                                {"oldest", low},
                                                {"end", high},
                                                {"continues_at", found.next}}));
}

// The offset of the first message that is newer than the last one polled. Nothing if the broker does not answer.
std::optional<std::int64_t> kafka_consumer::first_after_last(const position& p) const {
  if (p.last_ms < 0) return lost_place::none;
  auto list = partition_list(1);
  auto* asked = rd_kafka_topic_partition_list_add(list.get(), p.topic.c_str(), p.partition);
  asked->offset = p.last_ms + 1;
  if (rd_kafka_offsets_for_times(client_->handle(), list.get(), short_patience_ms) != RD_KAFKA_RESP_ERR_NO_ERROR ||
      asked->err != RD_KAFKA_RESP_ERR_NO_ERROR)
    return std::nullopt;
  return std::max(asked->offset, lost_place::none);
}

// Positions have to tell messages apart, so that offsets that come again are in a lane of their own.
void kafka_consumer::begin_anew(std::size_t lane, std::int64_t at) {
  positions_[lane].gone = true;
  lanes_->mark_gone(lane);
  doubtful_.erase(lane);
  add_lane(std::string(positions_[lane].topic), positions_[lane].partition, at);
}

void kafka_consumer::add_lane(const std::string& topic, std::int32_t partition, std::int64_t begin) {
  positions_.push_back({topic, partition, begin});
  lanes_->add({topic, partition, begin});
}

std::optional<std::size_t> kafka_consumer::lane_of(const std::string& topic, std::int32_t partition) const {
  auto i = std::ranges::find_if(positions_,
                                [&](const auto& p) { return !p.gone && p.partition == partition && p.topic == topic; });
  return i == positions_.end() ? std::nullopt : std::optional(static_cast<std::size_t>(i - positions_.begin()));
}

// --- topics that change while they are read

void kafka_consumer::follow(const topic_counts& there, portion& into) {
  auto changed = false;
  for (auto& [topic, known] : topics_) {
    auto i = there.find(topic);
    changed = follow_topic(topic, known, i == there.end() ? 0 : i->second, into) || changed;
  }
  if (changed) assign_changed();
}

void kafka_consumer::assign_changed() {
  if (auto code = assign_positions(); code != RD_KAFKA_RESP_ERR_NO_ERROR)
    spdlog::error(log_line("kafka_assignment_failed", {{"text", rd_kafka_err2str(code)}}));
}

status kafka_consumer::add(const std::vector<std::string>& topics) {
  opening_limits once{std::chrono::milliseconds(short_patience_ms), {}, {}};
  const auto there = lookup_(*client_, once.answer);
  if (!there) return there.error();
  std::map<std::string, followed_topic> added;
  std::vector<std::string> present;
  for (const auto& topic : topics) {
    if (topics_.contains(topic)) continue;
    const auto found = there->find(topic);
    const auto count = found == there->end() ? 0 : found->second;
    added[topic] = {count, count == 0};
    if (count > 0) present.push_back(topic);
  }
  once.lookup = [&there](const kafka_client&, std::chrono::milliseconds) { return there; };
  const auto partitions = extents_of(*client_, present, once);
  if (!partitions) return partitions.error();
  for (const auto& e : *partitions)
    add_lane(e.topic, e.partition, e.end);
  if (!partitions->empty()) assign_changed();
  for (const auto& [topic, known] : added)
    spdlog::info(log_line("kafka_topic_added", {{"topic", topic}, {"partitions", known.partitions}}));
  topics_.merge(added);
  return nothing{};
}

void kafka_consumer::remove(const std::vector<std::string>& topics) {
  for (const auto& topic : topics) {
    if (topics_.erase(topic) == 0) continue;
    for (std::size_t lane = 0; lane < positions_.size(); ++lane)
      if (!positions_[lane].gone && positions_[lane].topic == topic) {
        positions_[lane].gone = true;
        lanes_->mark_gone(lane);
      }
    spdlog::info(log_line("kafka_topic_removed", {{"topic", topic}}));
  }
  assign_changed();
}

// Whether there are partitions to be read that were not.
bool kafka_consumer::follow_topic(const std::string& topic, followed_topic& known, int partitions, portion& into) {
  if (partitions == 0) {
    if (!std::exchange(known.missing, true))
      spdlog::warn(
        log_line("kafka_topic_missing",
                 {{"topic", topic},
                  {"text", "the topic was deleted, or may not be seen any more; it is read when it is back"}}));
    return false;
  }
  const auto back = std::exchange(known.missing, false);
  if (back) spdlog::info(log_line("kafka_topic_back", {{"topic", topic}, {"partitions", partitions}}));
  auto changed = false;
  for (std::size_t lane = 0, lanes = positions_.size(); lane < lanes; ++lane) {
    if (positions_[lane].gone || positions_[lane].topic != topic) continue;
    if (back) doubtful_.insert(lane);
    if (positions_[lane].partition >= partitions) {
      positions_[lane].gone = changed = true;
      lanes_->mark_gone(lane);
    } else if (doubtful_.contains(lane)) {
      find_position(lane, into);
    }
    if (!astray_.contains(lane)) doubtful_.erase(lane);
  }
  for (int p = 0; p < partitions; ++p)
    if (!lane_of(topic, p)) changed = add_partition(topic, p) || changed;
  known.partitions = partitions;
  return changed;
}

// From its beginning: it was not there when reading began.
bool kafka_consumer::add_partition(const std::string& topic, std::int32_t partition) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  // At the next look again.
  if (rd_kafka_query_watermark_offsets(client_->handle(), topic.c_str(), partition, &low, &high, short_patience_ms) !=
      RD_KAFKA_RESP_ERR_NO_ERROR)
    return false;
  add_lane(topic, partition, low);
  spdlog::info(
    log_line("kafka_partition_added", {{"topic", topic}, {"partition", partition}, {"begins_at", low}, {"end", high}}));
  return true;
}

std::vector<std::string> kafka_consumer::missing_topics() const {
  std::vector<std::string> out;
  for (const auto& [topic, known] : topics_)
    if (known.missing) out.push_back(topic);
  return out;
}

std::map<std::string, std::int64_t> kafka_consumer::lag() const {
  std::map<std::string, std::int64_t> out;
  for (const auto& p : positions_) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    auto known = !p.gone && rd_kafka_get_watermark_offsets(client_->handle(), p.topic.c_str(), p.partition, &low,
                                                           &high) == RD_KAFKA_RESP_ERR_NO_ERROR;
    out[p.topic] += known && high > p.next ? high - p.next : 0;
  }
  return out;
}

std::optional<envelope> envelope_of(const payload& content) {
  const auto* from_kafka = dynamic_cast<const kafka_payload*>(&content);
  if (from_kafka == nullptr) return std::nullopt;
  const auto& m = from_kafka->message();
  envelope out;
  out.partition = m.partition;
  out.offset = m.offset;
  rd_kafka_timestamp_type_t type{};
  auto ms = rd_kafka_message_timestamp(&m, &type);
  out.type = static_cast<envelope::time_type>(type);
  if (out.type != envelope::time_type::none) out.time = {saturated_product(ms, ns_per_ms)};
  if (m.key != nullptr) out.key = copied(m.key, m.key_len);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&m, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return out;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
    out.headers.emplace_back(name, value == nullptr ? std::nullopt : std::optional(copied(value, size)));
  return out;
}

} // namespace livedata
