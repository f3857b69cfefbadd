// Must hold: an engine that goes on from a snapshot gives, byte by byte, what an engine gives that was never
// interrupted, whatever its jobs were at.
#include "actors/source/replay_source.hpp"
#include "app/snapshots.hpp"
#include "messages/codec/commands.hpp"
#include "messages/codec/f144.hpp"
#include "messages/random_uuid.hpp"
#include "support/engine_run.hpp"
#include "support/memory_store.hpp"
#include "transport/recording/recording.hpp"
#include "transport/recording/recording_past.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>

namespace resume_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr std::uint64_t pulses = 14 * 12;

// Adds up events, each with the value that its context has; waits for that.
class valued_workflow final : public workflow {
public:
  void accumulate(const job_data& data) override {
    for (const auto& s : data.primary)
      if (const auto* events = std::get_if<events_ptr>(&s.value))
        sum_ += value_ * static_cast<double>((*events)->events);
  }

  void set_context(std::string_view, const stream_value& v) override { value_ = std::get<series_ptr>(v)->value.back(); }

  std::vector<workflow_output> finalize() override {
    return {{"sum", data_array{{}, make_scalar(sum_, "counts"), {}, {}}}};
  }

  void clear() override { sum_ = 0; }

  void state(archive& a) override {
    a.field("sum", sum_);
    a.field("value", value_);
  }

private:
  double sum_ = 0;
  double value_ = 0;
};

workflow_registry all_kinds() {
  auto r = small_registry();
  r.add("valued",
        {[](const workflow_declaration&) -> std::vector<output_spec> {
           return {{"sum", "Sum"}};
         },
         [](const build_request&) -> std::unique_ptr<workflow> { return std::make_unique<valued_workflow>(); }});
  return r;
}

// The small one with a log, a motor, workflows that wait for their values, and readings.
std::shared_ptr<const instrument> whole_instrument() {
  auto inst = std::make_shared<instrument>(*small_instrument());
  inst->logs = {{"temperature", {}, "K"}, {"axis/rbv", {}, "mm"}, {"axis/val", {}, "mm"}};
  inst->devices = {{"axis", "axis/rbv", "axis/val", {}}};
  inst->workflows.push_back({"valued", 1, "Valued", "detector_data", "valued", {"bank1", "bank2"}, json::object()});
  inst->workflows.push_back(
    {"timeseries_data", 1, "Readings", "timeseries", "timeseries", {"axis", "temperature"}, json::object()});
  const std::vector<std::string> without{"scripted", "view", "monitor_histogram", "timeseries_data"};
  inst->contexts = {{"temperature", {"bank1"}, "", without}, {"axis", {"bank2"}, "", without}};
  return inst;
}

raw_message log_message(const char* log, timestamp t, double v) {
  return {"small_motion", t, make_payload(f144::write(log, t, v))};
}

template <class Command>
raw_message command_message(const Command& c) {
  return {"small_livedata_commands", {}, make_payload(commands::write(c))};
}

job_id id_of(const std::string& workflow, const std::string& source) {
  return {source, uuid_from_name("small/" + workflow + "/1 " + source)};
}

raw_message act(job_action what, const std::string& workflow, const std::string& source) {
  return command_message(job_command{"act", id_of(workflow, source), std::nullopt, what});
}

// A job that begins in the past.
const job_id late_job{"bank0", uuid_from_name("late")};

