// The workflow of the model-based tests: what it does is told by the data. An event's pixel is a code, see below; a
// context value that is negative is refused.
#pragma once

#include "workflows/archive.hpp"
#include "workflows/registry.hpp"

#include <array>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

namespace livedata::test {

namespace code {
inline constexpr std::int32_t plain = 1;
// The batch cannot be accumulated.
inline constexpr std::int32_t poison = 2;
// One more finalise fails.
inline constexpr std::int32_t breaks = 3;
// One more finalise has no counts.
inline constexpr std::int32_t empties = 4;
// The actor of a job that has it as a primary event dies, see model_engine.hpp.
inline constexpr std::int32_t kills = 5;
} // namespace code

class model_workflow final : public workflow {
public:
  void accumulate(const job_data& data) override {
    auto primary = tally_of(data.primary);
    auto auxiliary = tally_of(data.auxiliary);
    if (primary[code::poison] + auxiliary[code::poison] > 0) throw std::runtime_error("poisoned");
    counts_ += primary[0];
    auxiliary_ += auxiliary[0];
    failures_ += primary[code::breaks];
    absences_ += primary[code::empties];
    for (const auto& s : data.primary)
      if (const auto* series = std::get_if<series_ptr>(&s.value))
        counts_ = static_cast<std::int64_t>((*series)->value.size());
    for (const auto& s : data.auxiliary)
      if (const auto* series = std::get_if<series_ptr>(&s.value))
        auxiliary_ = static_cast<std::int64_t>((*series)->value.size());
  }

  void set_context(std::string_view stream, const stream_value& value) override {
    auto latest = std::get<series_ptr>(value)->value.back();
    if (latest < 0) throw std::runtime_error("negative");
    context_.insert_or_assign(std::string(stream), latest);
  }

  std::vector<workflow_output> finalize() override {
    if (failures_ > 0) {
      --failures_;
      throw std::runtime_error("broken");
    }
    std::vector<workflow_output> out;
    if (absences_ > 0) {
      --absences_;
      out.push_back({"counts", std::nullopt});
    } else {
      out.push_back(scalar("counts", static_cast<double>(counts_)));
    }
    out.push_back(scalar("auxiliary", static_cast<double>(auxiliary_)));
    for (const auto* name : {"motor", "carriage"})
      out.push_back(scalar(name, context_.contains(name) ? context_.at(name) : -1));
    return out;
  }

  void clear() override { counts_ = auxiliary_ = failures_ = absences_ = 0; }

  void state(archive& a) override {
    a.field("counts", counts_);
    a.field("auxiliary", auxiliary_);
    a.field("failures", failures_);
    a.field("absences", absences_);
    std::vector<context_value> context;
    for (const auto& [stream, value] : context_)
      context.push_back({stream, value});
    a.field("context", context);
    context_.clear();
    for (const auto& c : context)
      context_.insert_or_assign(c.stream, c.value);
  }

private:
  struct context_value {
    std::string stream;
    double value = 0;

    void state(archive& a) {
      a.field("stream", stream);
      a.field("value", value);
    }
  };

  static workflow_output scalar(std::string name, double v) {
    return {std::move(name), data_array{{}, make_scalar(v, "counts"), {}, {}}};
  }

  // All events, then those of each code.
  static std::array<std::int64_t, 8> tally_of(const std::vector<stream_data>& streams) {
    std::array<std::int64_t, 8> n{};
    for (const auto& s : streams)
      if (const auto* events = std::get_if<events_ptr>(&s.value))
        for (const auto& chunk : (*events)->chunks)
          for (std::size_t i = 0; i < chunk.size(); ++i) {
            ++n[0];
            ++n[static_cast<std::size_t>(chunk.pixel_id[i])];
          }
    return n;
  }

  std::int64_t counts_ = 0;
  std::int64_t auxiliary_ = 0;
  std::int64_t failures_ = 0;
  std::int64_t absences_ = 0;
  std::map<std::string, double> context_;
};

inline workflow_registry model_registry() {
  workflow_registry r;
  r.add("model",
        {[](const workflow_declaration&) -> std::vector<output_spec> {
           return {{"counts", "Counts"}, {"auxiliary", "Auxiliary"}, {"motor", "Motor"}, {"carriage", "Carriage"}};
         },
         [](const build_request& request) -> std::unique_ptr<workflow> {
           if (request.params.contains("fail_build")) throw std::runtime_error("told not to build");
           return std::make_unique<model_workflow>();
         }});
  return r;
}

// Workflows of service data_reduction: plain (any bank); gated (bank1 waits for motor, bank2 for motor and carriage);
// stubborn (no reset); paired (with the monitor m1); noted (with the log carriage as more data); logger (whose source
// is the log motor).
inline std::shared_ptr<const instrument> model_instrument() {
  auto inst = std::make_shared<instrument>();
  inst->name = "model";
  for (int b = 0; b < 3; ++b) {
    detector d;
    d.name = "bank" + std::to_string(b);
    d.sizes = {{"pixel", 100}};
    inst->detectors.push_back(d);
  }
  inst->monitors.push_back({"m1", "Monitor", 1});
  for (const auto* log : {"motor", "carriage"})
    inst->logs.push_back({log, std::nullopt, "mm"});
  auto declare = [&](const std::string& name, std::vector<std::string> sources) -> workflow_declaration& {
    workflow_declaration w;
    w.name = name;
    w.service = "data_reduction";
    w.kind = "model";
    w.sources = std::move(sources);
    inst->workflows.push_back(w);
    return inst->workflows.back();
  };
  declare("plain", {"bank0", "bank1", "bank2"});
  declare("gated", {"bank1", "bank2"});
  auto& stubborn = declare("stubborn", {"bank0"});
  stubborn.supports_reset = stubborn.reset_on_run_transition = false;
  declare("paired", {"bank0"}).auxiliary = {{"monitor", {"m1"}, "m1"}};
  declare("noted", {"bank1"}).auxiliary = {{"log", {"carriage"}, "carriage"}};
  declare("logger", {"motor"});
  std::vector<std::string> without{"plain", "stubborn", "paired", "noted", "logger"};
  inst->contexts.push_back({"motor", {"bank1", "bank2"}, "", without});
  inst->contexts.push_back({"carriage", {"bank2"}, "", without});
  return inst;
}

} // namespace livedata::test
