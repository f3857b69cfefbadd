// What all sources share: takes raw messages, has them decoded, counts them, queues them for the coordinators that need
// them, hands them on as credit allows, and reports. A member of the state of a source actor.
#pragma once

#include "actors/actors.hpp"
#include "actors/books.hpp"
#include "actors/memory_budget.hpp"
#include "actors/message_cut.hpp"
#include "actors/profile/phase_meter.hpp"
#include "actors/source/adapter.hpp"
#include "actors/source/outbox.hpp"
#include "actors/source/raw_inbox.hpp"
#include "actors/source/strangers.hpp"
#include "actors/source/stream_counter.hpp"
#include "actors/source/stream_watch.hpp"
#include "messages/log_limit.hpp"
#include "messages/wall_clock.hpp"
#include "transport/recording/flow_recorder.hpp"
#include "transport/recording/recorded_flow.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace livedata {

// Sees every raw message before it is decoded.
using raw_tap = std::function<void(const raw_message&)>;

// What every source is given when it is made.
struct source_surroundings {
  std::shared_ptr<const adapter> routes;
  // The coordinators, by number.
  std::vector<coordinator_actor> receivers;
  reporter_actor reporter;
  std::shared_ptr<const wall_clock> clock;
  // Most messages queued for one coordinator that gives no credit.
  std::size_t queue_limit = 2048;
  // May be empty.
  raw_tap tap = {};
  // Names of the services of the receivers, by number.
  std::vector<std::string> services = {};
  // Whether data time is wall time. Then each portion carries a clock, and portions without messages tell that time
  // passes.
  bool wall_time = false;
  // Records the portions, and what was dropped of them; may be null.
  std::shared_ptr<flow_recorder> recorder = {};
  // In a replay: the portions of the recorded run, and what it dropped of them; else null.
  std::shared_ptr<const recorded_flow> recorded = {};
  // Of all that is in flight. Messages count from when they come to when the last reader has let go of them.
  memory_budget in_flight = memory_budget(0);
  // Whether messages are dropped while that is over its limit. Else the source is held up by the coordinators.
  bool may_drop = false;
  // Says more of a source name that is not known (topic, name), for the log; may be empty.
  std::function<std::string(std::string_view, std::string_view)> explain = {};
  // Messages of this process itself, which are taken in behind those of a portion; may be null.
  std::shared_ptr<raw_inbox> inbox = {};
  // Whether portions say how far the transport has been read.
  bool tell_reached = false;
  // By receiver: what the service has been given in former runs, which it does not get again. Empty: nothing.
  std::vector<message_cut> given = {};
  // By receiver: the streams that its jobs need at the beginning. Empty: all are read, whatever the jobs need.
  std::vector<std::set<std::string>> needed = {};
  // A topic that no job needs any more is read for as long.
  std::chrono::nanoseconds topic_patience = std::chrono::seconds(60);
};

class source_intake {
public:
  // `receiving`: the phase of the source's own work between two calls of this class.
  source_intake(source_actor::pointer self, source_surroundings around, phase receiving = phase::receive);

  // Call it in the handler of run_atom: the sender gets end_atom at the end.
  void begin();

  // Decodes, counts and queues a portion, and hands on what credit allows. An exception costs this portion only.
  void take(std::span<const raw_message> messages);

  // The same for a portion of a recording, with its number and times.
  void take(std::span<const raw_message> messages, const portion_mark& mark);

  // Where data time is wall time: sends a portion without messages if a coordinator has got none for too long. Call it
  // every longest_silence() when nothing comes.
  void pass_time();

  duration longest_silence() const;

  // Counts a message that was refused, and logs why, a few times a second at most.
  void reject(const failure& f);

  void add_credit(std::uint32_t receiver, std::uint32_t n);

  // Whether all services were given all of these messages in former runs, so that no time need be spent on them.
  bool knows(std::span<const raw_message> messages) const;

  // Whether every coordinator would get a portion at once.
  bool all_ready() const;

  // Whether nothing waits for credit.
  bool empty() const;

  // How many messages may come before something is dropped; 0 also if half of what may be in flight is.
  std::size_t room() const;

  // No more portions will be taken. When all queued portions are handed on, the coordinators and the sender of run_atom
  // get end_atom.
  void stop();

  // The same because of an error that ends the run: its text comes with end_atom.
  void fail(std::string why);

  // Says in the reports what the source waits for from now on; empty: nothing unusual.
  void await(std::string what) { awaits_ = std::move(what); }

  // These streams are not read any more.
  void forget(const std::vector<std::string>& streams);

  // Whether any stream is read that comes with the pulses, so that silence means something.
  void expect_pulses(bool any) { expects_pulses_ = any; }

  bool stopping() const noexcept { return stopping_; }

