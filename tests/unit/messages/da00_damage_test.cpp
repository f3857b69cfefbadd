#include "messages/codec/da00.hpp"
#include "raw_messages.hpp"
#include "sample_messages.hpp"

#include <doctest/doctest.h>

#include <set>

namespace da00_damage_test {

using namespace livedata;
using namespace livedata::test;

namespace {

std::string_view refusal(std::span<const std::byte> bytes) {
  const auto m = da00::read(bytes);
  return m ? "accepted" : m.error().reason;
}

bool is_known(std::string_view reason) {
  static const std::set<std::string_view> reasons{
    "too_short", "wrong_schema", "invalid_buffer", "missing_field", "unsupported_type", "shape_mismatch", "bad_time"};
  return reasons.contains(reason);
}

// Whether what was accepted keeps the promises of a data array.
bool is_sound(const data_array& a) {
  if (inconsistency(a.data)) return false;
  if (a.variances && (a.variances->index() != a.data.data.index() || size_of(*a.variances) != size_of(a.data.data)))
    return false;
  std::set<std::string> names;
  for (const auto& [name, coord] : a.coords)
    if (inconsistency(coord) || !names.insert(name).second) return false;
  return true;
}

// Many variables, or one axis many times, that all refer to one vector of data.
byte_vector bloated(std::size_t variables, std::size_t data_size, std::size_t rank) {
  flatbuffers::FlatBufferBuilder builder;
  const auto data = builder.CreateVector(std::vector<std::uint8_t>(data_size));
  const auto axis = builder.CreateString("x");
  const auto axes = builder.CreateVector(std::vector<flatbuffers::Offset<flatbuffers::String>>(rank, axis));
  const auto shape = builder.CreateVector(std::vector<std::int64_t>(rank, 1));
  const auto name = builder.CreateString("signal");
  const auto start = builder.StartTable();
  builder.AddOffset(field(0), name);
  builder.AddElement<std::int8_t>(field(4), 1, 0);
  builder.AddOffset(field(5), axes);
  builder.AddOffset(field(6), shape);
  builder.AddOffset(field(7), data);
  const flatbuffers::Offset<flatbuffers::Table> table(builder.EndTable(start));
  const auto list = builder.CreateVector(std::vector<flatbuffers::Offset<flatbuffers::Table>>(variables, table));
  const auto source = builder.CreateString("s");
  const auto root = builder.StartTable();
  builder.AddOffset(field(0), source);
  builder.AddOffset(field(2), list);
  return finished(builder, builder.EndTable(root), "da00");
}

} // namespace

TEST_CASE("a da00 message cut off anywhere is refused, unless only padding is gone") {
  for (const auto& entry : recorded("da00")) {
    CAPTURE(entry.at("file").get<std::string>());
    const auto whole = load(entry.at("file"));
    const auto content = da00::read(whole)->data;
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const placed part(std::span<const std::byte>(whole).first(size), size % 8);
      const auto m = da00::read(part.bytes());
      if (m) {
        REQUIRE(whole.size() - size < 8);
        REQUIRE(m->data == content);
      } else {
        REQUIRE(m.error().reason == (size < 8 ? "too_short" : "invalid_buffer"));
      }
    }
  }
}

TEST_CASE("a da00 message that ends with what it needs is refused at every shorter length") {
  // The label of the signal ends the buffer without padding.
  const auto whole = da00::write("s", {}, {"abc", make_vector<double>("x", {1, 2, 3}, "m"), {}, {}});
  REQUIRE(whole.back() == std::byte{0});
  REQUIRE(whole[whole.size() - 2] == std::byte{'c'});
  REQUIRE(refusal(whole) == "accepted");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    const placed part(std::span<const std::byte>(whole).first(size), 0);
    CHECK(refusal(part.bytes()) == (size < 8 ? "too_short" : "invalid_buffer"));
  }
}

TEST_CASE("what is no da00 message is refused by its identifier") {
  CHECK(refusal({}) == "too_short");
  CHECK(refusal(load("ev44_detector_7.bin")) == "wrong_schema");
  CHECK(refusal(byte_vector(1024)) == "wrong_schema");
}

TEST_CASE("a da00 message without variables has no signal") {
  CHECK(refusal(raw_da00({})) == "missing_field");
}

TEST_CASE("da00 texts that are not UTF-8 are refused") {
  const auto good = raw_vector<double>("signal", "x", {1}, "m");
  CHECK(refusal(raw_da00({good}, "bad\xff")) == "invalid_buffer");
  const auto changed = [&](auto change) {
    auto v = good;
    change(v);
    return refusal(raw_da00({v}));
  };
  CHECK(changed([](auto&) {}) == "accepted");
  CHECK(changed([](auto& v) { v.name = std::string("\xff"); }) == "invalid_buffer");
  CHECK(changed([](auto& v) { v.unit = std::string("\xb5s"); }) == "invalid_buffer");
  CHECK(changed([](auto& v) { v.label = std::string("\xff"); }) == "invalid_buffer");
  CHECK(changed([](auto& v) { v.axes = {"\xff"}; }) == "invalid_buffer");
}

TEST_CASE("a small da00 message cannot be made to unpack into a huge one") {
  CHECK(refusal(bloated(1, 1, 1)) == "accepted");
  CHECK(refusal(bloated(2, 10'000, 1)) == "invalid_buffer");
  CHECK(refusal(bloated(100'000, 0, 1)) == "invalid_buffer");
  CHECK(refusal(bloated(1, 1, 100'000)) == "invalid_buffer");
}

TEST_CASE("a damaged da00 message is refused for a known reason or gives a sound data array") {
  std::vector<byte_vector> originals;
  for (const auto& entry : recorded("da00"))
    originals.push_back(load(entry.at("file")));
  std::mt19937_64 random(20'260'102);
  int accepted = 0;
  std::set<std::string_view> reasons;
  for (int i = 0; i < 20'000; ++i) {
    auto bytes = originals[random() % originals.size()];
    damage(bytes, random);
    const placed copy(bytes, random() % 8);
    const auto m = da00::read(copy.bytes());
    if (m) {
      ++accepted;
      REQUIRE(is_sound(m->data));
    } else {
      REQUIRE(is_known(m.error().reason));
      reasons.insert(m.error().reason);
    }
  }
  CHECK(accepted > 2'000);
  CHECK(reasons.size() == 6);
}

} // namespace da00_damage_test
