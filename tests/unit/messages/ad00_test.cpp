#include "messages/codec/ad00.hpp"
#include "sample_messages.hpp"

#include <doctest/doctest.h>
#include <flatbuffers/flatbuffers.h>

namespace ad00_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr flatbuffers::voffset_t field(int id) {
  return static_cast<flatbuffers::voffset_t>(4 + 2 * id);
}

byte_vector raw_ad00(std::int8_t type, const std::vector<std::int64_t>& dims, const std::vector<std::uint8_t>& data,
                     bool bare_attribute = false) {
  flatbuffers::FlatBufferBuilder b;
  std::vector<flatbuffers::Offset<flatbuffers::Table>> attributes;
  if (bare_attribute) {
    const auto name = b.CreateString("gain");
    const auto content = b.CreateVector(std::vector<std::uint8_t>{1});
    const auto start = b.StartTable();
    b.AddOffset(field(0), name);
    b.AddElement<std::int8_t>(field(3), 99, 0);
    b.AddOffset(field(4), content);
    attributes.emplace_back(b.EndTable(start));
  }
  const auto list = b.CreateVector(attributes);
  const auto source = b.CreateString("cam");
  const auto shape = b.CreateVector(dims);
  const auto bytes = b.CreateVector(data);
  const auto start = b.StartTable();
  b.AddOffset(field(0), source);
  b.AddOffset(field(3), shape);
  b.AddElement<std::int8_t>(field(4), type, 0);
  b.AddOffset(field(5), bytes);
  b.AddOffset(field(6), list);
  b.Finish(flatbuffers::Offset<flatbuffers::Table>(b.EndTable(start)), "ad00");
  const auto* begin = reinterpret_cast<const std::byte*>(b.GetBufferPointer());
  return {begin, begin + b.GetSize()};
}

std::string_view reason(const byte_vector& b) {
  const auto m = ad00::read(b);
  return m ? "accepted" : m.error().reason;
}

void flatten(const nlohmann::json& j, std::vector<double>& out) {
  if (j.is_array())
    for (const auto& x : j)
      flatten(x, out);
  else
    out.push_back(j.get<double>());
}

std::vector<double> as_doubles(const values& v) {
  return std::visit([](const auto& n) { return std::vector<double>(n.begin(), n.end()); }, v);
}

template <class T>
data_array round_trip(const std::vector<std::int64_t>& shape, const std::vector<T>& pixels) {
  return ad00::read(ad00::write<T>("cam", 1, {5}, shape, pixels)).value().data;
}

} // namespace

TEST_CASE("recorded ad00 messages hold what their writer put in, at any alignment") {
  for (const auto& entry : recorded("ad00")) {
    CAPTURE(entry.at("file").get<std::string>());
    const auto bytes = load(entry.at("file"));
    std::vector<double> expected;
    flatten(entry.at("data"), expected);
    for (std::size_t offset = 0; offset < 8; ++offset) {
      const placed copy(bytes, offset);
      const auto m = ad00::read(copy.bytes());
      REQUIRE(m);
      CHECK(m->source_name == entry.at("source_name").get<std::string>());
      CHECK(m->id == entry.at("unique_id").get<std::int32_t>());
      CHECK(m->time.ns == entry.at("timestamp_ns").get<std::int64_t>());
      CHECK(m->data.data.dims == std::vector<std::string>{"dim_0", "dim_1"});
      CHECK(m->data.data.shape == entry.at("dimensions").get<std::vector<std::int64_t>>());
      CHECK(m->data.data.unit == "dimensionless");
      CHECK(as_doubles(m->data.data.data) == expected);
      CHECK(m->data.coords.empty());
    }
  }
}

TEST_CASE("edge case 31: frames of 1 to 3 dimensions and of every type") {
  CHECK(round_trip<double>({2, 2}, {1, 2.5, 3, 4}).data.data == values{std::vector<double>{1, 2.5, 3, 4}});
  CHECK(round_trip<double>({1, 2, 1}, {1, 2}).data.dims == std::vector<std::string>{"dim_0", "dim_1", "dim_2"});
  CHECK(round_trip<double>({3}, {1, 2, 3}).data.shape == std::vector<std::int64_t>{3});
  CHECK(round_trip<std::uint16_t>({1, 2}, {65'535, 1}).data.data == values{std::vector<std::int32_t>{65'535, 1}});
  CHECK(round_trip<std::int16_t>({2}, {-300, 300}).data.data == values{std::vector<std::int32_t>{-300, 300}});
  CHECK(round_trip<std::uint8_t>({2}, {255, 0}).data.data == values{std::vector<std::int32_t>{255, 0}});
  CHECK(round_trip<std::int8_t>({2}, {-128, 127}).data.data == values{std::vector<std::int32_t>{-128, 127}});
  CHECK(round_trip<std::int32_t>({1}, {INT32_MIN}).data.data == values{std::vector<std::int32_t>{INT32_MIN}});
  CHECK(round_trip<std::uint32_t>({1}, {UINT32_MAX}).data.data == values{std::vector<std::int64_t>{UINT32_MAX}});
  CHECK(round_trip<std::int64_t>({1}, {INT64_MIN}).data.data == values{std::vector<std::int64_t>{INT64_MIN}});
  CHECK(round_trip<std::uint64_t>({1}, {4}).data.data == values{std::vector<double>{4}});
  CHECK(round_trip<float>({1}, {1.5F}).data.data == values{std::vector<float>{1.5F}});
}

TEST_CASE("a frame whose shape and content disagree is refused") {
  const std::vector<std::uint8_t> six(6);
  CHECK(reason(raw_ad00(1, {2, 3}, six)) == "accepted");
  CHECK(reason(raw_ad00(1, {2, 4}, six)) == "shape_mismatch");
  CHECK(reason(raw_ad00(1, {-2, -3}, six)) == "shape_mismatch");
  CHECK(reason(raw_ad00(1, {INT64_MAX, INT64_MAX}, six)) == "shape_mismatch");
  CHECK(reason(raw_ad00(1, std::vector<std::int64_t>(40, 1), {1})) == "shape_mismatch");
  CHECK(reason(raw_ad00(4, {1}, six)) == "shape_mismatch");
  CHECK(reason(raw_ad00(1, {0, 3}, {})) == "accepted");
}

TEST_CASE("a frame of texts or of an unknown type is refused") {
  for (int type : {10, 11, 127, -1})
    CHECK(reason(raw_ad00(static_cast<std::int8_t>(type), {1}, {1})) == "unsupported_type");
}

TEST_CASE("attributes of a frame are passed over, also incomplete ones") {
  CHECK(reason(raw_ad00(1, {1}, {1}, true)) == "accepted");
}

TEST_CASE("a frame that makes no sense is not written") {
  const std::vector<std::int64_t> shape{2, 2};
  const std::vector<std::uint8_t> pixels(3);
  CHECK_THROWS_AS(ad00::write<std::uint8_t>("cam", 0, {}, shape, pixels), std::invalid_argument);
}

} // namespace ad00_test
