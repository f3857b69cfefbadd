// The log of a program on standard error. Whoever writes a line never waits for the reader: lines go to a bounded queue
// and a thread writes them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <spdlog/async_logger.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/sink.h>
#include <string>
#include <unistd.h>

namespace livedata {

class stderr_log {
public:
  // Lines that wait for a slow reader. When there are more, the oldest are lost.
  static constexpr std::size_t default_queue = 4096;

  // `fd` stays the caller's. Signals never come to the thread that writes. SIGPIPE has to be ignored by the process.
  explicit stderr_log(const std::string& name, int fd = STDERR_FILENO, std::size_t queue = default_queue);
  stderr_log(const stderr_log&) = delete;
  stderr_log& operator=(const stderr_log&) = delete;
  // Does not wait for a reader who does not read.
  ~stderr_log();

  // Each line has time (UTC), level and text. When lines were lost, a line in their place says how many.
  const std::shared_ptr<spdlog::logger>& logger() const noexcept { return logger_; }

  // Has another sink get the lines, too. To be called before the first line.
  void also_to(std::shared_ptr<spdlog::sinks::sink> sink);

  // Writes no lines of the log any more, but what say() is given; other sinks go on.
  void be_silent();

  // Writes the text as a line of its own, without time and level, whatever the level of the log.
  void say(const std::string& text);

  // Lines that were lost. Not to be called after finish().
  std::uint64_t lost() const;

  // Writes all that is queued; takes nothing after that. False if the reader did not take it in time. Then a thread
  // still waits for the reader.
  bool finish(std::chrono::milliseconds at_most);

private:
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::logger> logger_;
  std::shared_ptr<spdlog::logger> plain_;
  bool finished_ = false;
};

// Writes what is left of standard output and of the log, and gives the exit code back. If nobody reads the log, ends
// the process with that code after one second: nothing can end a thread that waits for a reader.
int end_with(int exit_code, stderr_log& log);

} // namespace livedata
