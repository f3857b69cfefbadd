#include "actors/source/outbox.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace livedata {

namespace {

void note(std::map<std::string, outbox::loss>& losses, const stream_message& m) {
  auto& loss = losses[m.stream.name];
  ++loss.messages;
  loss.events += m.events();
}

} // namespace

void prepend(std::vector<control_message>& to, std::vector<control_message> first) {
  to.insert(to.begin(), std::make_move_iterator(first.begin()), std::make_move_iterator(first.end()));
}

void outbox::drop(portion& p, std::size_t messages, std::map<std::string, loss>& into) {
  auto end = p.messages.begin() + static_cast<std::ptrdiff_t>(std::min(messages, p.messages.size()));
  for (auto i = p.messages.begin(); i != end; ++i)
    note(into, *i);
  p.messages.erase(p.messages.begin(), end);
}

outbox::losses outbox::push(portion p) {
  losses lost;
  if (closed_) {
    drop(p, p.messages.size(), lost.by_stream);
    return lost;
  }
  held_ += p.messages.size();
  queue_.push_back(std::move(p));
  while (held_ > limit_) {
    auto& front = queue_.front();
    auto whole = queue_.size() > 1;
    auto n = whole ? front.messages.size() : held_ - limit_;
    lost.cuts.push_back({front.mark.number, n, whole});
    drop(front, n, lost.by_stream);
    held_ -= n;
    if (!whole) break;
    auto control = std::move(front.control);
    queue_.pop_front();
    prepend(queue_.front().control, std::move(control));
  }
  return lost;
}

std::map<std::string, outbox::loss> outbox::close() {
  std::map<std::string, loss> lost;
  closed_ = true;
  for (auto& p : queue_)
    drop(p, p.messages.size(), lost);
  queue_.clear();
  held_ = 0;
  return lost;
}

std::optional<outbox::portion> outbox::pop() {
  if (queue_.empty() || credit_ == 0) return std::nullopt;
  --credit_;
  auto p = std::move(queue_.front());
  queue_.pop_front();
  held_ -= p.messages.size();
  return p;
}

} // namespace livedata
