// From the messages of a batch to the values that jobs take, one for each stream. It remembers what the next batch
// builds on: the series of logs, the last request for regions of interest.
#pragma once

#include "actors/batching/batcher.hpp"
#include "actors/preprocess/batch_data.hpp"
#include "actors/preprocess/log_buffer.hpp"
#include "actors/preprocess/loss_log.hpp"
#include "messages/array_sum.hpp"
#include "workflows/instrument/instrument.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <variant>

namespace livedata {

// What becomes of the messages of a stream, by its kind:
//   events of detectors and monitors  collected; they stay where they are
//   histograms and frames             added up within the batch, those of one structure
//   logs and devices                  the whole series that is kept
//   requests for regions of interest  the latest; of the thousand names that were told last
// A stream of which nothing was taken has no value in the batch. Which kinds and streams there are depends on the
// service; all else is refused. One preprocessor serves all jobs of a service, and what happens to jobs does not touch
// it.
class preprocessor {
public:
  // Takes from `inst` what streams it needs to know. `service` is one of detector_data, monitor_data, data_reduction,
  // timeseries.
  preprocessor(const instrument& inst, std::string_view service);

  // A message that cannot be used is passed over and counted in the losses; it harms no other.
  // Reasons: "not_used" (not of this service, or not declared), "wrong_content", "mixed_pixel_ids", "log_duplicate",
  // "log_conflict" (another value at the same time; the last one holds), "log_out_of_order", "log_far_ahead" (samples
  // of a log that went back), "no_target", "no_idle", "mixed_kinds" (histograms beside events), "failed".
  batch_data process(message_batch batch);

  // The latest value of a stream that is a setting: a log, device or request for regions of interest. Nothing before
  // its first.
  std::optional<stream_value> context(std::string_view stream) const;

  // What is remembered; only between two batches. Streams that are not known any more, or of which other things are
  // kept now, are passed over when it is loaded: their names.
  std::vector<std::string> state(archive& a);

private:
  struct collected_events {
    std::shared_ptr<event_batch> batch;
    // Whether the stream has pixel ids; its first events decide.
    std::optional<bool> with_pixels;
  };

  using latest_value = array_ptr;
  using accumulator = std::variant<std::monostate, collected_events, array_sums, latest_value, log_buffer>;

  struct slot {
    accumulator content;
    // Taken from the batch in work.
    std::uint64_t messages = 0;
  };

  struct known_log {
    std::optional<std::string> unit;
    bool with_target = false;
    bool with_idle = false;
  };

  // The one remembered, or a new one; nullptr if the stream is not used.
  slot* find(const stream_id& stream);
  // Those of streams that are settings, in the order in which they count for a name, first.
  std::vector<stream_id> remembered() const;
  bool slot_state(archive& a, const stream_id& stream);
  accumulator make_accumulator(const stream_id& stream) const;
  log_buffer make_log(const std::string& stream, const known_log& known) const;

  // Whether the message was taken.
  bool add(accumulator& a, stream_message& m);
  bool add(collected_events& c, stream_message& m);
  bool add(array_sums& s, stream_message& m);
  bool add(latest_value& v, stream_message& m);
  bool add(log_buffer& l, stream_message& m);
  // Anybody may name requests for regions of interest, so that only those told last are remembered.
  void remember_request(const std::string& name);
  void forget_old_requests();
  // Ends the batch for a stream: its values, more than one only for arrays of several structures.
  static std::vector<stream_value> take(accumulator& a);

  std::string service_;
  std::unordered_set<std::string> detectors_;
  std::unordered_map<std::string, known_log> logs_;
  std::unordered_map<std::string, known_log> devices_;
  std::map<stream_id, slot> slots_;
  // Those that keep settings, by name.
  std::map<std::string, const accumulator*, std::less<>> contexts_;
  // Names of requests for regions of interest, the one told last at the end.
  std::deque<std::string> requests_;
  loss_log losses_;
};

} // namespace livedata
