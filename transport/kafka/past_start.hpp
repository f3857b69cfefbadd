// Where reading of the past begins in a partition.
#pragma once

#include "transport/kafka/client.hpp"
#include "transport/kafka/lane_list.hpp"
#include "transport/past_reader.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace livedata {

struct past_start {
  // Of the first message to be read.
  std::int64_t next = 0;
  // How much later Kafka's times are than those of the data. Nothing: not known.
  std::optional<duration> distance;
  // Or they are less late: all that was seen may have been old when it was sent.
  bool is_sure = true;
};

// One partition of a client that belongs to no group. May wait for the broker.
class past_start_finder {
public:
  // `data_time` may be empty. `has_lost`: there was a topic of that name before, whose messages are gone.
  past_start_finder(std::shared_ptr<kafka_client> client, const kafka_lane& lane, data_clock data_time, bool has_lost)
    : client_(std::move(client)), lane_(lane), data_time_(std::move(data_time)), has_lost_(has_lost) {}

  // Data of that time or later is not before it, by the times of the data. Nothing if no message of the data was found.
  // Failures: "kafka"; "gone" if Kafka has deleted data of that time.
  result<std::optional<past_start>> of_data(timestamp from) const;

  // The same by the times of Kafka, where nothing else tells. `may_miss`: what Kafka has deleted is no failure.
  result<past_start> by_clock_of_kafka(timestamp kafka_time, bool may_miss) const;

  // The first message that Kafka has got at that time; where there is none, what comes next. Failure: "kafka".
  result<past_start> of_context(timestamp kafka_time) const;

private:
  struct extent {
    std::int64_t low = 0;
    std::int64_t high = 0;
  };

  result<extent> ask_extent() const;
  // Negative: nothing is as new, or the broker cannot tell.
  result<std::int64_t> first_of(timestamp kafka_time) const;
  std::int64_t by_kafka_time(std::int64_t asked, const extent& e, timestamp from) const;
  std::vector<raw_message> messages_at(std::int64_t offset, std::size_t most, std::size_t most_dated) const;

  // Whether messages were deleted that may have been of the data.
  bool has_lost(const extent& e) const { return (e.low > 0 || has_lost_) && e.low < e.high; }

  failure gone(std::int64_t low) const;

  std::shared_ptr<kafka_client> client_;
  kafka_lane lane_;
  data_clock data_time_;
  bool has_lost_;
};

} // namespace livedata
