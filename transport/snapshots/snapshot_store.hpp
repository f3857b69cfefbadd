// Where snapshots are kept: states of a service that outlive the process. Each has a generation; the newest that can be
// used is the one to go on from.
#pragma once

#include "messages/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace livedata {

class snapshot_store {
public:
  using bytes = std::span<const std::byte>;

  snapshot_store() = default;
  snapshot_store(const snapshot_store&) = delete;
  snapshot_store& operator=(const snapshot_store&) = delete;
  virtual ~snapshot_store() = default;

  // Keeps the content, which is the parts one behind the other, as a new generation, durably, and lets go of the
  // oldest. On failure those from before are as they were. May take long. Failure "write" names the place, what was
  // wrong, and a remedy.
  virtual status save(std::span<const bytes> parts) = 0;

  struct found {
    std::uint64_t generation = 0;
    // Never null.
    std::shared_ptr<const std::vector<std::byte>> content;
  };

  struct search {
    // Nothing: there is none that can be used.
    std::optional<found> snapshot;
    // Newer ones that cannot, each with the reason.
    std::vector<std::string> passed_over;
  };

  // The newest generation that is whole and that `accepts` takes; what it says of others is told. Failure "read": the
  // place itself cannot be read.
  virtual result<search> newest(const std::function<status(const found&)>& accepts) const = 0;
};

} // namespace livedata
