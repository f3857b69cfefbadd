// A workflow turns the data of one source into results. This is all that its author has to know.
//
// A workflow belongs to one job. The job calls it, one call at a time. A workflow needs no locks, reads no clock, and
// does no I/O. It may throw from any call: the job reports the text and goes on. What a workflow may offer beside this
// is in workflows/capabilities.hpp.
#pragma once

#include "messages/data_array.hpp"
#include "messages/event_chunk.hpp"
#include "messages/log_sample.hpp"
#include "messages/timestamp.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace livedata {

class archive;

using events_ptr = std::shared_ptr<const event_batch>;
using series_ptr = std::shared_ptr<const log_series>;

// What a batch brings for one stream. All jobs that want it share it and only read it. It is one of: events; an array
// (a sum of histograms or frames, or the latest request for regions of interest); the series of a log or device.
using stream_value = std::variant<events_ptr, array_ptr, series_ptr>;

struct stream_data {
  std::string stream;
  stream_value value;
};

// What one batch brings for one job. The batch covers the data time [start, end).
struct job_data {
  timestamp start;
  timestamp end;
  // The data of the source that the job is for. Only these make the job publish results.
  std::vector<stream_data> primary;
  // Data of the other streams that the job asked for.
  std::vector<stream_data> auxiliary;

  bool empty() const noexcept { return primary.empty() && auxiliary.empty(); }
};

struct workflow_output {
  std::string name;
  // Nothing: the workflow has no value at the moment. The job then leaves the output out and warns.
  std::optional<data_array> value;
};

// What became of the events that a workflow was given, since it was built. Every received event is in exactly one of
// the last four.
struct event_tally {
  std::uint64_t received = 0;
  std::uint64_t accepted = 0;
  // The detector number is not of this detector, or of a pixel that the view leaves out.
  std::uint64_t unknown_pixel = 0;
  // The arrival time or wavelength is outside the edges of the histogram.
  std::uint64_t out_of_range = 0;
  // The lookup table has no wavelength for the arrival time and flight path.
  std::uint64_t out_of_table = 0;

  friend bool operator==(const event_tally&, const event_tally&) = default;

  event_tally& operator+=(const event_tally& other) noexcept {
    received += other.received;
    accepted += other.accepted;
    unknown_pixel += other.unknown_pixel;
    out_of_range += other.out_of_range;
    out_of_table += other.out_of_table;
    return *this;
  }

  void state(archive& a);
};

class workflow {
public:
  workflow() = default;
  workflow(const workflow&) = delete;
  workflow& operator=(const workflow&) = delete;
  virtual ~workflow() = default;

  // Adds the data of one batch.
  virtual void accumulate(const job_data& data) = 0;

  // Takes the latest value of a context stream, such as the position of a motor. It holds until the next one comes;
  // clear() does not touch it. Unless overridden, every stream is refused (std::invalid_argument).
  virtual void set_context(std::string_view stream, const stream_value& value);

  // Computes the outputs, in the order in which they are published. Outputs about the time since the last call start
  // anew, unless the call throws.
  virtual std::vector<workflow_output> finalize() = 0;

  // Inputs that have to deliver before finalize() has anything to give, as people call them ("incident monitor"). The
  // job then waits, and does not call finalize(). Unless overridden: none.
  virtual std::vector<std::string> waits_for() const { return {}; }

  // Forgets all data. The context stays.
  virtual void clear() = 0;

  // Names every member that changes after the workflow was built, for save() and load(): see workflows/archive.hpp.
  // Saving must not change what the workflow gives out.
  virtual void state(archive& a) = 0;

  // The state as bytes. Another workflow of the same kind and parameters that loads them gives out the same, bit by
  // bit, as this one from now on.
  std::vector<std::byte> save();

  // Takes the place of the workflow that was saved. Throws archive_error if the bytes do not fit; the workflow is then
  // as it was before.
  void load(std::span<const std::byte> saved);

  // The events so far. Unless overridden: none.
  virtual event_tally tally() const { return {}; }

  // What people should know although nothing failed, one line each, since the last call. The lines go to the log.
  virtual std::vector<std::string> take_notes() { return {}; }
};

} // namespace livedata
