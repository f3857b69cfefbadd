#include "messages/log_line.hpp"

#include "messages/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace livedata {

namespace {

constexpr std::size_t longest_plain_line = 16 * 1024;

// Bytes of the character at the front; 0 if it is no UTF-8.
std::size_t character_size(std::string_view text) {
  for (std::size_t n = 1; n <= 4 && n <= text.size(); ++n)
    if (is_utf8(text.substr(0, n))) return n;
  return 0;
}

// Of two bytes or more.
char32_t code_of(std::string_view character) {
  auto code = static_cast<char32_t>(static_cast<unsigned char>(character[0]) & (0xffU >> (character.size() + 1)));
  for (const auto c : character.substr(1))
    code = code << 6U | (static_cast<unsigned char>(c) & 0x3fU);
  return code;
}

// Controls of the upper half, ends of lines and paragraphs, and what turns the direction of writing.
bool is_unseen(char32_t code) {
  constexpr std::array<std::pair<char32_t, char32_t>, 5> ranges{
    {{0x80, 0x9f}, {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069}, {0xfeff, 0xfeff}}};
  for (const auto& [first, last] : ranges)
    if (code >= first && code <= last) return true;
  return false;
}

std::string escaped_byte(char c) {
  switch (c) {
  case '\n':
    return "\\n";
  case '\r':
    return "\\r";
  case '\t':
    return "\\t";
  default:
    return fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
}

// The character at the front of `text`, as it may be shown, and taken away from it.
std::string take_character(std::string_view& text) {
  const auto size = character_size(text);
  const auto character = text.substr(0, std::max<std::size_t>(size, 1));
  text.remove_prefix(character.size());
  const auto first = static_cast<unsigned char>(character[0]);
  if (size == 0 || first < 0x20 || first == 0x7f) return escaped_byte(character[0]);
  if (size > 1)
    if (const auto code = code_of(character); is_unseen(code)) return fmt::format("\\u{:04x}", std::uint32_t{code});
  return std::string(character);
}

} // namespace

std::string quoted_log_text(std::string_view text) {
  const auto size = text.size();
  std::string out = "\"";
  while (!text.empty()) {
    if (size - text.size() >= longest_log_text) return out + fmt::format("… ({} bytes)\"", size);
    if (text.front() == '"' || text.front() == '\\') out += '\\';
    out += take_character(text);
  }
  return out + '"';
}

std::string plain_log_text(std::string_view text, bool keep_lines) {
  const auto size = text.size();
  std::string out;
  while (!text.empty()) {
    if (size - text.size() >= longest_plain_line) return out + fmt::format("… ({} bytes)", size);
    if (keep_lines && text.front() == '\n') {
      out += '\n';
      text.remove_prefix(1);
    } else {
      out += take_character(text);
    }
  }
  return out;
}

log_value::log_value(log_word word) {
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:+-";
  shown_ = word.word.empty() || word.word.find_first_not_of(plain) != word.word.npos ? quoted_log_text(word.word)
                                                                                     : std::string(word.word);
}

log_value::log_value(double number) : shown_(fmt::format("{:.6g}", number)) {}

std::string log_line(std::string_view event, std::initializer_list<log_field> fields) {
  std::string line(event);
  for (const auto& [key, value] : fields)
    if (!value.shown().empty()) line.append(" ").append(key).append("=").append(value.shown());
  return line;
}

} // namespace livedata
