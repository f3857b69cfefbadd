// Hands the work of a batch to the jobs, and takes their answers: the fan-out and fan-in of the coordinator, in whose
// name it sends.
#pragma once

#include "actors/service/batch_in_work.hpp"
#include "actors/service/fan_out_plan.hpp"
#include "actors/service/job_office.hpp"

#include <functional>
#include <optional>

namespace livedata {

class fan_out {
public:
  // `done`: all have answered, some time after begin().
  fan_out(coordinator_actor::pointer self, job_office& jobs, fan_out_limits limits, std::function<void()> done)
    : self_(self), jobs_(jobs), limits_(limits), done_(std::move(done)) {}

  bool busy() const noexcept { return work_.has_value(); }

  // Whether there is something to wait for.
  bool begin(batch_in_work work);

  // The batch with all answers.
  batch_in_work take();

private:
  void send(std::size_t item);
  void fan_in(std::size_t item, const reply_ptr& reply);

  coordinator_actor::pointer self_;
  job_office& jobs_;
  fan_out_limits limits_;
  std::function<void()> done_;
  std::optional<batch_in_work> work_;
};

} // namespace livedata
