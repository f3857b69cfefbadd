// What a coordinator owes the source: leave to send on, one portion for each that came.
#pragma once

#include "actors/actors.hpp"

#include <cstdint>
#include <utility>

namespace livedata {

class backpressure {
public:
  backpressure(coordinator_actor::pointer self, std::uint32_t number) : self_(self), number_(number) {}

  // While the message with the portion is handled.
  void took_portion() {
    source_ = self_->current_sender();
    ++owed_;
  }

  void pay() {
    if (owed_ == 0) return;
    if (auto source = caf::actor_cast<source_actor>(source_))
      tell(self_, source, credit_atom_v, number_, std::exchange(owed_, 0U));
  }

private:
  coordinator_actor::pointer self_;
  std::uint32_t number_;
  caf::strong_actor_ptr source_;
  std::uint32_t owed_ = 0;
};

} // namespace livedata
