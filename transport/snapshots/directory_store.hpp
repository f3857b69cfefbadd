// Snapshots as files of a folder.
#pragma once

#include "transport/snapshots/snapshot_store.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

namespace livedata {

// Files `<name>.<generation>.snapshot`, the last `kept` of them. A file is written beside its place, flushed to the
// disk and renamed, so that a crash at any moment leaves whole files; what was left of an interrupted one is removed
// with the next. Content carries a version and a check sum. Makes the folder if there is none. One process at a time:
// the file `<name>.lock` is locked as long as the store lives. Failures: "folder": the folder cannot be made or written
// to; "in_use": another process has the lock.
result<std::unique_ptr<snapshot_store>> open_directory_store(const std::filesystem::path& folder,
                                                             const std::string& name, std::size_t kept = 3);

} // namespace livedata
