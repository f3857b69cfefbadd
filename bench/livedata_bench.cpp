// The kernels of a configuration's jobs against what the hardware could do, in one process and one run: accumulate as
// the jobs do it, the bare loop of the same jobs, and the copying of the same bytes. Takes the options of livedata;
// jobs are shared out over --job-threads threads. Prints one JSON object. tools/bench calls it.
#include "actors/interfaces.hpp"
#include "app/configuration/configuration.hpp"
#include "app/plan.hpp"
#include "bare_loop.hpp"
#include "messages/codec/ev44.hpp"
#include "workflows/detector_view/screen.hpp"
#include "workflows/registry.hpp"

#include <caf/io/middleman.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <thread>
#include <variant>
#include <vector>

using namespace livedata;

namespace {

using steady = std::chrono::steady_clock;

constexpr std::uint64_t pulses = 14;
constexpr int repetitions = 7;

double seconds_since(steady::time_point begin) {
  return std::chrono::duration<double>(steady::now() - begin).count();
}

// One second of data for each stream that a job of the plan takes.
using stream_batches = std::map<std::string, std::shared_ptr<const event_batch>>;

stream_batches make_batches(const engine_plan& plan, const settings& s) {
  simulator_settings ss;
  ss.rate = s.source.rate;
  ss.seed = s.source.seed;
  ss.detectors = plan.detectors;
  ss.monitors = plan.monitors;
  ss.pool_pulses = pulses;
  // The simulator owns the memory of the events.
  static std::shared_ptr<pulse_simulator> simulator;
  simulator = pulse_simulator::make(*plan.inst, ss).value();
  std::map<std::string, std::shared_ptr<event_batch>> batches;
  for (std::uint64_t k = 0; k < pulses; ++k)
    for (const auto& raw : simulator->pulse(k, {static_cast<std::int64_t>(k + 1) * pulse_period.ns})) {
      auto routed = plan.routes->adapt(raw).value();
      auto& batch = batches[routed.message.stream.name];
      if (!batch) batch = std::make_shared<event_batch>();
      batch->add(std::move(std::get<event_chunk>(routed.message.content)));
    }
  return {batches.begin(), batches.end()};
}

// --- the three loops
// -----------------------------------------------------------------------------------------------------

struct lane {
  std::uint64_t events = 0;
  std::vector<std::function<void()>> work;
};

// The most work first, each to the lane with the least so far.
std::vector<lane> share_out(std::vector<std::pair<std::uint64_t, std::function<void()>>> jobs, std::size_t lanes) {
  std::stable_sort(jobs.begin(), jobs.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<lane> out(lanes);
  for (auto& [events, work] : jobs) {
    auto& least =
      *std::min_element(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.events < b.events; });
    least.events += events;
    least.work.push_back(std::move(work));
  }
  return out;
}

// Seconds of one pass over all lanes: the time of the slowest.
double pass(const std::vector<lane>& lanes) {
  auto begin = steady::now();
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < lanes.size(); ++i)
    threads.emplace_back([&lane = lanes[i]] {
      for (const auto& w : lane.work)
        w();
    });
  for (const auto& w : lanes.front().work)
    w();
  for (auto& t : threads)
    t.join();
  return seconds_since(begin);
}

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

// --- the bare loops of a plan
// --------------------------------------------------------------------------------------------

screen screen_of(const engine_plan& plan, const job_order& order) {
  const auto& source = order.id.source_name;
  const auto* declaration = plan.inst->find_workflow(order.recipe->id().name, order.recipe->id().version);
  const auto* d = plan.inst->find_detector(source);
  if (declaration->kind == "geometric_view") {
    resolution r;
    for (const auto& [dim, size] : declaration->settings.at("resolution").at(source).items())
      r.emplace_back(dim, size.get<std::int64_t>());
    auto noise =
      declaration->settings.value("noise", "none") == "none" ? position_noise::none : position_noise::cylindrical;
    return project_on_xy_plane(*d, make_geometry(*d).value(), r, noise, declaration->settings.value("flip_x", false));
  }
  return fold_and_reduce(*d, declaration->settings.value("reduce", std::vector<std::string>{}));
}

std::size_t time_bins_of(const job_request& request) {
  auto edges = request.params.value("toa_edges", json::object());
  return edges.value("num_bins", std::size_t{100});
}

template <class Bin>
std::function<void()> bare_work(std::vector<Bin> map, std::int32_t first, std::size_t bins, std::size_t time_bins,
                                std::shared_ptr<const event_batch> batch) {
  auto loop = std::make_shared<bench::bare_loop<Bin>>(std::move(map), first, bins, time_bins);
  return [loop, batch = std::move(batch)] {
    for (const auto& chunk : batch->chunks)
      loop->add(chunk);
  };
}

