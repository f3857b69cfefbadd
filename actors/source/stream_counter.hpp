// Counts raw messages by stream, and how late they were: for status messages and for the log. Plain code.
#pragma once

#include "actors/source/adapter.hpp"
#include "messages/heartbeat.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace livedata {

enum class lag_level : std::uint8_t { normal, warning, error };

// Delays of one (topic, source name, schema): from the time inside a message to the time of its envelope.
struct stream_lag {
  std::string topic;
  std::string source_name;
  std::string schema;
  double min_seconds = 0;
  double max_seconds = 0;
  std::uint64_t count = 0;

  // Error: a message came more than 0.1 s before its own time, so clocks disagree. Warning: more than 2 s after it.
  lag_level level() const;
};

class stream_counter {
public:
  // Most source names counted one by one in a window: names come from outside. All further ones share one count, under
  // the name "<other>".
  static constexpr std::size_t most_names = 1000;

  // Stands for the source name of a message that could not be decoded.
  static constexpr std::string_view unreadable = "<error>";

  explicit stream_counter(std::size_t services) : counts_(services) {}

  // Counts a message. `seen`: what the adapter found out about it; `refused`: why the adapter refused it, or nullptr.
  // Each service counts the messages on the topics that it reads. It does not count streams of other services, commands
  // and requests that could be decoded, and set points and idle flags of motors (source names that end in .VAL or
  // .DMOV).
  void count(const raw_message& raw, const sighting& seen, const failure* refused);

  // The counts of a service since the last call.
  stream_statistics take(std::uint32_t service, double window_seconds);

  // The delays of all streams since the last call, sorted.
  std::vector<stream_lag> take_lags();

private:
  using name_key = std::pair<std::string, std::string>;

  struct entry {
    std::optional<std::string> stream;
    std::uint64_t count = 0;
  };

  using table = std::map<name_key, entry>;

  static void add(table& counts, const std::string& topic, std::string_view source,
                  const std::optional<std::string>& stream);

  std::vector<table> counts_;
  std::map<std::tuple<std::string, std::string, std::string>, stream_lag> lags_;
};

// "topic=… source=… schema=… min_lag_s=0.012 max_lag_s=0.034 count=14"
std::string to_string(const stream_lag& lag);

} // namespace livedata
