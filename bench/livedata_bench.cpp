// The kernels of a configuration's jobs against what the hardware could do, in one process and one run: accumulate as
// the jobs do it, the bare loop of the same jobs, and the copying of the same bytes. Takes the options of livedata;
// jobs are shared out over --job-threads threads, each on a processor of its own; --source.pulses says how many pulses
// make a batch (default 14), --duration how long to measure (default 4 s). With --even-events, those of detectors are
// spread evenly over pixels and arrival times. Where a job is of a kind without a bare loop, all jobs go without.
// Prints one JSON object. tools/bench calls it.
#include "actors/actors.hpp"
#include "actors/service/batch_cycle.hpp"
#include "app/configuration/configuration.hpp"
#include "app/plan.hpp"
#include "bare_jobs.hpp"
#include "bare_loop.hpp"
#include "passes.hpp"
#include "prepared_jobs.hpp"
#include "workflows/detector_view/detector_view.hpp"
#include "workflows/registry.hpp"

#include <caf/io/middleman.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <vector>

using namespace livedata;

namespace {

using bench::pass;
using bench::seconds_since;
using bench::steady;

constexpr std::uint64_t pulses_per_second = 14;
// So long the loops are repeated, by turns, and at least so often.
constexpr duration time_of_measuring{4'000'000'000};
constexpr std::size_t least_repetitions = 5;

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

// Of this process so far.
double processor_seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

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
       bench::bare_jobs& bare, std::uint64_t event_jobs, std::size_t threads)
    : threads_(threads) {
    for (const auto& job : prepared.jobs) {
      const auto divided = dynamic_cast<const divisible*>(job.work.get()) != nullptr && job.events > 0;
      const auto workers = divided ? workers_for(job.events, event_jobs, {threads, s.divide.from_events}) : 1;
      jobs_.push_back(std::make_unique<bench::job_unit>(job, workers));
      std::vector<std::function<void()>> loops;
      if (const auto primary = job.primary())
        for (const auto& share : cut(in_range.at(primary), workers))
          loops.push_back(bare.loop_of(job, share, loops.empty()));
      all_have_loops_ = all_have_loops_ && !loops.empty() && loops.front() != nullptr;
      bare_.push_back(std::make_unique<bench::bare_unit>(job.events, std::move(loops)));
    }
    bench::most_events_first(jobs_);
    bench::most_events_first(bare_);
  }

  bool all_have_loops() const noexcept { return all_have_loops_; }

  void accumulate() {
    const auto before = processor_seconds();
    accumulated.seconds.push_back(pass(jobs_, threads_));
    processor_time.seconds.push_back(processor_seconds() - before);
  }

  void loop() {
    if (!all_have_loops_) return;
    const auto before = processor_seconds();
    looped.seconds.push_back(pass(bare_, threads_));
    processor_time_of_loop.seconds.push_back(processor_seconds() - before);
    ratio.seconds.push_back(looped.seconds.back() / accumulated.seconds.back());
  }

  void forget() { accumulated = looped = ratio = processor_time = processor_time_of_loop = {}; }

  times accumulated;
  times looped;
  times ratio;
  // Of all threads.
  times processor_time;
  times processor_time_of_loop;

private:
  std::size_t threads_;
  bench::work_units jobs_;
  bench::work_units bare_;
  bool all_have_loops_ = true;
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

// How long finalize of each job takes.
class finalizing {
public:
  explicit finalizing(const bench::prepared_jobs& prepared) : prepared_(prepared), each_(prepared.jobs.size()) {}

  void run() {
    const auto begin = steady::now();
    for (std::size_t i = 0; i < each_.size(); ++i) {
      const auto begin_of_job = steady::now();
      const auto outputs = prepared_.jobs[i].work->finalize();
      each_[i].seconds.push_back(seconds_since(begin_of_job));
    }
    all_.seconds.push_back(seconds_since(begin));
  }

  void forget() {
    all_ = {};
    each_.assign(each_.size(), {});
  }

  double all() const { return all_.median(); }

  // By workflow: the median of that of its jobs which takes longest.
  json by_workflow() const {
    json out = json::object();
    for (std::size_t i = 0; i < each_.size(); ++i) {
      const auto& name = prepared_.jobs[i].recipe->id().name;
      out[name] = std::max(out.value(name, 0.0), each_[i].median());
    }
    return out;
  }

private:
  const bench::prepared_jobs& prepared_;
  std::vector<times> each_;
  times all_;
};

// Which part of the events that the jobs were given is in their results.
double accepted_share(const bench::prepared_jobs& prepared) {
  event_tally all;
  for (const auto& job : prepared.jobs)
    all += job.work->tally();
  return static_cast<double>(all.accepted) / static_cast<double>(std::max<std::uint64_t>(all.received, 1));
}

json measure(const settings& s, const bench::prepared_jobs& prepared, bench::bare_jobs& bare) {
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
  side one(s, prepared, in_range, bare, event_jobs, 1);
  side all(s, prepared, in_range, bare, event_jobs, s.job_threads);
  copying copy(prepared.streams);
  finalizing finalize(prepared);
  times copied;
  // By turns, so that what else the machine does falls on all alike. Windows close as in the engine, after each batch.
  auto round = [&] {
    all.accumulate();
    finalize.run();
    all.loop();
    if (s.job_threads > 1) {
      one.accumulate();
      finalize.run();
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
  finalize.forget();
  copied = {};
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
           {"accumulate_cpu_s_per_event", all.processor_time.median() / events},
           {"finalize_s", finalize.all()},
           {"finalize_s_by_workflow", finalize.by_workflow()},
           {"accepted_share", accepted_share(prepared)},
           {"accumulator_bytes", accumulators},
           {"batch_bytes", input_bytes},
           {"copy_bytes_per_s", static_cast<double>(copied_bytes) / copied.median()}};
  if (s.job_threads > 1) out["accumulate_gain"] = gain(one.accumulated, all.accumulated);
  if (!all.all_have_loops()) return out;
  out["bare_loop_events_per_s"] = events / all.looped.median();
  out["bare_loop_spread"] = all.looped.spread();
  out["bare_loop_cpu_s_per_event"] = all.processor_time_of_loop.median() / events;
  out["ratio"] = all.ratio.median();
  if (s.job_threads > 1) {
    out["bare_loop_gain"] = gain(one.looped, all.looped);
    out["ratio_of_one_thread"] = one.ratio.median();
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
    std::vector<std::string> words(argv + 1, argv + argc);
    const auto even = std::erase(words, "--even-events") > 0;
    auto configured = configure(cfg, words, environment_variable);
    if (!configured) return refuse(configured.error().message);
    const auto& s = configured->values;
    auto plan = make_plan(s, builtin_workflows());
    if (!plan) return refuse(plan.error().message);
    auto prepared = bench::prepare_jobs(s, *plan, s.source.pulses == 0 ? pulses_per_second : s.source.pulses,
                                        even ? bench::spread::even : bench::spread::simulated);
    if (!prepared) return refuse(prepared.error().message);
    if (prepared->jobs.empty()) return refuse("no job of this configuration takes data of the simulator");
    bench::bare_jobs bare(plan->inst, std::make_shared<data_files>(file_folders_from(environment_variable)));
    fmt::print("{}\n", measure(s, *prepared, bare).dump());
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "livedata-bench: {}\n", e.what());
    return 1;
  }
}
