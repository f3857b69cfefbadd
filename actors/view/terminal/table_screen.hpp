// Draws tables over the same place of a terminal again and again.
#pragma once

#include "actors/view/terminal/console_output.hpp"

#include <string_view>

namespace livedata {

class table_screen {
public:
  // The file descriptor stays the caller's.
  explicit table_screen(int fd) : output_(fd) {}

  table_screen(const table_screen&) = delete;
  table_screen& operator=(const table_screen&) = delete;

  // Finishes.
  ~table_screen();

  // Lines that each end in a line break, one less than the terminal has: the last row stays free for the cursor. The
  // cursor is hidden from the first on.
  void draw(std::string_view table);

  // The cursor is shown again; the last table stays.
  void finish();

  terminal_size size() const { return size_of_terminal(output_.fd()); }

  // Nobody reads any more.
  bool broken() const noexcept { return output_.broken(); }

private:
  console_output output_;
  bool cursor_hidden_ = false;
};

} // namespace livedata
