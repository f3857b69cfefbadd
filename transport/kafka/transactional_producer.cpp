#include "transport/kafka/transactional_producer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace livedata {

struct transactional_producer::ledger {
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t under_way = 0;
  std::int64_t last_offset = -1;
  // Of the first record that failed.
  std::optional<std::string> problem;

  static void on_delivery(const rd_kafka_message_t& report, void* data) {
    auto& self = *static_cast<ledger*>(data);
    std::lock_guard lock(self.mutex);
    if (report.err == RD_KAFKA_RESP_ERR_NO_ERROR)
      self.last_offset = std::max(self.last_offset, report.offset);
    else if (!self.problem)
      self.problem = fmt::format("a record of {} bytes was not taken: {}", report.len, rd_kafka_err2str(report.err));
    --self.under_way;
    self.changed.notify_all();
  }
};

transactional_producer::transactional_producer() : ledger_(std::make_unique<ledger>()) {}

result<std::unique_ptr<transactional_producer>> transactional_producer::open(const kafka_properties& properties,
                                                                             std::chrono::milliseconds at_most) {
  std::unique_ptr<transactional_producer> out(new transactional_producer);
  auto client = kafka_client::make(kafka_client::role::producer, properties, ledger::on_delivery, out->ledger_.get());
  if (!client) return client.error();
  out->client_ = std::move(*client);
  const auto ready =
    out->outcome(rd_kafka_init_transactions(out->client_->handle(), static_cast<int>(at_most.count())));
  if (!ready) return ready.error();
  return out;
}

transactional_producer::~transactional_producer() {
  if (!client_) return;
  rd_kafka_purge(client_->handle(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
  {
    std::unique_lock lock(ledger_->mutex);
    ledger_->changed.wait_for(lock, std::chrono::seconds(1), [this] { return ledger_->under_way == 0; });
  }
  client_ = nullptr;
}

status transactional_producer::outcome(rd_kafka_error_t* error) const {
  if (error == nullptr) return nothing{};
  std::string text = rd_kafka_error_string(error);
  rd_kafka_error_destroy(error);
  return failed(std::move(text));
}

failure transactional_producer::failed(std::string text) const {
  std::array<char, 512> fatal{};
  if (rd_kafka_fatal_error(client_->handle(), fatal.data(), fatal.size()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return {"kafka", fatal.data()};
  if (const auto trouble = client_->connection().last_error; !trouble.empty() && trouble != text)
    text += fmt::format(" ({})", trouble);
  return {"kafka", std::move(text)};
}

bool transactional_producer::ended_by_broker() const {
  std::array<char, 512> ignored{};
  switch (rd_kafka_fatal_error(client_->handle(), ignored.data(), ignored.size())) {
  case RD_KAFKA_RESP_ERR__FENCED:
  case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
  case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
    return true;
  default:
    return false;
  }
}

status transactional_producer::find(const std::string& topic, std::chrono::milliseconds at_most) {
  const std::unique_ptr<rd_kafka_topic_t, void (*)(rd_kafka_topic_t*)> handle(
    rd_kafka_topic_new(client_->handle(), topic.c_str(), nullptr), rd_kafka_topic_destroy);
  const rd_kafka_metadata_t* answer = nullptr;
  const auto code = rd_kafka_metadata(client_->handle(), 0, handle.get(), &answer, static_cast<int>(at_most.count()));
  if (answer != nullptr) rd_kafka_metadata_destroy(answer);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return nothing{};
  return failed(fmt::format("where topic {} is could not be asked: {}", topic, rd_kafka_err2str(code)));
}

status transactional_producer::begin() {
  return outcome(rd_kafka_begin_transaction(client_->handle()));
}

status transactional_producer::send(const topic_place& to, const std::string& key,
                                    std::optional<std::span<const std::byte>> value) {
  {
    std::lock_guard lock(ledger_->mutex);
    ++ledger_->under_way;
  }
  // An empty value is not the same as none.
  static const std::byte empty{};
  const auto* bytes = !value ? nullptr : value->empty() ? &empty : value->data();
  const auto size = value ? value->size() : 0;
  const auto code =
    rd_kafka_producev(client_->handle(), RD_KAFKA_V_TOPIC(to.topic.c_str()), RD_KAFKA_V_PARTITION(to.partition),
                      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key.data(), key.size()),
                      RD_KAFKA_V_VALUE(const_cast<std::byte*>(bytes), size), RD_KAFKA_V_END);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return nothing{};
  std::lock_guard lock(ledger_->mutex);
  --ledger_->under_way;
  return failed(fmt::format("a record of {} bytes was not taken: {}", size, rd_kafka_err2str(code)));
}

status transactional_producer::settle(std::chrono::milliseconds at_most) {
  std::unique_lock lock(ledger_->mutex);
  ledger_->changed.wait_for(lock, at_most, [this] { return ledger_->under_way == 0 || ledger_->problem; });
  if (ledger_->problem) return failed(*ledger_->problem);
  if (ledger_->under_way == 0) return nothing{};
  return failed(fmt::format("the broker has not confirmed {} records within {} s", ledger_->under_way,
                            std::chrono::duration<double>(at_most).count()));
}

status transactional_producer::commit(std::chrono::milliseconds at_most) {
  return outcome(rd_kafka_commit_transaction(client_->handle(), static_cast<int>(at_most.count())));
}

std::int64_t transactional_producer::last_offset() const {
  std::lock_guard lock(ledger_->mutex);
  return ledger_->last_offset;
}

} // namespace livedata
