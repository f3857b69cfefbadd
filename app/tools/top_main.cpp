// livedata-top: the live table of a running engine.
#include "actors/view/terminal/console.hpp"
#include "actors/view/terminal/console_output.hpp"
#include "actors/view/terminal/table_screen.hpp"
#include "app/tools/http_client.hpp"
#include "app/tools/tool_options.hpp"
#include "app/tools/until_signal.hpp"

#include <fmt/format.h>

#include <chrono>
#include <thread>
#include <unistd.h>

namespace livedata {

namespace {

using steady = std::chrono::steady_clock;

constexpr double usual_seconds = 1;
constexpr auto one_look = std::chrono::milliseconds(50);

std::vector<tool_option> known_options() {
  auto options = http_tool_options();
  options.push_back(
    {"every", "<seconds>", fmt::format("Time from one table to the next. Default: {:g}.", usual_seconds)});
  options.push_back({"once", "", "Print one table, and end; so does a program whose output is no terminal."});
  return options;
}

// The table for a terminal of that size, with a line to spare.
result<std::string> table_of(const http_place& where, const terminal_size& size, bool colour) {
  return http_get(where, fmt::format("/api/v1/table?columns={}&rows={}&colour={}", size.columns - 1, size.rows - 2,
                                     colour ? "true" : "false"));
}

void wait(const until_signal& run, double seconds) {
  const auto end = steady::now() + std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(seconds));
  while (!run.over() && steady::now() < end)
    std::this_thread::sleep_for(one_look);
}

status top(const tool_arguments& args) {
  const auto where = http_tool_place(args);
  if (!where) return where.error();
  const auto every = args.number("every", usual_seconds, 0.1);
  if (!every) return every.error();
  const auto console = console_for("auto", STDOUT_FILENO);
  if (args.has("once") || console.mode != console_mode::table) {
    const auto size = isatty(STDOUT_FILENO) == 1 ? size_of_terminal(STDOUT_FILENO) : terminal_size{121, 1000};
    const auto table = table_of(*where, size, console.colour);
    if (!table) return table.error();
    fmt::print("{}", *table);
    return nothing{};
  }
  const until_signal run(0);
  table_screen screen(STDOUT_FILENO);
  std::string last;
  const auto begin = steady::now();
  auto heard = begin;
  while (!run.over() && !screen.broken()) {
    const auto table = table_of(*where, size_of_terminal(STDOUT_FILENO), console.colour);
    if (!table && (last.empty() || table.error().reason == "refused")) return table.error();
    if (table) {
      last = *table;
      heard = steady::now();
      screen.draw(last);
    } else {
      const auto silence = std::chrono::duration_cast<std::chrono::seconds>(steady::now() - heard).count();
      screen.draw(
        fmt::format("NO ANSWER from {} for {} s; this is what it said last\n{}", where->text(), silence, last));
    }
    wait(run, *every);
  }
  return nothing{};
}

} // namespace

tool this_tool() {
  return {"livedata-top",
          "Shows the table of a running engine (one with --http-port), until Ctrl-C: jobs, rates, lag, losses.",
          known_options(), top};
}

} // namespace livedata
