// Malformed messages of every schema among good traffic, through a broker to a running engine with all services.
#include "kafka_engine.hpp"
#include "messages/codec/6s4t.hpp"
#include "messages/codec/ad00.hpp"
#include "messages/codec/commands.hpp"
#include "messages/codec/f144.hpp"
#include "messages/codec/pl72.hpp"
#include "messages/codec/x5f2.hpp"
#include "unit/messages/raw_messages.hpp"

#include <numeric>

namespace malformed_test {

using namespace livedata;
using namespace livedata::test;

namespace {

using bytes = std::vector<std::byte>;

struct bad_message {
  bytes content;
  // Nothing: to be passed over without a word.
  std::optional<std::string> reason;
};

struct traffic {
  std::string topic;
  std::string schema;
  std::vector<bytes> good;
  std::vector<bad_message> bad;
};

bytes bytes_of(const std::string& text) {
  auto b = std::as_bytes(std::span(text.data(), text.size()));
  return {b.begin(), b.end()};
}

timestamp pulse_at(std::size_t k) {
  return first_pulse + static_cast<std::int64_t>(k) * pulse_period;
}

constexpr std::size_t pulses = 84;

// Cut at every length but those that may take padding only.
void add_truncations(traffic& t, const bytes& whole) {
  for (std::size_t size = 0; size + 8 <= whole.size(); ++size)
    t.bad.push_back(
      {{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}, size < 8 ? "too_short" : "invalid_buffer"});
}

// What is wrong on any topic of FlatBuffers: noise, and other schemas, with identifiers that are no text too.
void add_strangers(traffic& t, const std::vector<traffic>& others) {
  bytes ramp(1024);
  for (std::size_t i = 0; i < ramp.size(); ++i)
    ramp[i] = static_cast<std::byte>(i);
  t.bad.push_back({ramp, "wrong_schema"});
  t.bad.push_back({bytes(12), "wrong_schema"});
  auto no_text = t.good.front();
  no_text[5] = std::byte{0xff};
  t.bad.push_back({no_text, "wrong_schema"});
  t.bad.push_back({x5f2::write({"a", "1", "b", "c", 1, 2, "{}"}), "wrong_schema"});
  for (const auto& other : others)
    if (other.schema != t.schema && other.schema != "JSON" && !other.good.empty())
      t.bad.push_back({other.good.front(), "wrong_schema"});
}

bytes events(const std::string& source, timestamp t, const std::vector<std::int32_t>& times,
             const std::vector<std::int32_t>& pixels) {
  std::vector<std::int64_t> reference{t.ns};
  std::vector<std::int32_t> index{0};
  return ev44::write(source, 0, reference, index, times, pixels);
}

const std::vector<std::int32_t> three{1'000'000, 2'000'000, 3'000'000};

traffic detector_events(const std::string& topic) {
  traffic t{topic, "ev44", {}, {}};
  for (std::size_t k = 0; k < pulses; ++k)
    t.good.push_back(events("panel_0", pulse_at(k), three, {1, 2, 16384}));
  // Not malformed, but of no use: pixels out of range, at times that are negative, huge or far away.
  for (auto time : {timestamp{-5}, timestamp{INT64_MIN}, timestamp{INT64_MAX}, pulse_at(10)})
    t.good.insert(t.good.begin() + 30, events("panel_0", time, {-1, INT32_MAX, INT32_MIN}, {0, 16385, -7}));
  add_truncations(t, t.good.front());
  std::vector<std::int64_t> two_pulses{pulse_at(3).ns, pulse_at(4).ns};
  std::vector<std::int32_t> two_indices{0, 1};
  t.bad.push_back({events("panel_0", pulse_at(3), three, {1, 2}), "length_mismatch"});
  t.bad.push_back({events("panel_0", pulse_at(3), {1, 2}, three), "length_mismatch"});
  t.bad.push_back({ev44::write("panel_0", 0, two_pulses, two_indices, three, three), "several_pulses"});
  t.bad.push_back(
    {raw_ev44{.source_name = "panel_0", .reference_time_index = std::vector<std::int32_t>{}}.bytes(), "no_pulse"});
  for (auto time : {timestamp{0}, timestamp{12'345'000'000}})
    t.bad.push_back({events("panel_0", time, three, {1, 2, 16384}), "time_of_1970"});
  t.bad.push_back({raw_ev44{.source_name = "panel_0", .time_of_flight = std::nullopt}.bytes(), "missing_field"});
  t.bad.push_back({raw_ev44{.source_name = std::nullopt}.bytes(), "invalid_buffer"});
  t.bad.push_back({raw_ev44{.source_name = "panel_0", .reference_time = std::nullopt}.bytes(), "invalid_buffer"});
  t.bad.push_back({events("panel_7", pulse_at(3), three, {1, 2, 3}), "unknown_source"});
  return t;
}

traffic monitor_events(const std::string& topic) {
  traffic t{topic, "ev44", {}, {}};
  for (std::size_t k = 0; k < pulses; ++k)
    t.good.push_back(events("monitor1", pulse_at(k), three, {}));
  add_truncations(t, t.good.front());
  t.bad.push_back({events("monitor99", pulse_at(3), three, {}), "unknown_source"});
  return t;
}

traffic monitor_histograms(const std::string& topic) {
  traffic t{topic, "da00", {}, {}};
  auto signal = raw_vector<double>("signal", "time_of_arrival", {1, 2, 3, 4}, "counts");
  auto edges = raw_vector<double>("time_of_arrival", "time_of_arrival", {0, 1e7, 2e7, 3e7, 4e7}, "ns");
  auto made = [&](std::vector<raw_variable> variables) { return raw_da00(variables, "monitor2", pulse_at(3).ns); };
  for (std::size_t k = 0; k < pulses; ++k)
    t.good.push_back(raw_da00({signal, edges}, "monitor2", pulse_at(k).ns));
  add_truncations(t, t.good.front());
  auto changed = [](raw_variable v, auto change) {
    change(v);
    return v;
  };
  t.bad.push_back({made({}), "missing_field"});
  t.bad.push_back({made({edges}), "missing_field"});
  for (auto type : std::vector<std::int8_t>{0, 11, 12, -1})
    t.bad.push_back({made({changed(signal, [=](auto& v) { v.data_type = type; }), edges}), "unsupported_type"});
  t.bad.push_back({made({changed(signal, [](auto& v) { v.shape = {5}; }), edges}), "shape_mismatch"});
  t.bad.push_back({made({changed(signal, [](auto& v) { v.shape = {-4}; }), edges}), "shape_mismatch"});
  t.bad.push_back({made({changed(signal, [](auto& v) { v.data.pop_back(); }), edges}), "shape_mismatch"});
  t.bad.push_back(
    {made({signal, raw_vector<double>("time_of_arrival", "time_of_arrival", {1, 2}, "ns")}), "shape_mismatch"});
  t.bad.push_back({made({signal, edges, raw_scalar<std::int64_t>("reference_time", 5, "counts")}), "bad_time"});
  t.bad.push_back({raw_da00({signal, edges}, "monitor99", pulse_at(3).ns), "unknown_source"});
  return t;
}

bytes raw_frame(std::int8_t type, const std::vector<std::int64_t>& shape, const std::vector<std::uint8_t>& data) {
  flatbuffers::FlatBufferBuilder b;
  const auto source = b.CreateString("area_panel");
  const auto dimensions = b.CreateVector(shape);
  const auto content = b.CreateVector(data);
  const auto start = b.StartTable();
  b.AddOffset(field(0), source);
  b.AddElement<std::int64_t>(field(2), pulse_at(3).ns, 0);
  b.AddOffset(field(3), dimensions);
  b.AddElement<std::int8_t>(field(4), type, 0);
  b.AddOffset(field(5), content);
  return finished(b, b.EndTable(start), "ad00");
}

traffic frames(const std::string& topic) {
  traffic t{topic, "ad00", {}, {}};
  const std::vector<std::int64_t> shape{2, 3};
  const std::vector<std::uint16_t> pixels{1, 2, 3, 4, 5, 6};
  for (std::size_t k = 0; k < pulses; ++k)
    t.good.push_back(ad00::write<std::uint16_t>("area_panel", 0, pulse_at(k), shape, pixels));
  add_truncations(t, t.good.front());
  for (auto type : std::vector<std::int8_t>{10, 11, -1})
    t.bad.push_back({raw_frame(type, {2, 3}, std::vector<std::uint8_t>(6)), "unsupported_type"});
  t.bad.push_back({raw_frame(1, {2, 4}, std::vector<std::uint8_t>(6)), "shape_mismatch"});
  t.bad.push_back({raw_frame(1, {-2, -3}, std::vector<std::uint8_t>(6)), "shape_mismatch"});
  t.bad.push_back({raw_frame(1, {INT64_MAX, INT64_MAX}, std::vector<std::uint8_t>(6)), "shape_mismatch"});
  t.bad.push_back({ad00::write<std::uint16_t>("nobody", 0, pulse_at(3), shape, pixels), "unknown_source"});
  return t;
}

traffic logs(const std::string& topic) {
  traffic t{topic, "f144", {}, {}};
  for (std::size_t k = 0; k < pulses; ++k)
    t.good.push_back(f144::write("motion1", pulse_at(k), static_cast<double>(k)));
  add_truncations(t, t.good.front());
  t.bad.push_back({f144::write("motion1", pulse_at(3), std::vector<double>{1, 2}), "array_value"});
  t.bad.push_back({f144::write("motion99", pulse_at(3), 1.0), "unknown_source"});
  for (auto type : std::vector<std::uint8_t>{0, 21, 255}) {
    flatbuffers::FlatBufferBuilder b;
    const auto source = b.CreateString("motion1");
    const auto member = b.EndTable(b.StartTable());
    const auto start = b.StartTable();
    b.AddOffset(field(0), source);
    b.AddElement<std::uint8_t>(field(2), type, 0);
    b.AddOffset(field(3), flatbuffers::Offset<void>(member));
    t.bad.push_back({finished(b, b.EndTable(start), "f144"), "unsupported_type"});
  }
  // Alarms and connection states are daily fare.
  for (const auto* quiet : {"al00", "ep01"}) {
    auto other = t.good.front();
    std::ranges::copy(bytes_of(quiet), other.begin() + 4);
    t.bad.push_back({other, std::nullopt});
  }
  return t;
}

// In ms; so far ahead that nothing is reset.
constexpr std::uint64_t far_off = 4'000'000'000'000;

bytes run_start_at(std::uint64_t time) {
  pl72::message m;
  m.start_time = time;
  m.run_name = "run";
  return pl72::write(m);
}

bytes run_stop_at(std::uint64_t time) {
  run_6s4t::message m;
  m.stop_time = time;
  m.run_name = "run";
  return run_6s4t::write(m);
}

// Starts or stops of runs.
traffic run_control(const std::string& topic, const std::string& schema, bytes (*at)(std::uint64_t)) {
  traffic t{topic, schema, {at(far_off)}, {}};
  add_truncations(t, t.good.front());
  t.bad.push_back({at(UINT64_MAX), "bad_time"});
  return t;
}

traffic requests_for_regions(const std::string& topic) {
  auto histograms = monitor_histograms(topic);
  traffic t{topic, "da00", {}, {}};
  for (auto& b : histograms.bad)
    if (b.reason != "unknown_source") t.bad.push_back(std::move(b));
  return t;
}

traffic job_starts(const std::string& topic, const std::string& instrument) {
  traffic t{topic, "JSON", {}, {}};
  start_command start;
  start.message_id = "start";
  start.workflow = {instrument, "panel_0_layers", 1};
  start.job = {"panel_0", random_uuid()};
  t.good.push_back(commands::write(start));
  for (std::size_t size = 0; size < t.good[0].size(); ++size)
    t.bad.push_back({{t.good[0].begin(), t.good[0].begin() + static_cast<std::ptrdiff_t>(size)}, "bad_json"});
  for (const auto* text : {"null", "[]", "{}", "7", R"({"kind":1})", R"({"kind":"workflow_config"})",
                           R"({"kind":"job_command","action":"remove"})", R"({"kind":"job_command","action":"STOP"})",
                           R"({"kind":"job_command","action":"stop","workflow_id":"no-slashes"})",
                           R"({"kind":"job_command","action":"stop","workflow_id":"a/b/c/d"})"})
    t.bad.push_back({bytes_of(text), "bad_field"});
  t.bad.push_back({bytes_of(R"({"kind":"job_order"})"), "unknown_kind"});
  t.bad.push_back({bytes_of("\xff\xfe"), "bad_json"});
  t.bad.push_back({bytes_of(R"({"kind":)" + std::string(100'000, '[')), "bad_json"});
  return t;
}

// The sum of the numbers of the last result of an output, and of how many numbers there were in all its results.
struct output_totals {
  double last_sum = 0;
  std::size_t numbers = 0;
};

std::map<std::string, output_totals> totals_of(const std::vector<bytes>& results) {
  std::map<std::string, output_totals> out;
  for (const auto& content : results) {
    auto m = da00::read(content).value();
    auto key = json::parse(m.source_name);
    auto& totals =
      out[fmt::format("{}/{}/{}", key.at("workflow_id").at("name").get<std::string>(),
                      key.at("job_id").at("source_name").get<std::string>(), key.at("output_name").get<std::string>())];
    std::visit(
      [&](const auto& numbers) {
        totals.last_sum = static_cast<double>(std::accumulate(numbers.begin(), numbers.end(), 0.0));
        totals.numbers += numbers.size();
      },
      m.data.data.data);
  }
  return out;
}

} // namespace

TEST_CASE("malformed messages of every schema are counted by reason, and all good traffic around them is processed") {
  broker b;
  auto name = b.unique("dummy");
  auto inst = std::make_shared<instrument>(load_instrument(LIVEDATA_SOURCE_DIR "/instruments/dummy.json").value());
  inst->name = name;
  make_topics(b, *inst);
  kafka_engine::options o;
  o.name = name;
  o.inst = inst;
  o.services = {"detector_data", "monitor_data", "data_reduction", "timeseries"};
  o.run_control = true;
  o.queue_limit = 100'000;
  o.jobs = {request("panel_0_xy", "panel_0"), request("monitor_histogram", "monitor1"),
            request("monitor_histogram", "monitor2"), request("area_panel_xy", "area_panel"),
            request("timeseries_data", "motion1")};
  kafka_engine e(&b, o);

  std::vector<traffic> all{detector_events(name + "_detector"),
                           monitor_events(name + "_beam_monitor"),
                           monitor_histograms(name + "_beam_monitor"),
                           frames(name + "_area_detector"),
                           logs(name + "_motion"),
                           run_control(name + "_filewriter", "pl72", run_start_at),
                           run_control(name + "_filewriter", "6s4t", run_stop_at),
                           requests_for_regions(name + "_livedata_roi"),
                           job_starts(name + "_livedata_commands", name)};
  for (auto& t : all)
    if (!t.good.empty() && t.schema != "JSON" && t.topic != name + "_beam_monitor" && t.topic != name + "_filewriter")
      add_strangers(t, all);
  // Two schemas are at home on these.
  all[1].bad.push_back({all[4].good.front(), "wrong_schema"});
  all[5].bad.push_back({all[4].good.front(), "wrong_schema"});

  auto p = b.produce();
  std::size_t sent = 0;
  std::map<std::string, std::uint64_t> expected;
  std::uint64_t unreadable_commands = 0;
  auto send = [&](const std::string& topic, const bytes& content) {
    REQUIRE(p->send(topic, make_payload(content), "message"));
    ++sent;
  };
  for (const auto& t : all) {
    // The bad spread evenly among the good.
    std::size_t next = 0;
    for (std::size_t i = 0; i < std::max<std::size_t>(t.good.size(), 1); ++i) {
      auto until = t.bad.size() * (i + 1) / std::max<std::size_t>(t.good.size(), 1);
      for (; next < until; ++next) {
        send(t.topic, t.bad[next].content);
        if (t.bad[next].reason) ++(t.schema == "JSON" ? unreadable_commands : expected[*t.bad[next].reason]);
      }
      if (i < t.good.size()) send(t.topic, t.good[i]);
    }
  }
  REQUIRE(p->flush(60s) == 0);
  REQUIRE(e.received(sent));
  // The job that a command started sees data that comes after the command.
  for (std::size_t k = 0; k < 42; ++k)
    send(name + "_detector", events("panel_0", pulse_at(pulses + k), three, {1, 2, 16384}));
  REQUIRE(p->flush(60s) == 0);
  REQUIRE(e.received(sent));
  auto report = e.finish();

  CHECK(report.rejected == expected);
  CHECK(expected.size() == 13);
  CHECK(unreadable_commands > 0);
  CHECK(report.commands_refused == unreadable_commands);
  CHECK(report.messages_dropped == 0);
  CHECK(report.results_failed == 0);
  REQUIRE(report.jobs.size() == 6);
  for (const auto& j : report.jobs)
    CHECK(j.state == job_state::active);
  auto totals = totals_of(e.results());
  CHECK(totals.at("panel_0_xy/panel_0/counts_total_cumulative").last_sum == 3 * (pulses + 42));
  CHECK(totals.at("panel_0_layers/panel_0/counts_total_cumulative").last_sum >= 3 * 42);
  CHECK(totals.at("monitor_histogram/monitor1/counts_total_cumulative").last_sum == 3 * pulses);
  CHECK(totals.at("monitor_histogram/monitor2/counts_total_cumulative").last_sum == 10 * pulses);
  CHECK(totals.at("area_panel_xy/area_panel/cumulative").last_sum == 21 * pulses);
  CHECK(totals.at("timeseries_data/motion1/delta").numbers == pulses);
}

} // namespace malformed_test
