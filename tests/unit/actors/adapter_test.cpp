#include "actors/source/adapter.hpp"
#include "messages/codec/6s4t.hpp"
#include "messages/codec/ad00.hpp"
#include "messages/codec/commands.hpp"
#include "messages/codec/da00.hpp"
#include "messages/codec/f144.hpp"
#include "messages/codec/pl72.hpp"
#include "support/routed_instrument.hpp"

#include <doctest/doctest.h>

namespace adapter_test {

using namespace livedata;
using test::routed_instrument;

namespace {

constexpr timestamp sent{1'790'000'000'123'000'000};
constexpr timestamp pulse{1'790'000'000'000'000'000};

adapter production(std::vector<std::string> services, bool run_control = false) {
  return adapter(route_table(routed_instrument(), services, {false, run_control}), [] { return "new-id"; });
}

raw_message raw(std::string topic, std::vector<std::byte> bytes) {
  return {std::move(topic), sent, make_payload(std::move(bytes))};
}

std::vector<std::byte> events(std::string_view source, std::vector<std::int32_t> times,
                              std::vector<std::int32_t> pixels, std::vector<std::int64_t> reference = {pulse.ns}) {
  std::vector<std::int32_t> index(reference.size());
  return ev44::write(source, 0, reference, index, times, pixels);
}

std::vector<std::byte> text(std::string_view t) {
  const auto b = std::as_bytes(std::span(t));
  return {b.begin(), b.end()};
}

routed_message routed(const result<adapted_message>& adapted) {
  REQUIRE_MESSAGE(adapted, (adapted ? "" : adapted.error().message));
  REQUIRE(std::holds_alternative<routed_message>(*adapted));
  return std::get<routed_message>(*adapted);
}

control_message control(const result<adapted_message>& adapted) {
  REQUIRE_MESSAGE(adapted, (adapted ? "" : adapted.error().message));
  REQUIRE(std::holds_alternative<control_message>(*adapted));
  return std::get<control_message>(*adapted);
}

} // namespace

TEST_CASE("events of a detector go to the services that need it, as views into the message") {
  const auto a = production({"detector_data", "data_reduction"});
  const auto message = raw("small_detector_a", events("caen", {5, 6}, {1, 2}));
  const auto m = routed(a.adapt(message));
  CHECK(m.message.stream == stream_id{stream_kind::detector_events, "bank0"});
  CHECK(m.message.time == pulse);
  CHECK(m.to->receivers == std::vector<std::uint32_t>{0, 1});
  const auto& chunk = std::get<event_chunk>(m.message.content);
  CHECK(chunk.owner == message.content);
  CHECK(chunk.size() == 2);
}

TEST_CASE("several sources of a merged detector become one stream") {
  const auto a = production({"detector_data"});
  for (const auto* source : {"arc=0;triplet=0", "arc=0;triplet=1"})
    CHECK(routed(a.adapt(raw("small_detector_b", events(source, {5}, {1})))).message.stream.name == "unified");
}

TEST_CASE("a monitor topic takes events and histograms alike") {
  const auto a = production({"monitor_data"});
  CHECK(routed(a.adapt(raw("small_beam_monitor", events("cbm1", {5}, {})))).message.stream ==
        stream_id{stream_kind::monitor_events, "m1"});
  data_array histogram{"", make_vector("time_of_arrival", std::vector<double>{1, 2}, "counts"), {}, {}};
  const auto m = routed(a.adapt(raw("small_beam_monitor", da00::write("cbm1", pulse, histogram))));
  CHECK(m.message.stream == stream_id{stream_kind::monitor_counts, "m1"});
  CHECK(m.message.time == pulse);
  CHECK(std::get<array_ptr>(m.message.content)->data == histogram.data);
}

TEST_CASE("a monitor with pixels has them in monitor_data only") {
  const auto message = raw("small_beam_monitor", events("cbm2", {5, 6}, {4, 5}));
  const auto pixels_in = [&](std::vector<std::string> services) {
    return std::get<event_chunk>(routed(production(services).adapt(message)).message.content).pixel_id.size();
  };
  CHECK(pixels_in({"monitor_data"}) == 2);
  CHECK(pixels_in({"data_reduction"}) == 0);
}

TEST_CASE("frames, logs and requests for regions of interest keep their kind") {
  const auto a = production({"detector_data", "timeseries"});
  const std::vector<std::int64_t> shape{1, 2};
  const std::vector<std::uint16_t> pixels{3, 4};
  const auto frame = routed(a.adapt(raw("small_area", ad00::write<std::uint16_t>("camera", 0, pulse, shape, pixels))));
  CHECK(frame.message.stream == stream_id{stream_kind::area_detector, "area"});
  CHECK(frame.to->receivers == std::vector<std::uint32_t>{0});

  const auto log = routed(a.adapt(raw("small_motion", f144::write("PV:temperature", pulse, 20.5))));
  CHECK(log.message.stream == stream_id{stream_kind::log, "temperature"});
  CHECK(std::get<log_sample>(log.message.content) == log_sample{pulse, 20.5, {}, {}});
  CHECK(log.to->receivers == std::vector<std::uint32_t>{1});

  data_array request{"", make_vector("bounds", std::vector<std::int32_t>{}, "dimensionless"), {}, {}};
  const auto roi = routed(a.adapt(raw("small_livedata_roi", da00::write("bank0/id/roi_rectangle", {0}, request))));
  CHECK(roi.message.stream == stream_id{stream_kind::roi, "bank0/id/roi_rectangle"});
  CHECK(roi.message.time == timestamp{0});
  CHECK(roi.to->stream.name == "livedata_roi");
  CHECK(roi.to->receivers == std::vector<std::uint32_t>{0});
}

TEST_CASE("substreams of a device go where the device is needed") {
  const auto a = production({"detector_data", "timeseries"});
  const auto m = routed(a.adapt(raw("small_motion", f144::write("PV:carriage.RBV", pulse, 1.0))));
  CHECK(m.message.stream.name == "carriage/value");
  CHECK(m.to->receivers == std::vector<std::uint32_t>{0, 1});
}

TEST_CASE("commands are control messages, with a new id where they have none") {
  const auto a = production({"monitor_data"});
  const auto c = control(a.adapt(raw("small_livedata_commands", text(R"({"kind":"job_command","action":"stop"})"))));
  CHECK(std::get<job_command>(c).message_id == "new-id");
  const auto bad = a.adapt(raw("small_livedata_commands", text("{")));
  REQUIRE_FALSE(bad);
  CHECK(bad.error().reason == "bad_json");
}

TEST_CASE("runs are listened to if that is wanted") {
  pl72::message start{1000, 0, "run 7", {}, {}, {}, {}, {}, {}};
  const auto begin = raw("small_filewriter", pl72::write(start));
  const auto end = raw("small_filewriter", run_6s4t::write({2000, "run 7", {}, {}, {}}));
  const auto deaf = production({"monitor_data"});
  CHECK(std::holds_alternative<ignored>(deaf.adapt(begin).value()));
  const auto a = production({"monitor_data"}, true);
  const auto run = std::get<run_start>(control(a.adapt(begin)));
  CHECK(run.run_name == "run 7");
  CHECK(run.start == timestamp{1'000'000'000});
  CHECK_FALSE(run.stop);
  CHECK(std::get<run_stop>(control(a.adapt(end))).stop == timestamp{2'000'000'000});
  const auto other = a.adapt(raw("small_filewriter", events("caen", {}, {})));
  REQUIRE_FALSE(other);
  CHECK(other.error().reason == "wrong_schema");
}

TEST_CASE("what others handle is ignored, what nobody knows is not") {
  const auto a = production({"monitor_data"});
  // The topic is not read at all.
  CHECK(std::holds_alternative<ignored>(a.adapt(raw("small_detector_a", text("damaged"))).value()));
  CHECK(std::holds_alternative<ignored>(a.adapt(raw("small_livedata_roi", text("damaged"))).value()));
  // The topic is read, this source of it by another service.
  CHECK(std::holds_alternative<ignored>(a.adapt(raw("small_beam_monitor", events("cbm3", {}, {}))).value()));
  const auto unknown = a.adapt(raw("small_beam_monitor", events("cbm9", {}, {})));
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().reason == "unknown_source");
  const auto elsewhere = a.adapt(raw("other_topic", events("cbm1", {}, {})));
  REQUIRE_FALSE(elsewhere);
  CHECK(elsewhere.error().reason == "unknown_topic");
}

TEST_CASE("failures are one line of bounded length, whatever is in the message") {
  const auto a = production({"monitor_data"});
  const auto long_name = a.adapt(raw("small_beam_monitor", events(std::string(10'000, 'x') + "\nERROR", {}, {})));
  REQUIRE_FALSE(long_name);
  CHECK(long_name.error().message.size() < 500);
  const auto two_lines = a.adapt(raw("small_beam_monitor", events("a\nb", {}, {})));
  REQUIRE_FALSE(two_lines);
  CHECK(two_lines.error().message.find('\n') == std::string::npos);
}

TEST_CASE("a null payload is refused like an empty one") {
  const auto a = production({"monitor_data"});
  for (const auto* topic : {"small_beam_monitor", "small_livedata_commands"})
    CHECK_FALSE(a.adapt({topic, sent, nullptr}));
}

} // namespace adapter_test
