#include "messages/codec/f144.hpp"

#include "messages/codec/flat_buffer.hpp"

#include <concepts>
#include <f144_generated.h>
#include <limits>
#include <optional>
#include <type_traits>

namespace livedata::f144 {

namespace {

namespace wire = livedata::wire::f144;

template <class T>
log_value scalar_of(T number) {
  if constexpr (std::floating_point<T>) return static_cast<double>(number);
  if constexpr (std::same_as<T, std::uint64_t>)
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return static_cast<double>(number);
  return static_cast<std::int64_t>(number);
}

template <class T>
log_value list_of(const flatbuffers::Vector<T>* vector) {
  const auto numbers = flat::view_of(vector);
  // One number beyond int64 makes floats of all.
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  bool whole = std::integral<T>;
  if constexpr (std::same_as<T, std::uint64_t>)
    for (std::size_t i = 0; i < numbers.size(); ++i)
      whole = whole && numbers[i] <= static_cast<std::uint64_t>(largest);
  auto convert = [&]<class Memory>(std::vector<Memory> out) {
    out.reserve(numbers.size());
    for (std::size_t i = 0; i < numbers.size(); ++i)
      out.push_back(static_cast<Memory>(numbers[i]));
    return out;
  };
  if (whole) return convert(std::vector<std::int64_t>{});
  return convert(std::vector<double>{});
}

std::optional<log_value> value_of(const wire::f144_LogData& table) {
  using kind = wire::Value;
  switch (table.value_type()) {
  case kind::Byte:
    return scalar_of(table.value_as_Byte()->value());
  case kind::UByte:
    return scalar_of(table.value_as_UByte()->value());
  case kind::Short:
    return scalar_of(table.value_as_Short()->value());
  case kind::UShort:
    return scalar_of(table.value_as_UShort()->value());
  case kind::Int:
    return scalar_of(table.value_as_Int()->value());
  case kind::UInt:
    return scalar_of(table.value_as_UInt()->value());
  case kind::Long:
    return scalar_of(table.value_as_Long()->value());
  case kind::ULong:
    return scalar_of(table.value_as_ULong()->value());
  case kind::Float:
    return scalar_of(table.value_as_Float()->value());
  case kind::Double:
    return scalar_of(table.value_as_Double()->value());
  case kind::ArrayByte:
    return list_of(table.value_as_ArrayByte()->value());
  case kind::ArrayUByte:
    return list_of(table.value_as_ArrayUByte()->value());
  case kind::ArrayShort:
    return list_of(table.value_as_ArrayShort()->value());
  case kind::ArrayUShort:
    return list_of(table.value_as_ArrayUShort()->value());
  case kind::ArrayInt:
    return list_of(table.value_as_ArrayInt()->value());
  case kind::ArrayUInt:
    return list_of(table.value_as_ArrayUInt()->value());
  case kind::ArrayLong:
    return list_of(table.value_as_ArrayLong()->value());
  case kind::ArrayULong:
    return list_of(table.value_as_ArrayULong()->value());
  case kind::ArrayFloat:
    return list_of(table.value_as_ArrayFloat()->value());
  case kind::ArrayDouble:
    return list_of(table.value_as_ArrayDouble()->value());
  case kind::NONE:
    break;
  }
  return std::nullopt;
}

} // namespace

result<message> read(std::span<const std::byte> bytes) {
  const auto table = flat::verified<wire::f144_LogData>(bytes, schema);
  if (!table) return table.error();
  const auto source = flat::utf8_of((*table)->source_name(), schema, "source name");
  if (!source) return source.error();
  auto value = value_of(**table);
  if (!value)
    return failure{"unsupported_type",
                   fmt::format("f144 message of '{}': value type {} is not one of numbers; check its producer", *source,
                               static_cast<int>((*table)->value_type()))};
  return message{*source, {(*table)->timestamp()}, *std::move(value)};
}

result<log_sample> sample(const message& m) {
  if (const auto* whole = std::get_if<std::int64_t>(&m.value)) return log_sample{m.time, *whole, {}, {}};
  if (const auto* number = std::get_if<double>(&m.value)) return log_sample{m.time, *number, {}, {}};
  return failure{"array_value",
                 fmt::format("f144 message of '{}' holds a list of values where one is expected; check its producer",
                             m.source_name)};
}

std::vector<std::byte> write(std::string_view source_name, timestamp time, const log_value& value) {
  const auto content = [&] {
    if (const auto* l = std::get_if<std::vector<std::int64_t>>(&value)) return l->size() * sizeof(std::int64_t);
    if (const auto* l = std::get_if<std::vector<double>>(&value)) return l->size() * sizeof(double);
    return sizeof(double);
  }();
  flat::check_room(schema, source_name.size() + content);
  // Defaults (value 0, time 0) are left out, as the field's writers do.
  flatbuffers::FlatBufferBuilder builder(source_name.size() + content + 128);
  const auto source = builder.CreateString(source_name.data(), source_name.size());
  const auto [type, member] = std::visit(
    [&]<class T>(const T& v) -> std::pair<wire::Value, flatbuffers::Offset<void>> {
      if constexpr (std::same_as<T, std::int64_t>) return {wire::Value::Long, wire::CreateLong(builder, v).Union()};
      if constexpr (std::same_as<T, double>) return {wire::Value::Double, wire::CreateDouble(builder, v).Union()};
      if constexpr (std::same_as<T, std::vector<std::int64_t>>)
        return {wire::Value::ArrayLong, wire::CreateArrayLong(builder, builder.CreateVector(v)).Union()};
      if constexpr (std::same_as<T, std::vector<double>>)
        return {wire::Value::ArrayDouble, wire::CreateArrayDouble(builder, builder.CreateVector(v)).Union()};
    },
    value);
  wire::f144_LogDataBuilder table(builder);
  table.add_source_name(source);
  table.add_timestamp(time.ns);
  table.add_value_type(type);
  table.add_value(member);
  wire::Finishf144_LogDataBuffer(builder, table.Finish());
  return flat::bytes_of(builder);
}

} // namespace livedata::f144
