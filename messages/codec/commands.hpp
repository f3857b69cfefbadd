// Commands of the dashboard and of the experiment's control program: JSON, one object for each. Unknown members are
// passed over. Members of `params` are kept as they are; the workflow checks them.
#pragma once

#include "messages/control.hpp"
#include "messages/result.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace livedata::commands {

using command = std::variant<start_command, job_command>;

// `new_id` makes the message id of a command that came without one. Reasons of failure: "bad_json", "unknown_kind",
// "bad_field" (something is missing, or not of its type; the message says where).
result<command> read(std::span<const std::byte> bytes, const std::function<std::string()>& new_id);

std::vector<std::byte> write(const start_command& c);
std::vector<std::byte> write(const job_command& c);

// "stop", "reset", "pause" or "resume".
std::string_view to_string(job_action a);

} // namespace livedata::commands
