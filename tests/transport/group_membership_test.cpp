// Partitions that members of a group share without reading them.
#include "broker.hpp"
#include "transport/kafka/group_membership.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <vector>

namespace group_membership_test {

using namespace livedata;
using namespace livedata::test;

namespace {

using partitions = std::set<std::int32_t>;

constexpr auto session = 6000ms;

std::unique_ptr<group_membership> join(const broker& b, const std::string& topic) {
  return group_membership::join(member_properties(b.connection(), topic + "_group", session), topic).value();
}

// All hear what the group says until it is as wanted; they give up what is wanted back if `give`.
bool reach(const std::vector<group_membership*>& members, const std::function<bool()>& wanted, bool give = true) {
  const auto end = std::chrono::steady_clock::now() + 40s;
  while (!wanted() && std::chrono::steady_clock::now() < end)
    for (auto* m : members) {
      m->serve(20ms);
      if (give) m->give_up();
    }
  return wanted();
}

partitions all_of(int n) {
  partitions out;
  for (int i = 0; i < n; ++i)
    out.insert(i);
  return out;
}

// Whether they have all partitions among them, and none twice.
bool share_all(const std::vector<group_membership*>& members, int n) {
  partitions together;
  std::size_t sum = 0;
  for (const auto* m : members) {
    together.insert(m->owned().begin(), m->owned().end());
    sum += m->owned().size();
  }
  return together == all_of(n) && sum == together.size();
}

} // namespace

TEST_CASE("one member has all partitions, two share them, and those of one that leaves go to the other") {
  broker b;
  const auto topic = b.unique("shared");
  b.make_topic(topic, 6);
  auto first = join(b, topic);
  CHECK_FALSE(first->has_joined());
  REQUIRE(reach({first.get()}, [&] { return first->owned() == all_of(6); }));
  CHECK(first->has_joined());
  auto second = join(b, topic);
  // What is wanted back stays with the first until it gives it up.
  REQUIRE(reach(
    {first.get(), second.get()}, [&] { return !first->wanted_back().empty(); }, false));
  CHECK(first->wanted_back().size() == 3);
  CHECK(first->owned() == all_of(6));
  CHECK_FALSE(first->is_lost());
  std::this_thread::sleep_for(500ms);
  second->serve(100ms);
  CHECK(second->owned().empty());
  REQUIRE(reach({first.get(), second.get()}, [&] {
    return first->owned().size() == 3 && second->owned().size() == 3 && share_all({first.get(), second.get()}, 6);
  }));
  first->leave(5s);
  CHECK(first->owned().empty());
  const auto left = std::chrono::steady_clock::now();
  REQUIRE(reach({second.get()}, [&] { return second->owned() == all_of(6); }));
  // Nobody waits for the time-out of one that has said that it goes.
  CHECK(std::chrono::steady_clock::now() - left < session);
}

TEST_CASE("a third member takes no more than its share, and none moves between the others") {
  broker b;
  const auto topic = b.unique("shared");
  b.make_topic(topic, 6);
  auto first = join(b, topic);
  auto second = join(b, topic);
  REQUIRE(reach({first.get(), second.get()}, [&] {
    return first->owned().size() == 3 && second->owned().size() == 3 && share_all({first.get(), second.get()}, 6);
  }));
  const auto had_first = first->owned();
  const auto had_second = second->owned();
  auto third = join(b, topic);
  const std::vector<group_membership*> all{first.get(), second.get(), third.get()};
  REQUIRE(reach(all, [&] { return third->owned().size() == 2 && share_all(all, 6); }));
  CHECK(std::ranges::includes(had_first, first->owned()));
  CHECK(std::ranges::includes(had_second, second->owned()));
}

TEST_CASE("a member ends in time although the broker is away, or the group is being shared out anew") {
  broker b;
  if (b.mock() == nullptr) return; // one broker is stopped here, and other tests need it
  const auto topic = b.unique("shared");
  b.make_topic(topic, 4);
  auto first = join(b, topic);
  REQUIRE(reach({first.get()}, [&] { return first->owned() == all_of(4); }));
  auto second = join(b, topic);
  REQUIRE(reach(
    {first.get(), second.get()}, [&] { return !first->wanted_back().empty(); }, false));
  const auto begin = std::chrono::steady_clock::now();
  second = nullptr;
  b.kill();
  first = nullptr;
  CHECK(std::chrono::steady_clock::now() - begin < 30s);
}

TEST_CASE("a member that the group has taken for dead hears that it has lost what it had") {
  broker b;
  if (b.mock() == nullptr) return; // one broker is stopped here, and other tests need it
  const auto topic = b.unique("shared");
  b.make_topic(topic, 2);
  auto member = join(b, topic);
  REQUIRE(reach({member.get()}, [&] { return member->owned() == all_of(2); }));
  b.kill();
  REQUIRE(reach(
    {member.get()}, [&] { return !member->wanted_back().empty(); }, false));
  CHECK(member->is_lost());
  CHECK(member->wanted_back() == all_of(2));
  b.start_again();
  REQUIRE(reach({member.get()}, [&] { return member->owned() == all_of(2) && member->wanted_back().empty(); }));
  CHECK_FALSE(member->is_lost());
}

} // namespace group_membership_test