std::vector<raw_message> whole_pulse(std::uint64_t k, timestamp t) {
  auto out = random_pulse(k, t);
  // The last source sends its pulses late, so that the batcher always holds something.
  if (k > 0) out.erase(out.begin() + 2);
  if (k > 0) out.insert(out.begin(), random_pulse(k - 1, t - pulse_period)[2]);
  if (k >= 40) out.push_back(log_message("temperature", t, 1 + static_cast<double>(k / 30)));
  if (k >= 20 && k % 7 == 0) out.push_back(log_message("axis/rbv", t, static_cast<double>(k)));
  if (k >= 60 && k % 9 == 0) out.push_back(log_message("axis/val", t + duration{5}, static_cast<double>(k) + 1));
  if (k == 30) out.push_back(act(job_action::pause, "scripted", "bank1"));
  if (k == 75) out.push_back(act(job_action::resume, "scripted", "bank1"));
  if (k == 100) out.push_back(act(job_action::reset, "view", "bank0"));
  if (k == 130) out.push_back(act(job_action::stop, "scripted", "bank2"));
  if (k == 90) {
    start_command c;
    c.message_id = "late";
    c.workflow = {"small", "view", 1};
    c.job = late_job;
    c.schedule.start = first_pulse + duration{1'000'000'000};
    out.push_back(command_message(c));
  }
  return out;
}

class recording_file {
public:
  recording_file() {
    auto writer = recording_writer::create(path).value();
    for (std::uint64_t k = 0; k < pulses; ++k) {
      const auto t = first_pulse + static_cast<std::int64_t>(k) * pulse_period;
      for (const auto& m : whole_pulse(k, t)) {
        envelope around;
        around.time = t;
        around.type = envelope::time_type::created;
        REQUIRE(writer->write(m.topic, around, m.content->bytes()));
      }
    }
    REQUIRE(writer->finish());
  }

  recording_file(const recording_file&) = delete;
  recording_file& operator=(const recording_file&) = delete;

  ~recording_file() { std::filesystem::remove(path); }

  std::filesystem::path path =
    std::filesystem::temp_directory_path() / ("livedata-resume-" + to_string(random_uuid()) + ".rec");
};

std::vector<job_request> all_jobs() {
  return {request("view", "bank0"),           request("view", "bank1"),
          request("scripted", "bank1"),       request("scripted", "bank2", json{{"fail_finalize", {3, 4}}}),
          request("valued", "bank1"),         request("valued", "bank2"),
          request("monitor_histogram", "m1"), request("timeseries_data", "temperature"),
          request("timeseries_data", "axis")};
}

using messages = std::vector<std::vector<std::byte>>;
// By output, in order.
using by_output = std::map<std::string, messages>;

struct run_options {
  std::size_t threads = 1;
  std::string batch_kind = "rate-aware";
  std::vector<job_request> jobs = all_jobs();
  // By service; empty: none.
  std::map<std::string, std::shared_ptr<memory_store>> stores = {};
};

struct outcome {
  by_output results;
  run_report report;
  std::string metrics;
};

outcome play(const recording_file& file, const run_options& o) {
  settings s;
  s.services = {"detector_data", "monitor_data", "timeseries"};
  s.job_threads = o.threads;
  s.dev = true;
  s.jobs = o.jobs;
  s.job_set = "none";
  s.source.kind = "replay";
  s.source.speed = 0;
  s.batch.kind = o.batch_kind;
  const auto plan = make_plan_for(whole_instrument(), s, all_kinds()).value();
  test_config config(o.threads);
  caf::actor_system system(config);
  const auto sink = std::make_shared<memory_sink>();
  engine_surroundings around;
  around.sink = sink;
  around.clock = std::make_shared<system_wall_clock>();
  around.past = {rewind_recording(file.path), {{0, 0}}};
  const auto recording = std::shared_ptr<recording_reader>(recording_reader::open(file.path).value());
  around.spawn_source = [recording](caf::actor_system& sys, source_surroundings ss) {
    return spawn_replay_source(sys, recording, 0, std::move(ss));
  };
  if (!o.stores.empty()) {
    const auto kept = find_snapshots({o.stores.begin(), o.stores.end()}, plan).value();
    const lane_name name{"recording", 0};
    around.snapshots = go_on_from(kept, {{0, name, 0, std::numeric_limits<std::int64_t>::max(), 0}},
                                  [name](std::uint32_t) { return name; });
    // As often as can be.
    around.snapshots.interval = std::chrono::milliseconds(2);
  }
  engine e(system, s, plan, around);
  if (auto ok = e.start(); !ok) throw std::runtime_error(ok.error().message);
  while (!e.wait_for_source(std::chrono::seconds(60)))
    ;
  outcome out;
  out.report = e.finish();
  check_books(system, out.report, plan.services);
  for (const auto& m : sink->messages())
    out.results[da00::read(m->bytes()).value().source_name].emplace_back(m->bytes().begin(), m->bytes().end());
  caf::telemetry::collector::prometheus collector;
  const auto text = collector.collect_from(system.metrics());
  out.metrics.assign(text.begin(), text.end());
  return out;
}

bool is_late(const std::string& output) {
  return json::parse(output)["job_id"]["job_number"] == to_string(late_job.job_number);
}

// How many windows a job that reads its past has worked on when a result is due depends on speed; its last results do
// not.
bool is_window(const std::string& output) {
  const auto name = json::parse(output)["output_name"].get<std::string>();
  return name.find("cumulative") == std::string::npos;
}

// Those of the resumed run are the last of the whole run.
void check_is_end_of(const by_output& resumed, const by_output& whole) {
  for (const auto& [output, all] : resumed) {
    CAPTURE(output);
    REQUIRE(whole.contains(output));
    const auto& expected = whole.at(output);
    if (is_late(output)) {
      if (!is_window(output)) CHECK(all.back() == expected.back());
      continue;
    }
    REQUIRE(all.size() <= expected.size());
    CHECK(std::equal(all.rbegin(), all.rend(), expected.rbegin()));
  }
}

std::map<std::string, std::shared_ptr<memory_store>> empty_stores() {
  std::map<std::string, std::shared_ptr<memory_store>> out;
  for (const auto* service : {"detector_data", "monitor_data", "timeseries"})
    out[service] = std::make_shared<memory_store>();
  return out;
}

// The stores as they were when so much of the run was over; services are apart from each other.
std::map<std::string, std::shared_ptr<memory_store>>
stores_at(const std::map<std::string, std::shared_ptr<memory_store>>& all, double part) {
  std::map<std::string, std::shared_ptr<memory_store>> out;
  for (const auto& [service, store] : all) {
    auto generations = store->generations();
    const auto n = static_cast<std::size_t>(part * static_cast<double>(generations.size() - 1));
    generations.resize(n + 1);
    out[service] = std::make_shared<memory_store>(generations);
    part = part > 0.5 ? part - 0.1 : part + 0.1;
  }
  return out;
}

service_snapshot newest_of(const memory_store& store) {
  return read_snapshot(store.generations().back()).value();
}

} // namespace

