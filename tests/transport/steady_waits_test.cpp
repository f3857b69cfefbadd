// A clock on the wall that is set back keeps nobody waiting.
#include "transport/broker.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <ctime>
#include <future>
#include <threads.h>

namespace steady_waits_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// How far the clock on the wall, as librdkafka and we see it, is ahead of the one that the kernel knows.
std::atomic<std::int64_t> seconds_ahead{0};

constexpr std::int64_t two_hours = 7200;

struct clock_ahead {
  clock_ahead() { seconds_ahead = two_hours; }

  clock_ahead(const clock_ahead&) = delete;
  clock_ahead& operator=(const clock_ahead&) = delete;

  ~clock_ahead() { set_back(); }

  static void set_back() { seconds_ahead = 0; }
};

using steady = std::chrono::steady_clock;

} // namespace

// Takes the place of the C library's.
extern "C" int timespec_get(timespec* t, int base) {
  clock_gettime(CLOCK_REALTIME, t);
  t->tv_sec += seconds_ahead;
  return base;
}

TEST_CASE("a wait for messages ends in time when the clock is set back by two hours meanwhile") {
  broker b;
  auto topic = b.unique("data");
  b.make_topic(topic);
  auto producer = b.produce();
  auto consumer = b.consume({topic});
  clock_ahead clock;
  auto begin = steady::now();
  auto polled = std::async(std::launch::async, [&] { return consumer->poll(10, 200ms); });
  std::this_thread::sleep_for(50ms);
  clock_ahead::set_back();
  CHECK(polled.wait_for(10s) == std::future_status::ready);
  CHECK(steady::now() - begin < 5s);
  // Wakes it if it still waits.
  producer->send(topic, text_payload("wake"), "a message");
  producer->flush(5s);
  polled.wait();
}

TEST_CASE(
  "a wait for a time that was worked out before the clock was set back, and that begins after it, ends in time") {
  auto waited = std::async(std::launch::async, [] {
    mtx_t mutex;
    cnd_t condition;
    if (mtx_init(&mutex, mtx_plain) != thrd_success || cnd_init(&condition) != thrd_success) return false;
    clock_ahead clock;
    mtx_lock(&mutex);
    timespec until{};
    // What the thread has waited for before tells what its clock was.
    timespec_get(&until, TIME_UTC);
    const auto first = cnd_timedwait(&condition, &mutex, &until);
    until.tv_sec += 1;
    clock_ahead::set_back();
    const auto second = cnd_timedwait(&condition, &mutex, &until);
    mtx_unlock(&mutex);
    cnd_destroy(&condition);
    mtx_destroy(&mutex);
    return first == thrd_timedout && second == thrd_timedout;
  });
  REQUIRE(waited.wait_for(10s) == std::future_status::ready);
  CHECK(waited.get());
}

TEST_CASE("a wait that is woken and goes on to the same time ends in time, too") {
  clock_ahead clock;
  mtx_t mutex;
  cnd_t condition;
  REQUIRE(mtx_init(&mutex, mtx_plain) == thrd_success);
  REQUIRE(cnd_init(&condition) == thrd_success);
  timespec until{};
  timespec_get(&until, TIME_UTC);
  until.tv_sec += 1;
  auto begin = steady::now();
  std::promise<void> holds;
  auto ended = std::async(std::launch::async, [&] {
    mtx_lock(&mutex);
    holds.set_value();
    int wakes = 0;
    while (cnd_timedwait(&condition, &mutex, &until) == thrd_success && wakes < 100)
      ++wakes;
    mtx_unlock(&mutex);
    return wakes;
  });
  // Who gets the mutex now knows that the other waits.
  holds.get_future().wait();
  mtx_lock(&mutex);
  clock_ahead::set_back();
  mtx_unlock(&mutex);
  for (int i = 0; i < 3; ++i) {
    cnd_signal(&condition);
    std::this_thread::sleep_for(20ms);
  }
  CHECK(ended.wait_for(10s) == std::future_status::ready);
  CHECK(steady::now() - begin < 5s);
  CHECK(steady::now() - begin > 900ms);
  for (int i = 0; i < 100 && ended.wait_for(1ms) != std::future_status::ready; ++i)
    cnd_signal(&condition);
  CHECK(ended.get() >= 3);
  cnd_destroy(&condition);
  mtx_destroy(&mutex);
}

} // namespace steady_waits_test
