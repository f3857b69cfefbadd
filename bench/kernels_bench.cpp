// What one event costs in the inner loops, on LOKI's rear bank with its true pixel count and default bins. The bare
// loop reads the same events and adds them up: the floor that no reduction can go below.
#include "actors/source/pulse_simulator.hpp"
#include "messages/codec/da00.hpp"
#include "messages/codec/ev44.hpp"
#include "workflows/registry.hpp"

#include <benchmark/benchmark.h>

#include <memory>
#include <stdexcept>
#include <vector>

using namespace livedata;

namespace {

constexpr const char* bank = "loki_detector_0";

std::shared_ptr<const instrument> loki() {
  static const auto inst =
    std::make_shared<const instrument>(load_instrument(std::string(LIVEDATA_INSTRUMENTS) + "/loki.json").value());
  return inst;
}

// 14 pulses of the bank at its share of 1e7 events per second over all banks.
const std::vector<payload_ptr>& second_of_messages() {
  static const auto messages = [] {
    simulator_settings s;
    s.rate = 1e7;
    s.detectors = {bank};
    static const std::shared_ptr<pulse_simulator> simulator = pulse_simulator::make(*loki(), s).value();
    std::vector<payload_ptr> out;
    for (std::uint64_t k = 0; k < 14; ++k)
      out.push_back(simulator->pulse(k, {1'000'000'000}).front().content);
    return out;
  }();
  return messages;
}

job_data second_of_events() {
  auto batch = std::make_shared<event_batch>();
  for (const auto& m : second_of_messages())
    batch->add(ev44::events(ev44::read(m->bytes()).value(), ev44::flavour::detector, m, {}).value());
  return {{0}, {1}, {{bank, std::shared_ptr<const event_batch>(std::move(batch))}}, {}};
}

const event_batch& events_of(const job_data& data) {
  return *std::get<events_ptr>(data.primary.front().value);
}

void count_events(benchmark::State& state, std::size_t events_each) {
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(events_each));
}

void bare_loop(benchmark::State& state) {
  auto data = second_of_events();
  for (auto _ : state) {
    std::int64_t sum = 0;
    for (const auto& chunk : events_of(data).chunks)
      for (std::size_t i = 0; i < chunk.size(); ++i)
        sum += chunk.time_of_arrival[i] ^ chunk.pixel_id[i];
    benchmark::DoNotOptimize(sum);
  }
  count_events(state, events_of(data).events);
}

void accumulate(benchmark::State& state, const char* workflow_name) {
  auto data = second_of_events();
  auto workflow = builtin_workflows().recipe(loki(), workflow_name, bank, json::object()).value()->build().value();
  for (auto _ : state)
    workflow->accumulate(data);
  count_events(state, events_of(data).events);
}

void finalize(benchmark::State& state, const char* workflow_name) {
  auto data = second_of_events();
  auto workflow = builtin_workflows().recipe(loki(), workflow_name, bank, json::object()).value()->build().value();
  workflow->accumulate(data);
  for (auto _ : state)
    benchmark::DoNotOptimize(workflow->finalize());
}

void encode_image(benchmark::State& state) {
  auto data = second_of_events();
  auto workflow =
    builtin_workflows().recipe(loki(), "detector_xy_projection", bank, json::object()).value()->build().value();
  workflow->accumulate(data);
  auto image = workflow->finalize().front().value.value();
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
  const auto& messages = second_of_messages();
  for (auto _ : state)
    for (const auto& m : messages)
      benchmark::DoNotOptimize(ev44::read(m->bytes()).value().pixel_id.size());
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(messages.size()));
}

BENCHMARK(bare_loop);
BENCHMARK_CAPTURE(accumulate, xy_projection, "detector_xy_projection");
BENCHMARK_CAPTURE(accumulate, tube_view, "tube_view");
BENCHMARK_CAPTURE(finalize, xy_projection, "detector_xy_projection");
BENCHMARK_CAPTURE(finalize, tube_view, "tube_view");
BENCHMARK(encode_image);
BENCHMARK(read_ev44);

} // namespace
