#include "messages/codec/da00.hpp"

#include "messages/codec/da00_elements.hpp"
#include "messages/codec/flat_buffer.hpp"
#include "messages/units.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace livedata::da00 {

namespace {

namespace wire = livedata::wire::da00;

constexpr std::string_view signal_name = "signal";
constexpr std::string_view errors_name = "errors";
constexpr std::string_view reference_time_name = "reference_time";

// More variables in one message than any sender has use for. With the bounds on rank and on the sum of data it keeps
// a small message that refers to the same bytes again and again from costing much time and memory.
constexpr flatbuffers::uoffset_t max_variables = 1000;
constexpr flatbuffers::uoffset_t max_rank = 32;

bool is_floating(const values& v) {
  return std::holds_alternative<std::vector<double>>(v) || std::holds_alternative<std::vector<float>>(v);
}

// ---- writing

// The standard deviations of variances.
values square_roots(const values& variances) {
  auto roots = variances;
  std::visit(
    [](auto& numbers) {
      using number = typename std::decay_t<decltype(numbers)>::value_type;
      if constexpr (std::floating_point<number>)
        std::ranges::transform(numbers, numbers.begin(), [](number x) { return std::sqrt(x); });
    },
    roots);
  return roots;
}

std::span<const std::uint8_t> raw_bytes(const values& v) {
  return std::visit(
    [](const auto& numbers) {
      const auto raw = std::as_bytes(std::span(numbers));
      return std::span(reinterpret_cast<const std::uint8_t*>(raw.data()), raw.size());
    },
    v);
}

element_type type_of(const values& v) {
  return std::visit([]<class T>(const std::vector<T>&) { return da00::type_of<T>(); }, v);
}

// Why a coordinate cannot go with data of those dimensions; a dimension that the data lacks is the reader's business.
std::optional<std::string> misfit(const variable& coord, const variable& data) {
  for (std::size_t i = 0; i < coord.dims.size(); ++i) {
    const auto it = std::ranges::find(data.dims, coord.dims[i]);
    if (it == data.dims.end()) continue;
    const auto length = data.shape[static_cast<std::size_t>(it - data.dims.begin())];
    if (coord.shape[i] != length && coord.shape[i] - 1 != length)
      return fmt::format("its length along '{}' is {}, that of the data {}; it must be the same or longer by one",
                         coord.dims[i], coord.shape[i], length);
  }
  return std::nullopt;
}

void require_consistent(std::string_view source_name, const data_array& array) {
  const auto refuse = [&](std::string_view what, std::string_view why) {
    throw std::invalid_argument(
      fmt::format("cannot write data array '{}' of {}: {}: {}", array.name, source_name, what, why));
  };
  if (const auto why = inconsistency(array.data)) refuse("data", *why);
  if (const auto& variances = array.variances) {
    if (!is_floating(array.data.data)) refuse("variances", "only floating-point data may have them");
    if (variances->index() != array.data.data.index()) refuse("variances", "their type must be that of the data");
    if (size_of(*variances) != size_of(array.data.data)) refuse("variances", "there must be one for each value");
  }
  for (auto it = array.coords.begin(); it != array.coords.end(); ++it) {
    const auto& [name, coord] = *it;
    const auto what = fmt::format("coordinate '{}'", name);
    if (name == signal_name || name == errors_name) refuse(what, "the name is taken by the data; choose another");
    if (std::any_of(array.coords.begin(), it, [&](const auto& c) { return c.first == name; }))
      refuse(what, "there are two of that name; keep one");
    if (const auto why = inconsistency(coord)) refuse(what, *why);
    if (const auto why = misfit(coord, array.data)) refuse(what, *why);
  }
}

// Room for the content of a variable, an upper bound apart from constants.
std::size_t content_of(const variable& v, const values& numbers) {
  auto content = raw_bytes(numbers).size() + v.unit.value_or("").size() + 256;
  for (const auto& dim : v.dims)
    content += dim.size() + 32;
  return content;
}

using variable_offset = flatbuffers::Offset<wire::da00_Variable>;

// The order of creation is that of the writers in the field.
variable_offset write_variable(flatbuffers::FlatBufferBuilder& builder, std::string_view name, const variable& v,
                               const values& numbers, const std::string* label) {
  flatbuffers::Offset<flatbuffers::String> label_at, unit_at;
  if (label) label_at = builder.CreateString(*label);
  if (v.unit) unit_at = builder.CreateString(*v.unit);
  const auto name_at = builder.CreateString(name.data(), name.size());
  const auto raw = raw_bytes(numbers);
  const auto shape_at = builder.CreateVector(v.shape);
  const auto data_at = builder.CreateVector(raw.data(), raw.size());
  const auto axes_at = builder.CreateVectorOfStrings(v.dims);
  wire::da00_VariableBuilder table(builder);
  table.add_name(name_at);
  if (v.unit) table.add_unit(unit_at);
  if (label) table.add_label(label_at);
  table.add_data_type(type_of(numbers));
  table.add_axes(axes_at);
  table.add_shape(shape_at);
  table.add_data(data_at);
  return table.Finish();
}

// ---- reading

failure refused(std::string_view reason, const message& m, std::string_view variable_name, std::string_view what) {
  return {reason, fmt::format("da00 message of '{}', variable '{}': {}; check its producer", m.source_name,
                              variable_name, what)};
}

// What the verifier does not look at: texts, and bytes that are referred to many times over.
std::optional<std::string> more_damage(const wire::da00_DataArray& table, std::size_t size) {
  if (!flat::is_utf8(table.source_name()->string_view())) return "the source name is not UTF-8";
  std::size_t total = 0;
  for (const auto* v : *table.data()) {
    total += v->data()->size();
    if (total > size) return "its variables hold more bytes than the message";
    if (!flat::is_utf8(v->name()->string_view())) return "the name of a variable is not UTF-8";
    const auto in = [&](std::string_view what) {
      return fmt::format("{} of variable '{}' is not UTF-8", what, v->name()->string_view());
    };
    if (v->unit() && !flat::is_utf8(v->unit()->string_view())) return in("the unit");
    if (v->label() && !flat::is_utf8(v->label()->string_view())) return in("the label");
    if (!v->axes()) continue;
    if (v->axes()->size() > max_rank)
      return fmt::format("variable '{}' has {} axes, more than {}", v->name()->string_view(), v->axes()->size(),
                         max_rank);
    for (const auto* axis : *v->axes())
      if (!flat::is_utf8(axis->string_view())) return in("an axis");
  }
  return std::nullopt;
}

// A text stands in messages of others, but not in a data array.
bool is_text_scalar(const wire::da00_Variable& v) {
  return v.data_type() == element_type::c_string && (!v.axes() || v.axes()->size() == 0);
}

// An empty unit is unit one.
std::optional<std::string> unit_of(const wire::da00_Variable& v) {
  if (!v.unit()) return std::nullopt;
  return v.unit()->size() == 0 ? "dimensionless" : v.unit()->str();
}

result<variable> read_variable(const message& m, const wire::da00_Variable& v) {
  const auto name = v.name()->string_view();
  if (!with_number_type(v.data_type(), [](auto) {}))
    return refused("unsupported_type", m, name,
                   fmt::format("element type {} is not one of numbers", static_cast<int>(v.data_type())));
  variable out;
  if (v.axes())
    for (const auto* axis : *v.axes())
      out.dims.push_back(axis->str());
  out.unit = unit_of(v);
  const bool scalar = out.dims.empty();
  const auto shape = flat::view_of(v.shape());
  for (std::size_t i = 0; i < shape.size() && i <= max_rank; ++i)
    out.shape.push_back(shape[i]);
  if (scalar) {
    // One element may also come with shape [1].
    if (shape.size() > max_rank || std::ranges::any_of(out.shape, [](std::int64_t n) { return n != 1; }))
      return refused("shape_mismatch", m, name, "no axes, but a shape of other than one element");
    out.shape.clear();
  }

  const std::span bytes(v.data()->data(), v.data()->size());
  bool whole = true;
  with_number_type(v.data_type(), [&]<class Wire>(std::type_identity<Wire>) {
    whole = bytes.size() % sizeof(Wire) == 0 && (!scalar || bytes.size() == sizeof(Wire));
    if (!whole) return;
    if (std::integral<Wire> && out.unit && out.unit->starts_with("datetime64"))
      out.data = decode_times<Wire>(bytes);
    else
      out.data = scalar ? decode_scalar<Wire>(bytes) : decode_array<Wire>(bytes);
  });
  if (!whole)
    return refused("shape_mismatch", m, name,
                   fmt::format("{} bytes of data are no whole number of elements, or not one where there are no axes",
                               bytes.size()));
  if (const auto why = inconsistency(out)) return refused("shape_mismatch", m, name, *why);
  return out;
}

// The last reference time becomes the time of the message. Other element types, and none at all, leave it alone.
std::optional<failure> take_time(message& m, const wire::da00_Variable& v) {
  const auto type = v.data_type();
  const auto raw = flat::view_of(v.data());
  std::int64_t last = 0;
  if ((type != element_type::int64 && type != element_type::uint64) || raw.size() < sizeof last) return std::nullopt;
  std::memcpy(&last, raw.data() + raw.size() - sizeof last, sizeof last);
  const auto unit = v.unit() ? flat::text_of(v.unit()) : std::string_view{};
  if (!scale_between(unit, "ns"))
    return refused("bad_time", m, reference_time_name, fmt::format("its unit '{}' is not one of time", unit));
  const auto time = nanoseconds_in(last, unit);
  if (!time || (type == element_type::uint64 && last < 0))
    return refused("bad_time", m, reference_time_name,
                   fmt::format("the time in '{}' does not fit 64 bits of nanoseconds", unit));
  m.time.ns = *time;
  return std::nullopt;
}

// The squares of `errors`, in the type of the signal.
values squares(const values& errors, const values& signal) {
  return std::visit(
    []<class E, class S>(const std::vector<E>& e, const std::vector<S>&) -> values {
      std::vector<S> out(e.size());
      std::ranges::transform(e, out.begin(), [](E x) { return static_cast<S>(x) * static_cast<S>(x); });
      return out;
    },
    errors, signal);
}

std::optional<failure> add_variances(message& m, const variable& errors) {
  auto& signal = m.data.data;
  if (!is_floating(signal.data))
    return refused("unsupported_type", m, errors_name, "only a floating-point signal may have errors");
  if (errors.dims != signal.dims || errors.shape != signal.shape)
    return refused("shape_mismatch", m, errors_name,
                   fmt::format("axes ({}) and shape [{}] are not those of the signal", fmt::join(errors.dims, ", "),
                               fmt::join(errors.shape, ", ")));
  m.data.variances = squares(errors.data, signal.data);
  return std::nullopt;
}

// Leaves out the coordinates with foreign axes; the others must have the length of the signal or one more.
std::optional<failure> settle_coords(message& m) {
  const auto& dims = m.data.data.dims;
  std::erase_if(m.data.coords, [&](const auto& c) {
    return std::ranges::any_of(c.second.dims, [&](const auto& d) { return std::ranges::find(dims, d) == dims.end(); });
  });
  for (const auto& [name, coord] : m.data.coords)
    if (const auto why = misfit(coord, m.data.data)) return refused("shape_mismatch", m, name, *why);
  return std::nullopt;
}

result<message> decode(const wire::da00_DataArray& table) {
  message m{table.source_name()->str(), {table.timestamp()}, {}};
  std::optional<variable> signal, errors;
  for (const auto* v : *table.data()) {
    const auto name = v->name()->string_view();
    const bool is_coord = name != signal_name && name != errors_name;
    if (is_coord && is_text_scalar(*v)) continue;
    auto decoded = read_variable(m, *v);
    if (!decoded) return decoded.error();
    if (name == reference_time_name)
      if (auto f = take_time(m, *v)) return *std::move(f);
    if (is_coord) {
      m.data.set_coord(std::string(name), *std::move(decoded));
    } else if (name == signal_name) {
      signal = *std::move(decoded);
      m.data.name = v->label() ? v->label()->str() : "";
    } else {
      errors = *std::move(decoded);
    }
  }
  if (!signal) return refused("missing_field", m, signal_name, "the message has none");
  m.data.data = *std::move(signal);
  if (errors)
    if (auto f = add_variances(m, *errors)) return *std::move(f);
  if (auto f = settle_coords(m)) return *std::move(f);
  return m;
}

} // namespace

