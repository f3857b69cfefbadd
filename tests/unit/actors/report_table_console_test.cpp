#include "actors/view/terminal/console.hpp"
#include "actors/view/terminal/console_output.hpp"
#include "actors/view/terminal/report_line.hpp"
#include "actors/view/terminal/report_table.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <thread>
#include <unistd.h>

namespace report_table_console_test {

using namespace livedata;

namespace {

struct pipe_ends {
  std::array<int, 2> fds{-1, -1};

  pipe_ends() {
    std::signal(SIGPIPE, SIG_IGN);
    REQUIRE(::pipe(fds.data()) == 0);
  }

  ~pipe_ends() {
    close_reader();
    close_writer();
  }

  int writer() const { return fds[1]; }

  void close_reader() { close(fds[0]); }

  void close_writer() { close(fds[1]); }

  // Everything up to the end; the writer has to be done.
  std::string rest() {
    close_writer();
    std::string out;
    std::array<char, 4096> buffer;
    for (ssize_t n; (n = ::read(fds[0], buffer.data(), buffer.size())) > 0;)
      out.append(buffer.data(), static_cast<std::size_t>(n));
    return out;
  }

private:
  static void close(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
};

run_report_ptr report_at(double seconds) {
  auto r = std::make_shared<run_report>();
  r->elapsed_seconds = seconds;
  return r;
}

// Shows the reports, finishes, and shows one more that comes too late.
void show(const console_settings& settings, const std::vector<run_report_ptr>& reports) {
  caf::actor_system_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  auto console = spawn_console(system, settings);
  for (const auto& r : reports)
    self->send(console, r);
  bool answered = false;
  self->request(console, caf::infinite, finish_atom_v).receive([&] { answered = true; }, [](const caf::error&) {});
  CHECK(answered);
  self->send(console, report_at(99));
  self->send_exit(console, caf::exit_reason::user_shutdown);
  self->wait_for(console);
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto i = text.find(part); i != std::string::npos; i = text.find(part, i + 1))
    ++n;
  return n;
}

class with_environment {
public:
  with_environment(const char* name, const char* value) : name_(name) {
    if (const auto* old = std::getenv(name)) old_ = old;
    had_ = std::getenv(name) != nullptr;
    value == nullptr ? ::unsetenv(name) : ::setenv(name, value, 1);
  }

  ~with_environment() { had_ ? ::setenv(name_, old_.c_str(), 1) : ::unsetenv(name_); }

private:
  const char* name_;
  std::string old_;
  bool had_ = false;
};

// A terminal without a window.
struct pseudo_terminal {
  int master = ::posix_openpt(O_RDWR | O_NOCTTY);
  int slave = -1;

  pseudo_terminal() {
    REQUIRE(master >= 0);
    REQUIRE(::grantpt(master) == 0);
    REQUIRE(::unlockpt(master) == 0);
    slave = ::open(::ptsname(master), O_RDWR | O_NOCTTY);
    REQUIRE(slave >= 0);
  }

