// JSON as it comes in messages: text of strangers, and the values that it may be made of.
#pragma once

#include "messages/ids.hpp"
#include "messages/json.hpp"
#include "messages/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace livedata::json_text {

// Reasons: "bad_json" (not JSON, not UTF-8, nested too deeply).
result<json> parse(std::span<const std::byte> bytes);

// Compact; characters beyond ASCII as they are.
std::string dump(const json& value);

std::vector<std::byte> to_bytes(const json& value);

// A member that is not what it has to be: thrown while a message is read, never out of a codec.
struct bad_field : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Members of an object; `path` stands in messages. Both throw bad_field.
const json& member(const json& object, std::string_view name, std::string_view path);
// nullptr if it is absent.
const json* find(const json& object, std::string_view name);

// The value as a type; each throws bad_field. Whole numbers may also come as texts of digits, or as floats.
enum class floats : std::uint8_t { must_be_whole, truncate };
std::int64_t whole_number(const json& value, floats how, std::string_view path);
std::string text(const json& value, std::string_view path);
const json& object(const json& value, std::string_view path);
// An object, or "instrument/name/version".
workflow_id workflow(const json& value, std::string_view path);
job_id job(const json& value, std::string_view path);

json to_json(const workflow_id& id);
json to_json(const job_id& id);

// A value for a message about it: not longer than a line.
std::string shown(const json& value);

} // namespace livedata::json_text
