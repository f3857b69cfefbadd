// Asks the broker from time to time which topics it has, on a thread of its own, so that nobody who reads waits for the
// answer.
#pragma once

#include "messages/result.hpp"
#include "transport/kafka/client.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace livedata {

// Number of partitions by topic, of all topics that the broker has.
using topic_counts = std::map<std::string, int>;
using topic_lookup = std::function<result<topic_counts>(const kafka_client&, std::chrono::milliseconds at_most)>;

class topic_watch {
public:
  topic_watch(std::shared_ptr<kafka_client> client, topic_lookup lookup, std::chrono::milliseconds interval);

  topic_watch(const topic_watch&) = delete;
  topic_watch& operator=(const topic_watch&) = delete;
  // Waits for the answer to a question that was asked.
  ~topic_watch();

  // The newest answer, once.
  std::optional<topic_counts> take();

  // Asks at once.
  void look_now();

private:
  void run(const std::stop_token& over);

  std::shared_ptr<kafka_client> client_;
  topic_lookup lookup_;
  std::chrono::milliseconds interval_;
  std::mutex mutex_;
  std::condition_variable_any due_;
  bool wanted_ = false;
  std::optional<topic_counts> answer_;
  std::jthread thread_;
};

} // namespace livedata
