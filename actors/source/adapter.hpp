// Decodes raw messages. Topic, schema and source name decide what a message is and which route it takes. A bad message
// is refused with a reason; the others are not affected. Plain code.
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

// No service of this process needs the message, and nothing is wrong with it: alarms and connection states among logs,
// streams of the instrument that other services handle.
struct ignored {};

// A message and its route. The route is an entry of the adapter's route table.
struct routed_message {
  stream_message message;
  const route* to = nullptr;
};

// Control messages are for every service that reads their topic.
using adapted_message = std::variant<ignored, routed_message, control_message>;

// What the adapter found out about a message, also about one that it refused; for statistics. A message on an unknown
// topic has no `topic`. A message that could not be decoded as far as its source name has no `source_name`.
struct sighting {
  const topic_routes* topic = nullptr;
  // The route of the (topic, source name); nullptr if there is none.
  const route* to = nullptr;
  std::optional<std::string> source_name;
  // Set for the schemas whose time gives the delay of a message (ev44, da00, ad00).
  std::string_view schema;
  std::optional<timestamp> time;
};

class adapter {
public:
  using id_maker = std::function<std::string()>;

  // `new_id` makes the message id of a command that has none. Without it, ids are random UUIDs.
  explicit adapter(route_table routes, id_maker new_id = {});

  // Verifies and decodes. The text of a failure is one short line. Reasons are those of the codecs
  // (ev44, da00, f144, ad00, pl72, 6s4t, commands) and:
  // "unknown_topic": the instrument has no such topic.
  // "unknown_source": the instrument has no such source on the topic. This is common, and needs no line in the log.
  // "time_of_1970": the time of events, a histogram or a frame lies in 1970, and the message was sent later.
  result<adapted_message> adapt(const raw_message& raw) const;
  result<adapted_message> adapt(const raw_message& raw, sighting& seen) const;

  const route_table& routes() const noexcept { return routes_; }

private:
  route_table routes_;
  id_maker new_id_;
};

} // namespace livedata
