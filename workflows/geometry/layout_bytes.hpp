// Detector layouts as bytes, to hand them from one process of this program to another on the same machine.
#pragma once

#include "workflows/geometry/byte_stream.hpp"
#include "workflows/geometry/detector_geometry.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace livedata {

void put(byte_writer& out, const transformation_chain& chain);
transformation_chain get_chain(byte_reader& in);

std::vector<std::byte> to_bytes(const detector_layout& layout);

// Throws std::runtime_error if these are not the bytes of a layout.
detector_layout layout_of_bytes(std::span<const std::byte> bytes);

} // namespace livedata
