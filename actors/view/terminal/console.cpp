#include "actors/view/terminal/console.hpp"

#include "actors/view/terminal/console_output.hpp"
#include "actors/view/terminal/report_line.hpp"
#include "actors/view/terminal/report_table.hpp"
#include "actors/view/terminal/table_screen.hpp"

#include <cstdlib>
#include <unistd.h>

namespace livedata {

namespace {

std::string environment(const char* variable) {
  const auto* value = std::getenv(variable); // NOLINT(concurrency-mt-unsafe): nobody sets variables
  return value == nullptr ? "" : value;
}

class console_state {
public:
  static inline const char* name = "livedata.console";

  console_state(display_actor::pointer self, const console_settings& settings)
    : settings_(settings), output_(settings.fd), screen_(settings.fd) {
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
    if (finished_ || output_.broken() || screen_.broken()) return;
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

  // The last column stays free, because a terminal may wrap there.
  void draw(const run_report& report) {
    const auto size = screen_.size();
    screen_.draw(render_table(report, size.columns - 1, size.rows - 1, settings_.colour));
  }

  void finish() {
    finished_ = true;
    screen_.finish();
  }

  console_settings settings_;
  console_output output_;
  table_screen screen_;
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
