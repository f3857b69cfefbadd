// What single steps cost: inner loops on LOKI's rear bank with its true pixel count and default bins, codecs, and
// messages between actors. livedata-bench sets the inner loops beside what the hardware could do.
#include "actors/actors.hpp"
#include "actors/caf_compat.hpp"
#include "app/configuration/settings.hpp"
#include "app/plan.hpp"
#include "messages/codec/da00.hpp"
#include "messages/codec/ev44.hpp"
#include "prepared_jobs.hpp"
#include "workflows/detector_view/detector_view.hpp"
#include "workflows/kernels/screen_counts.hpp"
#include "workflows/registry.hpp"

#include <benchmark/benchmark.h>
#include <caf/io/middleman.hpp>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace livedata;

namespace {

constexpr std::uint64_t pulses_per_second = 14;
constexpr const char* bank = "loki_detector_0";

// A job on the rear bank with the events of so many pulses at 1e7 events per second over all banks.
struct one_job {
  explicit one_job(const char* workflow_name, std::uint64_t pulses = pulses_per_second) {
    settings s;
    s.instrument = "loki";
    s.services = {"detector_data"};
    s.source.rate = 1e7;
    job_request request;
    request.workflow = workflow_name;
    request.source = bank;
    s.jobs = {request};
    auto plan = make_plan(s, builtin_workflows());
    if (!plan) throw std::runtime_error(plan.error().message);
    auto made = bench::prepare_jobs(s, *plan, pulses);
    if (!made) throw std::runtime_error(made.error().message);
    prepared = std::move(*made);
  }

  workflow& work() { return *prepared.jobs.front().work; }

  const job_data& data() const { return *prepared.jobs.front().data; }

  const event_batch& events() const { return *std::get<events_ptr>(data().primary.front().value); }