  ~pseudo_terminal() {
    ::close(slave);
    ::close(master);
  }
};

} // namespace

TEST_CASE("in lines mode each report is one line, also at the end") {
  pipe_ends p;
  show({console_mode::lines, p.writer(), true}, {report_at(1), report_at(2)});
  CHECK(p.rest() == render_line(*report_at(1)) + "\n" + render_line(*report_at(2)) + "\n");
}

TEST_CASE("in mode none nothing is shown") {
  pipe_ends p;
  show({console_mode::none, p.writer(), true}, {report_at(1)});
  CHECK(p.rest().empty());
}

TEST_CASE("the table is drawn in place with the cursor hidden, and the last one stays") {
  pipe_ends p;
  show({console_mode::table, p.writer(), false}, {report_at(1), report_at(2)});
  auto text = p.rest();
  CHECK(text.starts_with("\x1b[?25l\x1b[2J\x1b[H"));
  CHECK(count(text, "\x1b[?25l") == 1);
  CHECK(count(text, "\x1b[2J") == 1);
  CHECK(count(text, "\x1b[H") == 2);
  CHECK(text.ends_with("\r\n\x1b[J\x1b[?25h"));
  CHECK(count(text, "\x1b[K\r\n") == count(text, "\n"));
  CHECK(text.find("00:02") > text.find("00:01"));
  CHECK(count(text, "01:39") == 0);
}

TEST_CASE("a console that never showed a table does not touch the cursor") {
  pipe_ends p;
  show({console_mode::table, p.writer(), false}, {});
  CHECK(p.rest().empty());
}

TEST_CASE("a console whose reader is gone, or whose file is closed, still answers") {
  pipe_ends p;
  p.close_reader();
  show({console_mode::table, p.writer(), false}, {report_at(1), report_at(2)});
  show({console_mode::lines, p.writer(), false}, {report_at(1), report_at(2)});
  auto closed = p.writer();
  p.close_writer();
  show({console_mode::lines, closed, false}, {report_at(1)});
}

TEST_CASE("output to a reader that is gone stops for good") {
  pipe_ends p;
  console_output out(p.writer());
  p.close_reader();
  CHECK(!out.broken());
  out.write("x");
  CHECK(out.broken());
}

TEST_CASE("output to a stuck reader is given up whole texts at a time, and none is torn") {
  pipe_ends p;
  console_output out(p.writer(), std::chrono::milliseconds(1));
  auto text_of = [](int i) { return fmt::format("<{}{:.>5000}>", i, ""); };
  constexpr int most = 400; // more than a pipe takes
  for (int i = 0; i < most; ++i)
    out.write(text_of(i));
  CHECK(!out.broken());
  std::string read;
  std::atomic<bool> seen = false;
  std::thread reader([&] {
    std::array<char, 4096> buffer;
    for (ssize_t n; (n = ::read(p.fds[0], buffer.data(), buffer.size())) > 0;) {
      read.append(buffer.data(), static_cast<std::size_t>(n));
      if (read.ends_with("<last>")) seen = true;
    }
  });
  while (!seen)
    out.write("<last>");
  p.close_writer();
  reader.join();

  std::string expected;
  int delivered = 0;
  while (read.starts_with(expected + text_of(delivered)))
    expected += text_of(delivered++);
  CHECK(delivered > 1);
  CHECK(delivered < most);
  auto lasts = (read.size() - expected.size()) / 6;
  CHECK(lasts > 0);
  for (std::size_t i = 0; i < lasts; ++i)
    expected += "<last>";
  CHECK(read == expected);
}

TEST_CASE("a terminal is asked for its size, and anything else has 80 by 24") {
  pipe_ends p;
  CHECK(size_of_terminal(p.writer()).columns == 80);
  CHECK(size_of_terminal(p.writer()).rows == 24);
  pseudo_terminal t;
  winsize w{};
  REQUIRE(::ioctl(t.slave, TIOCSWINSZ, &w) == 0);
  CHECK(size_of_terminal(t.slave).columns == 80);
  w.ws_col = 101;
  w.ws_row = 33;
  REQUIRE(::ioctl(t.slave, TIOCSWINSZ, &w) == 0);
  CHECK(size_of_terminal(t.slave).columns == 101);
  CHECK(size_of_terminal(t.slave).rows == 33);
}

TEST_CASE("a table fills the terminal but for the last row and column, so that nothing scrolls or wraps") {
  pseudo_terminal t;
  winsize w{};
  w.ws_col = 50;
  w.ws_row = 12;
  REQUIRE(::ioctl(t.slave, TIOCSWINSZ, &w) == 0);
  auto r = std::make_shared<run_report>();
  for (int i = 0; i < 30; ++i) {
    job_line j;
    j.label = std::make_shared<job_label>(job_label{"s", std::string(40, 'w'), std::string(40, 's'), ""});
    r->jobs.push_back(j);
  }
  show({console_mode::table, t.slave, false}, {r});
  REQUIRE(::fcntl(t.master, F_SETFL, O_NONBLOCK) == 0);
  std::string text;
  std::array<char, 4096> buffer;
  for (ssize_t n; (n = ::read(t.master, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(n));
  CHECK(count(text, "\n") == 11);
  auto row = text.find(std::string(5, 'w'));
  REQUIRE(row != std::string::npos);
  CHECK(text.find("\x1b[K", row) - row == 49);
}

TEST_CASE("auto means a table on a terminal that can show one, else lines") {
  with_environment no_color("NO_COLOR", nullptr);
  pipe_ends p;
  pseudo_terminal t;
  {
    with_environment term("TERM", "xterm-256color");
    CHECK(console_for("auto", t.slave).mode == console_mode::table);
    CHECK(console_for("auto", t.slave).colour);
    CHECK(console_for("auto", p.writer()).mode == console_mode::lines);
    CHECK(console_for("table", p.writer()).mode == console_mode::table);
    CHECK(!console_for("table", p.writer()).colour);
    CHECK(console_for("lines", t.slave).mode == console_mode::lines);
    CHECK(console_for("none", t.slave).mode == console_mode::none);
    CHECK(console_for("auto", t.slave).fd == t.slave);
    with_environment plain("NO_COLOR", "1");
    CHECK(!console_for("auto", t.slave).colour);
  }
  with_environment term("TERM", "dumb");
  CHECK(console_for("auto", t.slave).mode == console_mode::lines);
}

} // namespace report_table_console_test
