#include "actors/source/outbox.hpp"

#include "messages/array_bytes.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

namespace livedata {

namespace {

outbox::cut& cut_of(outbox::losses& losses, std::uint64_t portion) {
  auto known = std::ranges::find(losses.cuts, portion, &outbox::cut::portion);
  return known != losses.cuts.end() ? *known : losses.cuts.emplace_back(outbox::cut{portion, {}, false});
}

// Keeps what is not at one of the places, which are ascending.
template <class T>
void erase_at(std::vector<T>& from, std::span<const std::uint32_t> places) {
  if (places.empty()) return;
  auto next = places.begin();
  std::size_t kept = places.front();
  for (std::size_t i = kept; i < from.size(); ++i) {
    if (next != places.end() && *next == i)
      ++next;
    else
      from[kept++] = std::move(from[i]);
  }
  from.resize(kept);
}

} // namespace

void prepend(std::vector<control_message>& to, std::vector<control_message> first) {
  to.insert(to.begin(), std::make_move_iterator(first.begin()), std::make_move_iterator(first.end()));
}

std::uint64_t bytes_of(const stream_message& m) {
  if (const auto* events = std::get_if<event_chunk>(&m.content))
    return sizeof(m) + (events->owner ? events->owner->bytes().size() : 0);
  if (const auto* array = std::get_if<array_ptr>(&m.content); array != nullptr && *array)
    return sizeof(m) + bytes_of(**array);
  return sizeof(m);
}

void outbox::drop(portion& p, std::span<const std::uint32_t> places, std::map<std::string, message_count>& into) {
  places = places.first(static_cast<std::size_t>(std::ranges::lower_bound(places, p.messages.size()) - places.begin()));
  for (auto place : places)
    into[p.messages[place].stream.name].add(p.messages[place]);
  erase_at(p.messages, places);
}

outbox::losses outbox::push(portion p) {
  losses lost;
  if (closed_) {
    for (const auto& m : p.messages)
      lost.by_stream[m.stream.name].add(m);
    return lost;
  }
  queued q;
  q.places.resize(p.messages.size());
  std::iota(q.places.begin(), q.places.end(), 0U);
  for (const auto& m : p.messages)
    bytes_ += q.bytes.emplace_back(bytes_of(m));
  held_ += p.messages.size();
  q.content = std::move(p);
  queue_.push_back(std::move(q));
  if (held_ > limit_) {
    drop_rules rules;
    rules.excess = held_ - limit_;
    rules.largest_requests = (limit_ + 1) / 2;
    rules.settings_too = true;
    drop(scarce::messages, rules, lost);
  }
  remove_empty(lost);
  return lost;
}

outbox::losses outbox::shed(std::uint64_t bytes, bool keep_newest) {
  losses lost;
  drop_rules rules;
  rules.excess = bytes;
  rules.largest_requests = bytes_ / 4;
  rules.keep_newest = keep_newest;
  drop(scarce::bytes, rules, lost);
  remove_empty(lost);
  return lost;
}

void outbox::drop(scarce what, const drop_rules& rules, losses& into) {
  std::vector<drop_candidate> all;
  all.reserve(held_);
  for (const auto& q : queue_)
    for (std::size_t i = 0; i < q.content.messages.size(); ++i)
      all.push_back({&q.content.messages[i].stream, what == scarce::bytes ? q.bytes[i] : 1});
  const auto chosen = choose_drops(all, rules);
  auto next = chosen.begin();
  std::size_t first = 0;
  for (auto& q : queue_) {
    const auto end = first + q.content.messages.size();
    std::vector<std::uint32_t> here;
    for (; next != chosen.end() && *next < end; ++next)
      here.push_back(static_cast<std::uint32_t>(*next - first));
    first = end;
    if (here.empty()) continue;
    auto& places = cut_of(into, q.content.mark.number).places;
    for (auto i : here) {
      places.push_back(q.places[i]);
      bytes_ -= q.bytes[i];
    }
    held_ -= here.size();
    drop(q.content, here, into.by_stream);
    erase_at(q.places, here);
    erase_at(q.bytes, here);
  }
}

// Portions that only tell that time has passed do not gather either.
void outbox::remove_empty(losses& into) {
  for (std::size_t i = 0; i + 1 < queue_.size();) {
    auto& p = queue_[i].content;
    if (!p.messages.empty()) {
      ++i;
      continue;
    }
    cut_of(into, p.mark.number).whole = true;
    prepend(queue_[i + 1].content.control, std::move(p.control));
    queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

std::map<std::string, message_count> outbox::close() {
  std::map<std::string, message_count> lost;
  closed_ = true;
  for (const auto& q : queue_)
    for (const auto& m : q.content.messages)
      lost[m.stream.name].add(m);
  queue_.clear();
  held_ = 0;
  bytes_ = 0;
  return lost;
}

std::optional<outbox::portion> outbox::pop() {
  if (queue_.empty() || credit_ == 0) return std::nullopt;
  --credit_;
  auto q = std::move(queue_.front());
  queue_.pop_front();
  held_ -= q.content.messages.size();
  bytes_ -= std::accumulate(q.bytes.begin(), q.bytes.end(), std::uint64_t{0});
  return std::move(q.content);
}

message_count outbox::count() const {
  message_count n;
  for (const auto& q : queue_)
    n += count_of(q.content.messages);
  return n;
}

} // namespace livedata
