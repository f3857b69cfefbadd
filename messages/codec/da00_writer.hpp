// Writes the da00 messages of one output. Most differ from the one before in numbers and times only.
#pragma once

#include "messages/data_array.hpp"
#include "messages/timestamp.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace livedata::da00 {

// Gives the same bytes as da00::write(). Remembers all of the last message but the numbers. If the next array has the
// same form (names, dimensions, sizes, units, element types, coordinates), only its numbers and time are put in;
// nothing is built or checked again.
class repeated_writer {
public:
  // As da00::write().
  std::vector<std::byte> write(std::string_view source_name, timestamp time, const data_array& array);

  // Appends the message to `to`. If that throws, `to` is as before.
  void append(std::string_view source_name, timestamp time, const data_array& array, std::vector<std::byte>& to);

private:
  // All of a variable but its numbers.
  struct form {
    form(std::string_view variable_name, const variable& v);
    bool fits(std::string_view variable_name, const variable& v) const;

    std::string name;
    std::vector<std::string> dims;
    std::vector<std::int64_t> shape;
    std::optional<std::string> unit;
    std::size_t type;
    std::size_t size;
  };

  bool fits(std::string_view source_name, const data_array& array) const;
  void remember(std::string_view source_name, const data_array& array, std::span<const std::byte> message);

  std::string source_name_;
  // The data and the coordinates, in the order of the array; nothing before the first message.
  std::vector<form> forms_;

  // One stretch of the message: `fixed` bytes that are remembered, then the numbers of a variable.
  struct part {
    std::size_t fixed;
    std::size_t variable;
  };

  // The remembered bytes of all parts, and of what is after the last.
  std::vector<std::byte> fixed_;
  // Where in them the time is.
  std::size_t time_at_ = 0;
  // In the order of the message.
  std::vector<part> parts_;
  // Of the whole message, in bytes.
  std::size_t size_ = 0;
};

} // namespace livedata::da00
