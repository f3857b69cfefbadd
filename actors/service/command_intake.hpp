// The one way in for commands, whoever asks: puts each on the agenda, where it takes effect between two batches. Part
// of the coordinator's actor.
#pragma once

#include "actors/service/agenda.hpp"
#include "actors/service/commands.hpp"
#include "actors/service/coordinator_settings.hpp"
#include "actors/service/cycle_log.hpp"
#include "actors/service/job_supervisor.hpp"
#include "actors/service/run_transitions.hpp"
#include "actors/service/stream_demand.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace livedata {

class command_intake {
public:
  // Told nothing if the command is not for this service.
  using answer = std::function<void(const std::optional<acknowledgement>&)>;

  struct sender {
    answer to;
    // Whether the command came in a portion, so that a recording has it.
    bool recorded = false;
  };

  // All live as long as this. `demand`: hears of jobs before they are built. `go_on`: a workflow was built. `entered`:
  // a job is in the table, and begins with what is remembered.
  command_intake(const coordinator_settings& settings, agenda& agenda, job_supervisor& jobs, stream_demand& demand,
                 cycle_log& cycles, std::function<void()> go_on, std::function<void(const job_id&)> entered);

  void take(const control_message& command, const sender& from);

  // Runs that were told of, and how many starts came.
  void state(archive& a) {
    a.field("transitions", transitions_);
    a.field("starts", starts_);
  }

  // Data flow: what comes before that is the configuration's, and the log has one line for all of it (log_scheduled).
  void begin() { begun_ = true; }

  // From now on no job enters the table, and who waits for one is told so.
  void close() { closed_ = true; }

private:
  void add(const start_command& c, const sender& from);
  void add(const job_command& c, const sender& from);
  void add(const run_start& r, const sender& from);
  void add(const run_stop& r, const sender& from);
  void order_job(const start_command& c, const recipe_ptr& recipe, const sender& from);
  std::string enter(const order_ptr& order, const built_ptr& built, std::uint64_t number);
  void change_transitions(const std::string& run_name, const run_transitions::change& change);

  const coordinator_settings& settings_;
  agenda& agenda_;
  job_supervisor& jobs_;
  stream_demand& demand_;
  cycle_log& cycles_;
  std::function<void()> go_on_;
  std::function<void(const job_id&)> entered_;
  run_transitions transitions_;
  // Starts that came.
  std::uint64_t starts_ = 0;
  bool closed_ = false;
  bool begun_ = false;
};

} // namespace livedata
