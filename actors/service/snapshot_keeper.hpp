// Takes snapshots of a service between two batches, without keeping it from its work, and lets it go on from one. Part
// of the coordinator's actor, in whose name it sends.
#pragma once

#include "actors/actors.hpp"
#include "actors/batching/batcher.hpp"
#include "actors/batching/first_pulse.hpp"
#include "actors/preprocess/preprocessor.hpp"
#include "actors/preprocess/stream_synthesizer.hpp"
#include "actors/service/agenda.hpp"
#include "actors/service/command_intake.hpp"
#include "actors/service/coordinator_settings.hpp"
#include "actors/service/job_supervisor.hpp"
#include "actors/service/publish_cadence.hpp"
#include "actors/snapshot/held_again.hpp"
#include "actors/snapshot/service_snapshot.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace livedata {

// What of a service is saved, beside its jobs. All live as long as whoever gets this.
struct saved_members {
  std::unique_ptr<batcher>& windows;
  first_pulse& first;
  publish_cadence& cadence;
  stream_synthesizer& synthesizer;
  preprocessor& memory;
  agenda& todo;
  job_supervisor& jobs;
  command_intake& commands;
  std::optional<timestamp>& data_clock;
  std::uint64_t& batches;
};

class snapshot_keeper {
public:
  // `go_on`: the end need not be waited for any more. `resumed`: the service may take in data again.
  snapshot_keeper(coordinator_actor::pointer self, const coordinator_settings& settings, saved_members members,
                  std::function<void()> go_on, std::function<void()> resumed);

  // --- taking snapshots

  // A portion is about to be taken in.
  void came(const message_portion& portion);

  // Reading begins, or has begun, there in these lanes.
  void begin_at(const lane_offsets& offsets) { advance(reached_, offsets); }

  // A batch was booked.
  void booked(std::uint64_t messages, std::uint64_t events);

  // Between two batches: takes a snapshot if it is time for one, and if that can be done now.
  void look();

  // Takes one as soon as it can be done. `tell`: what was wrong, or nothing.
  void want(std::function<void(const std::string&)> tell);

  // At the end, before what is held is given out: takes the last one. Whether it has to be waited for.
  bool ends();

  // --- going on from one

  // `done`: the jobs are there.
  void resume(const resumed_ptr& from, std::function<void()> done);

  // Whether messages that were held are still being read again: then portions wait, and the service does nothing else.
  bool gathers() const noexcept { return again_.has_value(); }

  // A portion came while that is so.
  void gather(const message_portion& portion);

  // No more will come: goes on with what is there. Gives true.
  bool give_up();

  // What was held is where it was: how much of it came again, and was saved.
  std::pair<message_count, message_count> taken_back() const noexcept { return {came_again_, by_value_}; }

  // Messages that have no place any more, and the portions that waited; both to be taken in now, in that order.
  std::vector<stream_message> take_displaced() { return std::exchange(displaced_, {}); }

  std::vector<message_portion> take_waiting() { return std::exchange(waiting_, {}); }

private:
  using steady = std::chrono::steady_clock;

  bool due() const;
  bool possible();
  void begin();
  void write(const std::shared_ptr<service_snapshot>& s);
  void written(std::optional<std::uint64_t> bytes, const std::string& problem);
  std::vector<saved_lane> lanes() const;
  std::vector<std::byte> save_batching(held_messages& held);
  static void batch_state(archive& a, std::uint64_t number, ready_batch& b, held_messages& held);
  void load_batching();
  template <class F>
  void section(archive& a, std::string_view name, F&& f);
  void context_state(archive& a);
  void load_context();
  void order_jobs(std::function<void()> done);
  void enter_jobs();
  void tell_not_resumed(std::size_t job, const std::string& why) const;
  void open();

  coordinator_actor::pointer self_;
  const coordinator_settings& settings_;
  saved_members members_;
  std::function<void()> go_on_;
  std::function<void()> resumed_;
  // How far the service has received what the transport has.
  lane_offsets reached_;
  // Since the very first start.
  std::uint64_t messages_ = 0;
  std::uint64_t events_ = 0;
  bool making_ = false;
  steady::time_point begun_;
  // Of the table, when the last one was taken.
  std::uint64_t revision_ = 0;
  std::vector<std::function<void(const std::string&)>> wanted_;
  std::vector<std::function<void(const std::string&)>> answers_;
  enum class ending : std::uint8_t { no, begun, over };
  ending ending_ = ending::no;
  // --- going on
  resumed_ptr from_;
  std::optional<held_again> again_;
  std::vector<built_ptr> built_;
  std::vector<order_ptr> orders_;
  std::vector<message_portion> waiting_;
  std::vector<stream_message> displaced_;
  message_count came_again_;
  message_count by_value_;
  bool jobs_are_there_ = false;
  bool incomplete_ = false;
  // --- what is told
  std::string problem_;
  caf::telemetry::int_counter* taken_;
  caf::telemetry::int_counter* failures_;
  caf::telemetry::int_gauge* bytes_;
  caf::telemetry::dbl_histogram* seconds_;
  caf::telemetry::dbl_gauge* last_time_;
  caf::telemetry::int_gauge* before_messages_;
  caf::telemetry::int_gauge* before_events_;
  caf::telemetry::int_counter* missing_;
};

} // namespace livedata
