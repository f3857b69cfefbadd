// The server with real connections, good ones and bad ones.
#include "actors/view/http/server.hpp"
#include "support/raw_client.hpp"
#include "support/view_fixture.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <future>
#include <thread>
#include <vector>

namespace http_server_test {

using namespace livedata;
using namespace livedata::test;
using namespace std::chrono_literals;

namespace {

const job_id bank = job_named("bank0");
const std::string output_path = "/api/v1/jobs/bank0/" + to_string(bank.job_number) + "/outputs/image";

// A server that runs as long as it lives.
struct serving {
  view_fixture f;
  std::unique_ptr<http_server> server;

  explicit serving(const server_limits& limits = {}, const std::optional<std::string>& token = std::nullopt) {
    f.rules.token = token;
    f.report();
    auto made = http_server::listen("127.0.0.1", 0, f.api(), limits);
    if (!made) throw std::runtime_error(made.error().message);
    server = std::move(*made);
    f.latest->on_change(server->change_listener());
    server->start();
  }

  serving(const serving&) = delete;
  serving& operator=(const serving&) = delete;

  ~serving() {
    f.latest->on_change({});
    server->stop();
  }

  raw_client client(int receive_buffer = 0) const { return raw_client(server->port(), receive_buffer); }

  void publish(std::size_t elements, double n = 1) const {
    f.publish(
      result_of(bank, {{"image", image_of(std::vector<double>(elements, n), 1, static_cast<std::int64_t>(elements))}}));
  }

