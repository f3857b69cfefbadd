// librdkafka waits until a time on the wall (cnd_timedwait of C11). When the clock on the wall is set back by two
// hours, its threads, and ours that wait for messages in it, would wait two hours longer. The function here takes the
// place of the C library's in the whole program: it waits for as long as the time was away when the wait began, by a
// clock that nobody sets. Where the clock on the wall was set between the moment when the time was worked out and the
// beginning of the wait, the shorter of both readings counts.
#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <optional>
#include <pthread.h>
#include <threads.h>

namespace livedata {

namespace {

constexpr std::int64_t ns_per_second = 1'000'000'000;

// What the threads of C11 are made of in the C library.
static_assert(sizeof(cnd_t) == sizeof(pthread_cond_t) && sizeof(mtx_t) == sizeof(pthread_mutex_t));

std::int64_t ns_of(const timespec& t) {
  return t.tv_sec * ns_per_second + t.tv_nsec;
}

// Who waits in a loop asks for the same time again: it is the same wait.
timespec steady_time_of(const timespec& wall) {
  struct promise {
    timespec wall;
    timespec steady;
  };

  thread_local promise last{};
  // By how much the wall was ahead of the steady clock when this thread last looked.
  thread_local std::optional<std::int64_t> ahead_before;
  if (ns_of(last.wall) == ns_of(wall)) return last.steady;
  timespec now{};
  timespec steady{};
  timespec_get(&now, TIME_UTC);
  clock_gettime(CLOCK_MONOTONIC, &steady);
  const auto ahead = ns_of(now) - ns_of(steady);
  const auto end = std::max(ns_of(steady), ns_of(wall) - std::max(ahead, ahead_before.value_or(ahead)));
  ahead_before = ahead;
  last = {wall, {end / ns_per_second, end % ns_per_second}};
  return last.steady;
}

} // namespace

} // namespace livedata

extern "C" int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
  const auto end = livedata::steady_time_of(*until);
  switch (pthread_cond_clockwait(reinterpret_cast<pthread_cond_t*>(condition),
                                 reinterpret_cast<pthread_mutex_t*>(mutex), CLOCK_MONOTONIC, &end)) {
  case 0:
    return thrd_success;
  case ETIMEDOUT:
    return thrd_timedout;
  default:
    return thrd_error;
  }
}
