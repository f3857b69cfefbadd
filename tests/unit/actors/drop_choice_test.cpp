// Must hold: what is dropped is chosen by worth, and no stream starves the others.
#include "actors/source/drop_choice.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

namespace drop_choice_test {

using namespace livedata;

namespace {

// A queue of messages, in order of arrival.
struct queue {
  std::vector<stream_id> ids;
  std::vector<std::uint64_t> costs;

  void add(stream_kind kind, std::string name, std::uint64_t cost = 1, std::size_t times = 1) {
    for (std::size_t i = 0; i < times; ++i) {
      ids.push_back({kind, name});
      costs.push_back(cost);
    }
  }

  std::vector<std::size_t> choose(drop_rules rules) const {
    std::vector<drop_candidate> candidates;
    for (std::size_t i = 0; i < ids.size(); ++i)
      candidates.push_back({&ids[i], costs[i]});
    return choose_drops(candidates, rules);
  }

  // By name.
  std::map<std::string, std::size_t> dropped(drop_rules rules) const {
    std::map<std::string, std::size_t> out;
    for (auto i : choose(rules))
      ++out[ids[i].name];
    return out;
  }
};

drop_rules messages(std::uint64_t excess) {
  drop_rules r;
  r.excess = excess;
  r.largest_requests = 1000;
  r.settings_too = true;
  return r;
}

using places = std::vector<std::size_t>;

constexpr auto events = stream_kind::detector_events;
constexpr auto request = stream_kind::roi;
constexpr auto setting = stream_kind::log;

} // namespace

TEST_CASE("of streams that send alike the oldest messages go") {
  queue q;
  for (int pulse = 0; pulse < 5; ++pulse)
    for (const auto* bank : {"a", "b", "c"})
      q.add(events, bank);
  CHECK(q.choose(messages(0)).empty());
  CHECK(q.choose(messages(6)) == places{0, 1, 2, 3, 4, 5});
  CHECK(q.choose(messages(100)).size() == 15);
}

TEST_CASE("a stream that fills the queue loses its own messages, not those of the others") {
  queue q;
  q.add(events, "quiet", 1, 10);
  q.add(events, "loud", 1, 500);
  q.add(events, "quiet", 1, 10);
  const auto lost = q.dropped(messages(400));
  CHECK(lost.size() == 1);
  CHECK(lost.at("loud") == 400);
  // The oldest of it.
  CHECK(q.choose(messages(400)).front() == 10);
  CHECK(q.choose(messages(400)).back() == 409);
}

TEST_CASE("where bytes are scarce, the stream of the largest messages gives way") {
  queue q;
  for (int i = 0; i < 20; ++i) {
    q.add(stream_kind::area_detector, "camera", 8'000'000);
    q.add(events, "bank", 10'000);
  }
  auto rules = messages(100'000'000);
  rules.settings_too = false;
  const auto lost = q.dropped(rules);
  CHECK(lost.size() == 1);
  CHECK(lost.at("camera") == 13);
}

TEST_CASE("requests that a newer one replaces go before data, the newest of each name after it") {
  queue q;
  q.add(request, "job/roi_rectangle", 1, 300);
  q.add(events, "bank", 1, 100);
  q.add(request, "job/roi_rectangle", 1, 300);
  q.add(request, "other/roi_rectangle");
  auto lost = q.dropped(messages(599));
  CHECK(lost == std::map<std::string, std::size_t>{{"job/roi_rectangle", 599}});
  lost = q.dropped(messages(650));
  CHECK(lost == std::map<std::string, std::size_t>{{"bank", 51}, {"job/roi_rectangle", 599}});
  lost = q.dropped(messages(699));
  CHECK(lost == std::map<std::string, std::size_t>{{"bank", 100}, {"job/roi_rectangle", 599}});
  CHECK(q.choose(messages(699)).back() == 698);
  CHECK(q.dropped(messages(701)).at("other/roi_rectangle") == 1);
}

TEST_CASE("names that nobody has asked for before do not crowd out data") {
  queue q;
  for (int i = 0; i < 3000; ++i) {
    q.add(request, "job" + std::to_string(i) + "/roi_rectangle");
    if (i % 3 == 0) q.add(events, "bank");
  }
  const auto lost = q.dropped(messages(2000));
  CHECK_FALSE(lost.contains("bank"));
  CHECK(lost.contains("job0/roi_rectangle"));
  CHECK_FALSE(lost.contains("job2999/roi_rectangle"));
}

TEST_CASE("requests count as settings only up to a share of what is scarce") {
  queue q;
  for (int i = 0; i < 10; ++i)
    q.add(request, std::to_string(i), 1'400'000);
  q.add(events, "bank", 1'000'000);
  drop_rules rules;
  rules.excess = 1'000'000'000;
  rules.largest_requests = 4'000'000;
  const auto lost = q.dropped(rules);
  CHECK(lost.size() == 9);
  CHECK_FALSE(lost.contains("9"));
  CHECK_FALSE(lost.contains("8"));
  CHECK(lost.contains("bank"));
}

TEST_CASE("the newest value of a log goes last, if at all; older ones are data like others") {
  queue q;
  q.add(setting, "motor", 1, 100);
  q.add(setting, "rare");
  q.add(events, "bank", 1, 10);
  auto rules = messages(80);
  CHECK(q.dropped(rules) == std::map<std::string, std::size_t>{{"motor", 80}});
  rules = messages(1000);
  rules.settings_too = false;
  CHECK(q.dropped(rules) == std::map<std::string, std::size_t>{{"bank", 10}, {"motor", 99}});
  rules.settings_too = true;
  CHECK(q.choose(rules).size() == q.ids.size());
}

TEST_CASE("the newest message stays where it should") {
  queue q;
  q.add(events, "a", 5, 3);
  q.add(events, "b", 5, 2);
  drop_rules rules;
  rules.excess = 1000;
  rules.keep_newest = true;
  CHECK(q.choose(rules) == places{0, 1, 2, 3});
}

} // namespace drop_choice_test