std::vector<std::byte> write(std::string_view source_name, timestamp time, const data_array& array) {
  require_consistent(source_name, array);
  std::optional<values> errors;
  if (array.variances) errors = square_roots(*array.variances);
  auto content = source_name.size() + array.name.size() + content_of(array.data, array.data.data);
  if (errors) content += content_of(array.data, *errors);
  for (const auto& [name, coord] : array.coords)
    content += name.size() + content_of(coord, coord.data);
  flat::check_room(schema, content);

  // Room for names, offsets and tables too: a builder that has to grow copies what it has.
  flatbuffers::FlatBufferBuilder builder(content + 256 * (array.coords.size() + 3));
  builder.ForceDefaults(true);
  std::vector<variable_offset> variables;
  variables.push_back(write_variable(builder, signal_name, array.data, array.data.data, &array.name));
  if (errors) variables.push_back(write_variable(builder, errors_name, array.data, *errors, nullptr));
  for (const auto& [name, coord] : array.coords)
    variables.push_back(write_variable(builder, name, coord, coord.data, nullptr));
  const auto data_at = builder.CreateVector(variables);
  const auto source_at = builder.CreateString(source_name.data(), source_name.size());
  wire::da00_DataArrayBuilder table(builder);
  table.add_source_name(source_at);
  table.add_timestamp(time.ns);
  table.add_data(data_at);
  wire::Finishda00_DataArrayBuffer(builder, table.Finish());
  return flat::bytes_of(builder);
}

