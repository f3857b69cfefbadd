// x5f2: the status of a service and of its jobs. Layout: schemas/x5f2.fbs; most of the content is JSON in one field.
#pragma once

#include "messages/heartbeat.hpp"
#include "messages/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace livedata::x5f2 {

inline constexpr std::string_view schema = "x5f2";

struct message {
  std::string software_name;
  std::string software_version;
  std::string service_id;
  std::string host_name;
  std::uint32_t process_id = 0;
  // ms
  std::uint32_t update_interval = 0;
  std::string status_json;

  friend bool operator==(const message&, const message&) = default;
};

// Absent texts are empty. Reasons of failure: "too_short", "wrong_schema", "invalid_buffer".
result<message> read(std::span<const std::byte> bytes);

std::vector<std::byte> write(const message& m);

// Identifies the process that sends; the same in all its messages.
struct sender {
  std::string software_version;
  std::string host_name;
  std::uint32_t process_id = 0;
};

// service_id "source:job number". update_interval is 1000 ms as in the field's messages, although one comes every 2 s.
std::vector<std::byte> write(const job_heartbeat& h, const sender& who);
// service_id "instrument:service:worker id", update_interval 2000 ms.
std::vector<std::byte> write(const service_heartbeat& h, const sender& who);

using heartbeat = std::variant<job_heartbeat, service_heartbeat>;

// Reads the JSON. A message without message_type is about a job. Reasons of failure: "bad_json", "unknown_kind",
// "bad_field".
result<heartbeat> heartbeat_of(const message& m);

// The codes of the experiment's control program.
int status_code(job_state s);
int status_code(service_state s);

std::string_view to_string(service_state s);

} // namespace livedata::x5f2
