// The kernels of a configuration's jobs against what the hardware could do, in one process and one run: accumulate as
// the jobs do it, the bare loop of the same jobs, and the copying of the same bytes. Takes the options of livedata;
// jobs are shared out over --job-threads threads, each on a processor of its own; --source.pulses says how many pulses
// make a batch (default 14), --duration how long to measure (default 4 s).
// Prints one JSON object. tools/bench calls it.
#include "actors/actors.hpp"
#include "actors/service/batch_cycle.hpp"
#include "app/configuration/configuration.hpp"
#include "app/plan.hpp"
#include "bare_loop.hpp"
#include "prepared_jobs.hpp"
#include "workflows/detector_view/detector_view.hpp"
#include "workflows/registry.hpp"

#include <caf/io/middleman.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <sched.h>
#include <span>
#include <thread>
#include <vector>

using namespace livedata;

namespace {

using steady = std::chrono::steady_clock;

constexpr std::uint64_t pulses_per_second = 14;
// So long the loops are repeated, by turns, and at least so often.
constexpr duration time_of_measuring{4'000'000'000};
constexpr std::size_t least_repetitions = 5;

double seconds_since(steady::time_point begin) {
  return std::chrono::duration<double>(steady::now() - begin).count();
}

// --- passes over all jobs
// -------------------------------------------------------------------------------------------------------------

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
void pin(std::size_t number) {
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
double pass(const work_units& units, std::size_t threads) {
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

void most_events_first(work_units& units) {
  std::stable_sort(units.begin(), units.end(), [](const auto& a, const auto& b) { return a->events() > b->events(); });
}

// Accumulates as the engine has a job do it, on so many workers.
class job_unit final : public work_unit {
public:
  job_unit(const bench::prepared_job& job, std::size_t workers)
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

// --- the bare loops
// --------------------------------------------------------------------------------------------------------------

template <class Bin>
std::function<void()> bare_work(std::span<const pixel_table> tables, std::size_t screen_bins, std::size_t time_bins,
                                events_ptr batch) {
  std::vector<std::vector<Bin>> maps;
  for (const auto& table : tables)
    maps.push_back(bench::as_map<Bin>(table));
  auto first_pixel = tables.empty() ? 0 : tables.front().first_pixel();
  auto loop = std::make_shared<bench::bare_loop<Bin>>(std::move(maps), first_pixel, screen_bins, time_bins);
  return [loop, batch = std::move(batch)] { loop->add(*batch); };
}

// The job must have accumulated once: only then do views of moving detectors know where they are.
std::function<void()> bare_loop_of(const bench::prepared_job& job, const events_ptr& batch) {
  const auto* view = dynamic_cast<const detector_view*>(job.work.get());
  if (view == nullptr) {
    auto counts = job.work->finalize().front().value->data;
    return bare_work<std::uint8_t>({}, 1, static_cast<std::size_t>(counts.shape.front()), batch);
  }
  const auto& tables = view->tables();
  const auto bins = view->histogram().screen_size();
  const auto time_bins = view->histogram().time_size();
  if (bins <= std::numeric_limits<std::uint8_t>::max() + std::size_t{1})
    return bare_work<std::uint8_t>(tables, bins, time_bins, batch);
  if (bins <= std::numeric_limits<std::uint16_t>::max() + std::size_t{1})
    return bare_work<std::uint16_t>(tables, bins, time_bins, batch);
  return bare_work<std::uint32_t>(tables, bins, time_bins, batch);
}

// Copies the event vectors of a batch to another place.
class copying {
public:
  explicit copying(const std::vector<events_ptr>& streams) : streams_(streams) { run(); }

  std::size_t run() {
    std::size_t at = 0;
    for (const auto& batch : streams_)
      for (const auto& chunk : batch->chunks)
        for (const auto* v : {&chunk.time_of_arrival, &chunk.pixel_id}) {
          auto bytes = v->size() * sizeof(std::int32_t);
          if (target_.size() < at + bytes) target_.resize(at + bytes);
          std::copy_n(v->data(), bytes, target_.data() + at);
          at += bytes;
        }
    return at;
  }

private:
  const std::vector<events_ptr>& streams_;
  std::vector<std::byte> target_;
};

// --- the whole
// -------------------------------------------------------------------------------------------------------------------

struct times {
  std::vector<double> seconds;

  double median() const {
    auto sorted = seconds;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }

  // Of the middle half.
  double spread() const {
    auto sorted = seconds;
    std::sort(sorted.begin(), sorted.end());
    return (sorted[sorted.size() * 3 / 4] - sorted[sorted.size() / 4]) / median();
  }
};

// The batch in so many parts of about the same number of events.
std::vector<events_ptr> cut(const events_ptr& batch, std::size_t parts) {
  std::vector<std::vector<event_chunk>> shares;
  cut_evenly(batch->chunks, parts, shares);
  std::vector<events_ptr> out;
  for (auto& share : shares) {
    auto part = std::make_shared<event_batch>();
    for (auto& chunk : share)
      part->add(std::move(chunk));
    out.push_back(std::move(part));
  }
  return out;
}

// All jobs and their bare loops, for so many threads.
class side {
public:
  side(const settings& s, const bench::prepared_jobs& prepared, const std::map<events_ptr, events_ptr>& in_range,
       std::uint64_t event_jobs, std::size_t threads)
    : threads_(threads) {
    for (const auto& job : prepared.jobs) {
      const auto workers = workers_for(job.events, event_jobs, {threads, s.divide.from_events});
      jobs_.push_back(std::make_unique<job_unit>(job, workers));
      std::vector<std::function<void()>> loops;
      for (const auto& share : cut(in_range.at(std::get<events_ptr>(job.data->primary.front().value)), workers))
        loops.push_back(bare_loop_of(job, share));
      bare_.push_back(std::make_unique<bare_unit>(job.events, std::move(loops)));
    }
    most_events_first(jobs_);
    most_events_first(bare_);
  }

  void accumulate() { accumulated.seconds.push_back(pass(jobs_, threads_)); }

  void loop() {
    looped.seconds.push_back(pass(bare_, threads_));
    ratio.seconds.push_back(looped.seconds.back() / accumulated.seconds.back());
  }

  void forget() { accumulated = looped = ratio = {}; }

  times accumulated;
  times looped;
  times ratio;

private:
  std::size_t threads_;
  work_units jobs_;
  work_units bare_;
};

// How much faster the second is, pass by pass.
double gain(const times& from, const times& to) {
  times gains;
  for (std::size_t i = 0; i < from.seconds.size(); ++i)
    gains.seconds.push_back(from.seconds[i] / to.seconds[i]);
  return gains.median();
}

// What the counts, images and tables of the jobs take, as far as they are views.
std::uint64_t accumulator_bytes(const bench::prepared_jobs& prepared) {
  std::uint64_t bytes = 0;
  for (const auto& job : prepared.jobs)
    if (const auto* view = dynamic_cast<const detector_view*>(job.work.get())) {
      bytes += view->histogram().bytes() + view->histogram().screen_size() * 2 * sizeof(std::uint64_t);
      for (const auto& table : view->tables())
        bytes += table.bytes();
    }
  return bytes;
}

json measure(const settings& s, const bench::prepared_jobs& prepared) {
  std::uint64_t event_jobs = 0;
  std::map<events_ptr, events_ptr> in_range;
  std::uint64_t input_bytes = 0;
  for (const auto& batch : prepared.streams) {
    in_range.emplace(batch, bench::in_range(*batch));
    for (const auto& chunk : batch->chunks)
      input_bytes += chunk.owner->bytes().size();
  }
  for (const auto& job : prepared.jobs) {
    job.work->accumulate(*job.data);
    event_jobs += job.events;
  }
  const auto accumulators = accumulator_bytes(prepared);
  auto finalize_all = [&] {
    auto begin = steady::now();
    for (const auto& job : prepared.jobs)
      job.work->finalize();
    return seconds_since(begin);
  };
  side one(s, prepared, in_range, event_jobs, 1);
  side all(s, prepared, in_range, event_jobs, s.job_threads);
  copying copy(prepared.streams);
  times finalized;
  times copied;
  // By turns, so that what else the machine does falls on all alike. Windows close as in the engine, after each batch.
  auto round = [&] {
    all.accumulate();
    finalized.seconds.push_back(finalize_all());
    all.loop();
    if (s.job_threads > 1) {
      one.accumulate();
      finalize_all();
      one.loop();
    }
    auto copy_begin = steady::now();
    copy.run();
    copied.seconds.push_back(seconds_since(copy_begin));
  };
  round();
  const auto copied_bytes = copy.run();
  one.forget();
  all.forget();
  finalized = copied = {};
  const auto enough = s.run_for.value_or(time_of_measuring).seconds();
  auto begin = steady::now();
  while (all.accumulated.seconds.size() < least_repetitions || seconds_since(begin) < enough)
    round();
  const auto events = static_cast<double>(prepared.events());
  json out{{"threads", s.job_threads},
           {"jobs", prepared.jobs.size()},
           {"events_per_batch", prepared.events()},
           {"event_jobs_per_batch", event_jobs},
           {"accumulate_events_per_s", events / all.accumulated.median()},
           {"accumulate_spread", all.accumulated.spread()},
           {"bare_loop_events_per_s", events / all.looped.median()},
           {"bare_loop_spread", all.looped.spread()},
           {"ratio", all.ratio.median()},
           {"finalize_s", finalized.median()},
           {"accumulator_bytes", accumulators},
           {"batch_bytes", input_bytes},
           {"copy_bytes_per_s", static_cast<double>(copied_bytes) / copied.median()}};
  if (s.job_threads > 1) {
    out["accumulate_gain"] = gain(one.accumulated, all.accumulated);
    out["bare_loop_gain"] = gain(one.looped, all.looped);
  }
  return out;
}

std::optional<std::string> environment_variable(const std::string& name) {
  const auto* value = std::getenv(name.c_str()); // NOLINT(concurrency-mt-unsafe): no other thread runs yet
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

int refuse(const std::string& message) {
  fmt::print(stderr, "livedata-bench: {}\n", message);
  return 2;
}

} // namespace

int main(int argc, char** argv) {
  caf::init_global_meta_objects<caf::id_block::livedata>();
  caf::io::middleman::init_global_meta_objects();
  caf::core::init_global_meta_objects();
  try {
    configuration cfg;
    auto configured = configure(cfg, {argv + 1, argv + argc}, environment_variable);
    if (!configured) return refuse(configured.error().message);
    const auto& s = configured->values;
    auto plan = make_plan(s, builtin_workflows());
    if (!plan) return refuse(plan.error().message);
    auto prepared = bench::prepare_jobs(s, *plan, s.source.pulses == 0 ? pulses_per_second : s.source.pulses);
    if (!prepared) return refuse(prepared.error().message);
    if (prepared->jobs.empty()) return refuse("no job of this configuration takes events of the simulator");
    fmt::print("{}\n", measure(s, *prepared).dump());
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "livedata-bench: {}\n", e.what());
    return 1;
  }
}
