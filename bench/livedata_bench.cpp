// The kernels of a configuration's jobs against what the hardware could do, in one process and one run: accumulate as
// the jobs do it, the bare loop of the same jobs, and the copying of the same bytes. Takes the options of livedata;
// jobs are shared out over --job-threads threads, --source.pulses says how many pulses make a batch (default 14).
// Prints one JSON object. tools/bench calls it.
#include "actors/interfaces.hpp"
#include "app/configuration/configuration.hpp"
#include "app/plan.hpp"
#include "bare_loop.hpp"
#include "prepared_jobs.hpp"
#include "workflows/detector_view/detector_view.hpp"
#include "workflows/registry.hpp"

#include <caf/io/middleman.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <thread>
#include <vector>

using namespace livedata;

namespace {

using steady = std::chrono::steady_clock;

constexpr std::uint64_t pulses_per_second = 14;
// So long the three loops are repeated, by turns, and at least so often.
constexpr double seconds_of_measuring = 4;
constexpr std::size_t least_repetitions = 5;

double seconds_since(steady::time_point begin) {
  return std::chrono::duration<double>(steady::now() - begin).count();
}

// --- sharing out
// -----------------------------------------------------------------------------------------------------------------

struct piece_of_work {
  std::uint64_t events;
  std::function<void()> run;
};

using lane = std::vector<std::function<void()>>;

// The most work first, each to the lane with the least so far.
std::vector<lane> share_out(std::vector<piece_of_work> pieces, std::size_t lanes) {
  std::stable_sort(pieces.begin(), pieces.end(), [](const auto& a, const auto& b) { return a.events > b.events; });
  std::vector<lane> out(lanes);
  std::vector<std::uint64_t> events(lanes);
  for (auto& p : pieces) {
    auto least = static_cast<std::size_t>(std::min_element(events.begin(), events.end()) - events.begin());
    events[least] += p.events;
    out[least].push_back(std::move(p.run));
  }
  return out;
}

// Seconds of one pass over all lanes: the time of the slowest.
double pass(const std::vector<lane>& lanes) {
  auto work = [](const lane& l) {
    for (const auto& run : l)
      run();
  };
  auto begin = steady::now();
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < lanes.size(); ++i)
    threads.emplace_back(work, std::cref(lanes[i]));
  work(lanes.front());
  for (auto& t : threads)
    t.join();
  return seconds_since(begin);
}

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

json measure(const settings& s, const bench::prepared_jobs& prepared) {
  std::vector<piece_of_work> jobs;
  std::vector<piece_of_work> bare;
  std::uint64_t event_jobs = 0;
  std::map<events_ptr, events_ptr> in_range;
  for (const auto& batch : prepared.streams)
    in_range.emplace(batch, bench::in_range(*batch));
  for (const auto& job : prepared.jobs) {
    auto run = [work = job.work, data = job.data] { work->accumulate(*data); };
    run();
    bare.push_back({job.events, bare_loop_of(job, in_range.at(std::get<events_ptr>(job.data->primary.front().value)))});
    jobs.push_back({job.events, run});
    event_jobs += job.events;
  }
  auto finalize_all = [&] {
    auto begin = steady::now();
    for (const auto& job : prepared.jobs)
      job.work->finalize();
    return seconds_since(begin);
  };
  auto lanes = share_out(std::move(jobs), s.job_threads);
  auto bare_lanes = share_out(std::move(bare), s.job_threads);
  copying copy(prepared.streams);

  // By turns, so that what else the machine does falls on all alike. Windows close as in the engine, after each batch.
  pass(lanes);
  finalize_all();
  pass(bare_lanes);
  auto bytes = copy.run();
  times accumulated;
  times finalized;
  times looped;
  times copied;
  times ratio;
  auto begin = steady::now();
  while (accumulated.seconds.size() < least_repetitions || seconds_since(begin) < seconds_of_measuring) {
    accumulated.seconds.push_back(pass(lanes));
    finalized.seconds.push_back(finalize_all());
    looped.seconds.push_back(pass(bare_lanes));
    ratio.seconds.push_back(looped.seconds.back() / accumulated.seconds.back());
    auto copy_begin = steady::now();
    copy.run();
    copied.seconds.push_back(seconds_since(copy_begin));
  }
  const auto events = static_cast<double>(prepared.events());
  return {{"threads", s.job_threads},
          {"jobs", prepared.jobs.size()},
          {"events_per_batch", prepared.events()},
          {"event_jobs_per_batch", event_jobs},
          {"accumulate_events_per_s", events / accumulated.median()},
          {"accumulate_spread", accumulated.spread()},
          {"bare_loop_events_per_s", events / looped.median()},
          {"bare_loop_spread", looped.spread()},
          {"ratio", ratio.median()},
          {"finalize_s", finalized.median()},
          {"copy_bytes_per_s", static_cast<double>(bytes) / copied.median()}};
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
