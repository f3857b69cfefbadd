// Writes to a terminal or pipe that may be slow, stuck or gone, without harm to the writer.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace livedata {

struct terminal_size {
  int columns = 80;
  int rows = 24;
};

// What the terminal says; 80 x 24 if there is none or it does not know.
terminal_size size_of_terminal(int fd);

class console_output {
public:
  // The file descriptor stays the caller's. SIGPIPE has to be ignored by the process.
  explicit console_output(int fd, std::chrono::milliseconds patience = std::chrono::seconds(1))
    : fd_(fd), patience_(patience) {}

  // Waits for a slow reader for as long as it has patience. What was not taken by then goes out before anything else
  // the next time; until it has, whole texts are left out. After an error nothing more is written.
  void write(std::string_view text);

  bool broken() const noexcept { return broken_; }

  int fd() const noexcept { return fd_; }

private:
  // Whether all of it was taken; what was is removed.
  bool drain(std::string& text);

  int fd_;
  std::chrono::milliseconds patience_;
  std::string rest_;
  bool broken_ = false;
};

} // namespace livedata
