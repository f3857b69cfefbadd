// From raw messages to decoded ones: what a message is by its topic, its schema and the source name inside it, and who
// wants it. Bad messages are refused with a reason, one by one. Plain code.
#pragma once

#include "actors/source/route_table.hpp"
#include "messages/control.hpp"
#include "messages/raw_message.hpp"
#include "messages/result.hpp"
#include "messages/stream.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace livedata {

// Nobody here wants it, and that is as it should be: alarms and connection states among logs, streams of the instrument
// that other services handle.
struct ignored {};

// A message and its way; the way lives as long as the table of the adapter.
struct routed_message {
  stream_message message;
  const route* to = nullptr;
};

// Control messages are for every service that reads their topic.
using adapted_message = std::variant<ignored, routed_message, control_message>;

// What was learned about a message on the way, whatever became of it; for statistics. The topic of a message without
// routes, and the source of one that could not be read so far, are not there.
struct sighting {
  const topic_routes* topic = nullptr;
  // Where the (topic, source name) leads; nullptr if it is unknown.
  const route* to = nullptr;
  std::optional<std::string> source_name;
  // The schemas whose time tells a delay (ev44, da00, ad00), with the time; else nothing.
  std::string_view schema;
  std::optional<timestamp> time;
};

class adapter {
public:
  using id_maker = std::function<std::string()>;

  // `new_id` makes ids for commands that have none; without it, random ones.
  explicit adapter(route_table routes, id_maker new_id = {});

  // Verifies and decodes. The message of a failure is a short text of one line. Its reasons, besides those of the
  // codecs (ev44, da00, f144, ad00, pl72, 6s4t, commands): "unknown_source": the instrument has no such source on the
  // topic; to be counted, but not worth a line in the log. "unknown_topic": no such topic.
  result<adapted_message> adapt(const raw_message& raw) const;
  result<adapted_message> adapt(const raw_message& raw, sighting& seen) const;

  const route_table& routes() const noexcept { return routes_; }

private:
  route_table routes_;
  id_maker new_id_;
};

} // namespace livedata
