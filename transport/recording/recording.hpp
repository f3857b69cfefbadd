// Recordings: files of raw messages with topic, key, headers, time and content, and with marks of how a run took them
// in. The format is in docs/recording-format.md.
#pragma once

#include "messages/envelope.hpp"
#include "messages/message_position.hpp"
#include "messages/payload.hpp"
#include "messages/result.hpp"
#include "transport/recording/marks.hpp"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace livedata {

struct recorded_message {
  std::string topic;
  envelope around;
  payload_ptr content;
  // Lane 0; the offset is the message's number in the recording, from 0.
  message_position position = {};
};

using recorded_item = std::variant<recorded_message, flow_mark>;

class recording_writer {
public:
  // Makes the file, or replaces it. The failure, reason "value", names it.
  static result<std::unique_ptr<recording_writer>> create(const std::filesystem::path& file);

  recording_writer(const recording_writer&) = delete;
  recording_writer& operator=(const recording_writer&) = delete;
  // Finishes the recording if that has not been done.
  ~recording_writer();

  // After a failure (a full disk, say) nothing more is written. What was written before can be read. The time is kept
  // in whole milliseconds.
  status write(const std::string& topic, const envelope& around, std::span<const std::byte> content);

  status write(const flow_mark& m);

  // Writes the end mark and closes the file.
  status finish();

  std::uint64_t messages() const noexcept { return messages_; }

  std::uint64_t bytes() const noexcept { return bytes_; }

private:
  recording_writer(std::FILE* file, std::filesystem::path path);
  bool put(std::span<const std::byte> bytes);
  status put_record(std::span<const std::byte> content);
  void breaks();
  failure broken() const;

  std::FILE* file_;
  std::filesystem::path path_;
  // The record that is being written, without the content of a message.
  std::vector<std::byte> head_;
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0;
  bool broken_ = false;
  // Why the first write failed.
  std::string why_;
};

class recording_reader {
public:
  // Maps the file: messages are read in place, and keep it mapped. Failure "value": no such file, no recording, or an
  // unknown version.
  static result<std::unique_ptr<recording_reader>> open(const std::filesystem::path& file);

  // The next message or mark; nothing at the end. A recording that is cut off or damaged gives everything before the
  // damage. From then on each call gives a failure "recording" that names file, place and number of good messages. A
  // time that does not fit nanoseconds becomes the nearest that does.
  result<std::optional<recorded_item>> next();

  // The same, without the marks.
  result<std::optional<recorded_message>> next_message();

  // Starts again at the first record.
  void rewind() noexcept;

  std::uint64_t messages() const noexcept { return messages_; }

private:
  class mapping;

  explicit recording_reader(std::shared_ptr<const mapping> file) : file_(std::move(file)) {}

  failure damaged(const std::string& what) const;
  std::optional<recorded_item> read(std::span<const std::byte> body) const;

  std::shared_ptr<const mapping> file_;
  std::uint32_t version_ = 0;
  std::size_t position_ = 0;
  std::uint64_t messages_ = 0;
  bool ended_ = false;
};

// Whose messages a recording has; nothing if it does not tell, or cannot be read.
std::optional<setup_mark> setup_of_recording(const std::filesystem::path& file);

} // namespace livedata
