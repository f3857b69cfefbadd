#include "app/stderr_log.hpp"

#include "messages/log_line.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <poll.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace livedata {

namespace {

constexpr auto patience_at_end = std::chrono::seconds(1);

// Only the thread of the pool calls it, so it needs no lock.
class fd_sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
  // `pool`: whose losses are told in the log; may be null.
  fd_sink(int fd, spdlog::details::thread_pool* pool) : fd_(fd), pool_(pool) {}

private:
  void sink_it_(const spdlog::details::log_msg& msg) override {
    if (pool_ != nullptr) tell_losses();
    write_line(msg);
  }

  void flush_() override {}

  void tell_losses() {
    auto lost = pool_->overrun_counter();
    if (lost == told_) return;
    auto text = fmt::format("log_lines_lost lines={} text=\"standard error was not read in time\"", lost - told_);
    told_ = lost;
    write_line({"", spdlog::level::warn, text});
  }

  // Whatever a library or an error says: it stays on its line, and is nothing to a terminal but text.
  void write_line(const spdlog::details::log_msg& msg) {
    const auto text = plain_log_text({msg.payload.data(), msg.payload.size()}, pool_ == nullptr);
    auto shown = msg;
    shown.payload = text;
    spdlog::memory_buf_t line;
    formatter_->format(shown, line);
    write_all({line.data(), line.size()});
  }

  // Of a reader who is gone nothing more is to be said, and nowhere.
  void write_all(std::string_view text) const {
    while (!text.empty()) {
      auto n = ::write(fd_, text.data(), text.size());
      if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
      if (n >= 0 || errno == EINTR) continue;
      if (errno != EAGAIN) return;
      pollfd ready{fd_, POLLOUT, 0};
      poll(&ready, 1, -1);
    }
  }

  int fd_;
  spdlog::details::thread_pool* pool_;
  std::size_t told_ = 0;
};

void block_all_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

} // namespace

stderr_log::stderr_log(const std::string& name, int fd, std::size_t queue)
  : pool_(std::make_shared<spdlog::details::thread_pool>(queue, 1, block_all_signals)) {
  auto make = [&](spdlog::details::thread_pool* told_of, const char* pattern) {
    auto made = std::make_shared<spdlog::async_logger>(name, std::make_shared<fd_sink>(fd, told_of), pool_,
                                                       spdlog::async_overflow_policy::overrun_oldest);
    made->set_pattern(pattern, spdlog::pattern_time_type::utc);
    return made;
  };
  logger_ = make(pool_.get(), "%Y-%m-%dT%H:%M:%S.%fZ %l %v");
  plain_ = make(nullptr, "%v");
}

stderr_log::~stderr_log() {
  finish(std::chrono::milliseconds(0));
}

void stderr_log::also_to(std::shared_ptr<spdlog::sinks::sink> sink) {
  logger_->sinks().push_back(std::move(sink));
}

void stderr_log::be_silent() {
  logger_->sinks().front()->set_level(spdlog::level::off);
}

void stderr_log::say(const std::string& text) {
  plain_->critical("{}", text);
}

std::uint64_t stderr_log::lost() const {
  return pool_->overrun_counter();
}

bool stderr_log::finish(std::chrono::milliseconds at_most) {
  if (!pool_) return finished_;
  logger_->set_level(spdlog::level::off);
  plain_->set_level(spdlog::level::off);
  std::promise<void> over;
  auto done = over.get_future();
  // The pool ends when it has written everything.
  std::thread closer([pool = std::move(pool_), over = std::move(over)]() mutable {
    block_all_signals();
    pool.reset();
    over.set_value();
  });
  finished_ = done.wait_for(at_most) == std::future_status::ready;
  finished_ ? closer.join() : closer.detach();
  return finished_;
}

int end_with(int exit_code, stderr_log& log) {
  // A reader who is gone has read what he wanted.
  if ((std::fflush(stdout) != 0 && errno != EPIPE) || (std::ferror(stdout) != 0 && errno == ENOSPC)) {
    log.say(fmt::format("standard output could not be written: {}", std::generic_category().message(errno)));
    if (exit_code == 0) exit_code = 1;
  }
  if (!log.finish(patience_at_end)) std::_Exit(exit_code);
  return exit_code;
}

} // namespace livedata
