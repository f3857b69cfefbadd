// The marks of a recording: how a run took its messages in. With them a replay makes the same batches. Plain code.
#pragma once

#include "messages/timestamp.hpp"
#include "transport/recording/byte_fields.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace livedata {

// The messages since the last such mark were one portion. No messages: the portion told that time has passed.
struct portion_mark {
  // Ascending.
  std::uint64_t number = 0;
  // Wall time.
  timestamp arrived;
  // The same moment on a clock that is never set back; 0 if data time is not wall time.
  duration clock;

  friend bool operator==(const portion_mark&, const portion_mark&) = default;
};

// After that portion the batches of a service had another length. Portion 0: the length that it began with.
struct length_mark {
  std::string service;
  std::uint64_t portion = 0;
  duration length;

  friend bool operator==(const length_mark&, const length_mark&) = default;
};

// A service did not get some messages of a portion because its queue was full.
struct loss_mark {
  std::string service;
  std::uint64_t portion = 0;
  // Their places among the messages that the service was to get of the portion, from 0.
  std::vector<std::uint32_t> places = {};
  // Nothing of the portion was left. Its control messages came with the next portion.
  bool whole = false;
  // In recordings of before: so many, from the first on. Of several such marks of a portion they add up.
  std::uint64_t first = 0;

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
    dropped = 3,
  };

  std::string service;
  std::uint64_t batch = 0;
  kind what = kind::begun;
  // "source/number"; empty where no job is meant.
  std::string job = {};

  friend bool operator==(const cycle_mark&, const cycle_mark&) = default;
};

// Whose messages they are: what the program that recorded them was told. It comes before all messages.
struct setup_mark {
  std::string instrument;
  // Empty if the recorder took the topics of all services.
  std::vector<std::string> services = {};
  // Topics and source names are those of the development set-up.
  bool development = false;

  friend bool operator==(const setup_mark&, const setup_mark&) = default;
};

using flow_mark = std::variant<portion_mark, length_mark, loss_mark, cycle_mark, setup_mark>;

// The kind of a record, as the file has it.
enum class record_kind : std::uint32_t {
  message = 0,
  portion = 1,
  length = 2,
  // Of the second version.
  first_messages_lost = 3,
  cycle = 4,
  loss = 5,
  setup = 6,
};

// Writes the body of a mark's record.
void write_mark(field_writer& out, const flow_mark& m);

// Reads what follows the kind. Nothing if the kind is no mark, or bytes are missing or left over.
std::optional<flow_mark> read_mark(record_kind kind, field_reader& in);

} // namespace livedata
