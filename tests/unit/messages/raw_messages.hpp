// Writes and reads messages table by table from the field numbers of the protocol, without the codecs under test: for
// messages that our own writers never make, and to see what they put on the wire.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace livedata::test {

// The place of a field in a vtable.
constexpr flatbuffers::voffset_t field(int id) {
  return static_cast<flatbuffers::voffset_t>(4 + 2 * id);
}

inline std::vector<std::byte> finished(flatbuffers::FlatBufferBuilder& builder, flatbuffers::uoffset_t root,
                                       const char* schema) {
  builder.Finish(flatbuffers::Offset<flatbuffers::Table>(root), schema);
  const auto* begin = reinterpret_cast<const std::byte*>(builder.GetBufferPointer());
  return {begin, begin + builder.GetSize()};
}

// An ev44 message; what is absent here is absent there.
struct raw_ev44 {
  std::optional<std::string> source_name = "bank";
  std::optional<std::vector<std::int64_t>> reference_time = std::vector<std::int64_t>{1'000};
  std::optional<std::vector<std::int32_t>> reference_time_index = std::vector<std::int32_t>{0};
  std::optional<std::vector<std::int32_t>> time_of_flight = std::vector<std::int32_t>{};
  std::optional<std::vector<std::int32_t>> pixel_id = std::vector<std::int32_t>{};

  std::vector<std::byte> bytes() const {
    flatbuffers::FlatBufferBuilder builder;
    std::vector<std::pair<int, flatbuffers::uoffset_t>> fields;
    if (source_name) fields.emplace_back(0, builder.CreateString(*source_name).o);
    if (reference_time) fields.emplace_back(2, builder.CreateVector(*reference_time).o);
    if (reference_time_index) fields.emplace_back(3, builder.CreateVector(*reference_time_index).o);
    if (time_of_flight) fields.emplace_back(4, builder.CreateVector(*time_of_flight).o);
    if (pixel_id) fields.emplace_back(5, builder.CreateVector(*pixel_id).o);
    const auto start = builder.StartTable();
    for (auto [id, at] : fields)
      builder.AddOffset(field(id), flatbuffers::Offset<void>(at));
    return finished(builder, builder.EndTable(start), "ev44");
  }
};

// The element types of da00 by their numbers on the wire.
template <class T>
constexpr std::int8_t wire_type() {
  if constexpr (std::is_floating_point_v<T>) return sizeof(T) == 4 ? 9 : 10;
  const int by_width = sizeof(T) == 1 ? 1 : sizeof(T) == 2 ? 3 : sizeof(T) == 4 ? 5 : 7;
  return static_cast<std::int8_t>(by_width + (std::is_unsigned_v<T> ? 1 : 0));
}

struct raw_variable {
  std::string name;
  std::optional<std::string> unit;
  std::optional<std::string> label;
  std::int8_t data_type = 0;
  std::optional<std::vector<std::string>> axes;
  std::vector<std::int64_t> shape;
  std::vector<std::uint8_t> data;

  template <class T>
  void set(const std::vector<T>& numbers) {
    data_type = wire_type<T>();
    data.resize(numbers.size() * sizeof(T));
    if (!data.empty()) std::memcpy(data.data(), numbers.data(), data.size());
  }
};

template <class T>
raw_variable raw_vector(std::string name, std::string dim, const std::vector<T>& numbers,
                        std::optional<std::string> unit = std::nullopt) {
  raw_variable v{std::move(name),
                 std::move(unit),
                 std::nullopt,
                 0,
                 std::vector{std::move(dim)},
                 {static_cast<std::int64_t>(numbers.size())},
                 {}};
  v.set(numbers);
  return v;
}

template <class T>
raw_variable raw_scalar(std::string name, T number, std::optional<std::string> unit = std::nullopt) {
  raw_variable v{std::move(name), std::move(unit), std::nullopt, 0, std::vector<std::string>{}, {}, {}};
  v.set(std::vector{number});
  return v;
}

inline std::vector<std::byte> raw_da00(const std::vector<raw_variable>& variables, const std::string& source = "source",
                                       std::int64_t time = 17) {
  flatbuffers::FlatBufferBuilder builder;
  std::vector<flatbuffers::Offset<flatbuffers::Table>> tables;
  for (const auto& v : variables) {
    std::vector<std::pair<int, flatbuffers::uoffset_t>> fields;
    fields.emplace_back(0, builder.CreateString(v.name).o);
    if (v.unit) fields.emplace_back(1, builder.CreateString(*v.unit).o);
    if (v.label) fields.emplace_back(2, builder.CreateString(*v.label).o);
    if (v.axes) fields.emplace_back(5, builder.CreateVectorOfStrings(*v.axes).o);
    fields.emplace_back(6, builder.CreateVector(v.shape).o);
    fields.emplace_back(7, builder.CreateVector(v.data).o);
    const auto start = builder.StartTable();
    for (auto [id, at] : fields)
      builder.AddOffset(field(id), flatbuffers::Offset<void>(at));
    builder.AddElement<std::int8_t>(field(4), v.data_type, 0);
    tables.emplace_back(builder.EndTable(start));
  }
  const auto data = builder.CreateVector(tables);
  const auto name = builder.CreateString(source);
  const auto start = builder.StartTable();
  builder.AddOffset(field(0), name);
  builder.AddElement<std::int64_t>(field(1), time, 0);
  builder.AddOffset(field(2), data);
  return finished(builder, builder.EndTable(start), "da00");
}

// Reads back a da00 buffer of known good make.
struct raw_da00_content {
  std::string source;
  std::int64_t time = 0;
  std::vector<raw_variable> variables;
};

inline raw_da00_content parse_raw_da00(std::span<const std::byte> bytes) {
  using flatbuffers::String;
  using flatbuffers::Table;
  const auto text = [](const Table& t, int id) -> std::optional<std::string> {
    const auto* s = t.GetPointer<const String*>(field(id));
    return s ? std::optional(s->str()) : std::nullopt;
  };
  const auto& root = *flatbuffers::GetRoot<Table>(bytes.data());
  raw_da00_content out{text(root, 0).value(), root.GetField<std::int64_t>(field(1), 0), {}};
  for (const auto* t : *root.GetPointer<const flatbuffers::Vector<flatbuffers::Offset<Table>>*>(field(2))) {
    raw_variable v;
    v.name = text(*t, 0).value();
    v.unit = text(*t, 1);
    v.label = text(*t, 2);
    v.data_type = t->GetField<std::int8_t>(field(4), 0);
    if (const auto* axes = t->GetPointer<const flatbuffers::Vector<flatbuffers::Offset<String>>*>(field(5))) {
      v.axes.emplace();
      for (const auto* axis : *axes)
        v.axes->push_back(axis->str());
    }
    const auto& shape = *t->GetPointer<const flatbuffers::Vector<std::int64_t>*>(field(6));
    v.shape.assign(shape.begin(), shape.end());
    const auto& data = *t->GetPointer<const flatbuffers::Vector<std::uint8_t>*>(field(7));
    v.data.assign(data.begin(), data.end());
    out.variables.push_back(std::move(v));
  }
  return out;
}

} // namespace livedata::test
