// Who may ask for what: the names under which the server may be called, the token, pages of other origins, and whether
// anything may be changed.
#pragma once

#include "actors/view/http/http_message.hpp"
#include "messages/result.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

struct access_rules {
  // Names and addresses by which the server may be called; empty: by any. A page of somebody else whose name was made
  // to lead here is kept out by this.
  std::vector<std::string> host_names;
  // Without it every request is refused, but those for /live, /ready and /metrics. Nothing: none is needed.
  std::optional<std::string> token;
  // Whether jobs may be started, stopped and changed.
  bool control = false;
};

// Nothing if the request may be answered, else the answer: 400 (no name), 421 (a name of somebody else), 401 (no token,
// or a wrong one), 403 (a page of another origin, or no control), 415 (a change that is not JSON), or 303 with a cookie
// for a token that stands in the address.
std::optional<http_response> refusal(const access_rules& rules, const http_request& request);

// Whether a request comes from no page, or from one of this server itself.
bool same_origin(const http_request& request);

// Takes as long for a wrong token whatever is wrong in it.
bool same_token(std::string_view a, std::string_view b);

// Whether an address is one of this machine only: 127.x.y.z, ::1 or localhost.
bool is_loopback(std::string_view address);

// The token in the file, or a new one that is put there (mode 600, its folder is made). Failure "value": the file
// cannot be used, or others may read it.
result<std::string> load_token(const std::filesystem::path& file);

} // namespace livedata
