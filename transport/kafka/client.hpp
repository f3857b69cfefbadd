// One client of librdkafka with the thread-safe part of its state: which errors came, whether a broker is connected.
#pragma once

#include "messages/result.hpp"
#include "transport/kafka/properties.hpp"

#include <librdkafka/rdkafka.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace livedata {

// True for what ends a service: librdkafka's own fatal errors, and refused access or log-in.
bool is_fatal(rd_kafka_resp_err_t code);

// Whether librdkafka knows the properties and takes their values. The failure, "value", names the property.
status check_properties(const kafka_properties& properties);

// Whether brokers are there.
struct kafka_connection {
  bool connected = false;
  // The latest trouble, in librdkafka's words; may be empty.
  std::string last_error;
};

class kafka_client {
public:
  enum class role { consumer, producer };

  // Serves delivery reports of a producer on a thread of librdkafka.
  using delivery_handler = void (*)(const rd_kafka_message_t& report, void* handler_data);

  // Nothing is sent or received yet. Failure: "value" for a property that librdkafka does not know or take, "kafka" for
  // anything else.
  static result<std::shared_ptr<kafka_client>> make(role what, const kafka_properties& properties,
                                                    delivery_handler on_delivery = nullptr,
                                                    void* handler_data = nullptr);

  kafka_client(const kafka_client&) = delete;
  kafka_client& operator=(const kafka_client&) = delete;
  // Ends the connections. Every message of this client must be gone.
  ~kafka_client();

  rd_kafka_t* handle() const noexcept { return handle_; }

  // "localhost:9092", for messages.
  const std::string& servers() const noexcept { return servers_; }

  kafka_connection connection() const;

  // The first fatal error, if one came.
  std::optional<std::string> fatal() const;

  // Takes note of an error from wherever.
  void note(rd_kafka_resp_err_t code, const std::string& text);

private:
  kafka_client() = default;

  static void on_event(rd_kafka_t* handle, rd_kafka_event_t* event, void* opaque);
  void on_statistics(const char* text);

  rd_kafka_t* handle_ = nullptr;
  std::string servers_;
  role role_ = role::consumer;
  delivery_handler on_delivery_ = nullptr;
  void* handler_data_ = nullptr;

  mutable std::mutex mutex_;
  kafka_connection connection_;
  std::optional<std::string> fatal_;
};

} // namespace livedata
