#include "messages/codec/ev44.hpp"
#include "raw_messages.hpp"
#include "sample_messages.hpp"

#include <doctest/doctest.h>

namespace ev44_test {

using namespace livedata;
using namespace livedata::test;

namespace {

using times = std::vector<std::int64_t>;
using ints = std::vector<std::int32_t>;

constexpr timestamp envelope_time{555};

byte_vector rewrite(const ev44::message& m) {
  return ev44::write(m.source_name, m.message_id, to_vector(m.reference_time), to_vector(m.reference_time_index),
                     to_vector(m.time_of_flight), to_vector(m.pixel_id));
}

// The events of a message as a kind of reader sees them.
result<event_chunk> events_of(const raw_ev44& raw, ev44::flavour f) {
  auto owner = make_payload(raw.bytes());
  const auto m = ev44::read(owner->bytes());
  REQUIRE(m);
  return ev44::events(*m, f, owner, envelope_time);
}

std::string_view refusal(const raw_ev44& raw) {
  const auto chunk = events_of(raw, ev44::flavour::detector);
  return chunk ? "accepted" : chunk.error().reason;
}

} // namespace

TEST_CASE("recorded ev44 messages hold what their writer put in") {
  for (const auto& entry : recorded("ev44")) {
    const auto file = entry.at("file").get<std::string>();
    CAPTURE(file);
    const auto bytes = load(file);
    const auto m = ev44::read(bytes);
    REQUIRE(m);
    CHECK(m->source_name == entry.at("source_name").get<std::string>());
    CHECK(m->message_id == entry.at("message_id").get<std::int64_t>());
    CHECK(to_vector(m->reference_time) == entry.at("reference_time").get<times>());
    CHECK(to_vector(m->reference_time_index) == entry.at("reference_time_index").get<ints>());
    CHECK(m->has_time_of_flight);
    CHECK(to_vector(m->time_of_flight) == entry.at("time_of_flight").get<ints>());
    CHECK(to_vector(m->pixel_id) == entry.at("pixel_id").get<ints>());
  }
}

TEST_CASE("ev44 messages are written byte for byte as the writers in the field do") {
  for (const auto& entry : recorded("ev44")) {
    const auto file = entry.at("file").get<std::string>();
    CAPTURE(file);
    const auto bytes = load(file);
    CHECK(rewrite(*ev44::read(bytes)) == bytes);
  }
}

TEST_CASE("an ev44 message with defaults and empty vectors carries them all the same") {
  const auto bytes = ev44::write("", 0, {}, {}, {}, {});
  const auto m = ev44::read(bytes);
  REQUIRE(m);
  CHECK(m->source_name.empty());
  CHECK(m->message_id == 0);
  CHECK(m->has_time_of_flight);
  const auto& table = *flatbuffers::GetRoot<flatbuffers::Table>(bytes.data());
  for (int id = 0; id < 6; ++id)
    CHECK(table.GetOptionalFieldOffset(field(id)) != 0);
}

TEST_CASE("an ev44 message survives the way through write and read") {
  std::mt19937_64 random(44);
  for (int i = 0; i < 300; ++i) {
    const auto numbers = [&]<class T>(T, std::size_t n) {
      std::vector<T> out(n);
      for (auto& x : out)
        x = static_cast<T>(random());
      return out;
    };
    const auto source = std::string(random() % 40, 'a');
    const auto id = static_cast<std::int64_t>(random());
    const auto reference_time = numbers(std::int64_t{}, random() % 4);
    const auto index = numbers(std::int32_t{}, random() % 4);
    const auto arrivals = numbers(std::int32_t{}, random() % 300);
    const auto pixels = numbers(std::int32_t{}, random() % 300);
    const auto bytes = ev44::write(source, id, reference_time, index, arrivals, pixels);
    const auto m = ev44::read(bytes);
    REQUIRE(m);
    REQUIRE(m->source_name == source);
    REQUIRE(m->message_id == id);
    REQUIRE(to_vector(m->reference_time) == reference_time);
    REQUIRE(to_vector(m->reference_time_index) == index);
    REQUIRE(to_vector(m->time_of_flight) == arrivals);
    REQUIRE(to_vector(m->pixel_id) == pixels);
    REQUIRE(rewrite(*m) == bytes);
    // Numbers lie where other readers expect them.
    const auto place = [&](const auto& view) { return static_cast<std::size_t>(view.data() - bytes.data()); };
    REQUIRE(place(m->time_of_flight) % 4 == 0);
    REQUIRE(place(m->pixel_id) % 4 == 0);
    if (!m->reference_time.empty()) REQUIRE(place(m->reference_time) % 8 == 0);
  }
}

TEST_CASE("an ev44 message reads the same at any alignment, and its views lie in it") {
  const auto original = load("ev44_detector_7.bin");
  for (std::size_t offset = 0; offset < 8; ++offset) {
    CAPTURE(offset);
    const placed copy(original, offset);
    const auto m = ev44::read(copy.bytes());
    REQUIRE(m);
    CHECK(rewrite(*m) == original);
    CHECK(copy.holds(m->source_name.data(), m->source_name.size()));
    CHECK(copy.holds(m->reference_time.data(), 8 * m->reference_time.size()));
    CHECK(copy.holds(m->reference_time_index.data(), 4 * m->reference_time_index.size()));
    CHECK(copy.holds(m->time_of_flight.data(), 4 * m->time_of_flight.size()));
    CHECK(copy.holds(m->pixel_id.data(), 4 * m->pixel_id.size()));
  }
}

TEST_CASE("the events of a detector are views into the payload, which they keep alive") {
  auto owner = make_payload(load("ev44_detector_7.bin"));
  const auto m = ev44::read(owner->bytes());
  auto chunk = ev44::events(*m, ev44::flavour::detector, owner, envelope_time);
  REQUIRE(chunk);
  CHECK(chunk->size() == 7);
  CHECK(chunk->pulse_time == timestamp{1'790'000'000'001'000'003});
  CHECK(chunk->time_of_arrival.data() == m->time_of_flight.data());
  CHECK(chunk->pixel_id.data() == m->pixel_id.data());
  const std::weak_ptr<const payload> watch = owner;
  owner.reset();
  CHECK(!watch.expired());
  CHECK(chunk->time_of_arrival[0] == 53'940'535);
  CHECK(chunk->pixel_id[6] == 40'920);
  *chunk = event_chunk{};
  CHECK(watch.expired());
}

TEST_CASE("76: a detector takes messages of exactly one pulse") {
  CHECK(refusal({}) == "accepted");
  CHECK(refusal({.reference_time = times{}}) == "accepted");
  CHECK(refusal({.reference_time_index = ints{}}) == "no_pulse");
  CHECK(refusal({.reference_time = times{}, .reference_time_index = ints{}}) == "no_pulse");
  CHECK(refusal({.reference_time_index = ints{0, 1}}) == "several_pulses");
  CHECK(refusal({.reference_time = times{1, 2}}) == "several_pulses");
  CHECK(refusal({.reference_time_index = ints{1}}) == "several_pulses");
  CHECK(refusal({.reference_time_index = ints{-1}}) == "several_pulses");
}

TEST_CASE("76: a detector needs a pixel for each arrival") {
  CHECK(refusal({.time_of_flight = ints{1, 2}, .pixel_id = ints{1, 2}}) == "accepted");
  CHECK(refusal({.time_of_flight = ints{1, 2}, .pixel_id = ints{1}}) == "length_mismatch");
  CHECK(refusal({.time_of_flight = ints{1}, .pixel_id = ints{1, 2}}) == "length_mismatch");
  CHECK(refusal({.time_of_flight = ints{1}, .pixel_id = std::nullopt}) == "length_mismatch");
  CHECK(refusal({.time_of_flight = std::nullopt}) == "missing_field");
}

TEST_CASE("what a detector refuses is told with source and message number") {
  const auto bytes = load("ev44_three_pulses.bin");
  const auto chunk = ev44::events(*ev44::read(bytes), ev44::flavour::detector, nullptr, envelope_time);
  REQUIRE(!chunk);
  CHECK(chunk.error().message.find("ev44 message 77 of 'bank_multi': 3 reference times and 3 indices") == 0);
}

TEST_CASE("a plain monitor takes all events, whatever pulses and pixels say") {
  const auto count = [](const raw_ev44& raw) {
    const auto chunk = events_of(raw, ev44::flavour::plain_monitor);
    REQUIRE(chunk);
    CHECK(chunk->pixel_id.empty());
    return chunk->size();
  };
  CHECK(count({.time_of_flight = ints{1, 2, 3}, .pixel_id = std::nullopt}) == 3);
  CHECK(count({.time_of_flight = ints{1, 2, 3}, .pixel_id = ints{7}}) == 3);
  CHECK(count({.reference_time_index = ints{}, .time_of_flight = ints{1, 2}}) == 2);
  CHECK(count({.reference_time_index = ints{5, 9}, .time_of_flight = ints{1, 2}}) == 2);
  CHECK(count({.time_of_flight = std::nullopt}) == 0);
  CHECK(count({.reference_time = times{}, .reference_time_index = ints{}}) == 0);
}

TEST_CASE("the time of a chunk is the last pulse, or that of the envelope if there is none") {
  const auto time = [](times reference_time) {
    return events_of({.reference_time = std::move(reference_time)}, ev44::flavour::plain_monitor)->pulse_time;
  };
  CHECK(time({10, 30, 20}) == timestamp{20});
  CHECK(time({-5}) == timestamp{-5});
  CHECK(time({std::numeric_limits<std::int64_t>::max()}) == timestamp{std::numeric_limits<std::int64_t>::max()});
  CHECK(time({std::numeric_limits<std::int64_t>::min()}) == timestamp{std::numeric_limits<std::int64_t>::min()});
  CHECK(time({}) == envelope_time);
  CHECK(events_of({.reference_time = times{}}, ev44::flavour::detector)->pulse_time == envelope_time);
}

TEST_CASE("restamping changes the first reference time and nothing else") {
  const auto original = load("ev44_three_pulses.bin");
  for (std::size_t offset = 0; offset < 8; ++offset) {
    CAPTURE(offset);
    byte_vector block(offset + original.size());
    const auto bytes = std::span(block).subspan(offset);
    std::ranges::copy(original, bytes.begin());
    ev44::restamp(bytes, timestamp{-42});
    const auto m = ev44::read(bytes);
    REQUIRE(m);
    CHECK(to_vector(m->reference_time) == times{-42, 1'790'000'000'072'428'574, 1'790'000'000'143'857'145});
    ev44::restamp(bytes, timestamp{1'790'000'000'001'000'003});
    CHECK(std::ranges::equal(bytes, original));
  }
  auto timeless = raw_ev44{.reference_time = times{}}.bytes();
  CHECK_THROWS_AS(ev44::restamp(timeless, timestamp{1}), std::invalid_argument);
}

} // namespace ev44_test
