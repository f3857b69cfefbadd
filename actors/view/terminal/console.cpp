#include "actors/view/terminal/console.hpp"

#include "actors/view/terminal/console_output.hpp"
#include "actors/view/terminal/report_line.hpp"
#include "actors/view/terminal/report_table.hpp"

#include <cstdlib>
#include <unistd.h>

namespace livedata {

namespace {

constexpr std::string_view hide_cursor = "\x1b[?25l";
constexpr std::string_view show_cursor = "\x1b[?25h";
constexpr std::string_view clear_screen = "\x1b[2J";
constexpr std::string_view move_home = "\x1b[H";
constexpr std::string_view clear_to_line_end = "\x1b[K";
constexpr std::string_view clear_below = "\x1b[J";

std::string environment(const char* variable) {
  const auto* value = std::getenv(variable); // NOLINT(concurrency-mt-unsafe): nobody sets variables
  return value == nullptr ? "" : value;
}

class console_state {
public:
  static inline const char* name = "livedata.console";

  console_state(display_actor::pointer self, const console_settings& settings)
    : settings_(settings), output_(settings.fd) {
    survive_stray_errors(self);
  }

  console_state(const console_state&) = delete;
  console_state& operator=(const console_state&) = delete;

  ~console_state() { finish(); }

  display_actor::behavior_type make_behavior() {
    return {
      [this](const run_report_ptr& report) { show(*report); },
      [this](finish_atom) { finish(); },
    };
  }

private:
  void show(const run_report& report) {
    if (finished_ || output_.broken()) return;
    switch (settings_.mode) {
    case console_mode::none:
      break;
    case console_mode::lines:
      output_.write(render_line(report) + "\n");
      break;
    case console_mode::table:
      draw(report);
      break;
    }
  }

  void draw(const run_report& report) {
    std::string frame;
    if (!cursor_hidden_) frame.append(hide_cursor).append(clear_screen);
    cursor_hidden_ = true;
    frame += move_home;
    // The last row stays free for the cursor, and the last column because a terminal may wrap there.
    auto size = size_of_terminal(output_.fd());
    for (char c : render_table(report, size.columns - 1, size.rows - 1, settings_.colour))
      if (c == '\n')
        frame.append(clear_to_line_end).append("\r\n");
      else
        frame += c;
    output_.write(frame += clear_below);
  }

  void finish() {
    finished_ = true;
    if (cursor_hidden_) output_.write(show_cursor);
    cursor_hidden_ = false;
  }

  console_settings settings_;
  console_output output_;
  bool cursor_hidden_ = false;
  bool finished_ = false;
};

} // namespace

console_settings console_for(std::string_view word, int fd) {
  auto term = environment("TERM");
  auto capable = isatty(fd) == 1 && !term.empty() && term != "dumb";
  console_settings s;
  s.fd = fd;
  s.mode = word == "none"                                   ? console_mode::none
           : word == "table" || (word == "auto" && capable) ? console_mode::table
                                                            : console_mode::lines;
  s.colour = capable && environment("NO_COLOR").empty();
  return s;
}

display_actor spawn_console(caf::actor_system& system, const console_settings& settings) {
  return system.spawn<caf::stateful_actor<console_state, display_actor::impl>, caf::detached>(settings);
}

} // namespace livedata