  // Whether somebody well-behaved is answered.
  bool answers() const { return client().ask("GET", "/live")->status == 200; }
};

std::string show_image() {
  return R"({"show": [{"job": ")" + to_string(bank) + R"(", "output": "image"}]})";
}

// The next binary frame.
std::optional<raw_client::frame> next_image(raw_client& c) {
  while (auto f = c.next_frame())
    if (f->kind == 2) return f;
  return std::nullopt;
}

} // namespace

TEST_CASE("requests are answered one after the other on one connection, with headers that keep browsers safe") {
  serving s;
  auto c = s.client();
  const auto page = c.ask("GET", "/");
  REQUIRE(page);
  CHECK(page->status == 200);
  CHECK(page->body == "<!doctype html>");
  for (const auto* part : {"Content-Security-Policy: default-src 'self'", "X-Content-Type-Options: nosniff",
                           "X-Frame-Options: DENY", "Cache-Control: no-cache"})
    CHECK_MESSAGE(page->head.find(part) != std::string::npos, part);
  CHECK(page->head.find("Access-Control") == std::string::npos);
  CHECK(c.ask("GET", "/api/v1/jobs")->status == 200);
  const auto head = c.ask("HEAD", "/");
  CHECK(head->head.find("Content-Length: 15") != std::string::npos);
  CHECK(c.ask("GET", "/nothing")->status == 404);
  s.publish(100'000);
  const auto image = c.ask("GET", output_path);
  REQUIRE(image);
  const auto bytes = s.f.latest->output(bank, "image")->message->bytes();
  REQUIRE(image->body.size() == bytes.size());
  CHECK(std::memcmp(image->body.data(), bytes.data(), bytes.size()) == 0);
  CHECK(c.ask("POST", "/api/v1/jobs", "", R"({"workflow": "small/plain/1", "source": "bank0"})")->status == 201);
  CHECK(c.ask("GET", output_path + "?format=json")->status == 200);
}

TEST_CASE("an output can be had as a NeXus file") {
  serving s;
  s.publish(4);
  const auto file = s.client().ask("GET", output_path + "?format=hdf5");
  REQUIRE(file);
  CHECK(file->status == 200);
  CHECK(file->body.substr(0, 8) == "\x89HDF\r\n\x1a\n");
}

TEST_CASE("a port that is taken is told with the remedy") {
  serving s;
  auto second = http_server::listen("127.0.0.1", s.server->port(), s.f.api(), {});
  REQUIRE(!second);
  CHECK(second.error().message.find(std::to_string(s.server->port())) != std::string::npos);
  CHECK(second.error().message.find("--http-port") != std::string::npos);
  CHECK(!http_server::listen("no.such.host.invalid", 0, s.f.api(), {}));
}

TEST_CASE("a viewer is sent the status, the jobs, and what he wants to see") {
  serving s;
  s.publish(10);
  auto c = s.client();
  REQUIRE(c.ask_for_updates()->status == 101);
  CHECK(json::parse(c.next_frame()->content).at("type") == "status");
  CHECK(json::parse(c.next_frame()->content).at("type") == "jobs");
  c.send_frame(show_image());
  for (int i = 1; i < 4; ++i) {
    const auto image = next_image(c);
    REQUIRE(image);
    std::uint32_t n = 0;
    std::memcpy(&n, image->content.data(), 4);
    const auto header = json::parse(image->content.substr(4, n));
    CHECK(header.at("sequence") == i);
    const auto bytes = std::as_bytes(std::span(image->content)).subspan(4 + n);
    CHECK(std::get<std::vector<double>>(da00::read(bytes)->data.data.data)[0] == i);
    s.publish(10, i + 1);
  }
  c.send_frame("{\"show\": 7}");
  for (auto f = c.next_frame(); f; f = c.next_frame())
    if (f->kind == 1 && json::parse(f->content).at("type") == "error") break;
  // A ping is answered, a close too.
  c.send_frame("beat", static_cast<char>(0x89));
  std::optional<raw_client::frame> f;
  while ((f = c.next_frame()) && f->kind != 10) {
  }
  CHECK(f->content == "beat");
  c.send_frame(std::string("\x03\xe8", 2), static_cast<char>(0x88));
  CHECK(c.ends());
}

TEST_CASE("pages of other origins get no updates, and what is no request for updates gets none") {
  serving s;
  CHECK(s.client().ask_for_updates("Origin: http://evil.example.org\r\n")->status == 403);
  CHECK(s.client().ask_for_updates("Origin: http://localhost\r\n")->status == 101);
  CHECK(s.client().ask("GET", "/api/v1/updates")->status == 426);
  CHECK(s.client()
          .ask("GET", "/",
               "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
          ->status == 404);
}

TEST_CASE("without the token nothing is told, and who tries many is slowed down") {
  const std::string token = "0123456789abcdef0123";
  server_limits limits;
  limits.wrong_tokens_at_once = 3;
  limits.wrong_tokens_per_second = 0.001;
  serving s(limits, token);
  CHECK(s.client().ask("GET", "/api/v1/status", "Authorization: Bearer " + token + "\r\n")->status == 200);
  CHECK(s.client().ask_for_updates("Cookie: livedata_token=" + token + "\r\n")->status == 101);
  CHECK(s.client().ask_for_updates()->status == 401);
  for (int i = 0; i < 2; ++i)
    CHECK(s.client().ask("GET", "/", "Authorization: Bearer wrong\r\n")->status == 401);
  CHECK(s.client().ask("GET", "/", "Authorization: Bearer wrong\r\n")->status == 429);
  CHECK(s.client().ask("GET", "/ready")->status == 200);
}

TEST_CASE("what is too large is refused before it is taken in, and others are answered") {
  server_limits limits;
  limits.body_bytes = 1000;
  serving s(limits);
  auto c = s.client();
  c.send("POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000000\r\n\r\n");
  CHECK(c.next_answer()->status == 413);
  auto d = s.client();
  d.send("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n");
  CHECK(d.next_answer()->status == 431);
  auto e = s.client();
  e.send("POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" +
         std::string(2000, 'x') + "\r\n0\r\n\r\n");
  CHECK(e.next_answer()->status == 413);
  CHECK(c.ends());
  CHECK(d.ends());
  CHECK(s.answers());
}

TEST_CASE("what is no HTTP is refused, and ends the connection") {
  serving s;
  for (const auto& bytes :
       {std::string("hello\r\n\r\n"), std::string("GET\r\n\r\n"), std::string("\x16\x03\x01\x02\x00\x01\x00\x01", 8),
        std::string("GET / HTTP/9.9\r\n\r\n"), std::string("GET / HTTP/1.1\r\nHost localhost\r\n\r\n"),
        std::string("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n"), std::string(300, '\0'),
        std::string("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde")}) {
    auto c = s.client();
    c.send(bytes);
    const auto a = c.next_answer();
    CHECK_MESSAGE((!a || a->status / 100 == 4), bytes);
    CHECK_MESSAGE(c.ends(), bytes);
  }
  CHECK(s.answers());
}

TEST_CASE("who sends his request slowly is not waited for") {
  server_limits limits;
  limits.request_time = 300ms;
  serving s(limits);
  auto silent = s.client();
  auto slow = s.client();
  std::thread drip([&] {
    for (int i = 0; i < 20; ++i) {
      slow.send(i == 0 ? "GET / HTTP/1.1\r\n" : "X: 1\r\n");
      std::this_thread::sleep_for(50ms);
    }
  });
  CHECK(silent.ends(5s));
  CHECK(slow.ends(5s));
  drip.join();
  CHECK(s.answers());
}

TEST_CASE("who does not take his answer is not waited for") {
  server_limits limits;
  limits.answer_time = 300ms;
  serving s(limits);
  s.publish(4'000'000);
  auto c = s.client(4096);
  c.send("GET " + output_path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  std::this_thread::sleep_for(1s);
  CHECK(s.answers());
  // The connection ends before the answer does.
  CHECK(!c.next_answer());
}

TEST_CASE("thousands of connections keep nobody out: those that say nothing give way") {
  server_limits limits;
  limits.connections = 20;
  serving s(limits);
  std::vector<std::unique_ptr<raw_client>> idle;
  for (int i = 0; i < 300; ++i)
    idle.push_back(std::make_unique<raw_client>(s.server->port()));
  CHECK(s.answers());
  int open = 0;
  for (auto& c : idle)
    if (!c->ends(1ms)) ++open;
  CHECK(open <= 20);
}

TEST_CASE("there are as many viewers as there may be, and no more; when one goes, the next may come") {
  server_limits limits;
  limits.viewers = 2;
  serving s(limits);
  auto a = s.client();
  auto b = std::make_unique<raw_client>(s.server->port());
  CHECK(a.ask_for_updates()->status == 101);
  CHECK(b->ask_for_updates()->status == 101);
  CHECK(s.client().ask_for_updates()->status == 503);
  b.reset();
  int status = 0;
  for (int i = 0; i < 200 && status != 101; ++i) {
    status = s.client().ask_for_updates()->status;
    if (status != 101) std::this_thread::sleep_for(10ms);
  }
  CHECK(status == 101);
}

TEST_CASE("frames that are broken, too large or too many end the connection of that viewer only") {
  serving s;
  auto good = s.client();
  REQUIRE(good.ask_for_updates()->status == 101);
  const auto bad = [&](auto&& misbehave) {
    auto c = s.client();
    REQUIRE(c.ask_for_updates()->status == 101);
    misbehave(c);
    CHECK(c.ends());
  };
  // A kind of frame that does not exist.
  bad([](raw_client& c) { c.send(std::string(20, '\xff')); });
  // Not masked.
  bad([](raw_client& c) { c.send(std::string("\x81\x02{}", 4)); });
  // It says that it has 2^62 bytes.
  bad([](raw_client& c) { c.send(std::string("\x81\xff\x40\0\0\0\0\0\0\0\0\0\0\0", 14)); });
  bad([](raw_client& c) {
    for (int i = 0; i < 1000; ++i)
      c.send_frame("{}");
  });
  // A text that is no UTF-8.
  bad([](raw_client& c) { c.send_frame("\xff\xfe"); });
  CHECK(good.next_frame());
  CHECK(s.answers());
}

TEST_CASE("a viewer that never reads gets no queue, and is gone after a while; others see everything") {
  server_limits limits;
  limits.viewer_silence = 1500ms;
  serving s(limits);
  auto dead = s.client(4096);
  auto good = s.client();
  REQUIRE(dead.ask_for_updates()->status == 101);
  REQUIRE(good.ask_for_updates()->status == 101);
  dead.send_frame(show_image());
  good.send_frame(show_image());
  const auto big = [&](double n) { s.publish(1'000'000, n); };
  std::weak_ptr<const payload> first;
  const auto begin = std::chrono::steady_clock::now();
  int seen = 0;
#ifdef __SANITIZE_THREAD__
  // An image takes it seconds, and who has not read for so long is taken for gone.
  const int least_seen = 1;
#else
  const int least_seen = 6;
#endif
  const auto lasts = [&](auto time) { return std::chrono::steady_clock::now() - begin < time; };
  for (int i = 0; lasts(4s) || (seen < least_seen && lasts(30s)); ++i) {
    big(i);
    if (i == 2) first = s.f.latest->output(bank, "image")->message;
    if (next_image(good)) ++seen;
  }
  CHECK(seen >= least_seen);
  // Nothing of what the dead one has not taken is kept.
  CHECK(first.expired());
  CHECK(s.answers());
  // What is left in the buffers of the system, and the end.
  CHECK(dead.ends(10s));
}

TEST_CASE("an address that asks too often is told so") {
  server_limits limits;
  limits.requests_at_once = 5;
  limits.requests_per_second = 0.001;
  serving s(limits);
  auto c = s.client();
  for (int i = 0; i < 5; ++i)
    CHECK(c.ask("GET", "/live")->status == 200);
  const auto a = c.ask("GET", "/live");
  CHECK(a->status == 429);
  CHECK(a->head.find("Retry-After") != std::string::npos);
}

TEST_CASE("the server stops at once, whoever is connected and whatever is waited for") {
  std::vector<std::unique_ptr<raw_client>> clients;
  std::promise<command_done> asked;
  view_fixture f;
  f.links.command = [&](const std::string&, const command_ptr&, command_done done) {
    asked.set_value(std::move(done));
  };
  auto server = std::move(*http_server::listen("127.0.0.1", 0, f.api(), {}));
  server->start();
  for (int i = 0; i < 3; ++i)
    clients.push_back(std::make_unique<raw_client>(server->port()));
  REQUIRE(clients[0]->ask_for_updates()->status == 101);
  const std::string body = R"({"workflow": "small/plain/1", "source": "bank0"})";
  clients[1]->send(
    "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
    std::to_string(body.size()) + "\r\n\r\n" + body);
  const auto answer = asked.get_future().get();
  const auto begin = std::chrono::steady_clock::now();
  server->stop();
  server.reset();
  CHECK(std::chrono::steady_clock::now() - begin < 2s);
  for (auto& c : clients)
    CHECK(c->ends());
  // An answer that comes too late goes nowhere.
  answer("");
}

} // namespace http_server_test
