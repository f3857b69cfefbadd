// Passes over all jobs, or over their bare loops, by several threads.
#pragma once

#include "prepared_jobs.hpp"
#include "workflows/capabilities.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <sched.h>
#include <thread>
#include <utility>
#include <vector>

namespace livedata::bench {

using steady = std::chrono::steady_clock;

inline double seconds_since(steady::time_point begin) {
  return std::chrono::duration<double>(steady::now() - begin).count();
}

// What one job, or its bare loop, has to do in a pass.
class work_unit {
public:
  explicit work_unit(std::uint64_t events) : events_(events) {}

  work_unit(const work_unit&) = delete;
  work_unit& operator=(const work_unit&) = delete;
  virtual ~work_unit() = default;

  std::uint64_t events() const noexcept { return events_; }

  // Cuts the work into pieces, for threads to take; gives their number.
  virtual std::size_t begin() = 0;
  virtual void run(std::size_t piece) = 0;

  // After all pieces.
  virtual void end() {}

private:
  std::uint64_t events_;
};

using work_units = std::vector<std::unique_ptr<work_unit>>;

// Puts the calling thread on a processor, where there are so many and we may.
inline void pin(std::size_t number) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &allowed) && number-- == 0) {
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(cpu, &one);
      (void)sched_setaffinity(0, sizeof one, &one);
      return;
    }
}

// Seconds of one pass: each thread takes the next piece that nobody has taken, of the units with the most events first,
// as the workers of an engine take jobs.
inline double pass(const work_units& units, std::size_t threads) {
  auto begin = steady::now();
  std::vector<std::pair<work_unit*, std::size_t>> pieces;
  for (const auto& u : units)
    for (std::size_t i = 0, n = u->begin(); i < n; ++i)
      pieces.emplace_back(u.get(), i);
  std::atomic<std::size_t> next = 0;
  auto work = [&] {
    for (auto i = next++; i < pieces.size(); i = next++)
      pieces[i].first->run(pieces[i].second);
  };
  std::vector<std::jthread> workers;
  for (std::size_t t = 0; t < threads; ++t)
    workers.emplace_back([&work, t] {
      pin(t);
      work();
    });
  workers.clear();
  for (const auto& u : units)
    u->end();
  return seconds_since(begin);
}

inline void most_events_first(work_units& units) {
  std::stable_sort(units.begin(), units.end(), [](const auto& a, const auto& b) { return a->events() > b->events(); });
}

// Accumulates as the engine has a job do it, on so many workers.
class job_unit final : public work_unit {
public:
  job_unit(const prepared_job& job, std::size_t workers)
    : work_unit(job.events), work_(job.work), data_(job.data), workers_(workers) {}

  std::size_t begin() override {
    auto* divisible_work = dynamic_cast<divisible*>(work_.get());
    if (divisible_work != nullptr && workers_ > 1) divided_ = divisible_work->divide(*data_, workers_);
    return divided_ ? divided_->pieces() : 1;
  }

  void run(std::size_t piece) override {
    if (divided_)
      divided_->run(piece);
    else
      work_->accumulate(*data_);
  }

  void end() override {
    if (divided_) divided_->join();
    divided_.reset();
  }

private:
  std::shared_ptr<workflow> work_;
  std::shared_ptr<const job_data> data_;
  std::size_t workers_;
  std::unique_ptr<divided_work> divided_;
};

// One bare loop for each piece, with counts of its own.
class bare_unit final : public work_unit {
public:
  bare_unit(std::uint64_t events, std::vector<std::function<void()>> loops)
    : work_unit(events), loops_(std::move(loops)) {}

  std::size_t begin() override { return loops_.size(); }

  void run(std::size_t piece) override { loops_[piece](); }

private:
  std::vector<std::function<void()>> loops_;
};

} // namespace livedata::bench
