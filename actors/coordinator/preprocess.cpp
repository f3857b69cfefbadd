#include "actors/coordinator/preprocess.hpp"

#include <memory>

namespace livedata {

batch_data preprocess(message_batch batch) {
  batch_data out{batch.start, batch.end, {}, batch.messages.size(), 0};
  std::unordered_map<std::string, std::shared_ptr<event_batch>> events;
  for (auto& m : batch.messages) {
    auto& collected = events[m.stream.name];
    if (!collected) collected = std::make_shared<event_batch>();
    out.events += m.events();
    collected->add(std::move(std::get<event_chunk>(m.content)));
  }
  for (auto& [name, collected] : events)
    out.streams.emplace(name, events_ptr(std::move(collected)));
  return out;
}

} // namespace livedata
