// From raw messages to decoded ones: which stream a message belongs to, and who wants it. Bad messages are refused with
// a reason, one by one. Plain code.
#pragma once

#include "messages/codec/ev44.hpp"
#include "messages/raw_message.hpp"
#include "messages/result.hpp"
#include "messages/stream.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace livedata {

struct route {
  stream_id stream;
  ev44::flavour flavour = ev44::flavour::detector;
  // Numbers of the coordinators that want the stream.
  std::vector<std::uint32_t> receivers;
};

// A message and its way; the route lives as long as the adapter.
struct routed_message {
  stream_message message;
  const route* way = nullptr;
};

class adapter {
public:
  // A further receiver for a pair (topic, source name); stream and flavour must be the same as before.
  void add_route(const std::string& topic, const std::string& source_name, const stream_id& stream,
                 ev44::flavour flavour, std::uint32_t receiver);

  // Verifies and decodes. Reasons of failure: those of ev44::read and ev44::events, and "unknown_source" for a pair
  // that nobody wants.
  result<routed_message> adapt(const raw_message& raw) const;

  std::vector<std::string> streams() const;

private:
  std::map<std::string, std::map<std::string, route, std::less<>>> routes_;
};

} // namespace livedata
