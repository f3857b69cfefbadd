#include "actors/source/outbox.hpp"

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

std::map<std::string, outbox::loss> outbox::push(portion p) {
  std::map<std::string, loss> losses;
  held_ += p.messages.size();
  queue_.push_back(std::move(p));
  while (held_ > limit_ && queue_.size() > 1) {
    for (const auto& m : queue_.front().messages)
      note(losses, m);
    held_ -= queue_.front().messages.size();
    auto control = std::move(queue_.front().control);
    queue_.pop_front();
    auto& next = queue_.front().control;
    next.insert(next.begin(), std::make_move_iterator(control.begin()), std::make_move_iterator(control.end()));
  }
  if (held_ > limit_) {
    auto& messages = queue_.front().messages;
    auto surplus = static_cast<std::ptrdiff_t>(held_ - limit_);
    for (auto i = messages.begin(); i != messages.begin() + surplus; ++i)
      note(losses, *i);
    messages.erase(messages.begin(), messages.begin() + surplus);
    held_ = limit_;
  }
  return losses;
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
