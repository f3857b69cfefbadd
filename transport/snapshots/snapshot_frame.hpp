// What every place for snapshots shares: the header that tells whether content is whole, and the search for the newest
// that is. Plain code.
#pragma once

#include "transport/snapshots/snapshot_store.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace livedata {

using snapshot_parts = std::span<const snapshot_store::bytes>;
using snapshot_content = std::shared_ptr<const std::vector<std::byte>>;

// Bytes of a header: magic, version of the format, SHA-256 of the content.
inline constexpr std::size_t snapshot_header_size = 8 + 4 + 32;

// The header of content that is the parts one behind the other.
std::vector<std::byte> snapshot_header(snapshot_parts parts);

// Whether these bytes begin with a header of this version. `place` names them in failures: "damaged", or "newer" for
// another version.
status check_snapshot_header(snapshot_store::bytes bytes, const std::string& place);

// Whether the content is what its header says; the header has been checked. Failure: "damaged".
status check_snapshot_content(snapshot_store::bytes header, snapshot_parts content, const std::string& place);

// One that is kept somewhere.
struct kept_generation {
  std::uint64_t number = 0;
  // Names it in messages.
  std::string place;
  // Gives the checked content; the failure names the place.
  std::function<result<snapshot_content>()> read;
};

// The first that can be read and that `accepts` takes. What was passed over is told.
snapshot_store::search newest_of(const std::vector<kept_generation>& newest_first,
                                 const std::function<status(const snapshot_store::found&)>& accepts);

} // namespace livedata
