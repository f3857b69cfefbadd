// A whole engine, fed with messages that are well formed and hostile: times from any year, pixels of nobody, arrays of
// any shape, commands, runs and regions as they come. It must end in order, and its books must add up.
#include "app/engine.hpp"

#include "actors/actors.hpp"
#include "actors/publisher/memory_sink.hpp"
#include "app/plan.hpp"
#include "messages/codec/6s4t.hpp"
#include "messages/codec/ad00.hpp"
#include "messages/codec/da00.hpp"
#include "messages/codec/ev44.hpp"
#include "messages/codec/f144.hpp"
#include "messages/codec/pl72.hpp"
#include "support/test_config.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "workflows/registry.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <spdlog/spdlog.h>

using namespace livedata;
using namespace livedata::fuzz;

namespace {

constexpr timestamp begin{1'790'000'000'000'000'000};
constexpr std::size_t most_pulses = 40;

class hostile_messages {
public:
  explicit hostile_messages(fuzz_input in) : in_(in) {}

  std::vector<raw_message> pulse(timestamp t) {
    std::vector<raw_message> out;
    for (auto n = in_.choice(6); n > 0 && !in_.empty(); --n)
      out.push_back(message(t));
    return out;
  }

private:
  // Mostly as it should be.
  timestamp time(timestamp t) {
    switch (in_.choice(12)) {
    case 0:
      return {in_.number<std::int64_t>()};
    case 1:
      return {t.ns + std::int64_t{in_.number<std::int32_t>()} * 1000};
    case 2:
      return {0};
    default:
      return t;
    }
  }

  template <class T>
  std::vector<T> list() {
    std::vector<T> out(in_.choice(20));
    for (auto& x : out)
      x = in_.number<T>();
    return out;
  }

  std::string source() {
    static const std::vector<std::string> names{"panel_0", "cbm1", "cbm2", "area_panel", "motion1", "nobody", ""};
    return names[in_.choice(names.size())];
  }

  raw_message message(timestamp t) {
    const auto at = time(t);
    switch (in_.choice(8)) {
    case 0:
      return events("dummy_detector", "panel_0", at);
    case 1:
      return events("dummy_beam_monitor", source(), at);
    case 2:
      return sent("dummy_beam_monitor", at, da00::write(source(), at, array()));
    case 3:
      return frame(at);
    case 4:
      return sent("dummy_motion", at, f144::write(source(), at, in_.number<double>()));
    case 5:
      return sent("dummy_livedata_commands", at, bytes_of(command()));
    case 6:
      return regions(at);
    default:
      return run(at);
    }
  }

  raw_message sent(const std::string& topic, timestamp at, std::vector<std::byte> bytes) {
    return {topic, at, make_payload(std::move(bytes))};
  }

  raw_message events(const std::string& topic, const std::string& name, timestamp at) {
    auto times = list<std::int32_t>();
    std::vector<std::int32_t> pixels(times.size());
    for (auto& p : pixels)
      p = in_.choice(4) == 0 ? in_.number<std::int32_t>() : in_.number<std::uint16_t>() % 16384 + 1;
    std::vector<std::int64_t> reference(in_.choice(8) == 0 ? in_.choice(3) : 1, at.ns);
    std::vector<std::int32_t> index(reference.size());
    return sent(topic, at, ev44::write(name, in_.number<std::int64_t>(), reference, index, times, pixels));
  }

  raw_message frame(timestamp at) {
    const std::vector<std::int64_t> shape{static_cast<std::int64_t>(in_.choice(5)),
                                          static_cast<std::int64_t>(in_.choice(5))};
    std::vector<std::uint32_t> pixels(static_cast<std::size_t>(shape[0] * shape[1]));
    for (auto& p : pixels)
      p = in_.number<std::uint32_t>();
    return sent("dummy_area_detector", at,
                ad00::write<std::uint32_t>("area_panel", 0, at, shape, std::span<const std::uint32_t>(pixels)));
  }

  // Of one dimension, with edges or without, in units of all kinds.
  data_array array() {
    static const std::vector<std::string> units{"counts", "ns", "us", "ms", "m", "dimensionless", "parsec"};
    static const std::vector<std::string> dims{"tof", "time_of_arrival", "x"};
    const auto n = in_.choice(6);
    const auto dim = dims[in_.choice(dims.size())];
    data_array a;
    std::vector<double> content(n);
    for (auto& x : content)
      x = in_.choice(3) == 0 ? in_.number<double>() : static_cast<double>(in_.number<std::uint8_t>());
    a.data = {{dim}, {static_cast<std::int64_t>(n)}, units[in_.choice(units.size())], content};
    if (in_.choice(4) > 0) {
      std::vector<double> edges(n + in_.choice(3));
      for (std::size_t i = 0; i < edges.size(); ++i)
        edges[i] = in_.choice(10) == 0 ? in_.number<double>() : static_cast<double>(i) * 1e6;
      a.coords.emplace_back(
        dim, variable{{dim}, {static_cast<std::int64_t>(edges.size())}, units[in_.choice(units.size())], edges});
    }
    return a;
  }