TEST_CASE("an engine that goes on from a snapshot gives the bytes that it would have given without an interruption") {
  const recording_file file;
  for (const std::string kind : {"rate-aware", "simple"}) {
    const auto whole = play(file, {1, kind});
    REQUIRE(whole.results.size() > 15);
    for (auto threads : {std::size_t{1}, std::size_t{2}}) {
      run_options o{threads, kind};
      o.stores = empty_stores();
      const auto watched = play(file, o);
      check_is_end_of(watched.results, whole.results);
      for (const auto& [output, all] : whole.results)
        if (!is_late(output)) CHECK(watched.results.at(output).size() == all.size());
      // From its beginning to its end.
      for (auto part : {0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 1.0}) {
        CAPTURE(kind);
        CAPTURE(threads);
        CAPTURE(part);
        auto again = o;
        again.stores = stores_at(o.stores, part);
        std::map<std::string, service_snapshot> from;
        for (const auto& [service, store] : again.stores)
          from.emplace(service, newest_of(*store));
        const auto resumed = play(file, again);
        check_is_end_of(resumed.results, whole.results);
        CHECK(resumed.report.messages_dropped == 0);
        CHECK(resumed.metrics.find("resumed_messages_missing_total{service=\"detector_data\"} 0") != std::string::npos);
        // All messages of the run are in one of the two.
        std::uint64_t events = 0;
        for (const auto& [service, store] : again.stores)
          events += newest_of(*store).events;
        std::uint64_t before = 0;
        for (const auto& [service, s] : from)
          before += s.events;
        CHECK(before + resumed.report.events_processed >= events);
        CHECK(before + resumed.report.events_processed == whole.report.events_processed);
      }
    }
  }
}

TEST_CASE("an engine whose snapshots take longer than the time between them ends, and all is in the last of them") {
  const recording_file file;
  const auto whole = play(file, {});
  run_options o;
  for (const auto* service : {"detector_data", "monitor_data", "timeseries"})
    o.stores[service] =
      std::make_shared<memory_store>(std::vector<memory_store::generation>{}, std::chrono::milliseconds(50));
  (void)play(file, o);
  std::uint64_t before = 0;
  for (const auto& [service, store] : o.stores)
    before += newest_of(*store).events;
  const auto resumed = play(file, o);
  CHECK(before + resumed.report.events_processed == whole.report.events_processed);
  check_is_end_of(resumed.results, whole.results);
}

TEST_CASE("jobs that the configuration lists are not started twice, and it is right where it has changed") {
  const recording_file file;
  run_options o;
  o.stores = empty_stores();
  (void)play(file, o);
  o.stores = stores_at(o.stores, 0.5);
  o.jobs.erase(o.jobs.begin() + 1);
  o.jobs[0] = request("view", "bank0", json{{"toa_range", {{"enabled", true}, {"start", 0}, {"stop", 10}}}});
  o.jobs.push_back(request("view", "bank2"));
  const auto resumed = play(file, o);
  const auto lists = [&](const std::string& workflow, const std::string& source) {
    return std::ranges::count_if(resumed.report.jobs, [&](const auto& j) {
      return j.label->id == to_string(id_of(workflow, source)) && j.label->workflow == workflow;
    });
  };
  CHECK(lists("view", "bank0") == 1);
  CHECK(lists("view", "bank1") == 0);
  CHECK(lists("view", "bank2") == 1);
  CHECK(lists("scripted", "bank1") == 1);
}

TEST_CASE("a snapshot of another instrument or version is passed over for the one before") {
  const recording_file file;
  const auto whole = play(file, {});
  run_options o;
  o.stores = empty_stores();
  (void)play(file, o);
  o.stores = stores_at(o.stores, 0.5);
  auto& store = o.stores.at("detector_data");
  auto generations = store->generations();
  auto damaged = std::make_shared<std::vector<std::byte>>(*generations.back());
  (*damaged)[damaged->size() / 2] ^= std::byte{1};
  damaged->resize(damaged->size() - 1);
  generations.push_back(damaged);
  store = std::make_shared<memory_store>(generations);
  const auto resumed = play(file, o);
  check_is_end_of(resumed.results, whole.results);
}

} // namespace resume_test
