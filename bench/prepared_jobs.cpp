#include "prepared_jobs.hpp"

#include "actors/preprocess/preprocessor.hpp"
#include "actors/preprocess/stream_synthesizer.hpp"

#include <algorithm>
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

} // namespace

std::uint64_t prepared_jobs::events() const {
  std::uint64_t n = 0;
  for (const auto& s : streams)
    n += s->events;
  return n;
}

result<prepared_jobs> prepare_jobs(const settings& s, const engine_plan& plan, std::uint64_t pulses) {
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
    for (const auto& order : plan.orders) {
      if (order->recipe->service() != service) continue;
      auto value = data.batch.streams.find(order->id.source_name);
      const auto* events = value == data.batch.streams.end() ? nullptr : std::get_if<events_ptr>(&value->second);
      if (events == nullptr || (*events)->events == 0) continue;
      auto built = order->recipe->build();
      if (!built) return built.error();
      tell_settings(**built, order->recipe->needs(order->id), data.preprocess);
      auto task = std::make_shared<const job_data>(
        job_data{data.batch.start, data.batch.end, {{value->first, value->second}}, {}});
      out.jobs.push_back({order->id, std::move(*built), std::move(task), (*events)->events});
      if (std::find(out.streams.begin(), out.streams.end(), *events) == out.streams.end())
        out.streams.push_back(*events);
    }
  }
  return out;
}

} // namespace livedata::bench