namespace {

// Calls `f` with the table of a message that is whole.
template <class F>
auto with_table(std::span<const std::byte> bytes, F&& f) -> decltype(f(std::declval<const wire::da00_DataArray&>())) {
  if (auto problem = flat::check_envelope(bytes, schema)) return *std::move(problem);
  // The generated accessors need offsets and lengths in aligned places. The verifier checks that relative to the start;
  // it does not for the elements of vectors, which are read by single bytes.
  std::vector<std::byte> aligned;
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(std::int64_t) != 0) {
    aligned.assign(bytes.begin(), bytes.end());
    bytes = aligned;
  }
  flatbuffers::Verifier::Options options;
  options.max_tables = max_variables + 1;
  flatbuffers::Verifier verifier(flat::begin_of(bytes), bytes.size(), options);
  if (!verifier.VerifyBuffer<wire::da00_DataArray>(nullptr)) return flat::invalid_buffer(schema, bytes.size());
  const auto& table = *flat::root_of<wire::da00_DataArray>(bytes);
  if (const auto damage = more_damage(table, bytes.size()))
    return failure{"invalid_buffer",
                   fmt::format("da00 message of {} bytes: {}; check its producer", bytes.size(), *damage)};
  return f(table);
}

std::string_view name_of(element_type type) {
  std::string_view name = "none";
  with_number_type(type, [&]<class Wire>(std::type_identity<Wire>) { name = element_name<widened<Wire>>(); });
  return name;
}

} // namespace