  raw_message regions(timestamp at) {
    const auto n = static_cast<std::int64_t>(in_.choice(10));
    const std::string dim = in_.choice(2) == 0 ? "bounds" : "vertex";
    const auto column = [&](double scale) {
      std::vector<double> out(static_cast<std::size_t>(n));
      for (auto& x : out)
        x = in_.choice(10) == 0 ? in_.number<double>() : scale * in_.number<std::uint8_t>();
      return variable{{dim}, {n}, std::nullopt, std::move(out)};
    };
    data_array a;
    a.data = {{dim}, {n}, std::nullopt, std::vector<std::int32_t>(static_cast<std::size_t>(n), 1)};
    a.coords.emplace_back("x", column(0.5));
    a.coords.emplace_back("y", column(0.5));
    std::vector<std::int32_t> index(static_cast<std::size_t>(n));
    for (auto& i : index)
      i = static_cast<std::int32_t>(in_.choice(9));
    a.coords.emplace_back("roi_index", variable{{dim}, {n}, std::nullopt, std::move(index)});
    const auto key = fmt::format("panel_0/00000000-0000-0000-0000-{:012}/{}", in_.choice(3),
                                 dim == "bounds" ? "roi_rectangle" : "roi_polygon");
    return sent("dummy_livedata_roi", at, da00::write(key, at, a));
  }

  std::string command() {
    const auto number = fmt::format("00000000-0000-0000-0000-{:012}", in_.choice(3));
    if (in_.choice(3) == 0) return in_.text();
    if (in_.choice(2) == 0) {
      static const std::vector<std::string> actions{"stop", "reset", "pause", "resume", "dance"};
      return fmt::format(R"({{"kind":"job_command","message_id":"1","job_id":{{"source_name":"{}","job_number":"{}"}},)"
                         R"("action":"{}"}})",
                         source(), number, actions[in_.choice(actions.size())]);
    }
    static const std::vector<std::string> workflows{"panel_0_xy",        "panel_0_layers",  "area_panel_xy",
                                                    "monitor_histogram", "timeseries_data", "nothing"};
    static const std::vector<std::string> params{
      "{}", R"({"toa_edges":{"num_bins":7}})", R"({"toa_edges":{"start":5,"stop":1}})",
      R"({"toa_range":{"enabled":true,"start":1e300,"stop":-1}})", R"({"toa_edges":{"num_bins":1e9}})"};
    return fmt::format(
      R"({{"kind":"start_job","message_id":"2","workflow_id":{{"instrument":"dummy","name":"{}","version":1}},)"
      R"("job_id":{{"source_name":"{}","job_number":"{}"}},"schedule":{{"start_time":{}}},"params":{}}})",
      workflows[in_.choice(workflows.size())], source(), number, in_.number<std::int64_t>(),
      params[in_.choice(params.size())]);
  }

  raw_message run(timestamp at) {
    const auto ms = static_cast<std::uint64_t>(in_.choice(3) == 0 ? in_.number<std::int64_t>() : at.ns / 1'000'000);
    if (in_.choice(2) == 0) return sent("dummy_filewriter", at, run_6s4t::write({ms, in_.text(), "j", "s", "c"}));
    pl72::message start{};
    start.start_time = ms;
    start.stop_time = in_.choice(2) == 0 ? 0 : ms + in_.number<std::uint16_t>();
    start.run_name = in_.text();
    return sent("dummy_filewriter", at, pl72::write(start));
  }

  static std::vector<std::byte> bytes_of(const std::string& text) {
    const auto b = std::as_bytes(std::span(text));
    return {b.begin(), b.end()};
  }

  fuzz_input in_;
};

settings settings_of(std::uint64_t pulses) {
  settings s;
  s.services = {"detector_data", "monitor_data", "data_reduction", "timeseries"};
  s.job_set = "all";
  s.job_threads = 2;
  s.source.speed = 0;
  s.source.pulses = pulses;
  return s;
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  caf::init_global_meta_objects<caf::id_block::livedata>();
  caf::core::init_global_meta_objects();
  spdlog::set_level(spdlog::level::off);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto inst = std::make_shared<const instrument>(
    load_instrument(std::filesystem::path(LIVEDATA_INSTRUMENTS) / "dummy.json").value());
  static const auto workflows = builtin_workflows();
  const auto pulses = std::min<std::uint64_t>(most_pulses, 4 + size / 16);
  const auto s = settings_of(pulses);
  const auto plan = make_plan_for(inst, s, workflows);
  must_hold(plan.has_value());
  test::test_config config(2);
  caf::actor_system system(config);
  hostile_messages messages(fuzz_input(data, size));
  engine_surroundings around;
  around.sink = std::make_shared<memory_sink>();
  around.clock = std::make_shared<system_wall_clock>();
  around.pulses = [&messages](std::uint64_t, timestamp t) { return messages.pulse(t); };
  around.first_pulse = begin;
  engine e(system, s, *plan, around);
  must_hold(e.start().has_value());
  while (!e.wait_for_source(std::chrono::seconds(60)))
    ;
  const auto report = e.finish();
  must_hold(!e.what_broke());
  must_hold(report.books_difference.messages == 0 && report.books_difference.events == 0);
  return 0;
}
