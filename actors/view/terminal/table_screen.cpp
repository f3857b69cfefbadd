#include "actors/view/terminal/table_screen.hpp"

#include <string>

namespace livedata {

namespace {

constexpr std::string_view hide_cursor = "\x1b[?25l";
constexpr std::string_view show_cursor = "\x1b[?25h";
constexpr std::string_view clear_screen = "\x1b[2J";
constexpr std::string_view move_home = "\x1b[H";
constexpr std::string_view clear_to_line_end = "\x1b[K";
constexpr std::string_view clear_below = "\x1b[J";

} // namespace

table_screen::~table_screen() {
  finish();
}

void table_screen::draw(std::string_view table) {
  std::string frame;
  if (!cursor_hidden_) frame.append(hide_cursor).append(clear_screen);
  cursor_hidden_ = true;
  frame += move_home;
  for (char c : table)
    if (c == '\n')
      frame.append(clear_to_line_end).append("\r\n");
    else
      frame += c;
  output_.write(frame += clear_below);
}

void table_screen::finish() {
  if (cursor_hidden_) output_.write(show_cursor);
  cursor_hidden_ = false;
}

} // namespace livedata
