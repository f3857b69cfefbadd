#include "messages/codec/f144.hpp"
#include "sample_messages.hpp"

#include <doctest/doctest.h>
#include <flatbuffers/flatbuffers.h>

#include <limits>

namespace f144_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr flatbuffers::voffset_t field(int id) {
  return static_cast<flatbuffers::voffset_t>(4 + 2 * id);
}

// A message with any union type; `make` makes the member's table.
template <class Make>
byte_vector raw_f144(std::uint8_t type, Make make) {
  flatbuffers::FlatBufferBuilder b;
  const auto member = make(b);
  const auto source = b.CreateString("pv");
  const auto start = b.StartTable();
  b.AddOffset(field(0), source);
  b.AddElement<std::int64_t>(field(1), 7, 0);
  b.AddElement<std::uint8_t>(field(2), type, 0);
  if (member != 0) b.AddOffset(field(3), flatbuffers::Offset<void>(member));
  b.Finish(flatbuffers::Offset<flatbuffers::Table>(b.EndTable(start)), "f144");
  const auto* begin = reinterpret_cast<const std::byte*>(b.GetBufferPointer());
  return {begin, begin + b.GetSize()};
}

template <class T>
byte_vector raw_scalar(std::uint8_t type, T value) {
  return raw_f144(type, [&](auto& b) {
    const auto start = b.StartTable();
    b.template AddElement<T>(field(0), value, T{});
    return b.EndTable(start);
  });
}

f144::log_value scalar(const byte_vector& bytes) {
  return f144::read(bytes).value().value;
}

} // namespace

TEST_CASE("recorded f144 messages hold what their writer put in, at any alignment") {
  for (const auto& entry : recorded("f144")) {
    CAPTURE(entry.at("file").get<std::string>());
    const auto bytes = load(entry.at("file"));
    for (std::size_t offset = 0; offset < 8; ++offset) {
      const placed copy(bytes, offset);
      const auto m = f144::read(copy.bytes());
      REQUIRE(m);
      CHECK(m->source_name == entry.at("source_name").get<std::string>());
      CHECK(m->time.ns == entry.at("timestamp_unix_ns").get<std::int64_t>());
      const auto& value = entry.at("value");
      const bool whole = entry.at("dtype").get<std::string>().find("float") == std::string::npos;
      if (value.is_array()) {
        if (whole)
          CHECK(std::get<std::vector<std::int64_t>>(m->value) == value.get<std::vector<std::int64_t>>());
        else
          CHECK(std::get<std::vector<double>>(m->value) == value.get<std::vector<double>>());
        CHECK(f144::sample(*m).error().reason == "array_value");
      } else {
        if (whole)
          CHECK(std::get<std::int64_t>(m->value) == value.get<std::int64_t>());
        else
          CHECK(std::get<double>(m->value) == value.get<double>());
        CHECK(f144::sample(*m)->as_double() == value.get<double>());
        CHECK(f144::sample(*m)->time == m->time);
      }
    }
  }
}

TEST_CASE("every number type of f144 is read, whole numbers as int64") {
  CHECK(scalar(raw_scalar<std::int8_t>(1, -5)) == f144::log_value{std::int64_t{-5}});
  CHECK(scalar(raw_scalar<std::uint8_t>(2, 255)) == f144::log_value{std::int64_t{255}});
  CHECK(scalar(raw_scalar<std::int16_t>(3, -300)) == f144::log_value{std::int64_t{-300}});
  CHECK(scalar(raw_scalar<std::uint16_t>(4, 65'535)) == f144::log_value{std::int64_t{65'535}});
  CHECK(scalar(raw_scalar<std::int32_t>(5, -70'000)) == f144::log_value{std::int64_t{-70'000}});
  CHECK(scalar(raw_scalar<std::uint32_t>(6, 4'000'000'000)) == f144::log_value{std::int64_t{4'000'000'000}});
  CHECK(scalar(raw_scalar<std::int64_t>(7, INT64_MIN)) == f144::log_value{std::int64_t{INT64_MIN}});
  CHECK(scalar(raw_scalar<std::uint64_t>(8, 5)) == f144::log_value{std::int64_t{5}});
  CHECK(scalar(raw_scalar<std::uint64_t>(8, UINT64_MAX)) == f144::log_value{18446744073709551615.0});
  CHECK(scalar(raw_scalar<float>(9, 1.5F)) == f144::log_value{1.5});
  CHECK(scalar(raw_scalar<double>(10, 2.5)) == f144::log_value{2.5});
}

TEST_CASE("a value type that f144 does not have, or none, is refused") {
  const auto reason = [](const byte_vector& b) {
    const auto m = f144::read(b);
    return m ? "accepted" : m.error().reason;
  };
  CHECK(reason(raw_scalar<double>(21, 1.0)) == "unsupported_type");
  CHECK(reason(raw_scalar<double>(0, 1.0)) == "unsupported_type");
  CHECK(reason(raw_f144(10, [](auto&) { return flatbuffers::uoffset_t{0}; })) == "invalid_buffer");
}

TEST_CASE("edge case 26: value 0 and time 0 are absent in the buffer, and read as 0") {
  const auto zero = f144::write("pv", {0}, 0.0);
  CHECK(zero.size() < f144::write("pv", {1}, 1.0).size());
  const auto m = f144::read(zero);
  REQUIRE(m);
  CHECK(m->time == timestamp{0});
  CHECK(m->value == f144::log_value{0.0});
  CHECK(f144::read(f144::write("pv", {0}, std::int64_t{0}))->value == f144::log_value{std::int64_t{0}});
}

TEST_CASE("what is written as f144 is read back equal") {
  const std::vector<f144::log_value> values{std::int64_t{-7},
                                            3.25,
                                            -0.0,
                                            std::numeric_limits<double>::infinity(),
                                            std::vector<std::int64_t>{1, 2, 3},
                                            std::vector<double>{},
                                            std::vector<double>{0.5, -1}};
  for (const auto& value : values) {
    const auto bytes = f144::write("motor µ/value", {INT64_MIN}, value);
    const auto m = f144::read(bytes);
    REQUIRE(m);
    CHECK(m->source_name == "motor µ/value");
    CHECK(m->time.ns == INT64_MIN);
    CHECK(m->value == value);
  }
}

} // namespace f144_test
