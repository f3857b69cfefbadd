// Answers that several paths of the interface give.
#pragma once

#include "actors/view/http/http_message.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace livedata {

inline http_response not_found(const std::string& what) {
  return error_answer(404, what);
}

inline http_response wrong_method(std::string_view allowed) {
  auto r = error_answer(405, fmt::format("this path takes {}", allowed));
  r.headers.emplace_back("Allow", std::string(allowed));
  return r;
}

inline bool reads(const http_request& r) {
  return r.method == "GET" || r.method == "HEAD";
}

} // namespace livedata
