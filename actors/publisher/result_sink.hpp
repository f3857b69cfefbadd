// Where results go. A sink belongs to one publisher and may block; it throws std::exception when it cannot take a
// result, or incomplete_delivery where only some are lost.
#pragma once

#include "actors/actors.hpp"

#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace livedata {

// Thrown by a sink that could hand over some of the messages, but not all.
struct incomplete_delivery : std::runtime_error {
  incomplete_delivery(std::uint64_t failed_messages, const std::string& why)
    : std::runtime_error(why), failed(failed_messages) {}

  std::uint64_t failed;
};

class result_sink {
public:
  result_sink() = default;
  result_sink(const result_sink&) = delete;
  result_sink& operator=(const result_sink&) = delete;
  virtual ~result_sink() = default;

  virtual void deliver(const result_set& results) = 0;

  // Messages that are no results; a sink that has no use for them lets them go.
  virtual void send(std::span<const outgoing_message> messages);

  // Everything has been delivered.
  virtual void finish() {}
};

// Keeps every message, in order of delivery. The messages may be read from another thread at any time.
class memory_sink final : public result_sink {
public:
  void deliver(const result_set& results) override;
  void send(std::span<const outgoing_message> messages) override;
  std::vector<payload_ptr> messages() const;
  // Those that are no results.
  std::vector<outgoing_message> sent() const;

private:
  mutable std::mutex mutex_;
  std::vector<payload_ptr> messages_;
  std::vector<outgoing_message> sent_;
};

// Writes da00 messages to files: <folder>/<source>/<workflow>/<output>.da00 with the latest message of each output,
// replaced as a whole so that a reader never sees half of it; or, keeping all, <output>-<batch>.da00 beside each other.
class file_sink final : public result_sink {
public:
  enum class keep : std::uint8_t { latest, all };

  // Creates the folder; throws if it cannot.
  file_sink(std::filesystem::path folder, keep what);
  void deliver(const result_set& results) override;

private:
  std::filesystem::path folder_;
  keep keep_;
};

// Hands everything to several sinks, each on its own: one that fails does not keep results from the others.
class fan_sink final : public result_sink {
public:
  void add(std::shared_ptr<result_sink> sink) { sinks_.push_back(std::move(sink)); }

  void deliver(const result_set& results) override;
  void send(std::span<const outgoing_message> messages) override;
  void finish() override;

private:
  template <class F>
  void each(F&& f);

  std::vector<std::shared_ptr<result_sink>> sinks_;
};

} // namespace livedata
