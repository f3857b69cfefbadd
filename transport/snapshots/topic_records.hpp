// Snapshots as records of a compacted topic. Content is cut into chunks; a manifest behind them tells that they are all
// there. A service has a fixed number of slots, and each generation takes the one of the oldest: its records have the
// keys of those from before, which compaction then removes. Plain code.
#pragma once

#include "transport/snapshots/snapshot_frame.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

struct topic_record {
  // "NAME.SLOT.CHUNK", "NAME.SLOT.manifest" or "NAME.owner", where NAME is INSTRUMENT.SERVICE.
  std::string key;
  // Nothing: what the key had is deleted.
  std::optional<std::vector<std::byte>> value;
};

struct slot_state {
  // 0: no generation that is complete.
  std::uint64_t generation = 0;
  // There are no chunks from this number on.
  std::uint32_t chunks = 0;
};

// What the topic has of one service.
struct slot_table {
  std::map<std::uint32_t, slot_state> slots;
  // The highest generation of which there is anything.
  std::uint64_t last = 0;

  // The slot for the next generation: of the first `kept` + 1 the one with the oldest.
  std::uint32_t next(std::size_t kept) const;

  // Slots behind those, of a time when more were kept, that are not among the newest `kept`.
  std::vector<std::uint32_t> left_over(std::size_t kept) const;
};

// One generation as records. The chunks are sent first, and the manifest when all of them have arrived.
struct snapshot_records {
  std::vector<topic_record> chunks;
  topic_record manifest;
};

// `chunk_size`: bytes of content in a chunk, >= 1. A record has a few more.
snapshot_records cut_snapshot(const std::string& name, std::uint32_t slot, std::uint64_t generation,
                              snapshot_parts parts, std::size_t chunk_size);

// Deletes the chunks of a slot from `first` to before `end`.
std::vector<topic_record> erase_chunks(const std::string& name, std::uint32_t slot, std::uint32_t first,
                                       std::uint32_t end);

// Deletes a slot that has so many chunks, the manifest first.
std::vector<topic_record> erase_slot(const std::string& name, std::uint32_t slot, std::uint32_t chunks);

// Says who writes the snapshots of a service.
topic_record owner_record(const std::string& name, const std::string& owner);

// Puts the snapshots of a service together from the records of a topic.
class snapshot_assembly {
public:
  // `place`: the topic, for messages.
  snapshot_assembly(std::string name, std::string place) : name_(std::move(name)), place_(std::move(place)) {}

  // The next record of the topic. Of other services, and what is no record of snapshots at all, is passed over.
  void add(std::string_view key, std::optional<snapshot_store::bytes> value);

  // All that have a manifest. They refer to this, and so do not outlive it.
  std::vector<kept_generation> newest_first() const;

  slot_table slots() const;

  // Who writes, as the last one said; empty if nobody did.
  const std::string& owner() const { return owner_; }

private:
  struct chunk {
    std::uint64_t generation = 0;
    std::vector<std::byte> content;
  };

  struct slot {
    std::map<std::uint32_t, chunk> chunks;
    std::optional<std::vector<std::byte>> manifest;
    // Of the manifest, in order of arrival.
    std::uint64_t arrived = 0;
  };

  struct manifest {
    std::uint64_t generation = 0;
    std::uint64_t size = 0;
    std::uint32_t chunks = 0;
  };

  void add_chunk(slot& s, std::uint32_t number, snapshot_store::bytes value);
  std::string place_of(std::uint32_t number, const slot& s) const;
  static manifest read_manifest(snapshot_store::bytes bytes);
  // Whether a later generation has begun to take the slot.
  static bool is_taken(const slot& s);
  static result<snapshot_content> read(const slot& s, const std::string& place);

  std::string name_;
  std::string place_;
  std::map<std::uint32_t, slot> slots_;
  std::uint64_t records_ = 0;
  std::string owner_;
};

} // namespace livedata
