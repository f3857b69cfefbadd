// Requests and answers of HTTP as plain values: what the server hands to the code that answers, and gets back.
#pragma once

#include "messages/json.hpp"
#include "messages/payload.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace livedata {

struct http_request {
  // In capitals: "GET".
  std::string method;
  // Path and query, as they came.
  std::string target;
  // By name in lower case.
  std::map<std::string, std::string, std::less<>> headers;
  std::string body;
  // Address of the other side, without its port.
  std::string peer;

  // nullptr if there is none.
  const std::string* header(std::string_view name) const {
    const auto at = headers.find(name);
    return at == headers.end() ? nullptr : &at->second;
  }
};

struct http_response {
  int status = 200;
  std::string content_type;
  // The body: the first of these that is not empty.
  payload_ptr payload = {};
  std::string_view fixed = {};
  std::string text = {};
  // Beside those that every answer has.
  std::vector<std::pair<std::string, std::string>> headers = {};

  // `payload`, `fixed` or `text`.
  std::string_view body() const {
    if (payload) return {reinterpret_cast<const char*>(payload->bytes().data()), payload->bytes().size()};
    return fixed.empty() ? std::string_view(text) : fixed;
  }
};

// An answer in JSON. What is no UTF-8 in it is replaced.
http_response json_answer(int code, const json& content);

// {"error": text, "fields": [{"path", "text"}, …]}
http_response error_answer(int code, const std::string& text,
                           const std::vector<std::pair<std::string, std::string>>& fields = {});

// The target of a request, taken apart.
struct request_target {
  // Between slashes, decoded: a segment may hold slashes itself. "/" has none.
  std::vector<std::string> path;
  // Of the same name, the last counts.
  std::map<std::string, std::string, std::less<>> query;
};

// Nothing if it is no path, or its percent signs do not stand for UTF-8 without control characters.
std::optional<request_target> parse_target(std::string_view target);

} // namespace livedata
