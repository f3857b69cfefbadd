#include "app/hosted_engine.hpp"

#include "actors/metrics.hpp"
#include "actors/publisher/file_sink.hpp"
#include "actors/publisher/image_sink.hpp"
#include "actors/publisher/kafka_sink.hpp"
#include "actors/publisher/memory_sink.hpp"
#include "actors/view/terminal/console.hpp"
#include "app/configuration/environment.hpp"
#include "app/memory.hpp"
#include "app/summary.hpp"
#include "app/understood.hpp"
#include "app/wire_status.hpp"
#include "messages/log_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <spdlog/spdlog.h>

namespace livedata {

namespace {

// Between two looks whether there is a reason to end the run.
constexpr auto between_looks = std::chrono::milliseconds(200);

// Runs `make`, which opens a place that an option names, so that a place that cannot be used is noticed at the start.
template <class F>
status open_place(std::string_view option, F&& make) {
  try {
    make();
    return nothing{};
  } catch (const std::exception& e) {
    return failure{"value", fmt::format("{}: {}; give another place, or create it", option, e.what())};
  }
}

result<std::shared_ptr<fan_sink>> make_sink(const settings& s) {
  auto sink = std::make_shared<fan_sink>();
  if (s.publish.kind == "memory") sink->add(std::make_shared<memory_sink>());
  if (s.publish.kind == "files") {
    auto keep = s.publish.keep == "all" ? file_sink::keep::all : file_sink::keep::latest;
    const auto holds = [&](std::string_view format) {
      return std::ranges::find(s.publish.format, format) != s.publish.format.end();
    };
    const file_sink::formats formats{holds("da00"), holds("hdf5")};
    auto ok = open_place("publish.directory",
                         [&] { sink->add(std::make_shared<file_sink>(*s.publish.directory, keep, formats)); });
    if (!ok) return ok.error();
  }
  if (s.images)
    if (auto ok = open_place("images", [&] { sink->add(std::make_shared<image_sink>(*s.images)); }); !ok)
      return ok.error();
  return sink;
}

result<std::shared_ptr<pulse_simulator>> make_simulator(const settings& s, const engine_plan& plan) {
  auto made = pulse_simulator::make(*plan.inst, simulator_for(plan, s.source.rate, s.source.seed));
  if (!made) return made.error();
  return std::shared_ptr<pulse_simulator>(std::move(*made));
}

} // namespace

void hosted_engine::close() {
  if (!engine_) return;
  // It knows the coordinators.
  if (frame_.view != nullptr) frame_.view->detach();
  engine_.reset();
  zero_gauges(*frame_.system);
}

status hosted_engine::open(const snapshot_stores& there) {
  const auto& s = frame_.s;
  auto sink = make_sink(s);
  if (!sink) return sink.error();
  sink_ = std::move(*sink);
  auto kept = open_snapshots(s, plan_, environment_variable, there);
  if (!kept) return kept.error();
  kept_ = std::move(*kept);
  // Several engines share what comes.
  if (frame_.lease) plan_.needed = needed_streams_of(kept_, plan_);
  auto opened = open_transport(s, plan_, environment_variable, kept_.newest);
  if (!opened) return opened.error();
  open_ = std::move(*opened);
  frame_.record = open_.record;
  if (s.source.kind != "simulator") return nothing{};
  auto made = make_simulator(s, plan_);
  if (!made) return failure{"value", made.error().message};
  simulator_ = std::move(*made);
  spdlog::info(log_line("simulation", {{"text", simulator_->note()}}));
  return nothing{};
}

status hosted_engine::start() {
  const auto& s = frame_.s;
  auto& system = *frame_.system;
  engine_surroundings around;
  around.clock = std::make_shared<system_wall_clock>();
  around.status = wire_status();
  around.spawn = frame_.p.spawn;
  around.pulses = [sim = simulator_](std::uint64_t k, timestamp t) { return sim->pulse(k, t); };
  connect(around, s, open_, kept_);
  if (open_.producer) sink_->add(std::make_shared<kafka_sink>(system, open_.producer, plan_.inst->name));
  if (auto console = console_for(s.display); console.mode != console_mode::none)
    around.display = spawn_console(system, console);
  if (frame_.view != nullptr) frame_.view->connect(around, *sink_, system);
  if (auto watch_reports = frame_.manager.spawn_watch(system, around.viewer)) around.viewer = watch_reports;
  around.sink = frame_.lease
                  ? std::static_pointer_cast<result_sink>(std::make_shared<leased_sink>(system, frame_.lease, sink_))
                  : sink_;
  engine_.emplace(system, s, plan_, around);
  if (frame_.view != nullptr) frame_.view->attach(*engine_, plan_, open_.producer);
  spdlog::info(
    log_line("service_starting", {{"instrument", log_word{plan_.inst->name}}, {"jobs", plan_.orders.size()}}));
  if (auto ok = engine_->start(); !ok) return ok;
  spdlog::info(log_line(
    "service_running",
    {{"instrument", log_word{plan_.inst->name}}, {"jobs", plan_.orders.size()}, {"job_threads", s.job_threads}}));
  spdlog::info("Service started");
  frame_.manager.ready(fmt::format("{} jobs of {}", plan_.orders.size(), plan_.inst->name));
  if (frame_.view != nullptr) frame_.view->running();
  return nothing{};
}

std::string_view hosted_engine::flow(const std::function<std::optional<std::string_view>()>& look) {
  using clock = std::chrono::steady_clock;
  const auto& s = frame_.s;
  if (!frame_.ends)
    frame_.ends = s.run_for ? clock::now() + std::chrono::nanoseconds(s.run_for->ns) : clock::time_point::max();
  const auto end = *frame_.ends;
  auto release = clock::now() + memory_release_interval;
  while (!engine_->wait_for_source(std::chrono::ceil<std::chrono::milliseconds>(
    std::clamp<clock::duration>(end - clock::now(), clock::duration::zero(), between_looks)))) {
    if (auto reason = look()) return *reason;
    if (auto signal = frame_.signals.wait(std::chrono::milliseconds(0))) return signal_name(*signal);
    if (clock::now() >= end) return "duration";
    if (broken(open_)) return "error";
    if (clock::now() < release) continue;
    release_freed_memory();
    release = clock::now() + memory_release_interval;
  }
  return engine_->what_broke() ? "error" : "end_of_source";
}

void hosted_engine::finish() {
  last_ = engine_->finish();
  spdlog::info(log_line("service_stopped", {{"batches", last_.batches},
                                            {"events_processed", last_.events_processed},
                                            {"events_dropped", last_.events_dropped}}));
}

int hosted_engine::exit_code() {
  const auto& s = frame_.s;
  auto code = exit_ok;
  auto fail = [&](const std::string& message) { code = frame_.p.fail(message); };
  if (open_.record)
    if (auto ok = open_.record->finish(); !ok) fail(ok.error().message);
  if (auto missing = sink_->missing()) fail(*missing);
  if (s.summary)
    if (auto ok = write_summary(*s.summary, summary(last_, static_cast<int>(s.job_threads))); !ok)
      fail(ok.error().message);
  if (auto why = engine_->what_broke() ? engine_->what_broke() : broken(open_)) fail(*why);
  if (auto why = nothing_understood(last_, s, open_.replay ? open_.replay->messages() : 0,
                                    open_.recorded ? open_.recorded->setup() : std::nullopt))
    fail(*why);
  return code;
}

} // namespace livedata
