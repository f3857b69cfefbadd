// Hands the work of a batch to the jobs, and takes their answers: the fan-out and fan-in of the coordinator, in whose
// name it sends. Events that several jobs count alike are counted once, before those jobs get their tasks.
#pragma once

#include "actors/coordinator/batch_in_work.hpp"
#include "actors/coordinator/counting_pool.hpp"
#include "actors/coordinator/fan_out_plan.hpp"
#include "actors/coordinator/job_office.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

class fan_out {
public:
  // `done`: all have answered, some time after begin().
  fan_out(coordinator_actor::pointer self, job_office& jobs, const coordinator_settings& settings,
          std::function<void()> done);

  bool busy() const noexcept { return work_.has_value(); }

  // Whether there is something to wait for.
  bool begin(batch_in_work work);

  // The batch with all answers.
  batch_in_work take();

private:
  using pass = counting_pool::pass;

  // One thing to be sent: an item, or a pass.
  struct unit {
    std::size_t item = 0;
    const pass* counting = nullptr;
  };

  void send_all(const std::vector<pass>& passes);
  void send(std::size_t item);
  void leave(const counting_pool::departure& d);
  void left();
  void count(const pass& p, std::size_t workers);
  void passed(const pass& p, const counted& outcome);
  void lost(const pass& p, const caf::error& why);
  const counter_actor& counter(std::uint64_t group);
  void fan_in(std::size_t item, const reply_ptr& reply);
  const counting_offer* offer_of(const job_id& id) const;

  coordinator_actor::pointer self_;
  job_office& jobs_;
  fan_out_limits limits_;
  bool in_common_;
  std::function<void()> done_;
  caf::telemetry::int_counter* passes_;
  std::optional<batch_in_work> work_;
  counting_pool pool_;
  std::map<std::uint64_t, counter_actor> counters_;
  // What is sent when those that leave common counts have done so.
  counting_pool::plan plan_;
  std::size_t leaving_ = 0;
};

} // namespace livedata
