#include "actors/service/command_intake.hpp"

#include "messages/log_line.hpp"

#include <memory>
#include <spdlog/spdlog.h>
#include <utility>
#include <variant>

namespace livedata {

command_intake::command_intake(const coordinator_settings& settings, agenda& agenda, job_supervisor& jobs,
                               stream_demand& demand, cycle_log& cycles, std::function<void()> go_on,
                               std::function<void(const job_id&)> entered)
  : settings_(settings), agenda_(agenda), jobs_(jobs), demand_(demand), cycles_(cycles), go_on_(std::move(go_on)),
    entered_(std::move(entered)) {}

void command_intake::take(const control_message& command, const sender& from) {
  std::visit([&](const auto& content) { add(content, from); }, command);
}

void command_intake::add(const start_command& c, const sender& from) {
  auto recipe = settings_.recipes ? settings_.recipes(c) : std::nullopt;
  if (!recipe) {
    spdlog::debug(log_line("workflow_not_found", {{"workflow", to_string(c.workflow)}, {"job", to_string(c.job)}}));
    from.to(std::nullopt);
    return;
  }
  spdlog::log(begun_ ? spdlog::level::info : spdlog::level::debug,
              log_line("processing_command", {{"kind", log_word{"workflow_config"}},
                                              {"workflow", to_string(c.workflow)},
                                              {"job", to_string(c.job)},
                                              {"message_id", c.message_id}}));
  auto refuse = [&](const std::string& why) {
    if (!settings_.batches_wait_for_builds) return from.to(answer_to(c, why));
    agenda_.add([to = from.to, c, why] { to(answer_to(c, why)); }, {c.job, c.workflow});
  };
  if (!*recipe) return refuse(recipe->error().message);
  if (auto ok = c.schedule.check(); !ok) return refuse(ok.error().message);
  order_job(c, **recipe, from);
}

// Has the streams read that the job needs, then the workflow built, and the job enter the table after that.
void command_intake::order_job(const start_command& c, const recipe_ptr& recipe, const sender& from) {
  auto order = std::make_shared<const job_order>(job_order{c.job, recipe, c.schedule, c.message_id});
  auto place = cycles_.next_entry(c.job);
  if (!from.recorded) place.reset();
  if (!place && settings_.batches_wait_for_builds) place = 0;
  // Where batches do not wait, who asks for a job hears of it when its workflow is built, however long the batch in
  // work takes.
  const auto at_once = !place;
  auto built = std::make_shared<built_ptr>();
  const build_queue::done tell = [this, built, to = from.to, c, at_once](const built_ptr& b) {
    *built = b;
    if (at_once && !closed_) to(answer_to(c, b->problem));
    go_on_();
  };
  demand_.want(order, [this, order, tell] { jobs_.builds().add(order, tell); });
  agenda_.add_start(
    [this, c, to = from.to, order, built, at_once, number = ++starts_] {
      const auto problem = enter(order, *built, number);
      demand_.entered(order->id);
      if (!at_once || !*built) to(answer_to(c, problem));
    },
    {c.job, c.workflow}, [built] { return *built != nullptr; }, place);
}

// What was wrong, or nothing.
std::string command_intake::enter(const order_ptr& order, const built_ptr& built, std::uint64_t number) {
  if (!built || closed_) return std::string(build_queue::ended_too_soon);
  if (!built->problem.empty()) return built->problem;
  cycles_.entered(agenda_.batches_begun(), order->id);
  spdlog::log(begun_ ? spdlog::level::info : spdlog::level::debug,
              log_line("job_scheduled", {{"job", to_string(order->id)}, {"workflow", to_string(order->recipe->id())}}));
  if (!jobs_.enter(order, built, number)) entered_(order->id);
  return {};
}

void command_intake::add(const job_command& c, const sender& from) {
  agenda_.add([this, c, to = from.to] { to(jobs_.act(c)); }, {c.job, c.workflow, !c.job && !c.workflow});
}

void command_intake::add(const run_start& r, const sender& from) {
  spdlog::info(log_line(
    "run_start", {{"name", r.run_name}, {"start", r.start.ns}, {"stop", r.stop ? r.stop->ns : std::int64_t{0}}}));
  change_transitions(r.run_name, transitions_.start(r));
  from.to(std::nullopt);
}

void command_intake::add(const run_stop& r, const sender& from) {
  spdlog::info(log_line("run_stop", {{"name", r.run_name}, {"stop", r.stop.ns}}));
  change_transitions(r.run_name, transitions_.stop(r));
  from.to(std::nullopt);
}

// A run that is told of again does not reset the jobs again.
void command_intake::change_transitions(const std::string& run_name, const run_transitions::change& change) {
  if (change.expect.empty()) spdlog::info(log_line("run_told_again", {{"name", run_name}}));
  if (change.forget) {
    spdlog::info(log_line("run_stop_replaced", {{"name", run_name}, {"announced", to_string(*change.forget)}}));
    agenda_.add([this, t = *change.forget] { jobs_.forget_run_transition(t); });
  }
  for (auto t : change.expect)
    agenda_.add([this, t] { jobs_.expect_run_transition(t); });
}

} // namespace livedata
