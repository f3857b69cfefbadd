#include "messages/codec/ev44.hpp"
#include "raw_messages.hpp"
#include "sample_messages.hpp"

#include <doctest/doctest.h>

#include <numeric>

namespace ev44_damage_test {

using namespace livedata;
using namespace livedata::test;

namespace {

std::string_view refusal(std::span<const std::byte> bytes) {
  const auto m = ev44::read(bytes);
  if (m) return "accepted";
  CHECK(m.error().message.find("check") != std::string::npos);
  return m.error().reason;
}

bool is_known(std::string_view reason) {
  return reason == "too_short" || reason == "wrong_schema" || reason == "invalid_buffer";
}

// Reads every number of a message.
std::uint64_t walk(const ev44::message& m) {
  std::uint64_t sum = m.source_name.size();
  const auto add = [&](const auto& view) {
    for (std::size_t i = 0; i < view.size(); ++i)
      sum += static_cast<std::uint64_t>(view[i]);
  };
  for (const char c : m.source_name)
    sum += static_cast<unsigned char>(c);
  add(m.reference_time);
  add(m.reference_time_index);
  add(m.time_of_flight);
  add(m.pixel_id);
  return sum;
}

} // namespace

TEST_CASE("an ev44 message cut off anywhere is refused") {
  // The source name comes last and ends the buffer without padding, so every byte is needed.
  const std::vector<std::int32_t> numbers{1, 2, 3};
  const auto whole =
    ev44::write("abc", 1, std::vector<std::int64_t>{5}, std::vector<std::int32_t>{0}, numbers, numbers);
  REQUIRE(refusal(whole) == "accepted");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    const placed part(std::span<const std::byte>(whole).first(size), 0);
    CHECK(refusal(part.bytes()) == (size < 8 ? "too_short" : "invalid_buffer"));
  }
}

TEST_CASE("a recorded ev44 message cut off anywhere is refused, unless only padding is gone") {
  for (const auto& entry : recorded("ev44")) {
    const auto file = entry.at("file").get<std::string>();
    CAPTURE(file);
    const auto whole = load(file);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const placed part(std::span<const std::byte>(whole).first(size), size % 8);
      const auto m = ev44::read(part.bytes());
      if (m) {
        REQUIRE(whole.size() - size < 8);
        REQUIRE(to_vector(m->time_of_flight) == entry.at("time_of_flight").get<std::vector<std::int32_t>>());
        REQUIRE(m->source_name == entry.at("source_name").get<std::string>());
      } else {
        REQUIRE(m.error().reason == (size < 8 ? "too_short" : "invalid_buffer"));
      }
    }
  }
}

TEST_CASE("what is no ev44 message is refused by its identifier") {
  CHECK(refusal({}) == "too_short");
  for (const char* file : {"da00_hist2d.bin", "da00_scalar.bin"})
    CHECK(refusal(load(file)) == "wrong_schema");
  auto bytes = load("ev44_detector_7.bin");
  bytes[7] = std::byte{'5'};
  CHECK(refusal(bytes) == "wrong_schema");
  bytes[7] = std::byte{0xff};
  const auto m = ev44::read(bytes);
  REQUIRE(!m);
  CHECK(m.error().message.find("'ev4\\xff'") != std::string::npos);

  byte_vector ramp(1024);
  for (std::size_t i = 0; i < ramp.size(); ++i)
    ramp[i] = static_cast<std::byte>(i);
  CHECK(refusal(ramp) == "wrong_schema");
  CHECK(refusal(byte_vector(12)) == "wrong_schema");
}

TEST_CASE("an ev44 message without a required field is refused") {
  CHECK(refusal(raw_ev44{}.bytes()) == "accepted");
  CHECK(refusal(raw_ev44{.source_name = std::nullopt}.bytes()) == "invalid_buffer");
  CHECK(refusal(raw_ev44{.reference_time = std::nullopt}.bytes()) == "invalid_buffer");
  CHECK(refusal(raw_ev44{.reference_time_index = std::nullopt}.bytes()) == "invalid_buffer");
  const auto bare = raw_ev44{.time_of_flight = std::nullopt, .pixel_id = std::nullopt}.bytes();
  const auto m = ev44::read(bare);
  REQUIRE(m);
  CHECK(!m->has_time_of_flight);
  CHECK(m->time_of_flight.empty());
  CHECK(m->pixel_id.empty());
}

TEST_CASE("an ev44 source name that is not UTF-8 is refused") {
  const auto named = [](const char* name) { return refusal(raw_ev44{.source_name = name}.bytes()); };
  CHECK(named("tjänst µ ∫ 𝄞 \xf4\x8f\xbf\xbf") == "accepted");
  for (const char* name :
       {"a\xff", "\x80", "\xc3", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xe2\x88", "\xed\xa0\x80", "\xf0\x80\x80\xaf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3(", "\xe2(\xa1", "\xe2\x82("}) {
    CAPTURE(name);
    CHECK(named(name) == "invalid_buffer");
  }
}

TEST_CASE("a damaged ev44 message is refused for a known reason or can be read to its end") {
  std::vector<byte_vector> originals;
  for (const char* file : {"ev44_detector_0.bin", "ev44_detector_7.bin", "ev44_three_pulses.bin"})
    originals.push_back(load(file));
  std::mt19937_64 random(20'260'101);
  int accepted = 0, refused = 0;
  std::uint64_t sum = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto bytes = originals[random() % originals.size()];
    damage(bytes, random);
    const placed copy(bytes, random() % 8);
    const auto m = ev44::read(copy.bytes());
    if (m) {
      ++accepted;
      sum += walk(*m);
      if (!m->time_of_flight.empty()) REQUIRE(copy.holds(m->time_of_flight.data(), 4 * m->time_of_flight.size()));
      for (auto f : {ev44::flavour::detector, ev44::flavour::plain_monitor})
        if (const auto chunk = ev44::events(*m, f, nullptr, {}); chunk && f == ev44::flavour::detector)
          REQUIRE(chunk->pixel_id.size() == chunk->size());
    } else {
      ++refused;
      REQUIRE(is_known(m.error().reason));
    }
  }
  // Neither outcome is so rare that the test would see nothing of it.
  CHECK(accepted > 2'000);
  CHECK(refused > 2'000);
  CHECK(sum != 0);
}

} // namespace ev44_damage_test
