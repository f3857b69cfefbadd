// What a recording holds beside messages: how a run took them in. With it, a replay cuts the same batches. Plain code.
#pragma once

#include "messages/timestamp.hpp"
#include "transport/recording/byte_fields.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace livedata {

// The messages since the last such mark were handed on at once. Without messages: time has passed.
struct portion_mark {
  // Ascending.
  std::uint64_t number = 0;
  // Time on the wall.
  timestamp arrived;
  // The same moment on a clock that never goes back; 0 if data time has nothing to do with wall time.
  duration clock;

  friend bool operator==(const portion_mark&, const portion_mark&) = default;
};

// After that portion a service went over to batches of another length; before the first portion: the length it began
// with.
struct length_mark {
  std::string service;
  std::uint64_t portion = 0;
  duration length;

  friend bool operator==(const length_mark&, const length_mark&) = default;
};

// A service did not get the first messages of a portion, because its queue was full.
struct loss_mark {
  std::string service;
  std::uint64_t portion = 0;
  std::uint64_t messages = 0;
  // Nor was there anything left of the portion; what steered in it came with the next.
  bool whole = false;

  friend bool operator==(const loss_mark&, const loss_mark&) = default;
};

// What in a service depended on how fast things were: with it, a replay does the same in the same place. The place is
// before the batch of that number, counted from 0.
struct cycle_mark {
  enum class kind : std::uint32_t {
    // The service began; it notes such marks.
    begun = 0,
    // The workflow of the job was built, and the job entered the table.
    entered = 1,
    // The batch gave no results, because the publisher had too many waiting. They came with a later one.
    held = 2,
    // The job was behind, and did not get the data of the batch.
    skipped = 3,
  };

  std::string service;
  std::uint64_t batch = 0;
  kind what = kind::begun;
  // "source/number"; empty where no job is meant.
  std::string job = {};

  friend bool operator==(const cycle_mark&, const cycle_mark&) = default;
};

using flow_mark = std::variant<portion_mark, length_mark, loss_mark, cycle_mark>;

// Number of the kind of a record.
enum class record_kind : std::uint32_t { message = 0, portion = 1, length = 2, loss = 3, cycle = 4 };

// The body of a mark's record.
void write_mark(field_writer& out, const flow_mark& m);

// What is behind the kind; nothing if that is no mark, or does not hold together.
std::optional<flow_mark> read_mark(record_kind kind, field_reader& in);

} // namespace livedata
