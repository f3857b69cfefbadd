#include "actors/view/http/access.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace livedata {

namespace {

constexpr std::string_view cookie_name = "livedata_token";
constexpr std::size_t shortest_token = 16;
constexpr std::size_t longest_token = 256;
// What supervisors ask for, and has no data of the experiment.
constexpr std::array<std::string_view, 3> open_paths{"/live", "/ready", "/metrics"};

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// "host:8080", "[::1]:8080" without the port.
std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    return end == std::string_view::npos ? std::string_view() : host.substr(1, end - 1);
  }
  return host.substr(0, host.find(':'));
}

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

bool changes_something(const http_request& r) {
  return r.method != "GET" && r.method != "HEAD" && r.method != "OPTIONS";
}

std::optional<std::string_view> cookie(const http_request& r) {
  const auto* all = r.header("cookie");
  if (all == nullptr) return std::nullopt;
  std::string_view rest(*all);
  while (!rest.empty()) {
    auto one = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    while (one.starts_with(' '))
      one.remove_prefix(1);
    if (one.starts_with(cookie_name) && one.substr(cookie_name.size()).starts_with('='))
      return one.substr(cookie_name.size() + 1);
  }
  return std::nullopt;
}

std::optional<std::string_view> bearer(const http_request& r) {
  constexpr std::string_view scheme = "bearer ";
  const auto* value = r.header("authorization");
  if (value == nullptr || !lower(value->substr(0, scheme.size())).starts_with(scheme)) return std::nullopt;
  return std::string_view(*value).substr(scheme.size());
}

http_response unauthorized() {
  auto r =
    error_answer(401, "this needs the token of the server: as \"Authorization: Bearer <token>\", or once in a browser "
                      "as ?token=<token>");
  r.headers.emplace_back("WWW-Authenticate", "Bearer");
  return r;
}

// The address again, without the token, which then does not stand in the history of the browser.
http_response remember_token(const http_request& r, std::string_view token) {
  const bool secure = r.header("x-forwarded-proto") != nullptr && *r.header("x-forwarded-proto") == "https";
  http_response out;
  out.status = 303;
  out.content_type = "text/plain; charset=utf-8";
  out.headers.emplace_back("Location", std::string(path_of(r.target)));
  out.headers.emplace_back("Set-Cookie", fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}", cookie_name, token,
                                                     secure ? "; Secure" : ""));
  return out;
}

std::optional<http_response> check_host(const access_rules& rules, const http_request& r) {
  const auto* host = r.header("host");
  if (host == nullptr || host->empty()) return error_answer(400, "the request has no Host");
  const auto name = lower(without_port(*host));
  if (rules.host_names.empty() || is_loopback(name) ||
      std::ranges::any_of(rules.host_names, [&](const auto& known) { return lower(known) == name; }))
    return std::nullopt;
  return error_answer(421, "this server does not go by that name; add it to http.host-names if it should");
}

std::optional<http_response> check_token(const access_rules& rules, const http_request& r,
                                         const std::optional<request_target>& target) {
  if (!rules.token || std::ranges::find(open_paths, path_of(r.target)) != open_paths.end()) return std::nullopt;
  if (auto given = bearer(r)) return same_token(*given, *rules.token) ? std::nullopt : std::optional(unauthorized());
  if (target && target->query.contains("token")) {
    if (r.method != "GET" || !same_token(target->query.at("token"), *rules.token)) return unauthorized();
    return remember_token(r, *rules.token);
  }
  if (auto given = cookie(r); given && same_token(*given, *rules.token)) return std::nullopt;
  return unauthorized();
}

std::optional<http_response> check_change(const access_rules& rules, const http_request& r) {
  if (!same_origin(r)) return error_answer(403, "pages of other origins may not use this server");
  if (!changes_something(r)) return std::nullopt;
  if (!rules.control)
    return error_answer(403, "this server only shows; jobs can be changed with view { control = true } in its "
                             "configuration");
  const auto* type = r.header("content-type");
  // A form of another page can send no JSON.
  if (!r.body.empty() && (type == nullptr || !lower(*type).starts_with("application/json")))
    return error_answer(415, "the content has to be application/json");
  return std::nullopt;
}

