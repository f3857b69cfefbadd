// Records a run: the raw messages, and the portions in which the run took them in. Source and coordinators write to it
// from their own threads.
#pragma once

#include "messages/raw_message.hpp"
#include "transport/recording/recording.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace livedata {

class flow_recorder {
public:
  explicit flow_recorder(std::unique_ptr<recording_writer> writer) : writer_(std::move(writer)) {}

  // The first failure is logged; nothing is written after it.
  void message(const raw_message& raw);
  void mark(const flow_mark& m);

  // Writes the end mark and closes the file. Call it when source and coordinators have ended.
  status finish();

private:
  void note(const status& written);

  std::mutex mutex_;
  std::unique_ptr<recording_writer> writer_;
  bool told_ = false;
};

} // namespace livedata
