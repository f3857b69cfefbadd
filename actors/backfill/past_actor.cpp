#include "actors/backfill/past_actor.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace livedata {

namespace {

constexpr std::size_t messages_of_a_pull = 500;

class past_state {
public:
  static inline const char* name = "livedata.past-reader";

  past_state(past_actor::pointer self, past_opener open, std::shared_ptr<const adapter> routes,
             backfill_request request)
    : open_(std::move(open)), routes_(std::move(routes)), request_(std::move(request)) {
    survive_stray_errors(self);
  }

  past_actor::behavior_type make_behavior() {
    return {[this](const past_request_ptr& pull) { return answer(*pull); }};
  }

private:
  past_portion_ptr answer(const past_request& pull) {
    auto out = std::make_shared<past_portion>();
    try {
      if (!reader_) {
        const auto& table = routes_->routes();
        auto opened = open_({request_.from, table.topics_carrying(request_.data_streams),
                             table.topics_carrying(request_.context_streams), clock_of_data()});
        if (!opened) return failed(opened.error().message);
        reader_ = std::move(*opened);
      }
      auto got = reader_->read(pull.until, messages_of_a_pull, request_.most_bytes);
      if (!got) return failed(got.error().message);
      for (auto& raw : got->messages)
        take(raw, out->messages);
      out->done = got->done;
    } catch (const std::exception& e) {
      return failed(e.what());
    }
    return out;
  }

  // The time of what the request wants, in the message itself.
  data_clock clock_of_data() const {
    auto streams = request_.data_streams;
    streams.insert(streams.end(), request_.context_streams.begin(), request_.context_streams.end());
    return [routes = routes_, streams = std::set<std::string>(streams.begin(), streams.end())](const raw_message& raw) {
      const auto adapted = routes->adapt(raw);
      const auto* routed = adapted ? std::get_if<routed_message>(&*adapted) : nullptr;
      const auto is_wanted = [&](const auto& r) { return streams.contains(r.stream.name); };
      if (routed == nullptr || !(is_wanted(routed->message) || std::ranges::any_of(routed->to->also, is_wanted)))
        return std::optional<data_date>();
      return std::optional(data_date{routed->message.time, routed->message.stream.kind == stream_kind::log});
    };
  }

  static past_portion_ptr failed(const std::string& why) {
    auto out = std::make_shared<past_portion>();
    out->failure = why;
    return out;
  }

  // Messages that cannot be read are ignored: they were counted when they came the first time.
  void take(raw_message& raw, std::vector<stream_message>& into) const {
    auto bytes = raw.content->bytes().size() + sizeof(stream_message);
    raw.content = request_.held.count(std::move(raw.content), bytes);
    auto adapted = routes_->adapt(raw);
    // Where the message is events, it has a share in the content.
    raw.content.reset();
    if (!adapted) return;
    auto* routed = std::get_if<routed_message>(&*adapted);
    if (routed == nullptr) return;
    auto& m = routed->message;
    m.position = raw.position;
    if (auto* array = std::get_if<array_ptr>(&m.content); array != nullptr && *array) {
      bytes = bytes_of(**array);
      *array = request_.held.count(std::move(*array), bytes);
    }
    for (const auto& other : routed->to->also) {
      into.push_back(m);
      into.back().stream = other.stream;
    }
    into.push_back(std::move(m));
  }

  past_opener open_;
  std::shared_ptr<const adapter> routes_;
  backfill_request request_;
  std::unique_ptr<past_reader> reader_;
};

} // namespace

past_actor spawn_past_reader(caf::actor_system& system, past_opener open, std::shared_ptr<const adapter> routes,
                             backfill_request request) {
  return system.spawn<caf::stateful_actor<past_state, past_actor::impl>, caf::detached>(
    std::move(open), std::move(routes), std::move(request));
}

} // namespace livedata
