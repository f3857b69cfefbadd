#include "messages/codec/ad00.hpp"

#include "messages/codec/da00_elements.hpp"
#include "messages/codec/flat_buffer.hpp"
#include "messages/saturating.hpp"

#include <fmt/ranges.h>

#include <ad00_generated.h>
#include <numeric>

namespace livedata::ad00 {

namespace {

namespace wire = livedata::wire::ad00;

constexpr std::size_t max_rank = 32;

// The codes are not those of da00, but the types are.
da00::element_type da00_type(wire::DType type) {
  const auto code = static_cast<int>(type);
  if (code < static_cast<int>(wire::DType::int8) || code > static_cast<int>(wire::DType::float64))
    return da00::element_type::none;
  return static_cast<da00::element_type>(code + 1);
}

template <class T>
constexpr wire::DType type_of() {
  if constexpr (std::same_as<T, std::int8_t>) return wire::DType::int8;
  if constexpr (std::same_as<T, std::uint8_t>) return wire::DType::uint8;
  if constexpr (std::same_as<T, std::int16_t>) return wire::DType::int16;
  if constexpr (std::same_as<T, std::uint16_t>) return wire::DType::uint16;
  if constexpr (std::same_as<T, std::int32_t>) return wire::DType::int32;
  if constexpr (std::same_as<T, std::uint32_t>) return wire::DType::uint32;
  if constexpr (std::same_as<T, std::int64_t>) return wire::DType::int64;
  if constexpr (std::same_as<T, std::uint64_t>) return wire::DType::uint64;
  if constexpr (std::same_as<T, float>) return wire::DType::float32;
  if constexpr (std::same_as<T, double>) return wire::DType::float64;
}

failure refused(std::string_view reason, const message& m, std::string_view what) {
  return {reason, fmt::format("ad00 message {} of '{}': {}; check its producer", m.id, m.source_name, what)};
}

} // namespace

result<message> read(std::span<const std::byte> bytes) {
  const auto verified = flat::verified<wire::ad00_ADArray>(bytes, schema);
  if (!verified) return verified.error();
  const auto& table = **verified;
  const auto source = flat::utf8_of(table.source_name(), schema, "source name");
  if (!source) return source.error();
  message m{std::string(*source), table.id(), {table.timestamp()}, {}};

  const auto shape = flat::view_of(table.dimensions());
  if (shape.size() > max_rank)
    return refused("shape_mismatch", m, fmt::format("{} dimensions, more than {}", shape.size(), max_rank));
  auto& image = m.data.data;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    image.dims.push_back(fmt::format("dim_{}", i));
    image.shape.push_back(shape[i]);
  }
  image.unit = "dimensionless";

  const auto raw = flat::view_of(table.data());
  const std::span elements(reinterpret_cast<const std::uint8_t*>(raw.data()), raw.size());
  bool whole = true;
  const bool numbers = da00::with_number_type(da00_type(table.data_type()), [&]<class Wire>(std::type_identity<Wire>) {
    whole = elements.size() % sizeof(Wire) == 0;
    if (whole) image.data = da00::decode_array<Wire>(elements);
  });
  if (!numbers)
    return refused("unsupported_type", m,
                   fmt::format("element type {} is not one of numbers", static_cast<int>(table.data_type())));
  if (!whole)
    return refused("shape_mismatch", m,
                   fmt::format("{} bytes of data are no whole number of elements", elements.size()));
  if (const auto why = inconsistency(image)) return refused("shape_mismatch", m, *why);
  return m;
}

template <class T>
std::vector<std::byte> write(std::string_view source_name, std::int32_t id, timestamp time,
                             std::span<const std::int64_t> shape, std::span<const T> elements) {
  const auto expected = std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, saturated_product);
  if (expected < 0 || static_cast<std::size_t>(expected) != elements.size())
    throw std::invalid_argument(fmt::format("cannot write a frame of {}: shape [{}] does not go with {} elements",
                                            source_name, fmt::join(shape, ", "), elements.size()));
  const auto content = source_name.size() + shape.size_bytes() + elements.size_bytes();
  flat::check_room(schema, content);
  flatbuffers::FlatBufferBuilder builder(content + 128);
  builder.ForceDefaults(true);
  const auto source = builder.CreateString(source_name.data(), source_name.size());
  const auto data = builder.CreateVector(reinterpret_cast<const std::uint8_t*>(elements.data()), elements.size_bytes());
  const auto dimensions = builder.CreateVector(shape.data(), shape.size());
  wire::ad00_ADArrayBuilder table(builder);
  table.add_timestamp(time.ns);
  table.add_source_name(source);
  table.add_dimensions(dimensions);
  table.add_data(data);
  table.add_id(id);
  table.add_data_type(type_of<T>());
  wire::Finishad00_ADArrayBuffer(builder, table.Finish());
  return flat::bytes_of(builder);
}

#define LIVEDATA_AD00_WRITE(T)                                                                                         \
  template std::vector<std::byte> write<T>(std::string_view, std::int32_t, timestamp, std::span<const std::int64_t>,   \
                                           std::span<const T>);
LIVEDATA_AD00_WRITE(std::int8_t)
LIVEDATA_AD00_WRITE(std::uint8_t)
LIVEDATA_AD00_WRITE(std::int16_t)
LIVEDATA_AD00_WRITE(std::uint16_t)
LIVEDATA_AD00_WRITE(std::int32_t)
LIVEDATA_AD00_WRITE(std::uint32_t)
LIVEDATA_AD00_WRITE(std::int64_t)
LIVEDATA_AD00_WRITE(std::uint64_t)
LIVEDATA_AD00_WRITE(float)
LIVEDATA_AD00_WRITE(double)
#undef LIVEDATA_AD00_WRITE

} // namespace livedata::ad00
