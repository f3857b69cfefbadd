#include "workflows/geometry/layout_bytes.hpp"

#include "workflows/geometry/byte_stream.hpp"

namespace livedata {

void put(byte_writer& out, const transformation_chain& chain) {
  out.put(chain.steps().size());
  for (const auto& t : chain.steps()) {
    out.put(t.kind);
    out.put(t.vector);
    out.put(t.offset);
    out.put(t.value.has_value());
    out.put(t.value.value_or(0));
    out.text(t.unit);
    out.text(t.entry);
  }
}

transformation_chain get_chain(byte_reader& in) {
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
  return transformation_chain(std::move(steps));
}

std::vector<std::byte> to_bytes(const detector_layout& layout) {
  byte_writer out;
  out.list(layout.local.positions);
  out.list(layout.local.detector_numbers);
  out.put(layout.local.shape.has_value());
  out.put(layout.local.shape.value_or(cylinder_shape{}));
  out.text(layout.local.no_shape);
  put(out, layout.chain);
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
  layout.chain = get_chain(in);
  return layout;
}

} // namespace livedata
