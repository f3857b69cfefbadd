// A pipe for output of the program.
#pragma once

#include <array>
#include <fcntl.h>
#include <stdexcept>
#include <unistd.h>

namespace livedata::test {

struct pipe_ends {
  int reader = -1;
  int writer = -1;

  pipe_ends() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    reader = ends[0];
    writer = ends[1];
  }

  pipe_ends(const pipe_ends&) = delete;
  pipe_ends& operator=(const pipe_ends&) = delete;

  ~pipe_ends() {
    close_end(reader);
    close_end(writer);
  }

  // Whoever writes next has to wait for a reader.
  void fill() const {
    fcntl(writer, F_SETPIPE_SZ, 4096);
    std::array<char, 4096> filling{};
    fcntl(writer, F_SETFL, O_NONBLOCK);
    while (write(writer, filling.data(), filling.size()) > 0) {
    }
    fcntl(writer, F_SETFL, 0);
  }

  static void close_end(int& fd) {
    if (fd >= 0) close(fd);
    fd = -1;
  }
};

} // namespace livedata::test
