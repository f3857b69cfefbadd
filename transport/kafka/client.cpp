#include "transport/kafka/client.hpp"

#include "messages/json.hpp"
#include "messages/log_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <spdlog/spdlog.h>

namespace livedata {

namespace {

spdlog::level::level_enum log_level(int syslog_level) {
  if (syslog_level <= 3) return spdlog::level::err;
  if (syslog_level <= 4) return spdlog::level::warn;
  if (syslog_level <= 6) return spdlog::level::info;
  return spdlog::level::debug;
}

// What librdkafka says of its connections and transactions is told once, by whoever waits for them; the rest goes to
// the log as it is.
void on_log(const rd_kafka_t* /*handle*/, int level, const char* facility, const char* text) {
  std::string_view what = facility;
  constexpr std::array<std::string_view, 7> told{"FAIL", "ERROR", "BROKER", "FATAL", "GETPID", "ADDPARTS", "TXNERR"};
  const auto expected = std::ranges::find(told, what) != told.end();
  spdlog::log(expected ? spdlog::level::debug : log_level(level),
              log_line("kafka_client", {{"facility", log_word{what}}, {"text", text}}));
}

struct conf_deleter {
  void operator()(rd_kafka_conf_t* c) const { rd_kafka_conf_destroy(c); }
};

using conf_ptr = std::unique_ptr<rd_kafka_conf_t, conf_deleter>;

status set_all(rd_kafka_conf_t* conf, const kafka_properties& properties) {
  std::array<char, 512> why{};
  for (const auto& [name, value] : properties)
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why.data(), why.size()) != RD_KAFKA_CONF_OK)
      return failure{"value", fmt::format("Kafka property {}: {}", name, why.data())};
  return nothing{};
}

} // namespace

bool is_fatal(rd_kafka_resp_err_t code) {
  switch (code) {
  case RD_KAFKA_RESP_ERR__FATAL:
  case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
  case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
  case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
  case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
  case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    return true;
  default:
    return false;
  }
}

status check_properties(const kafka_properties& properties) {
  // Much is looked at only when a client is made; one without brokers connects to nothing.
  auto alone = properties;
  alone.insert(alone.end(), {{"bootstrap.servers", ""}, {"log_level", "3"}});
  auto what = property(properties, "group.id").empty() ? kafka_client::role::producer : kafka_client::role::consumer;
  if (auto made = kafka_client::make(what, alone); !made) return made.error();
  return nothing{};
}

result<std::shared_ptr<kafka_client>> kafka_client::make(role what, const kafka_properties& properties,
                                                         delivery_handler on_delivery, void* handler_data) {
  conf_ptr conf(rd_kafka_conf_new());
  if (auto ok = set_all(conf.get(), properties); !ok) return ok.error();
  std::array<char, 512> why{};
  std::shared_ptr<kafka_client> client(new kafka_client);
  client->servers_ = property(properties, "bootstrap.servers");
  client->role_ = what;
  client->on_delivery_ = on_delivery;
  client->handler_data_ = handler_data;
  rd_kafka_conf_set_opaque(conf.get(), client.get());
  rd_kafka_conf_set_log_cb(conf.get(), on_log);
  rd_kafka_conf_set_events(conf.get(),
                           RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS | RD_KAFKA_EVENT_REBALANCE);
  rd_kafka_conf_set_background_event_cb(conf.get(), on_event);
  auto type = what == role::consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER;
  client->handle_ = rd_kafka_new(type, conf.get(), why.data(), why.size());
  if (client->handle_ == nullptr) {
    auto of_user = rd_kafka_last_error() == RD_KAFKA_RESP_ERR__INVALID_ARG;
    return failure{of_user ? "value" : "kafka", fmt::format("Kafka properties: {}", why.data())};
  }
  // The handle has taken it over.
  (void)conf.release();
  auto* main = rd_kafka_queue_get_main(client->handle_);
  auto* background = rd_kafka_queue_get_background(client->handle_);
  rd_kafka_queue_forward(main, background);
  rd_kafka_queue_destroy(background);
  rd_kafka_queue_destroy(main);
  return client;
}

kafka_client::~kafka_client() {
  if (handle_ != nullptr) rd_kafka_destroy(handle_);
}

kafka_connection kafka_client::connection() const {
  std::lock_guard lock(mutex_);
  return connection_;
}

std::optional<std::string> kafka_client::fatal() const {
  std::lock_guard lock(mutex_);
  return fatal_;
}

void kafka_client::note(rd_kafka_resp_err_t code, const std::string& text) {
  std::lock_guard lock(mutex_);
  connection_.last_error = text;
  if (is_fatal(code) && !fatal_) fatal_ = fmt::format("{} ({})", text, rd_kafka_err2name(code));
}

void kafka_client::on_event(rd_kafka_t* handle, rd_kafka_event_t* event, void* opaque) {
  auto* self = static_cast<kafka_client*>(opaque);
  switch (rd_kafka_event_type(event)) {
  case RD_KAFKA_EVENT_DR:
    while (const auto* report = rd_kafka_event_message_next(event)) {
      if (report->err != RD_KAFKA_RESP_ERR_NO_ERROR && is_fatal(report->err))
        self->note(report->err, rd_kafka_err2str(report->err));
      self->on_delivery_(*report, self->handler_data_);
    }
    break;
  case RD_KAFKA_EVENT_ERROR: {
    auto code = rd_kafka_event_error(event);
    std::string text = rd_kafka_event_error_string(event);
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
      std::array<char, 512> why{};
      rd_kafka_fatal_error(handle, why.data(), why.size());
      text = why.data();
    }
    self->note(code, text);
    break;
  }
  case RD_KAFKA_EVENT_STATS:
    self->on_statistics(rd_kafka_event_stats(event));
    break;
  default:
    break;
  }
  rd_kafka_event_destroy(event);
}

void kafka_client::on_statistics(const char* text) {
  auto statistics = json::parse(text, nullptr, false);
  auto brokers = statistics.find("brokers");
  if (brokers == statistics.end()) return;
  bool up = false;
  for (const auto& b : *brokers)
    up = up || (b.value("source", "") != "logical" && b.value("state", "") == "UP");
  std::lock_guard lock(mutex_);
  connection_.connected = up;
}

} // namespace livedata
