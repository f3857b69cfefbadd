#include "workflows/geometry/layout_bytes.hpp"

#include <cstring>
#include <stdexcept>
#include <type_traits>

namespace livedata {

namespace {

class byte_writer {
public:
  template <class T>
  requires std::is_trivially_copyable_v<T>

  void put(const T& value) { raw(&value, sizeof value); }

  template <class T>
  void list(const std::vector<T>& values_) {
    put(values_.size());
    raw(values_.data(), values_.size() * sizeof(T));
  }

  void text(const std::string& s) {
    put(s.size());
    raw(s.data(), s.size());
  }

  std::vector<std::byte> bytes;

private:
  void raw(const void* from, std::size_t n) {
    const auto* first = static_cast<const std::byte*>(from);
    bytes.insert(bytes.end(), first, first + n);
  }
};

class byte_reader {
public:
  explicit byte_reader(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <class T>

  requires std::is_trivially_copyable_v<T> T get() {
    T value;
    std::memcpy(&value, take(sizeof value), sizeof value);
    return value;
  }

  template <class T>
  std::vector<T> list() {
    auto n = get<std::size_t>();
    if (n > rest_.size() / sizeof(T)) throw std::runtime_error("the bytes of a layout are cut short");
    std::vector<T> content(n);
    if (n > 0) std::memcpy(content.data(), take(n * sizeof(T)), n * sizeof(T));
    return content;
  }

  std::string text() {
    auto n = get<std::size_t>();
    const auto* first = take(n);
    return {reinterpret_cast<const char*>(first), n};
  }

private:
  const std::byte* take(std::size_t n) {
    if (n > rest_.size()) throw std::runtime_error("the bytes of a layout are cut short");
    const auto* first = rest_.data();
    rest_ = rest_.subspan(n);
    return first;
  }

  std::span<const std::byte> rest_;
};

} // namespace

std::vector<std::byte> to_bytes(const detector_layout& layout) {
  byte_writer out;
  out.list(layout.local.positions);
  out.list(layout.local.detector_numbers);
  out.put(layout.local.shape.has_value());
  out.put(layout.local.shape.value_or(cylinder_shape{}));
  out.text(layout.local.no_shape);
  out.put(layout.chain.steps().size());
  for (const auto& t : layout.chain.steps()) {
    out.put(t.kind);
    out.put(t.vector);
    out.put(t.offset);
    out.put(t.value.has_value());
    out.put(t.value.value_or(0));
    out.text(t.unit);
    out.text(t.entry);
  }
  return std::move(out.bytes);
}

detector_layout layout_of_bytes(std::span<const std::byte> bytes) {
  byte_reader in(bytes);
  detector_layout layout;
  layout.local.positions = in.list<vec3>();
  layout.local.detector_numbers = in.list<std::int32_t>();
  auto has_shape = in.get<bool>();
  auto shape = in.get<cylinder_shape>();
  if (has_shape) layout.local.shape = shape;
  layout.local.no_shape = in.text();
  std::vector<transformation> steps;
  for (auto n = in.get<std::size_t>(); n > 0; --n) {
    transformation t;
    t.kind = in.get<transformation_kind>();
    t.vector = in.get<vec3>();
    t.offset = in.get<vec3>();
    auto has_value = in.get<bool>();
    auto value = in.get<double>();
    if (has_value) t.value = value;
    t.unit = in.text();
    t.entry = in.text();
    steps.push_back(std::move(t));
  }
  layout.chain = transformation_chain(std::move(steps));
  return layout;
}

} // namespace livedata
