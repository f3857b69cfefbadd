#include "transport/kafka/producer.hpp"

#include "messages/log_limit.hpp"
#include "messages/log_line.hpp"
#include "transport/stamp_units.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <spdlog/spdlog.h>

namespace livedata {

namespace {

// What a message keeps until it is delivered.
struct parcel {
  payload_ptr content;
  std::string topic;
};

std::string_view reason_of(rd_kafka_resp_err_t code) {
  switch (code) {
  case RD_KAFKA_RESP_ERR__QUEUE_FULL:
    return "queue_full";
  case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    return "too_large";
  case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
  case RD_KAFKA_RESP_ERR__TIMED_OUT:
  case RD_KAFKA_RESP_ERR__TRANSPORT:
  case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
  case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
    return "not_delivered";
  default:
    return is_fatal(code) ? "fatal" : "refused";
  }
}

std::string_view remedy_of(std::string_view reason) {
  if (reason == "queue_full") return "the broker takes too little; see queue.buffering.max.messages and its kbytes";
  if (reason == "too_large")
    return "raise message.max.bytes in kafka.properties and max.message.bytes of the topic, or make results smaller";
  if (reason == "not_delivered") return "the broker was away for longer than message.timeout.ms";
  if (reason == "fatal") return "see to access rights and log-in";
  return "see that the topic exists (livedata-topics creates it)";
}

} // namespace

struct kafka_producer::ledger {
  mutable std::mutex mutex;
  std::map<std::string, counts> topics;
  // Messages whose delivery report has not come.
  std::size_t under_way = 0;
  std::condition_variable settled;
  log_limit complaints;

  // Every failure is counted; the log tells one of a kind now and then.
  void failed(const std::string& topic, std::string_view reason, std::string_view text) {
    std::optional<std::uint64_t> left_out;
    {
      std::lock_guard lock(mutex);
      ++topics[topic].failed[std::string(reason)];
      left_out = complaints.admit(fmt::format("{} {}", topic, reason), std::chrono::steady_clock::now());
    }
    if (left_out)
      spdlog::error(log_line("kafka_delivery_error", {{"topic", topic},
                                                      {"reason", log_word{reason}},
                                                      {"text", text},
                                                      {"remedy", remedy_of(reason)},
                                                      left_out_field(*left_out)}));
  }

  void settle() {
    std::lock_guard lock(mutex);
    if (--under_way == 0) settled.notify_all();
  }

  static void on_delivery(const rd_kafka_message_t& report, void* data) {
    auto& self = *static_cast<ledger*>(data);
    std::unique_ptr<parcel> p(static_cast<parcel*>(report._private));
    if (report.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      std::lock_guard lock(self.mutex);
      ++self.topics[p->topic].delivered;
    } else {
      self.failed(p->topic, reason_of(report.err),
                  fmt::format("{} (message of {} bytes)", rd_kafka_err2str(report.err), report.len));
    }
    self.settle();
  }
};

result<std::unique_ptr<kafka_producer>> kafka_producer::open(const kafka_properties& properties) {
  std::unique_ptr<kafka_producer> producer(new kafka_producer);
  producer->ledger_ = std::make_unique<ledger>();
  auto client =
    kafka_client::make(kafka_client::role::producer, properties, ledger::on_delivery, producer->ledger_.get());
  if (!client) return client.error();
  producer->client_ = std::move(*client);
  producer->size_limit_ = property(properties, "message.max.bytes");
  return producer;
}

kafka_producer::~kafka_producer() {
  if (!client_) return;
  rd_kafka_purge(client_->handle(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
  // The reports of what was purged give their parcels back.
  flush(std::chrono::seconds(1));
  client_ = nullptr;
}

status kafka_producer::send(const std::string& topic, const payload_ptr& content, std::string_view what) {
  return send(topic, content, {}, false, what);
}

status kafka_producer::send(const std::string& topic, const payload_ptr& content, const envelope& around,
                            bool keep_time, std::string_view what) {
  auto bytes = content->bytes();
  if (auto why = client_->fatal()) {
    ledger_->failed(topic, "fatal", *why);
    return failure{"fatal", *why};
  }
  auto p = std::make_unique<parcel>(parcel{content, topic});
  {
    std::lock_guard lock(ledger_->mutex);
    ++ledger_->under_way;
  }
  rd_kafka_headers_t* headers = around.headers.empty() ? nullptr : rd_kafka_headers_new(around.headers.size());
  for (const auto& [name, value] : around.headers)
    rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value ? value->data() : nullptr,
                        value ? static_cast<ssize_t>(value->size()) : 0);
  const void* key = around.key ? around.key->data() : nullptr;
  // An empty key is not a null one.
  if (around.key && around.key->empty()) key = "";
  auto key_size = around.key ? around.key->size() : 0;
  std::int64_t time = keep_time && around.type != envelope::time_type::none ? around.time.ns / ns_per_ms : 0;
  auto code = rd_kafka_producev(client_->handle(), RD_KAFKA_V_TOPIC(topic.c_str()),
                                RD_KAFKA_V_VALUE(const_cast<std::byte*>(bytes.data()), bytes.size()),
                                RD_KAFKA_V_KEY(key, key_size), RD_KAFKA_V_TIMESTAMP(time), RD_KAFKA_V_HEADERS(headers),
                                RD_KAFKA_V_OPAQUE(p.get()), RD_KAFKA_V_END);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    // Comes back with the delivery report.
    (void)p.release();
    return nothing{};
  }
  ledger_->settle();
  // Only a message that was taken owns its headers.
  if (headers != nullptr) rd_kafka_headers_destroy(headers);
  return refuse(topic, code, bytes.size(), what);
}

status kafka_producer::refuse(const std::string& topic, rd_kafka_resp_err_t code, std::size_t size,
                              std::string_view what) {
  auto reason = reason_of(code);
  auto text = fmt::format("{}, {} bytes, for topic {}: {}", what, size, topic, rd_kafka_err2str(code));
  if (reason == "too_large" && !size_limit_.empty()) text += fmt::format("; message.max.bytes is {}", size_limit_);
  client_->note(code, text);
  ledger_->failed(topic, reason, text);
  return failure{reason, fmt::format("{}; {}", text, remedy_of(reason))};
}

std::size_t kafka_producer::flush(std::chrono::milliseconds at_most) {
  const auto end = std::chrono::steady_clock::now() + at_most;
  rd_kafka_flush(client_->handle(), static_cast<int>(at_most.count()));
  // What librdkafka is done with may still have to be reported.
  std::unique_lock lock(ledger_->mutex);
  ledger_->settled.wait_for(lock, end - std::chrono::steady_clock::now(), [this] { return ledger_->under_way == 0; });
  return ledger_->under_way;
}

// librdkafka's own count has other events in it as well.
std::size_t kafka_producer::unsent() const {
  std::lock_guard lock(ledger_->mutex);
  return ledger_->under_way;
}

std::map<std::string, kafka_producer::counts> kafka_producer::by_topic() const {
  std::lock_guard lock(ledger_->mutex);
  return ledger_->topics;
}

kafka_producer::counts kafka_producer::totals() const {
  counts sum;
  for (const auto& [topic, c] : by_topic()) {
    sum.delivered += c.delivered;
    for (const auto& [reason, n] : c.failed)
      sum.failed[reason] += n;
  }
  return sum;
}

} // namespace livedata
