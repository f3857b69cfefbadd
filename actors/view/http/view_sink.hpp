// Puts results, and what services say of their jobs, where viewers see them. Never fails, and waits for nobody.
#pragma once

#include "actors/publisher/result_sink.hpp"
#include "actors/view/http/latest_results.hpp"
#include "messages/wall_clock.hpp"

#include <memory>
#include <span>

namespace livedata {

class view_sink final : public result_sink {
public:
  view_sink(std::shared_ptr<latest_results> latest, std::shared_ptr<const wall_clock> clock)
    : latest_(std::move(latest)), clock_(std::move(clock)) {}

  void deliver(const result_set& results) override { latest_->take(results, clock_->now()); }

  // Looks for the status of a service: all its jobs, and after them the service itself.
  void send(std::span<const outgoing_message> messages) override;

private:
  std::shared_ptr<latest_results> latest_;
  std::shared_ptr<const wall_clock> clock_;
};

} // namespace livedata
