// Identities: which workflow, which job, which output of it.
#pragma once

#include "messages/result.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace livedata {

// A workflow of an instrument; as text "loki/tube_view/1".
struct workflow_id {
  std::string instrument;
  std::string name;
  int version = 1;

  friend auto operator<=>(const workflow_id&, const workflow_id&) = default;
};

std::string to_string(const workflow_id& id);

// Reads "instrument/name/version": exactly three parts, the version a whole number. Failure "bad_workflow_id".
result<workflow_id> parse_workflow_id(std::string_view text);

// A UUID (RFC 9562), 16 bytes in the order in which they are written.
struct uuid {
  std::array<std::uint8_t, 16> bytes{};

  friend auto operator<=>(const uuid&, const uuid&) = default;
};

// Lower case with hyphens.
std::string to_string(const uuid& id);

// Upper or lower case, with or without hyphens, braces or "urn:uuid:". Failure "bad_uuid".
result<uuid> parse_uuid(std::string_view text);

// A UUID of version 8 made from a text: the same text gives the same UUID.
uuid uuid_from_name(std::string_view text);

// A job: the source it works on, and a number chosen by whoever starts it.
struct job_id {
  std::string source_name;
  uuid job_number;

  friend auto operator<=>(const job_id&, const job_id&) = default;
};

// "source/uuid". Sources may contain '/' themselves.
std::string to_string(const job_id& id);

// The source name of a result message: compact JSON, fields in this order:
// {"workflow_id":{"instrument":…,"name":…,"version":…},"job_id":{"source_name":…,"job_number":…},"output_name":…}
std::string result_key(const workflow_id& workflow, const job_id& job, std::string_view output_name);

} // namespace livedata
