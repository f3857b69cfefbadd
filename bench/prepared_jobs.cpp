#include "prepared_jobs.hpp"

#include "actors/preprocess/preprocessor.hpp"
#include "actors/preprocess/stream_synthesizer.hpp"
#include "transport/simulator/portable_random.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace livedata::bench {

namespace {

constexpr std::int64_t first_pulse_ns = 1'000'000'000;

// The messages of the pulses, decoded.
std::vector<stream_message> decode(pulse_simulator& simulator, const adapter& routes, std::uint64_t pulses) {
  std::vector<stream_message> messages;
  for (std::uint64_t k = 0; k < pulses; ++k)
    for (const auto& raw :
         simulator.pulse(k, timestamp{first_pulse_ns} + static_cast<std::int64_t>(k) * pulse_period)) {
      auto adapted = routes.adapt(raw);
      if (auto* routed = adapted ? std::get_if<routed_message>(&*adapted) : nullptr)
        messages.push_back(std::move(routed->message));
    }
  return messages;
}

// What a service makes of them.
struct service_data {
  service_data(const engine_plan& plan, const std::string& service, const std::vector<stream_message>& messages,
               std::uint64_t pulses)
    : preprocess(*plan.inst, service) {
    stream_synthesizer in(*plan.inst, service);
    timestamp begin{first_pulse_ns};
    auto end = begin + static_cast<std::int64_t>(pulses) * pulse_period;
    batch = preprocess.process({begin, end, in.process(messages, end)});
  }

  preprocessor preprocess;
  batch_data batch;
};

void tell_settings(workflow& w, const stream_needs& needs, const preprocessor& from) {
  for (const auto* streams : {&needs.context, &needs.gating})
    for (const auto& stream : *streams)
      if (auto value = from.context(stream)) w.set_context(stream, *value);
}

// The same number of events of each pulse.
events_ptr spread_evenly(const event_batch& batch, const detector& d, std::uint64_t seed) {
  portable_random random(derived_seed(seed, d.name, 0));
  const auto below = [&](std::uint64_t n) { return static_cast<std::int64_t>(((random.bits() >> 32U) * n) >> 32U); };
  auto out = std::make_shared<event_batch>();
  for (const auto& chunk : batch.chunks) {
    std::vector<std::int32_t> columns(2 * chunk.size());
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      columns[i] = static_cast<std::int32_t>(below(pulse_period.ns));
      const auto pixel = below(static_cast<std::uint64_t>(d.pixel_count()));
      columns[chunk.size() + i] =
        d.numbers ? (*d.numbers)[static_cast<std::size_t>(pixel)] : d.first_pixel + static_cast<std::int32_t>(pixel);
    }
    const auto bytes = std::as_bytes(std::span(columns));
    auto owner = make_payload(std::vector<std::byte>(bytes.begin(), bytes.end()));
    const auto* times = owner->bytes().data();
    out->add(
      {chunk.pulse_time, {times, chunk.size()}, {times + chunk.size() * sizeof(std::int32_t), chunk.size()}, owner});
  }
  return out;
}

void spread_evenly(const instrument& inst, std::uint64_t seed, batch_data& batch) {
  for (auto& [name, value] : batch.streams)
    if (const auto* d = inst.find_detector(name))
      if (const auto* events = std::get_if<events_ptr>(&value)) value = spread_evenly(**events, *d, seed);
}

// What a batch brings for a job; without primary data if its source brought none.
job_data data_of(const batch_data& batch, const std::string& source, const stream_needs& needs) {
  job_data data{batch.start, batch.end, {}, {}};
  const auto take = [&](const std::string& stream, std::vector<stream_data>& to) {
    if (const auto found = batch.streams.find(stream); found != batch.streams.end())
      to.push_back({found->first, found->second});
  };
  take(source, data.primary);
  for (const auto& stream : needs.auxiliary)
    take(stream, data.auxiliary);
  return data;
}

} // namespace

std::uint64_t prepared_jobs::events() const {
  std::uint64_t n = 0;
  for (const auto& s : streams)
    n += s->events;
  return n;
}

result<prepared_jobs> prepare_jobs(const settings& s, const engine_plan& plan, std::uint64_t pulses, spread how) {
  auto ss = simulator_for(plan, s.source.rate, s.source.seed);
  ss.area_detectors.clear();
  ss.pool_pulses = pulses;
  auto made = pulse_simulator::make(*plan.inst, ss);
  if (!made) return made.error();
  prepared_jobs out;
  out.simulator = std::move(*made);
  const auto messages = decode(*out.simulator, *plan.routes, pulses);
  for (const auto& service : plan.services) {
    service_data data(plan, service, messages, pulses);
    if (how == spread::even) spread_evenly(*plan.inst, s.source.seed, data.batch);
    for (const auto& order : plan.orders) {
      if (order->recipe->service() != service) continue;
      const auto needs = order->recipe->needs(order->id);
      prepared_job job{order->id, order->recipe, nullptr,
                       std::make_shared<const job_data>(data_of(data.batch, order->id.source_name, needs)), 0};
      if (job.data->primary.empty()) continue;
      const auto events = job.primary();
      if (events && events->events == 0) continue;
      auto built = order->recipe->build();
      if (!built) return built.error();
      job.work = std::move(*built);
      tell_settings(*job.work, needs, data.preprocess);
      if (events) {
        job.events = events->events;
        if (std::find(out.streams.begin(), out.streams.end(), events) == out.streams.end())
          out.streams.push_back(events);
      }
      out.jobs.push_back(std::move(job));
    }
  }
  return out;
}

} // namespace livedata::bench
