#include "actors/view/terminal/console_output.hpp"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace livedata {

namespace {

// A pipe or terminal that is ready for output takes this much without blocking.
constexpr std::size_t portion = 256;

} // namespace

terminal_size size_of_terminal(int fd) {
  winsize w{};
  if (ioctl(fd, TIOCGWINSZ, &w) != 0 || w.ws_col == 0 || w.ws_row == 0) return {};
  return {w.ws_col, w.ws_row};
}

void console_output::write(std::string_view text) {
  if (broken_ || !drain(rest_)) return;
  rest_ = text;
  drain(rest_);
}

bool console_output::drain(std::string& text) {
  auto until = std::chrono::steady_clock::now() + patience_;
  std::size_t done = 0;
  while (done < text.size() && !broken_) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() < 0) break;
    pollfd p{fd_, POLLOUT, 0};
    auto ready = poll(&p, 1, static_cast<int>(left.count()));
    if (ready == 0) break;
    if (ready < 0) {
      broken_ = errno != EINTR;
      continue;
    }
    auto n = ::write(fd_, text.data() + done, std::min(portion, text.size() - done));
    if (n >= 0)
      done += static_cast<std::size_t>(n);
    else
      broken_ = errno != EINTR && errno != EAGAIN;
  }
  text.erase(0, done);
  return text.empty() && !broken_;
}

} // namespace livedata
