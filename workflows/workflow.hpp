// What a job runs. A workflow belongs to one job and is called by that job alone, one call at a time; it needs no
// locks, no clock and no I/O. It may throw from any call: its job reports the text and goes on.
#pragma once

#include "messages/data_array.hpp"
#include "messages/event_chunk.hpp"
#include "messages/log_sample.hpp"
#include "messages/timestamp.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace livedata {

using events_ptr = std::shared_ptr<const event_batch>;
using series_ptr = std::shared_ptr<const log_series>;

// What a batch brings for one stream, shared read-only between all jobs that want it: events, an array (sum of
// histograms or frames, or the last request for regions of interest), or the series of a log or device.
using stream_value = std::variant<events_ptr, array_ptr, series_ptr>;

struct stream_data {
  std::string stream;
  stream_value value;
};

// What one batch brings for one job. Data time of the batch is [start, end).
struct job_data {
  timestamp start;
  timestamp end;
  // The data of the source that the job is for. Only this makes the job give out results.
  std::vector<stream_data> primary;
  // Other data that it asked for.
  std::vector<stream_data> auxiliary;

  bool empty() const noexcept { return primary.empty() && auxiliary.empty(); }
};

struct workflow_output {
  std::string name;
  // Nothing if the workflow has no value for it at the moment; the job then leaves it out and warns.
  std::optional<data_array> value;
};

// What became of the events that a workflow was given, since it was made. Every event is in exactly one of the last
// three.
struct event_tally {
  std::uint64_t received = 0;
  std::uint64_t accepted = 0;
  // Detector number not of this detector, or of a pixel that the view leaves out.
  std::uint64_t unknown_pixel = 0;
  // Arrival time outside the edges of the histogram.
  std::uint64_t out_of_range = 0;

  friend bool operator==(const event_tally&, const event_tally&) = default;

  event_tally& operator+=(const event_tally& other) noexcept {
    received += other.received;
    accepted += other.accepted;
    unknown_pixel += other.unknown_pixel;
    out_of_range += other.out_of_range;
    return *this;
  }
};

// The counting of one batch, cut into pieces for several threads.
class divided_work {
public:
  divided_work() = default;
  divided_work(const divided_work&) = delete;
  divided_work& operator=(const divided_work&) = delete;
  virtual ~divided_work() = default;

  virtual std::size_t pieces() const noexcept = 0;

  // Does one piece. Any thread may do any piece, each once; the workflow must not be used meanwhile.
  virtual void run(std::size_t piece) = 0;

  // Puts the pieces together, when all are done.
  virtual void join() = 0;
};

class workflow {
public:
  workflow() = default;
  workflow(const workflow&) = delete;
  workflow& operator=(const workflow&) = delete;
  virtual ~workflow() = default;

  // Adds the data of one batch.
  virtual void accumulate(const job_data& data) = 0;

  // The same, cut into so many pieces at most; what comes of it is the same. Nothing if this workflow cannot do that,
  // or it would not pay: then accumulate() has to be called. The work must not outlive the workflow.
  virtual std::unique_ptr<divided_work> divide(const job_data& /*data*/, std::size_t /*pieces*/) { return nullptr; }

  // Tells the latest value of a stream that is a setting rather than data. It holds until replaced and survives
  // clear().
  virtual void set_context(std::string_view stream, const stream_value& value);

  // Computes the outputs, in the order in which they are published. Outputs about the time since the last call start
  // anew, unless the call throws.
  virtual std::vector<workflow_output> finalize() = 0;

  // Gives back what finalize() gave last, when nobody needs it any more: the next call may put its numbers in the same
  // place. Names of arrays may have been set, all else is as it was.
  virtual void reuse(std::vector<workflow_output> /*outputs*/) {}

  // Forgets all data; settings stay.
  virtual void clear() = 0;

  virtual event_tally tally() const { return {}; }

  // What people should know of the calls since the last one of this, one line each, though nothing failed: it goes to
  // the log of the service.
  virtual std::vector<std::string> take_notes() { return {}; }
};

} // namespace livedata