std::function<void()> bare_loop_of(const engine_plan& plan, const job_order& order, std::size_t time_bins,
                                   const std::shared_ptr<const event_batch>& batch) {
  if (plan.inst->find_detector(order.id.source_name) == nullptr)
    return bare_work<std::uint8_t>({}, 0, 1, time_bins, batch);
  auto s = screen_of(plan, order);
  const auto& map = s.replicas.front();
  if (s.bins() <= std::numeric_limits<std::uint8_t>::max())
    return bare_work<std::uint8_t>({map.begin(), map.end()}, s.first_pixel, s.bins(), time_bins, batch);
  if (s.bins() <= std::numeric_limits<std::uint16_t>::max())
    return bare_work<std::uint16_t>({map.begin(), map.end()}, s.first_pixel, s.bins(), time_bins, batch);
  return bare_work<std::uint32_t>({map.begin(), map.end()}, s.first_pixel, s.bins(), time_bins, batch);
}

// --- the whole
// ---------------------------------------------------------------------------------------------------------------

int measure(const settings& s, const engine_plan& plan) {
  auto batches = make_batches(plan, s);
  std::vector<std::pair<std::uint64_t, std::function<void()>>> jobs;
  std::vector<std::pair<std::uint64_t, std::function<void()>>> bare;
  std::uint64_t event_jobs = 0;
  for (std::size_t i = 0; i < plan.orders.size(); ++i) {
    const auto& order = *plan.orders[i];
    auto batch = batches.find(order.id.source_name);
    if (batch == batches.end()) continue;
    std::shared_ptr<workflow> w = order.recipe->build().value();
    auto data =
      std::make_shared<const job_data>(job_data{{0}, {1'000'000'000}, {{order.id.source_name, batch->second}}, {}});
    jobs.emplace_back(batch->second->events, [w, data] { w->accumulate(*data); });
    auto bins = i < s.jobs.size() ? time_bins_of(s.jobs[i]) : 100;
    bare.emplace_back(batch->second->events, bare_loop_of(plan, order, bins, batch->second));
    event_jobs += batch->second->events;
  }
  if (jobs.empty()) {
    fmt::print(stderr, "livedata-bench: no job of this configuration takes events of the simulator\n");
    return 2;
  }
  std::uint64_t events = 0;
  for (const auto& [name, batch] : batches)
    events += batch->events;
  auto lanes = share_out(std::move(jobs), s.job_threads);
  auto bare_lanes = share_out(std::move(bare), s.job_threads);

  // Event vectors of a batch, copied to another place of the same size.
  std::vector<std::byte> target;
  auto copy = [&] {
    std::size_t at = 0;
    for (const auto& [name, batch] : batches)
      for (const auto& chunk : batch->chunks)
        for (const auto* v : {&chunk.time_of_arrival, &chunk.pixel_id}) {
          auto bytes = v->size() * sizeof(std::int32_t);
          if (target.size() < at + bytes) target.resize(at + bytes);
          std::copy_n(v->data(), bytes, target.data() + at);
          at += bytes;
        }
    return at;
  };

  // Once without being measured; then by turns, so that what else the machine does falls on all alike.
  pass(lanes);
  pass(bare_lanes);
  auto bytes = copy();
  std::vector<double> accumulate_times;
  std::vector<double> bare_times;
  std::vector<double> copy_times;
  for (int i = 0; i < repetitions; ++i) {
    accumulate_times.push_back(pass(lanes));
    bare_times.push_back(pass(bare_lanes));
    auto begin = steady::now();
    copy();
    copy_times.push_back(seconds_since(begin));
  }
  auto rate = [](double n, double seconds) { return n / seconds; };
  auto spread = [](const std::vector<double>& t) {
    auto [least, most] = std::minmax_element(t.begin(), t.end());
    return (*most - *least) / median(t);
  };
  auto per_event = static_cast<double>(events);
  json out{{"threads", s.job_threads},
           {"jobs", plan.orders.size()},
           {"events_per_batch", events},
           {"event_jobs_per_batch", event_jobs},
           {"accumulate_events_per_s", rate(per_event, median(accumulate_times))},
           {"accumulate_spread", spread(accumulate_times)},
           {"bare_loop_events_per_s", rate(per_event, median(bare_times))},
           {"bare_loop_spread", spread(bare_times)},
           {"ratio", median(bare_times) / median(accumulate_times)},
           {"copy_bytes_per_s", rate(static_cast<double>(bytes), median(copy_times))}};
  fmt::print("{}\n", out.dump());
  return 0;
}

std::optional<std::string> environment_variable(const std::string& name) {
  const auto* value = std::getenv(name.c_str()); // NOLINT(concurrency-mt-unsafe): no other thread runs yet
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

int refuse(const failure& f) {
  fmt::print(stderr, "livedata-bench: {}\n", f.message);
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
    if (!configured) return refuse(configured.error());
    auto plan = make_plan(configured->values, builtin_workflows());
    if (!plan) return refuse(plan.error());
    return measure(configured->values, *plan);
  } catch (const std::exception& e) {
    fmt::print(stderr, "livedata-bench: {}\n", e.what());
    return 1;
  }
}