result<message> read(std::span<const std::byte> bytes) {
  return with_table(bytes, [](const auto& table) { return decode(table); });
}

result<outline> read_outline(std::span<const std::byte> bytes) {
  return with_table(bytes, [](const wire::da00_DataArray& table) -> result<outline> {
    outline out;
    bool found = false;
    for (const auto* v : *table.data()) {
      const auto name = v->name()->string_view();
      if (name != signal_name) {
        if (name == errors_name) out.has_errors = true;
        if (v->unit() && v->axes() && v->axes()->size() == 1 && v->axes()->Get(0)->string_view() == name &&
            v->unit()->string_view().starts_with("datetime64"))
          out.time_axes.emplace_back(name);
        continue;
      }
      found = true;
      out.label = v->label() ? v->label()->str() : "";
      out.unit = unit_of(*v);
      out.element_type = name_of(v->data_type());
      if (v->axes())
        for (const auto* axis : *v->axes())
          out.dims.push_back(axis->str());
      if (!out.dims.empty())
        for (std::size_t i = 0; i < flat::view_of(v->shape()).size() && i <= max_rank; ++i)
          out.shape.push_back(flat::view_of(v->shape())[i]);
    }
    if (!found) return failure{"missing_field", "the message has no signal"};
    return out;
  });
}

} // namespace livedata::da00
