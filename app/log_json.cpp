#include "app/log_json.hpp"

#include "messages/json.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cctype>
#include <chrono>
#include <optional>
#include <spdlog/details/log_msg.h>

namespace livedata {

namespace {

bool is_key(std::string_view text) {
  if (text.empty()) return false;
  for (char c : text)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') return false;
  return true;
}

std::string json_text_of(std::string_view text) {
  return json(std::string(text)).dump(-1, ' ', false, json::error_handler_t::replace);
}

// A text in quotes at the front, and taken away from it: as it stands in the log, but for escaped quotes and
// backslashes. What no terminal may see stays escaped.
std::optional<std::string> take_quoted(std::string_view& rest) {
  std::string out;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return out;
    }
    if (rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\')) ++i;
    out += rest[i];
  }
  return std::nullopt;
}

std::string value_of(std::string_view word) {
  const auto parsed = json::parse(word, nullptr, false);
  return parsed.is_number() || parsed.is_boolean() ? std::string(word) : json_text_of(word);
}

class json_formatter final : public spdlog::formatter {
public:
  void format(const spdlog::details::log_msg& msg, spdlog::memory_buf_t& to) override {
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(msg.time.time_since_epoch()).count();
    const auto level = spdlog::level::to_string_view(msg.level);
    const auto line =
      fmt::format("{{\"time\":\"{:%Y-%m-%dT%H:%M:%S}.{:06}Z\",\"level\":\"{}\"{}}}\n",
                  fmt::gmtime(static_cast<std::time_t>(micros / 1'000'000)), micros % 1'000'000,
                  std::string_view(level.data(), level.size()), json_members({msg.payload.data(), msg.payload.size()}));
    to.append(line.data(), line.data() + line.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<json_formatter>(); }
};

} // namespace

std::string json_members(std::string_view line) {
  const auto plain = ",\"text\":" + json_text_of(line);
  auto rest = line;
  const auto event = rest.substr(0, rest.find(' '));
  if (!is_key(event)) return plain;
  rest.remove_prefix(event.size());
  auto out = ",\"event\":" + json_text_of(event);
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const auto equals = rest.find('=');
    if (equals == std::string_view::npos || !is_key(rest.substr(0, equals))) return plain;
    out.append(1, ',').append(json_text_of(rest.substr(0, equals))).append(1, ':');
    rest.remove_prefix(equals + 1);
    if (rest.starts_with('"')) {
      const auto text = take_quoted(rest);
      if (!text || (!rest.empty() && rest.front() != ' ')) return plain;
      out += json_text_of(*text);
    } else {
      const auto word = rest.substr(0, rest.find(' '));
      out += value_of(word);
      rest.remove_prefix(word.size());
    }
  }
  return out;
}

std::unique_ptr<spdlog::formatter> json_log_formatter() {
  return std::make_unique<json_formatter>();
}

} // namespace livedata