std::string hex_text(std::string_view bytes) {
  std::string out;
  for (auto c : bytes)
    out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

failure unusable(const std::filesystem::path& file, const std::string& why) {
  return {"value", fmt::format("http.token-file: {} {}; give another place, or mend it", file.string(), why)};
}

class open_file {
public:
  explicit open_file(int fd) : fd_(fd) {}

  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;

  ~open_file() {
    if (fd_ >= 0) ::close(fd_);
  }

  int get() const { return fd_; }

private:
  int fd_;
};

std::string error_text(int error) {
  return std::generic_category().message(error);
}

result<std::string> read_token(const std::filesystem::path& file, int fd) {
  struct stat about {};

  if (fstat(fd, &about) != 0) return unusable(file, "cannot be looked at: " + error_text(errno));
  if (!S_ISREG(about.st_mode)) return unusable(file, "is no file");
  if ((about.st_mode & 077) != 0) return unusable(file, "may be read by others: chmod 600 keeps it to its owner");
  std::array<char, longest_token + 2> text{};
  const auto n = ::read(fd, text.data(), text.size());
  if (n < 0) return unusable(file, "cannot be read: " + error_text(errno));
  std::string token(text.data(), static_cast<std::size_t>(n));
  while (!token.empty() && std::isspace(static_cast<unsigned char>(token.back())) != 0)
    token.pop_back();
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' || c == '~';
  };
  if (token.size() < shortest_token || token.size() > longest_token || !std::ranges::all_of(token, plain))
    return unusable(file, fmt::format("holds no token: {} to {} letters, digits, '-', '_', '.' or '~'", shortest_token,
                                      longest_token));
  return token;
}

} // namespace

bool same_token(std::string_view a, std::string_view b) {
  std::uint32_t different = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size(); ++i)
    different |= static_cast<std::uint32_t>(static_cast<unsigned char>(a[i]) ^
                                            static_cast<unsigned char>(b.empty() ? 0 : b[i % b.size()]));
  return different == 0;
}

bool is_loopback(std::string_view address) {
  return address == "localhost" || address == "::1" || address == "[::1]" ||
         (address.starts_with("127.") &&
          std::ranges::all_of(address, [](char c) { return c == '.' || (c >= '0' && c <= '9'); }));
}

bool same_origin(const http_request& request) {
  if (const auto* site = request.header("sec-fetch-site"))
    if (*site != "same-origin" && *site != "none" && request.header("origin") != nullptr) return false;
  const auto* origin = request.header("origin");
  if (origin == nullptr) return true;
  const auto* host = request.header("host");
  const auto at = origin->find("://");
  return host != nullptr && at != std::string::npos && lower(origin->substr(at + 3)) == lower(*host);
}

std::optional<http_response> refusal(const access_rules& rules, const http_request& request) {
  if (auto refused = check_host(rules, request)) return refused;
  if (auto refused = check_token(rules, request, parse_target(request.target))) return refused;
  return check_change(rules, request);
}

result<std::string> load_token(const std::filesystem::path& file) {
  if (open_file there(::open(file.c_str(), O_RDONLY | O_CLOEXEC)); there.get() >= 0)
    return read_token(file, there.get());
  if (errno != ENOENT) return unusable(file, "cannot be opened: " + error_text(errno));
  std::error_code problem;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), problem);
  std::array<char, 32> random{};
  if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
    return unusable(file, "could not be made: no random numbers");
  const auto token = hex_text({random.data(), random.size()});
  open_file made(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  const auto line = token + "\n";
  if (made.get() < 0 || ::write(made.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    return unusable(file, "cannot be written: " + error_text(errno));
  return token;
}

} // namespace livedata
