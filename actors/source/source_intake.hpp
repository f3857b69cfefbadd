// The part that all sources have in common: takes raw messages, has them decoded, counts them, queues them for the
// coordinators that want them, hands them on by credit, and reports. A member of the state of a source actor.
#pragma once

#include "actors/actors.hpp"
#include "actors/log_limit.hpp"
#include "actors/profile/phase_meter.hpp"
#include "actors/source/adapter.hpp"
#include "actors/source/outbox.hpp"
#include "actors/source/stream_counter.hpp"
#include "messages/wall_clock.hpp"
#include "transport/recording/flow_recorder.hpp"
#include "transport/recording/recorded_flow.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace livedata {

// Sees every raw message before it is decoded.
using raw_tap = std::function<void(const raw_message&)>;

// What every source is given.
struct source_surroundings {
  std::shared_ptr<const adapter> routes;
  // By number.
  std::vector<coordinator_actor> receivers;
  reporter_actor reporter;
  std::shared_ptr<const wall_clock> clock;
  // Most messages held for one coordinator that gives no credit.
  std::size_t queue_limit = 2048;
  // May be empty.
  raw_tap tap = {};
  // Names of the receivers' services.
  std::vector<std::string> services = {};
  // Whether data time is the time on the wall: then portions carry the clock, and time also passes without messages.
  bool wall_time = false;
  // Notes how messages are taken in; may be null.
  std::shared_ptr<flow_recorder> recorder = {};
  // How the run that is replayed took its messages in; may be null.
  std::shared_ptr<const recorded_flow> course = {};
};

class source_intake {
public:
  // `receiving`: what the source does between two calls of this class.
  source_intake(source_actor::pointer self, source_surroundings around, phase receiving = phase::receive);

  // To be called while the actor handles run_atom: whoever sent it hears of the end.
  void begin();

  // Decodes, counts and queues, and sends on what credit allows.
  void take(std::span<const raw_message> messages);

  // The same for a portion of a recording.
  void take(std::span<const raw_message> messages, const portion_mark& mark);

  // While data time is the time on the wall, lets coordinators that have heard nothing for a while hear that it passes.
  // To be called whenever the source goes round, which it does at least every 100 ms.
  void pass_time();

  // Counts something that was not understood.
  void reject(const failure& f);

  void add_credit(std::uint32_t receiver, std::uint32_t n);

  // Every coordinator would take something at once.
  bool all_ready() const;

  // Nothing waits for credit.
  bool empty() const;

  // Nothing more will be taken. When what is queued is handed on, coordinators and starter get end_atom.
  void stop();

  // The same because something broke that ends the run; coordinators and starter get the reason with end_atom.
  void fail(std::string why);

  // What the source waits for, from now on, for people to see; empty for nothing.
  void await(std::string what) { awaits_ = std::move(what); }

  bool stopping() const noexcept { return stopping_; }

  bool ended() const noexcept { return ended_; }

private:
  struct stream_metrics {
    caf::telemetry::int_counter* messages;
    caf::telemetry::int_counter* events;
    caf::telemetry::int_counter* dropped;
    caf::telemetry::int_counter* dropped_events;

    stream_metrics(caf::actor_system& system, const std::string& stream);
  };

  // What became of a message of the portion in work.
  struct read_message {
    const raw_message* raw;
    sighting seen;
    result<adapted_message> content;
  };

  portion_mark next_portion();
  void read(std::span<const raw_message> messages);
  void distribute(read_message& m, std::vector<outbox::portion>& portions);
  void queue(std::uint32_t receiver, outbox::portion p);
  stream_metrics& metrics_of(const std::string& stream);
  // Counts a message, and puts it into the portions of those who need its stream.
  void hand_out(const stream_message& m, const route& to, std::vector<outbox::portion>& portions);
  void receiver_ended(std::size_t receiver);
  void note(const std::map<std::string, outbox::loss>& losses);
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
  // Of the portion in work.
  std::vector<read_message> read_;
  caf::telemetry::int_gauge* queued_;
  watcher watcher_;
  std::map<std::string, stream_metrics> streams_;
  std::map<std::string, caf::telemetry::int_counter*> rejected_;
  stream_counter counts_;
  std::chrono::steady_clock::time_point counting_since_;
  std::vector<outbox> outboxes_;
  // By receiver: what steered in portions that the run lost.
  std::vector<std::vector<control_message>> carried_;
  std::uint64_t portions_ = 0;
  // When all coordinators were last given a portion; steady, 0 if that has not been.
  duration all_heard_;
  caf::actor starter_;
  std::string why_;
  std::string awaits_;
  bool stopping_ = false;
  bool ended_ = false;
  source_report report_;
  // Messages that were not understood, each text a kind of its own.
  log_limit rejections_{std::chrono::seconds(10), 20};
  // Streams of which messages were dropped.
  log_limit drops_;
};

} // namespace livedata