  bool ended() const noexcept { return ended_; }

private:
  struct stream_metrics {
    caf::telemetry::int_counter* messages;
    caf::telemetry::int_counter* events;
    caf::telemetry::int_counter* dropped;
    caf::telemetry::int_counter* dropped_events;
    caf::telemetry::dbl_gauge* last_time;
    caf::telemetry::int_gauge* silent;
    // When the last message came, on the steady clock, if one has since the last look.
    std::optional<duration> heard = {};
    // It comes with the pulses of the source.
    bool pulses = false;

    stream_metrics(caf::actor_system& system, const std::string& stream);
  };

  // What became of a raw message.
  struct read_message {
    sighting seen;
    result<adapted_message> content;
  };

  // What the source says of a service.
  struct receiver_books {
    caf::telemetry::int_gauge* in_flight_messages;
    caf::telemetry::int_gauge* in_flight_events;
    caf::telemetry::int_gauge* wrong_messages;
    caf::telemetry::int_gauge* wrong_events;
    // Of the queue.
    books queue;
    message_count handed_on;
    // When it last got messages, on the steady clock.
    duration served;

    receiver_books(caf::actor_system& system, const std::string& service);
  };

  portion_mark next_portion();
  // Has the content counted as long as anybody keeps it.
  void weigh(stream_message& m) const;
  // Drops what is worth least while too much is in flight.
  void keep_within_memory();
  void check_books();
  // Looks which streams have become silent or are back.
  void watch_streams();
  // A source that the instrument does not know: in the log once, as far as there are not too many.
  void note_stranger(const sighting& seen);
  caf::telemetry::int_counter* rejections(const std::string& reason);
  caf::telemetry::int_counter* unreadable(std::string_view reason);
  // Counts a command that could not be read: no data are lost.
  void refuse_command(const failure& f);
  void log_rejection(std::string_view event, const failure& f);
  // One for each message, in their order.
  std::vector<read_message> read(std::span<const raw_message> messages) const;
  std::shared_ptr<const lane_offsets> note_reached(std::span<const raw_message> messages);
  // Whether all services were given the message in former runs.
  bool is_known(const raw_message& raw) const;
  bool was_given(std::size_t receiver, const stream_message& m) const;
  bool was_given(std::size_t receiver, const raw_message& raw) const;
  void distribute(const raw_message& raw, read_message& m, std::vector<outbox::portion>& portions);
  void queue(std::uint32_t receiver, outbox::portion p);
  stream_metrics& metrics_of(const std::string& stream);
  // Counts a message, and puts it into the portions of the services that need its stream.
  void hand_out(const stream_message& m, const route& to, std::vector<outbox::portion>& portions);
  void receiver_ended(std::size_t receiver);
  void note(std::uint32_t receiver, const std::map<std::string, message_count>& losses);
  void note(std::uint32_t receiver, const outbox::losses& losses);
  void send_on();
  void end_if_empty();
  void arm_report();
  void report();
  void arm_statistics();
  void tell_statistics();

  source_actor::pointer self_;
  source_surroundings around_;
  phase receiving_;
  phase_meter meter_;
  caf::telemetry::int_gauge* queued_;
  watcher watcher_;
  std::map<std::string, stream_metrics> streams_;
  std::map<std::string, caf::telemetry::int_counter*> rejected_;
  stream_counter counts_;
  std::chrono::steady_clock::time_point counting_since_;
  std::vector<outbox> outboxes_;
  std::vector<receiver_books> services_;
  caf::telemetry::int_gauge* bytes_;
  // What messages take beside their content.
  memory_budget::share small_;
  // By receiver: control messages of portions that the recorded run dropped whole.
  std::vector<std::vector<control_message>> carried_;
  std::uint64_t portions_ = 0;
  // How far the transport has been read, and what was told of it last.
  lane_offsets reached_;
  std::shared_ptr<const lane_offsets> told_reached_;
  // When all coordinators last got a portion, on the steady clock; 0: never.
  duration all_heard_;
  // When the first messages came, on the same clock; 0: none yet.
  duration first_data_;
  caf::actor starter_;
  std::string why_;
  std::string awaits_;
  bool stopping_ = false;
  bool ended_ = false;
  // When the portion at hand came: on the steady clock, and by the wall clock.
  duration steady_;
  timestamp wall_;
  stream_watch watch_;
  // Logs alone are data, too, where no service needs any other.
  bool logs_are_data_ = false;
  bool expects_pulses_ = true;
  strangers strangers_;
  caf::telemetry::int_counter* unreadable_commands_;
  source_report report_;
  // Messages that were not understood, each text a kind of its own.
  log_limit rejections_{std::chrono::seconds(10), 20};
  // Streams of which messages were dropped.
  log_limit drops_;
};

} // namespace livedata
