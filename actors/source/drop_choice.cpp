#include "actors/source/drop_choice.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace livedata {

namespace {

// Choosing among the messages of one queue.
class drop_choice {
public:
  drop_choice(std::span<const drop_candidate> queue, const drop_rules& rules)
    : queue_(queue), rules_(rules), left_(rules.excess), messages_(queue.size()) {}

  std::vector<std::size_t> run() {
    find_streams();
    judge();
    drop_all(worth::replaced);
    drop_data();
    if (rules_.settings_too) drop_all(worth::setting);
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < messages_.size(); ++i)
      if (messages_[i].dropped) places.push_back(i);
    return places;
  }

private:
  enum class worth : std::uint8_t { replaced, data, setting };

  struct message {
    std::size_t stream = 0;
    worth is = worth::data;
    bool dropped = false;
  };

  struct stream {
    stream_kind kind = stream_kind::unknown;
    // Whether a newer message of it was seen.
    bool seen = false;
    // Of its data.
    std::uint64_t cost = 0;
    std::size_t messages = 0;
  };

  void find_streams() {
    std::map<std::pair<stream_kind, std::string_view>, std::size_t> known;
    for (std::size_t i = 0; i < queue_.size(); ++i) {
      const auto& id = *queue_[i].stream;
      const auto [at, is_new] = known.try_emplace({id.kind, id.name}, streams_.size());
      if (is_new) streams_.push_back({id.kind});
      messages_[i].stream = at->second;
    }
  }

  // From the newest to the oldest.
  void judge() {
    std::size_t requests = 0;
    std::uint64_t requested = 0;
    auto kept = !rules_.keep_newest;
    for (auto i = queue_.size(); i-- > 0;) {
      auto& s = streams_[messages_[i].stream];
      const auto newest = !std::exchange(s.seen, true);
      if (s.kind == stream_kind::roi) {
        if (newest) requested += queue_[i].cost;
        const auto counts = newest && ++requests <= rules_.most_requests && requested <= rules_.largest_requests;
        messages_[i].is = counts ? worth::setting : worth::replaced;
      } else if ((s.kind == stream_kind::log || s.kind == stream_kind::device) && newest) {
        messages_[i].is = worth::setting;
      } else if (!std::exchange(kept, true)) {
        messages_[i].is = worth::setting;
      } else {
        s.cost += queue_[i].cost;
        ++s.messages;
      }
    }
  }

  void drop(std::size_t i) {
    messages_[i].dropped = true;
    left_ -= std::min(left_, queue_[i].cost);
  }

  void drop_all(worth what) {
    for (std::size_t i = 0; i < queue_.size() && left_ > 0; ++i)
      if (messages_[i].is == what) drop(i);
  }

  void drop_data() {
    std::uint64_t all = 0;
    std::uint64_t streams = 0;
    for (const auto& s : streams_) {
      all += s.cost;
      streams += s.messages > 0 ? 1 : 0;
    }
    // In each turn at least the stream that holds the most loses something.
    while (left_ > 0 && streams > 0)
      for (std::size_t i = 0; i < queue_.size() && left_ > 0 && streams > 0; ++i) {
        auto& m = messages_[i];
        auto& s = streams_[m.stream];
        if (m.is != worth::data || m.dropped || s.cost * streams < all) continue;
        drop(i);
        s.cost -= queue_[i].cost;
        all -= queue_[i].cost;
        if (--s.messages == 0) --streams;
      }
  }

  std::span<const drop_candidate> queue_;
  const drop_rules& rules_;
  // What has yet to go.
  std::uint64_t left_;
  std::vector<message> messages_;
  std::vector<stream> streams_;
};

} // namespace

std::vector<std::size_t> choose_drops(std::span<const drop_candidate> queue, const drop_rules& rules) {
  return drop_choice(queue, rules).run();
}

} // namespace livedata
