// Writes the da00 messages of one output, of which most differ from the one before in nothing but numbers and times.
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

// Gives byte for byte what write() gives. Remembers all of the last message but the numbers: an array of the same form
// (names, dimensions, sizes, units, element types, coordinates) is put between what is remembered, instead of a message
// being built and checked anew.
class repeated_writer {
public:
  // As da00::write().
  std::vector<std::byte> write(std::string_view source_name, timestamp time, const data_array& array);

  // Writes the message behind what is there, which stays as it is if that fails.
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

  // The message without the numbers, end to end; where in it the time is; and what of it comes before the numbers of
  // which variable, in the order of the message.
  struct part {
    std::size_t fixed;
    std::size_t variable;
  };

  std::vector<std::byte> fixed_;
  std::size_t time_at_ = 0;
  std::vector<part> parts_;
  std::size_t size_ = 0;
};

} // namespace livedata::da00
