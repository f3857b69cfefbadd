#include "transport/recording/flow_recorder.hpp"

#include "messages/log_line.hpp"
#include "transport/kafka/consumer.hpp"

#include <spdlog/spdlog.h>

namespace livedata {

void flow_recorder::message(const raw_message& raw) {
  auto around = envelope_of(*raw.content);
  if (!around) around.emplace().type = envelope::time_type::created;
  around->time = raw.received;
  const std::scoped_lock lock(mutex_);
  note(writer_->write(raw.topic, *around, raw.content->bytes()));
}

void flow_recorder::mark(const flow_mark& m) {
  const std::scoped_lock lock(mutex_);
  note(writer_->write(m));
}

status flow_recorder::finish() {
  const std::scoped_lock lock(mutex_);
  return writer_->finish();
}

void flow_recorder::note(const status& written) {
  if (written || std::exchange(told_, true)) return;
  spdlog::error(log_line("recording_stopped", {{"text", written.error().message}}));
}

} // namespace livedata
