#include "actors/memory_budget.hpp"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

namespace memory_budget_test {

using namespace livedata;

TEST_CASE("what is counted counts until its last owner has let go of it, once however many share it") {
  const memory_budget budget(100);
  auto value = budget.count(std::make_shared<int>(7), 60);
  CHECK(*value == 7);
  CHECK(budget.used() == 60);
  auto other = value;
  value.reset();
  CHECK(budget.used() == 60);
  CHECK(budget.excess() == 0);
  auto more = budget.count(std::make_shared<int>(8), 50);
  CHECK(budget.excess() == 10);
  CHECK(budget.over());
  CHECK(budget.left() == 0);
  other.reset();
  CHECK(budget.used() == 50);
  CHECK_FALSE(budget.over());
  CHECK(budget.left() == 50);
  CHECK_FALSE(budget.count(std::shared_ptr<int>(), 9));
  CHECK(budget.used() == 50);
}

TEST_CASE("a share changes, moves, and ends with its owner") {
  memory_budget budget(100);
  {
    memory_budget::share a(budget);
    a.set(30);
    a.set(20);
    CHECK(budget.used() == 20);
    auto b = std::move(a);
    CHECK(budget.used() == 20);
    memory_budget::share c(budget);
    c.set(5);
    c = std::move(b);
    CHECK(budget.used() == 20);
    CHECK(c.bytes() == 20);
  }
  CHECK(budget.used() == 0);
  memory_budget::share nothing;
  nothing.set(5);
  CHECK(budget.used() == 0);
}

TEST_CASE("a reservation is given only while there is room for it") {
  const memory_budget budget(100);
  auto first = budget.reserve(70);
  REQUIRE(first);
  CHECK_FALSE(budget.reserve(31));
  CHECK(budget.used() == 70);
  CHECK(budget.reserve(30));
  CHECK(budget.used() == 70);
  first.reset();
  CHECK(budget.used() == 0);
  CHECK(memory_budget(0).reserve(~std::uint64_t{0}));
}

TEST_CASE("of many who reserve at the same time no more are served than there is room for") {
  const memory_budget budget(1000);
  std::vector<std::vector<memory_budget::share>> got(4);
  std::vector<std::thread> threads;
  for (auto& mine : got)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i)
        if (auto s = budget.reserve(1)) mine.push_back(std::move(*s));
    });
  for (auto& t : threads)
    t.join();
  std::size_t all = 0;
  for (const auto& mine : got)
    all += mine.size();
  CHECK(all == 1000);
  CHECK(budget.used() == 1000);
}

TEST_CASE("what counts in a part counts in the whole") {
  const memory_budget whole(100);
  const memory_budget part(0, whole);
  auto value = part.count(std::make_shared<int>(1), 40);
  auto beside = whole.count(std::make_shared<int>(1), 20);
  CHECK(part.used() == 40);
  CHECK(whole.used() == 60);
  value.reset();
  CHECK(part.used() == 0);
  CHECK(whole.used() == 20);
}

} // namespace memory_budget_test
