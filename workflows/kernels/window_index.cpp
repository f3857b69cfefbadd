#include "workflows/kernels/window_index.hpp"

namespace livedata {

void window_index::keep(std::span<const event_chunk> chunks, const event_mapping& mapping) {
  if (before_) return;
  for (const auto& c : chunks) {
    // Chunks of one message follow each other.
    const auto known = !kept_.empty() && kept_.back().events.owner == c.owner;
    bytes_ += sizeof(kept_chunk) + (known || !c.owner ? 0 : c.owner->bytes().size());
    kept_.push_back({c, mapping});
  }
}

void window_index::limit(const event_histogram& all) {
  if (bytes_ > most_bytes_) let_go(all);
}

void window_index::let_go(const event_histogram& all) {
  event_histogram window(all.screen_size(), all.bins());
  window.open_parts(1);
  event_tally tally;
  for (const auto& c : kept_)
    window.add(0, std::span(&c.events, 1), c.mapping, tally);
  before_ = all.without(window);
  kept_.clear();
  bytes_ = 0;
}

void window_index::clear() {
  kept_.clear();
  bytes_ = 0;
  before_.reset();
}

void window_index::state(archive& a, const event_histogram& all) {
  if (!a.loading() && !kept_.empty()) let_go(all);
  if (a.loading()) clear();
  auto has_before = before_.has_value();
  a.field("has_before", has_before);
  if (!has_before) return;
  if (a.loading()) before_.emplace(all.screen_size(), all.bins());
  a.field("before", *before_);
}

} // namespace livedata
