#include "transport/kafka/consumer.hpp"

#include "messages/log_line.hpp"
#include "messages/saturating.hpp"
#include "messages/wall_clock.hpp"
#include "transport/kafka/admin.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <spdlog/spdlog.h>
#include <thread>

namespace livedata {

namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;
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

// Number of partitions by topic.
result<std::map<std::string, int>> partitions_of(const kafka_client& client, const std::vector<std::string>& topics,
                                                 std::chrono::milliseconds at_most) {
  auto there = topics_of(client, at_most);
  if (!there) return there.error();
  std::vector<std::string> missing;
  std::map<std::string, int> out;
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
  auto partitions = partitions_of(client, topics, limits.answer);
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
                                                             const opening_limits& limits) {
  auto client = kafka_client::make(kafka_client::role::consumer, properties);
  if (!client) return client.error();
  auto partitions = extents_of(**client, topics, limits);
  if (!partitions) return partitions.error();
  std::unique_ptr<kafka_consumer> consumer(new kafka_consumer(std::move(*client)));
  if (auto assigned = consumer->assign_at_end(*partitions); !assigned) return assigned.error();
  spdlog::info(
    log_line("kafka_consumer_ready",
             {{"servers", consumer->servers()}, {"topics", topics.size()}, {"partitions", partitions->size()}}));
  return consumer;
}

status kafka_consumer::assign_at_end(const std::vector<partition_extent>& partitions) {
  for (const auto& p : partitions)
    positions_.push_back({p.topic, p.partition, p.end});
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
    rd_kafka_topic_partition_list_add(list.get(), p.topic.c_str(), p.partition)->offset = p.next;
  return rd_kafka_assign(client_->handle(), list.get());
}

kafka_consumer::~kafka_consumer() {
  if (queue_ != nullptr) rd_kafka_queue_destroy(queue_);
  rd_kafka_consumer_close(client_->handle());
}

kafka_consumer::portion kafka_consumer::poll(std::size_t most, std::chrono::milliseconds at_most) {
  portion out;
  if (!astray_.empty() && std::chrono::steady_clock::now() >= ask_again_)
    for (auto* p : std::exchange(astray_, {}))
      find_position(*p, out);
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
  if (auto* p = position_of(raw.topic, message->partition)) {
    p->next = message->offset + 1;
    raw.position = {static_cast<std::uint32_t>(p - positions_.data()), message->offset};
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
  spdlog::log(
    is_fatal(code) ? spdlog::level::err : spdlog::level::warn,
    log_line(
      "kafka_consumer_error",
      {{"topic", topic}, {"partition", partition}, {"code", log_word{rd_kafka_err2name(code)}}, {"text", text}}));
  if (code != RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) return;
  if (auto* p = position_of(topic, partition)) find_position(*p, into);
}

// The broker has the next message no more (deleted by retention), or not yet (the topic was made anew, or lost its
// end): go on with the oldest, or with what comes from now on.
void kafka_consumer::find_position(position& p, portion& into) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  auto* handle = client_->handle();
  auto code = rd_kafka_query_watermark_offsets(handle, p.topic.c_str(), p.partition, &low, &high, short_patience_ms);
  auto next = p.next < low ? low : std::min(p.next, high);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    auto before = std::exchange(p.next, next);
    code = assign_positions();
    p.next = before;
  }
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (std::ranges::find(astray_, &p) == astray_.end()) astray_.push_back(&p);
    ask_again_ = std::chrono::steady_clock::now() + between_questions;
    return;
  }
  if (next > p.next) into.lost[p.topic] += static_cast<std::uint64_t>(next - p.next);
  spdlog::warn(log_line("kafka_position_lost", {{"topic", p.topic},
                                                {"partition", p.partition},
                                                {"wanted", p.next},
                                                {"oldest", low},
                                                {"end", high},
                                                {"continues_at", next}}));
  p.next = next;
}

kafka_consumer::position* kafka_consumer::position_of(const std::string& topic, std::int32_t partition) {
  auto i =
    std::ranges::find_if(positions_, [&](const auto& p) { return p.partition == partition && p.topic == topic; });
  return i == positions_.end() ? nullptr : &*i;
}

std::map<std::string, std::int64_t> kafka_consumer::lag() const {
  std::map<std::string, std::int64_t> out;
  for (const auto& p : positions_) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    auto known = rd_kafka_get_watermark_offsets(client_->handle(), p.topic.c_str(), p.partition, &low, &high) ==
                 RD_KAFKA_RESP_ERR_NO_ERROR;
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