  bench::prepared_jobs prepared;
};

// Reads arrival times and pixel ids and adds them up: the speed of memory.
void read_events(benchmark::State& state) {
  one_job job("tube_view");
  for (auto _ : state) {
    std::int64_t sum = 0;
    for (const auto& chunk : job.events().chunks)
      for (std::size_t i = 0; i < chunk.size(); ++i)
        sum += chunk.time_of_arrival[i] ^ chunk.pixel_id[i];
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(job.events().events));
}

void accumulate(benchmark::State& state, const char* workflow_name) {
  one_job job(workflow_name, static_cast<std::uint64_t>(state.range(0)));
  for (auto _ : state) {
    job.work().accumulate(job.data());
    state.PauseTiming(); // a window holds on to its messages
    job.work().finalize();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(job.events().events));
}

// Takes the place of everything that the caches hold.
class cache_sweep {
public:
  void operator()() {
    for (std::size_t i = 0; i < memory_.size(); i += 64)
      ++memory_[i];
    benchmark::DoNotOptimize(memory_.data());
  }

private:
  std::vector<std::uint8_t> memory_ = std::vector<std::uint8_t>(std::size_t{64} << 20);
};

void warm_and_cold(benchmark::internal::Benchmark* b) {
  b->ArgNames({"pulses", "cold"})->Args({pulses_per_second, 0})->Args({1, 1});
}

// The counting alone, with and without the vector unit. Arguments: pulses in a batch, and whether the caches hold other
// things when it comes.
void count_events(benchmark::State& state, const char* workflow_name, vector_unit unit) {
  one_job job(workflow_name, static_cast<std::uint64_t>(state.range(0)));
  job.work().accumulate(job.data()); // places the screen
  const auto& view = dynamic_cast<const detector_view&>(job.work());
  constexpr int bins = 100;
  std::vector<double> edges(bins + 1);
  for (int k = 0; k <= bins; ++k)
    edges[static_cast<std::size_t>(k)] = 71.43e6 * k / bins;
  const spectral_bins times{time_bins(edges)};
  const event_mapping mapping(view.tables().front());
  screen_counts counts(view.histogram().screen_size(), bins);
  event_tally tally;
  cache_sweep sweep;
  for (auto _ : state) {
    if (state.range(1) != 0) {
      state.PauseTiming();
      sweep();
      state.ResumeTiming();
    }
    counts.make_ready(job.events().events, mapping.pixels);
    for (const auto& chunk : job.events().chunks)
      counts.add(chunk, mapping, times, tally, unit);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(job.events().events));
}

// After so many pulses: few events keep images up to date, many leave that to the end.
void finalize(benchmark::State& state, const char* workflow_name) {
  one_job job(workflow_name, static_cast<std::uint64_t>(state.range(0)));
  for (auto _ : state) {
    state.PauseTiming();
    job.work().accumulate(job.data());
    state.ResumeTiming();
    benchmark::DoNotOptimize(job.work().finalize());
  }
}

void encode_image(benchmark::State& state) {
  one_job job("detector_xy_projection");
  job.work().accumulate(job.data());
  auto image = job.work().finalize().front().value.value();
  std::size_t bytes = 0;
  for (auto _ : state) {
    auto message = da00::write("key", {0}, image);
    bytes += message.size();
    benchmark::DoNotOptimize(message.data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

// Verification does not look at single events: its time is that of a message, whatever is in it.
void read_ev44(benchmark::State& state) {
  one_job job("tube_view");
  const auto& chunks = job.events().chunks;
  for (auto _ : state)
    for (const auto& c : chunks)
      benchmark::DoNotOptimize(ev44::read(c.owner->bytes()).value().pixel_id.size());
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(chunks.size()));
}

// Answers at once.
struct idle_job {
  static inline const char* name = "bench.job";

  explicit idle_job(job_actor::pointer) {}

  job_actor::behavior_type make_behavior() {
    return {[](const task_ptr&) { return reply_ptr(std::make_shared<job_reply>()); }, [](clear_atom) {},
            [](save_atom) { return std::make_shared<const saved_work>(); }, [](own_thread_atom) {}};
  }
};

// One request to each of so many actors, and all their answers: what a batch costs beside its work.
void fan_out_and_in(benchmark::State& state) {
  caf::actor_system_config cfg;
  cfg.set("caf.scheduler.policy", "sharing");
  cfg.set("caf.scheduler.max-threads", static_cast<std::size_t>(state.range(1)));
  caf::actor_system system{cfg};
  std::vector<job_actor> jobs;
  for (std::int64_t i = 0; i < state.range(0); ++i)
    jobs.push_back(system.spawn<caf::stateful_actor<idle_job, job_actor::impl>>());
  {
    caf::scoped_actor self{system};
    for (auto _ : state) {
      std::vector<decltype(ask(self.ptr(), jobs.front(), task_ptr()))> asked;
      asked.reserve(jobs.size());
      for (const auto& j : jobs)
        asked.push_back(ask(self.ptr(), j, task_ptr(std::make_shared<job_task>())));
      for (auto& answer : asked)
        answer.receive([](const reply_ptr&) {}, [](const caf::error&) {});
    }
    for (const auto& j : jobs)
      caf::anon_send_exit(j, caf::exit_reason::user_shutdown);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK(read_events);
BENCHMARK_CAPTURE(accumulate, xy_projection, "detector_xy_projection")->Arg(1)->Arg(pulses_per_second);
BENCHMARK_CAPTURE(accumulate, tube_view, "tube_view")->Arg(1)->Arg(pulses_per_second);
BENCHMARK_CAPTURE(count_events, xy_projection, "detector_xy_projection", best_vector_unit())->Apply(warm_and_cold);
BENCHMARK_CAPTURE(count_events, xy_projection_one_by_one, "detector_xy_projection", vector_unit::none)
  ->Apply(warm_and_cold);
BENCHMARK_CAPTURE(count_events, tube_view, "tube_view", best_vector_unit())->Apply(warm_and_cold);
BENCHMARK_CAPTURE(count_events, tube_view_one_by_one, "tube_view", vector_unit::none)->Apply(warm_and_cold);
BENCHMARK_CAPTURE(finalize, xy_projection, "detector_xy_projection")->Arg(1)->Arg(pulses_per_second);
BENCHMARK_CAPTURE(finalize, tube_view, "tube_view")->Arg(1)->Arg(pulses_per_second);
BENCHMARK(encode_image);
BENCHMARK(read_ev44);
BENCHMARK(fan_out_and_in)->Args({18, 1})->Args({18, 2});

} // namespace

int main(int argc, char** argv) {
  caf::init_global_meta_objects<caf::id_block::livedata>();
  caf::io::middleman::init_global_meta_objects();
  caf::core::init_global_meta_objects();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
