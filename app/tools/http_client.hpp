// Asks a running engine over HTTP: for the small programs.
#pragma once

#include "app/tools/tool_options.hpp"
#include "messages/result.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

struct http_place {
  std::string host = "127.0.0.1";
  std::string port = "8080";
  std::optional<std::string> token = {};

  // "127.0.0.1:8080"
  std::string text() const;
};

// Reads "8080", "host", "host:8080", "[::1]:8080", "http://host:8080/". Failure "value".
result<http_place> parse_http_place(std::string_view text);

// --address and --token-file, for every program that asks an engine, and the place that they amount to.
std::vector<tool_option> http_tool_options();
result<http_place> http_tool_place(const tool_arguments& args);

struct http_reply {
  int status = 0;
  std::string content;
};

// What is answered. Failure "unreachable": nobody answers in that time.
result<http_reply> http_ask(const http_place& where, const std::string& path,
                            std::chrono::milliseconds patience = std::chrono::seconds(5));

// The content of a page. Failures: that of http_ask(), and "refused" with the answer's text for one that is not 200.
result<std::string> http_get(const http_place& where, const std::string& path,
                             std::chrono::milliseconds patience = std::chrono::seconds(5));

} // namespace livedata
