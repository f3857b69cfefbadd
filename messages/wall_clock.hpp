// Wall time as an interface: for liveness, status and lag, never for decisions on data.
#pragma once

#include "messages/timestamp.hpp"

#include <chrono>

namespace livedata {

class wall_clock {
public:
  wall_clock() = default;
  wall_clock(const wall_clock&) = delete;
  wall_clock& operator=(const wall_clock&) = delete;
  virtual ~wall_clock() = default;
  virtual timestamp now() const = 0;
};

class system_wall_clock final : public wall_clock {
public:
  timestamp now() const override {
    using namespace std::chrono;
    return {duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count()};
  }
};

} // namespace livedata
