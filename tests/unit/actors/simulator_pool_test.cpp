#include "messages/codec/ev44.hpp"
#include "transport/simulator/pulse_pool.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace simulator_pool_test {

using namespace livedata;

namespace {

std::vector<std::byte> three_events() {
  constexpr std::array<std::int64_t, 1> time{0};
  constexpr std::array<std::int32_t, 1> index{0};
  constexpr std::array<std::int32_t, 3> arrivals{10, 20, 30};
  constexpr std::array<std::int32_t, 3> pixels{4, 5, 6};
  return ev44::write("bank", 3, time, index, arrivals, pixels);
}

std::int64_t time_of(const payload_ptr& p) {
  return ev44::read(p->bytes()).value().reference_time[0];
}

} // namespace

TEST_CASE("a pooled message is the prepared one with its own time") {
  message_pool pool(three_events());
  auto p = pool.stamped({77});
  auto m = ev44::read(p->bytes()).value();
  CHECK(m.source_name == "bank");
  CHECK(m.message_id == 3);
  CHECK(m.reference_time[0] == 77);
  REQUIRE(m.time_of_flight.size() == 3);
  CHECK(m.time_of_flight[2] == 30);
  CHECK(m.pixel_id[0] == 4);
}

TEST_CASE("the buffer of a message is used again once its last reader is gone") {
  message_pool pool(three_events());
  auto first = pool.stamped({1});
  const auto* address = first->bytes().data();
  auto second_reader = first;
  first.reset();
  auto other = pool.stamped({2});
  CHECK(other->bytes().data() != address);
  second_reader.reset();
  auto again = pool.stamped({3});
  CHECK(again->bytes().data() == address);
  CHECK(time_of(again) == 3);
  CHECK(pool.buffers() == 2);
}

TEST_CASE("messages that are still read keep their time and get clones beside them") {
  message_pool pool(three_events());
  std::vector<payload_ptr> held;
  for (std::int64_t t = 0; t < 5; ++t)
    held.push_back(pool.stamped({t}));
  CHECK(pool.buffers() == 5);
  for (std::size_t t = 0; t < held.size(); ++t) {
    CHECK(time_of(held[t]) == static_cast<std::int64_t>(t));
    CHECK(ev44::read(held[t]->bytes()).value().time_of_flight[1] == 20);
  }
  held.clear();
  for (std::int64_t t = 0; t < 5; ++t)
    held.push_back(pool.stamped({t}));
  CHECK(pool.buffers() == 5);
}

TEST_CASE("a message outlives its pool") {
  payload_ptr kept;
  {
    message_pool pool(three_events());
    kept = pool.stamped({9});
  }
  CHECK(time_of(kept) == 9);
}

TEST_CASE("messages are let go by other threads while new ones are made") {
  constexpr std::int64_t n = 5000;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::pair<std::int64_t, payload_ptr>> queue;
  bool done = false;
  std::array<std::int64_t, 2> good{};

  auto read = [&](std::int64_t& count) {
    for (;;) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return done || !queue.empty(); });
      if (queue.empty()) return;
      auto [t, p] = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      changed.notify_all();
      if (time_of(p) == t) ++count;
    }
  };

  std::thread one([&] { read(good[0]); });
  std::thread two([&] { read(good[1]); });
  std::size_t buffers = 0;
  {
    message_pool pool(three_events());
    for (std::int64_t t = 0; t < n; ++t) {
      auto p = pool.stamped({t});
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return queue.size() < 8; });
      queue.emplace_back(t, std::move(p));
      lock.unlock();
      changed.notify_all();
    }
    buffers = pool.buffers();
  }
  {
    std::lock_guard lock(mutex);
    done = true;
  }
  changed.notify_all();
  one.join();
  two.join();
  CHECK(good[0] + good[1] == n);
  // At most: eight queued, one with each reader, one in the making.
  CHECK(buffers <= 11);
}

} // namespace simulator_pool_test
