// The text of a log line: the name of what happened, and fields. All that comes from outside goes into the log by this
// way, and can neither begin a line of its own, nor tell a terminal what to do, nor fill the disk.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace livedata {

// A text of more bytes is cut in the log.
inline constexpr std::size_t longest_log_text = 2000;

// In quotes. Quotes, backslashes, control characters, marks that turn the direction of writing, and what is no UTF-8
// are escaped (\n, \x1b, \u202e). Of a long text, the beginning and its size.
std::string quoted_log_text(std::string_view text);

// Without quotes, for lines that were not made here: control characters are escaped, and a long line is cut.
// `keep_lines`: line feeds stay.
std::string plain_log_text(std::string_view text, bool keep_lines);

// One of the words of the program itself, such as the name of a signal: stands without quotes, unless it has other
// characters than letters, digits and "_.:+-".
struct log_word {
  std::string_view word;
};

// A value as it stands in the log.
class log_value {
public:
  // Texts in quotes.
  log_value(std::string_view text) : shown_(quoted_log_text(text)) {}

  log_value(const std::string& text) : log_value(std::string_view(text)) {}

  log_value(const char* text) : log_value(std::string_view(text)) {}

  log_value(log_word word);

  log_value(bool yes) : shown_(yes ? "true" : "false") {}

  template <std::integral T>
  log_value(T number) : shown_(std::to_string(number)) {}

  // Six digits.
  log_value(double number);

  // Nothing: the field is left out.
  template <class T>
  log_value(const std::optional<T>& value) : shown_(value ? log_value(*value).shown_ : std::string()) {}

  const std::string& shown() const noexcept { return shown_; }

private:
  std::string shown_;
};

struct log_field {
  std::string_view key;
  log_value value;
};

// "event key=value key="text"".
std::string log_line(std::string_view event, std::initializer_list<log_field> fields = {});

} // namespace livedata
