// Cases at the edges of the wire protocol that fall to the adapter, by their numbers there.
#include "actors/source/adapter.hpp"
#include "messages/codec/ad00.hpp"
#include "messages/codec/da00.hpp"
#include "messages/codec/f144.hpp"
#include "support/routed_instrument.hpp"

#include <doctest/doctest.h>
#include <flatbuffers/flatbuffers.h>

namespace adapter_edge_cases_test {

using namespace livedata;

namespace {

using numbers = std::vector<std::int32_t>;
using times = std::vector<std::int64_t>;

constexpr timestamp sent{1'790'000'000'123'000'000};
constexpr std::int64_t pulse = 1'790'000'000'000'000'000;

// Topics and sources of the three readers of ev44.
constexpr std::pair<const char*, const char*> bank{"small_detector_a", "caen"};
constexpr std::pair<const char*, const char*> plain{"small_beam_monitor", "cbm1"};
constexpr std::pair<const char*, const char*> pixels{"small_beam_monitor", "cbm2"};

const adapter& everything() {
  static const std::vector<std::string> services{"detector_data", "monitor_data", "timeseries"};
  static const adapter a(route_table(test::routed_instrument(), services, {}));
  return a;
}

result<adapted_message> adapt(std::string topic, std::vector<std::byte> bytes) {
  return everything().adapt({std::move(topic), sent, make_payload(std::move(bytes))});
}

std::string_view reason(const result<adapted_message>& adapted) {
  return adapted ? "accepted" : adapted.error().reason;
}

stream_message message(const result<adapted_message>& adapted) {
  REQUIRE_MESSAGE(adapted, (adapted ? "" : adapted.error().message));
  return std::get<routed_message>(*adapted).message;
}

result<adapted_message> events(std::pair<const char*, const char*> reader, const times& reference, const numbers& index,
                               const numbers& arrivals, const numbers& ids) {
  return adapt(reader.first, ev44::write(reader.second, 0, reference, index, arrivals, ids));
}

std::vector<std::byte> bytes(std::string_view text) {
  const auto b = std::as_bytes(std::span(text));
  return {b.begin(), b.end()};
}

// After something bad a good message goes through as ever.
void check_alive() {
  for (auto reader : {bank, plain, pixels})
    CHECK(message(events(reader, {pulse}, {0}, {1, 2}, {1, 2})).events() == 2);
}

} // namespace

TEST_CASE("edge case 1: without reference time the time of the envelope counts") {
  for (auto reader : {bank, plain, pixels})
    CHECK(message(events(reader, {}, {0}, {1}, {1})).time == sent);
}

TEST_CASE("edge case 2: two pulses: a monitor takes the later time, a detector refuses") {
  CHECK(message(events(plain, {pulse, pulse + 7}, {0, 1}, {1, 2}, {})).time.ns == pulse + 7);
  CHECK(message(events(plain, {pulse, pulse + 7}, {0, 1}, {1, 2}, {})).events() == 2);
  CHECK(reason(events(bank, {pulse, pulse + 7}, {0, 1}, {1, 2}, {1, 2})) == "several_pulses");
  check_alive();
}

TEST_CASE("edge case 3: a pulse that does not begin with the first event is refused by a detector") {
  CHECK(reason(events(bank, {pulse}, {1}, {1, 2}, {1, 2})) == "several_pulses");
}

TEST_CASE("edge case 4: too few pixel ids: a plain monitor takes all events, others refuse") {
  CHECK(message(events(plain, {pulse}, {0}, {1, 2, 3}, {1})).events() == 3);
  CHECK(reason(events(bank, {pulse}, {0}, {1, 2, 3}, {1})) == "length_mismatch");
  CHECK(reason(events(pixels, {pulse}, {0}, {1, 2, 3}, {1})) == "length_mismatch");
  check_alive();
}

TEST_CASE("edge case 5: a plain monitor needs no pixel ids") {
  CHECK(message(events(plain, {pulse}, {0}, {1, 2, 3}, {})).events() == 3);
}

TEST_CASE("edge case 6: all vectors empty: a monitor takes no events at the time of the envelope, a detector refuses") {
  const auto m = message(events(plain, {}, {}, {}, {}));
  CHECK(m.events() == 0);
  CHECK(m.time == sent);
  CHECK(reason(events(bank, {}, {}, {}, {})) == "no_pulse");
}

TEST_CASE("edge case 7: absurd reference times are passed on") {
  for (std::int64_t t : {std::int64_t{-5}, std::int64_t{7'258'118'400'000'000'000}, INT64_MIN, INT64_MAX})
    for (auto reader : {bank, plain, pixels})
      CHECK(message(events(reader, {t}, {0}, {1}, {1})).time.ns == t);
}

TEST_CASE("edge case 9: absent vectors: refused, but a plain monitor takes no events; the next message is fine") {
  const auto bare = [](const char* source, bool with_reference) {
    flatbuffers::FlatBufferBuilder b;
    const auto name = b.CreateString(source);
    const auto reference = b.CreateVector(times{pulse});
    const auto index = b.CreateVector(numbers{0});
    const auto start = b.StartTable();
    b.AddOffset(4, name);
    if (with_reference) b.AddOffset(8, reference);
    b.AddOffset(10, index);
    b.Finish(flatbuffers::Offset<flatbuffers::Table>(b.EndTable(start)), "ev44");
    const auto* begin = reinterpret_cast<const std::byte*>(b.GetBufferPointer());
    return std::vector(begin, begin + b.GetSize());
  };
  for (auto reader : {bank, plain, pixels})
    CHECK(reason(adapt(reader.first, bare(reader.second, false))) == "invalid_buffer");
  CHECK(reason(adapt(bank.first, bare(bank.second, true))) == "missing_field");
  CHECK(reason(adapt(pixels.first, bare(pixels.second, true))) == "missing_field");
  CHECK(message(adapt(plain.first, bare(plain.second, true))).events() == 0);
  check_alive();
}

TEST_CASE("edge case 10: nothing, noise and other schemas are refused on every topic, and the next message is fine") {
  std::vector<std::byte> ramp(1024);
  for (std::size_t i = 0; i < ramp.size(); ++i)
    ramp[i] = static_cast<std::byte>(i);
  for (const auto* topic : {"small_detector_a", "small_beam_monitor", "small_area", "small_motion",
                            "small_livedata_roi", "small_livedata_commands"}) {
    CAPTURE(topic);
    for (const auto& bad : {std::vector<std::byte>{}, std::vector<std::byte>(12), ramp, bytes("xxxxzzzz")})
      CHECK(reason(adapt(topic, bad)) != "accepted");
    check_alive();
  }
  CHECK(reason(adapt("small_beam_monitor", f144::write("cbm1", sent, 1.0))) == "wrong_schema");
  CHECK(reason(adapt("small_detector_a", f144::write("caen", sent, 1.0))) == "wrong_schema");
  CHECK(reason(adapt("small_area", f144::write("camera", sent, 1.0))) == "wrong_schema");
}

TEST_CASE("edge case 11: the refusal of an unknown schema names topic and schema") {
  const auto refused = adapt("small_motion", bytes("xxxxzzzz"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().reason == "wrong_schema");
  CHECK(refused.error().message.find("small_motion") != std::string::npos);
  CHECK(refused.error().message.find("zzzz") != std::string::npos);
}

TEST_CASE("edge case 12: alarms and connection states among logs are passed over") {
  for (const auto* text : {"xxxxal00", "xxxxep01"})
    CHECK(std::holds_alternative<ignored>(adapt("small_motion", bytes(text)).value()));
  CHECK(reason(adapt("small_beam_monitor", bytes("xxxxal00"))) == "wrong_schema");
}

TEST_CASE("a reference time that is an offset from the start of 1970 costs its message only, by a reason of its own") {
  constexpr std::int64_t run_time = 12'345'000'000;   // since the run began
  constexpr std::int64_t microseconds = pulse / 1000; // another unit
  for (auto reader : {bank, plain, pixels})
    for (auto time : {std::int64_t{0}, run_time, microseconds})
      CHECK(reason(events(reader, {time}, {0}, {1, 2}, {1, 2})) == "time_of_1970");
  auto refused = events(bank, {run_time}, {0}, {1}, {1});
  CHECK(refused.error().message.find("'caen'") != std::string::npos);
  CHECK(refused.error().message.find("1970-01-01T00:00:12.345") != std::string::npos);
  check_alive();
  // Where the envelope is as old, or has no time, nothing says that the time is wrong.
  const auto old = ev44::write(bank.second, 0, times{run_time}, numbers{0}, numbers{1}, numbers{1});
  CHECK(message(everything().adapt({bank.first, {run_time}, make_payload(std::vector(old))})).time.ns == run_time);
  CHECK(message(everything().adapt({bank.first, sent, make_payload(std::vector(old)), false})).time.ns == run_time);
}

} // namespace adapter_edge_cases_test
