// A service at one moment between two batches, as a value: what it needs to go on from there in another process. And
// its form as bytes. Plain code.
#pragma once

#include "actors/batching/held_messages.hpp"
#include "actors/message_cut.hpp"
#include "actors/messages.hpp"
#include "messages/result.hpp"
#include "workflows/archive.hpp"
#include "workflows/job_spec.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace livedata {

// A part of a transport by which it is known in every process.
struct lane_name {
  std::string topic;
  std::int32_t partition = 0;

  friend auto operator<=>(const lane_name&, const lane_name&) = default;
};

struct saved_lane {
  // By which messages of the snapshot refer to it.
  std::uint32_t number = 0;
  lane_name name;
  // All before this offset was received.
  std::int64_t next = 0;

  void state(archive& a);
};

struct saved_job {
  job_spec spec;
  // For messages.
  std::string origin;
  std::uint64_t order = 0;
  // As job_record::state() writes it.
  std::vector<std::uint8_t> record;
  // Why its work is not here, if it is not.
  std::string without_work;
  // Empty: it has accumulated nothing, or takes it in again from the past.
  work_bytes work;

  void state(archive& a);
};

struct service_snapshot {
  std::string instrument;
  std::string service;
  // Wall time.
  timestamp taken;
  // Since the very first start.
  std::uint64_t batches = 0;
  std::uint64_t messages = 0;
  std::uint64_t events = 0;
  // The end of the last batch; nothing before the first.
  std::optional<timestamp> data_clock;
  std::vector<saved_lane> lanes;
  std::vector<held_message> held;
  // Jobs that the configuration asked for.
  std::vector<job_spec> configured;
  // In table order.
  std::vector<saved_job> jobs;
  // Archives of the service: what it remembers of the data, and what it holds.
  std::vector<std::byte> context;
  std::vector<std::byte> batching;

  // All but the bytes.
  void state(archive& a);
};

// The snapshot as bytes: parts that belong one behind the other. They are views of the snapshot, and of `keeps`.
struct written_snapshot {
  std::vector<std::vector<std::byte>> keeps;
  std::vector<std::span<const std::byte>> parts;
  std::uint64_t size = 0;
};

written_snapshot write(const service_snapshot& s);

// Failure "snapshot": these bytes are damaged, or of another version.
result<service_snapshot> read_snapshot(const std::shared_ptr<const std::vector<std::byte>>& bytes);

// A snapshot that a service goes on from, in this process.
struct resumed_service {
  std::shared_ptr<const service_snapshot> from;
  // The present number of each lane, by the one that was saved.
  std::map<std::uint32_t, std::uint32_t> lanes;
  // What has been given to the jobs, by present lanes. What is held and lost is not in it.
  message_cut given;
  // Held messages, by number, that the transport has no more.
  std::vector<std::uint64_t> lost;
  // The same for those that are not read again because no job needs them.
  std::vector<std::uint64_t> unneeded;
};

} // namespace livedata
