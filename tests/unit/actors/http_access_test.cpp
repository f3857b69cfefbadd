// Paths of requests, and who may ask for what.
#include "actors/view/http/access.hpp"
#include "actors/view/http/rate_limit.hpp"
#include "support/view_fixture.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

namespace http_access_test {

using namespace livedata;
using namespace livedata::test;

namespace {

using words = std::vector<std::string>;

const std::string token = "0123456789abcdef0123";

access_rules open_rules() {
  return {{}, std::nullopt, true};
}

int status_of(const access_rules& rules, const http_request& r) {
  auto refused = refusal(rules, r);
  return refused ? refused->status : 200;
}

http_request with(http_request r, const std::string& name, const std::string& value) {
  r.headers[name] = value;
  return r;
}

struct scratch {
  std::filesystem::path path;

  scratch() {
    auto pattern = (std::filesystem::temp_directory_path() / "livedata-token-XXXXXX").string();
    path = mkdtemp(pattern.data());
  }

  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;

  ~scratch() { std::filesystem::remove_all(path); }
};

} // namespace

TEST_CASE("the path of a request is taken apart at slashes, and decoded after that") {
  CHECK(parse_target("/")->path.empty());
  CHECK(parse_target("/api/v1/jobs/")->path == words{"api", "v1", "jobs"});
  CHECK(parse_target("/a%2Fb/c%20d?x=1%2B1&y&x=a+b#z")->path == words{"a/b", "c d"});
  CHECK(parse_target("/a?x=1%2B1&y&x=a+b")->query.at("x") == "a b");
  CHECK(parse_target("/a?y")->query.at("y").empty());
  for (const auto* wrong : {"", "a", "http://x/", "/a//b", "//evil", "/a/../b", "/%2e%2e/b", "/a%", "/a%4", "/a%zz",
                            "/a%00", "/a%0a", "/a%ff", "/a?b=%0d%0a", "*"})
    CHECK_MESSAGE(!parse_target(wrong), wrong);
}

TEST_CASE("a server on a loopback address answers to its own names only") {
  auto rules = open_rules();
  rules.host_names = {"beam.example.org"};
  for (const auto* name : {"localhost", "LOCALHOST:8080", "127.0.0.1:8080", "127.8.8.8", "[::1]:8080",
                           "beam.example.org", "Beam.Example.Org:443"})
    CHECK_MESSAGE(status_of(rules, with(get("/"), "host", name)) == 200, name);
  for (const auto* name : {"evil.example.org", "127.0.0.1.evil.org", "localhost.evil.org:80", "10.0.0.1"})
    CHECK_MESSAGE(status_of(rules, with(get("/"), "host", name)) == 421, name);
  auto nameless = get("/");
  nameless.headers.erase("host");
  CHECK(status_of(rules, nameless) == 400);
}

TEST_CASE("pages of other origins are refused, whatever they ask for") {
  const auto rules = open_rules();
  CHECK(status_of(rules, with(get("/api/v1/status"), "origin", "http://localhost:8080")) == 200);
  for (const auto* origin : {"http://evil.example.org", "null", "http://localhost:9090", "http://localhost"})
    CHECK_MESSAGE(status_of(rules, with(get("/api/v1/status"), "origin", origin)) == 403, origin);
  CHECK(status_of(rules, with(change("POST", "/api/v1/jobs", "{}"), "origin", "http://evil.example.org")) == 403);
}

TEST_CASE("without control everything that changes something is refused; with it, only JSON is taken") {
  auto rules = open_rules();
  CHECK(status_of(rules, change("POST", "/api/v1/jobs", "{}")) == 200);
  CHECK(status_of(rules, with(change("POST", "/api/v1/jobs", "{}"), "content-type", "text/plain")) == 415);
  rules.control = false;
  for (const auto* method : {"POST", "PUT", "DELETE", "PATCH"})
    CHECK(status_of(rules, change(method, "/api/v1/jobs", "{}")) == 403);
  CHECK(status_of(rules, get("/api/v1/jobs")) == 200);
}

TEST_CASE("with a token everybody needs it, as a header or a cookie, but for health and metrics") {
  auto rules = open_rules();
  rules.token = token;
  CHECK(status_of(rules, get("/api/v1/status")) == 401);
  CHECK(status_of(rules, get("/")) == 401);
  for (const auto* path : {"/live", "/ready", "/metrics"})
    CHECK(status_of(rules, get(path)) == 200);
  CHECK(status_of(rules, get("/live/../api/v1/status")) == 401);
  CHECK(status_of(rules, with(get("/"), "authorization", "Bearer " + token)) == 200);
  CHECK(status_of(rules, with(get("/"), "authorization", "bearer " + token)) == 200);
  CHECK(status_of(rules, with(get("/"), "authorization", "Basic " + token)) == 401);
  CHECK(status_of(rules, with(get("/"), "cookie", "a=b; livedata_token=" + token + "; c=d")) == 200);
  for (const auto& wrong : {std::string(), token + "0", token.substr(1), std::string(token.size(), 'x')}) {
    CHECK(status_of(rules, with(get("/"), "authorization", "Bearer " + wrong)) == 401);
    CHECK(status_of(rules, with(get("/"), "cookie", "livedata_token=" + wrong)) == 401);
    CHECK(status_of(rules, get("/?token=" + wrong)) == 401);
  }
}

TEST_CASE("a token in the address becomes a cookie that no script reads, and leaves the address") {
  auto rules = open_rules();
  rules.token = token;
  const auto r = refusal(rules, get("/page?token=" + token));
  REQUIRE(r);
  CHECK(r->status == 303);
  std::map<std::string, std::string> headers(r->headers.begin(), r->headers.end());
  CHECK(headers.at("Location") == "/page");
  CHECK(headers.at("Set-Cookie").find("HttpOnly; SameSite=Strict") != std::string::npos);
  CHECK(status_of(rules, change("POST", "/api/v1/jobs?token=" + token, "{}")) == 401);
  CHECK(status_of(rules, get("//evil.example.org?token=" + token)) == 401);
}

TEST_CASE("a token is made where there is none, kept for its owner only, and read again") {
  const scratch folder;
  const auto file = folder.path / "a/b/token";
  const auto made = load_token(file);
  REQUIRE(made);
  CHECK(made->size() == 64);

  struct stat about {};

  REQUIRE(stat(file.c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
  CHECK(*load_token(file) == *made);
  CHECK(*load_token(folder.path / "other") != *made);
}

TEST_CASE("a token that others may read, or that is none, is refused") {
  const scratch folder;
  const auto file = folder.path / "token";
  std::ofstream(file) << token << "\n";
  chmod(file.c_str(), 0644);
  REQUIRE(!load_token(file));
  CHECK(load_token(file).error().message.find("chmod 600") != std::string::npos);
  chmod(file.c_str(), 0600);
  CHECK(*load_token(file) == token);
  for (const auto* content : {"", "short", "with blanks in it, which is no token"}) {
    std::ofstream(file) << content;
    CHECK(!load_token(file));
  }
  CHECK(!load_token(folder.path));
}

TEST_CASE("an address may ask so often at once and so often a second, and not at the cost of others") {
  rate_limit limit(3, 2, 2);
  for (int i = 0; i < 3; ++i)
    CHECK(limit.admit("a", 0));
  CHECK(!limit.admit("a", 0));
  CHECK(limit.admit("b", 0));
  CHECK(limit.admit("a", 0.5));
  CHECK(!limit.admit("a", 0.5));
  // A clock that stands still, or goes back, gives nothing away.
  CHECK(!limit.admit("a", 0.1));
  CHECK(limit.admit("c", 1));
  CHECK(limit.addresses() == 2);
}

} // namespace http_access_test
