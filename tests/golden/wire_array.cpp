#include "golden/wire_array.hpp"

#include <cstring>
#include <da00_generated.h>
#include <stdexcept>

namespace livedata::golden {

namespace {

namespace wire = livedata::wire::da00;

template <class T>
std::vector<T> elements(const wire::da00_Variable& v) {
  std::vector<T> list(v.data()->size() / sizeof(T));
  if (!list.empty()) std::memcpy(list.data(), v.data()->data(), v.data()->size());
  return list;
}

values elements_of(const wire::da00_Variable& v) {
  switch (v.data_type()) {
  case wire::da00_dtype::float64:
    return elements<double>(v);
  case wire::da00_dtype::float32:
    return elements<float>(v);
  case wire::da00_dtype::int64:
    return elements<std::int64_t>(v);
  case wire::da00_dtype::int32:
    return elements<std::int32_t>(v);
  default:
    throw std::runtime_error(v.name()->str() + " has an element type that no result has");
  }
}

variable variable_of(const wire::da00_Variable& v) {
  variable out;
  if (v.axes() != nullptr)
    for (const auto* axis : *v.axes())
      out.dims.push_back(axis->str());
  out.shape.assign(v.shape()->begin(), v.shape()->end());
  if (v.unit() != nullptr) out.unit = v.unit()->str();
  out.data = elements_of(v);
  return out;
}

} // namespace

wire_array read_wire_array(std::span<const std::byte> message) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(message.data());
  flatbuffers::Verifier verifier(bytes, message.size());
  if (!wire::Verifyda00_DataArrayBuffer(verifier)) throw std::runtime_error("a damaged da00 message");
  wire_array a;
  for (const auto* v : *wire::Getda00_DataArray(bytes)->data()) {
    const auto name = v->name()->str();
    if (name == "signal") {
      a.array.data = variable_of(*v);
      if (v->label() != nullptr) a.array.name = v->label()->str();
    } else if (name == "errors") {
      a.has_errors = true;
      a.errors = std::get<std::vector<double>>(elements_of(*v));
    } else {
      a.array.set_coord(name, variable_of(*v));
    }
  }
  return a;
}

} // namespace livedata::golden
