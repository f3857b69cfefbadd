#include "app/stderr_log.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>

namespace stderr_log_test {

using namespace livedata;
using namespace std::chrono_literals;

namespace {

class narrow_pipe {
public:
  narrow_pipe() {
    if (pipe2(ends_.data(), O_CLOEXEC) != 0 || fcntl(ends_[1], F_SETPIPE_SZ, 4096) < 0)
      throw std::runtime_error("no pipe");
  }

  narrow_pipe(const narrow_pipe&) = delete;
  narrow_pipe& operator=(const narrow_pipe&) = delete;

  ~narrow_pipe() {
    close(ends_[0]);
    if (ends_[1] >= 0) close(ends_[1]);
  }

  int writer() const { return ends_[1]; }

  // Whoever writes next has to wait for a reader.
  void fill() const {
    std::array<char, 4096> filling{};
    fcntl(ends_[1], F_SETFL, O_NONBLOCK);
    while (write(ends_[1], filling.data(), filling.size()) > 0) {
    }
    fcntl(ends_[1], F_SETFL, 0);
  }

  void close_writer() {
    close(ends_[1]);
    ends_[1] = -1;
  }

  // Up to that text, or all until the other end is closed.
  std::string read_to(const std::string& end) const {
    std::string text;
    char c = 0;
    while (!text.ends_with(end) && ::read(ends_[0], &c, 1) == 1)
      text += c;
    return text;
  }

private:
  std::array<int, 2> ends_{-1, -1};
};

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const std::string last_line = "line=1999\n";

// Many more lines than a queue of 50 takes.
void flood(const stderr_log& log) {
  for (int i = 0; i < 2000; ++i)
    log.logger()->info("line={}", i);
}

} // namespace

TEST_CASE("log lines have time and level, last words have not, and all come in order") {
  narrow_pipe pipe;
  stderr_log log("test", pipe.writer());
  log.logger()->warn("first number={}", 1);
  log.say("second");
  log.logger()->debug("below the level");
  log.logger()->info("third");
  CHECK(log.lost() == 0);
  CHECK(log.finish(60s));
  log.logger()->error("too late");
  pipe.close_writer();
  auto text = pipe.read_to("no such text");
  CAPTURE(text);
  CHECK(text.substr(4, 1) == "-");
  CHECK(holds(text, "Z warning first number=1\nsecond\n"));
  CHECK(text.ends_with("Z info third\n"));
}

TEST_CASE("nobody waits for a reader who does not read: the oldest lines are lost, counted, and told of later") {
  narrow_pipe pipe;
  pipe.fill();
  stderr_log log("test", pipe.writer(), 50);
  flood(log);
  auto lost = log.lost();
  CHECK(lost > 1000);
  std::string text;
  std::thread reader([&] { text = pipe.read_to(last_line); });
  CHECK(log.finish(60s));
  reader.join();
  std::uint64_t told = 0;
  const std::string notice = "Z warning log_lines_lost lines=";
  for (auto at = text.find(notice); at != std::string::npos; at = text.find(notice, at + 1))
    told += std::stoull(text.substr(at + notice.size()));
  CHECK(told == lost);
  CHECK(text.ends_with(last_line));
}

TEST_CASE("the end of a log does not wait for a reader who does not read") {
  narrow_pipe pipe;
  pipe.fill();
  stderr_log log("test", pipe.writer(), 50);
  flood(log);
  CHECK_FALSE(log.finish(10ms));
  CHECK_FALSE(log.finish(10ms));
  // The thread that writes needs the pipe to its end.
  CHECK(holds(pipe.read_to(last_line), last_line));
}

TEST_CASE("whatever is logged stays on its line, and is nothing but text to a terminal") {
  narrow_pipe pipe;
  {
    stderr_log log("test", pipe.writer());
    log.logger()->warn("library says: {}", "a\nb\x1b[2J");
    log.say("first\nsecond\x1b[2J");
    CHECK(log.finish(5s));
  }
  pipe.close_writer();
  const auto text = pipe.read_to("\xff");
  CHECK(text.find("library says: a\\nb\\x1b[2J\n") != std::string::npos);
  CHECK(text.find("first\nsecond\\x1b[2J\n") != std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
}

} // namespace stderr_log_test
