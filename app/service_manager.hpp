// Tells systemd how the process is, where it asks (Type=notify, WatchdogSec=): that data flow, that it is still at
// work, that it ends. Elsewhere nothing is said.
#pragma once

#include "actors/actors.hpp"

#include <caf/all.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace livedata {

class service_manager {
public:
  service_manager();

  // An actor that notes each report that it is given, and passes it on to `next` (may be null). Null if nobody asks
  // whether the process is at work; then `next` itself is to be used.
  display_actor spawn_watch(caf::actor_system& system, const display_actor& next);

  // Data flow, or are about to. From now on look() is to be called several times a second.
  void ready(const std::string& text);

  // Says that the process is at work, as often as systemd wants to hear it, as long as reports come: an engine whose
  // actors hang makes none, and is started again.
  void look();

  // In place of reports where there is no engine to give any.
  void still_waits();

  void stopping();

private:
  using steady = std::chrono::steady_clock;

  // Between two signs of life; zero: nobody wants any.
  std::chrono::microseconds interval_{0};
  steady::time_point said_;
  std::shared_ptr<std::atomic<std::int64_t>> last_report_ = std::make_shared<std::atomic<std::int64_t>>(0);
};

} // namespace livedata
