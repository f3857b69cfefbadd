// The coordinator with its job actors, in memory, played step by step: what it publishes and says of its jobs comes out
// as lines of text in the order in which it happens.
#pragma once

#include "actors/job/job.hpp"
#include "actors/service/coordinator_actor.hpp"
#include "support/events.hpp"
#include "support/job_model.hpp"
#include "support/published.hpp"
#include "support/test_config.hpp"

#include <caf/all.hpp>

#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace livedata::test {

// Each portion of messages is a batch; its first message says from when to when.
class told_batcher : public batcher {
public:
  std::optional<message_batch> add(std::vector<stream_message> messages, duration = {}) override {
    if (messages.empty()) return std::nullopt;
    message_batch b{
      messages.front().time, {std::get<std::int64_t>(std::get<log_sample>(messages.front().content).value)}, {}};
    b.messages.assign(std::next(messages.begin()), messages.end());
    return b;
  }

  std::optional<message_batch> flush() override { return std::nullopt; }

  void set_batch_length(duration) override {}

  duration batch_length() const override { return {1'000'000'000}; }

  const batcher_tally& tally() const override { return tally_; }

private:
  batcher_tally tally_;
};

inline portion_ptr portion_of(const model_step& step) {
  auto chunk = std::make_shared<message_portion>();
  chunk->control = step.control;
  if (!step.batch) return chunk;
  const auto& b = *step.batch;
  chunk->messages.push_back({{stream_kind::unknown, ""}, {b.start}, log_sample{{b.start}, b.end, {}, {}}});
  for (const auto& e : b.events) {
    std::vector<event> events;
    for (auto c : e.codes)
      events.push_back({0, c});
    auto kind = e.stream == "m1" ? stream_kind::monitor_events : stream_kind::detector_events;
    chunk->messages.push_back({{kind, e.stream}, {b.start}, make_chunk(events, {b.start})});
  }
  for (const auto& s : b.samples)
    chunk->messages.push_back({{stream_kind::log, s.log}, {s.time}, log_sample{{s.time}, s.value, {}, {}}});
  return chunk;
}

// The actor of a job that dies, without an answer, of an event with the code for it.
struct mortal_model_job {
  static inline const char* name = "livedata.test.mortal_model_job";

  mortal_model_job(job_actor::pointer self, std::shared_ptr<job> job_to_do) : work(std::move(job_to_do)) {
    self->set_exception_handler(
      [](std::exception_ptr&) { return make_error(caf::sec::runtime_error, "killed by the data"); });
  }

  job_actor::behavior_type make_behavior() {
    return {
      [this](const task_ptr& task) -> reply_ptr {
        for (const auto& s : task->data.primary)
          if (const auto* events = std::get_if<events_ptr>(&s.value))
            for (const auto& chunk : (*events)->chunks)
              for (std::size_t i = 0; i < chunk.size(); ++i)
                if (chunk.pixel_id[i] == code::kills) throw std::runtime_error("killed by the data");
        return std::make_shared<const job_reply>(work->process(*task));
      },
      [this](clear_atom) { work->reset(); },
      [this](save_atom) -> saved_work_ptr { return std::make_shared<const saved_work>(work->save()); },
      [](own_thread_atom) {},
    };
  }

  std::shared_ptr<job> work;
};

inline job_actor spawn_mortal_model_job(caf::actor_system& system, const job_order& /*order*/,
                                        std::shared_ptr<job> work) {
  return system.spawn<caf::stateful_actor<mortal_model_job, job_actor::impl>>(std::move(work));
}

class model_engine {
public:
  explicit model_engine(std::size_t threads) : config_(threads), system_(config_), self_(system_) {}

  // What each step brings about. Every call begins with a new coordinator.
  std::vector<std::vector<std::string>> play(const std::vector<model_step>& steps, std::int64_t publish_interval = 0) {
    coordinator_settings s;
    s.service = "data_reduction";
    s.inst = inst_;
    s.recipes = recipes_;
    s.make_batcher = [] { return std::make_unique<told_batcher>(); };
    s.heartbeat_interval = {};
    s.batch_length = {100};
    s.batches_wait_for_builds = true;
    // Results are looked at when all steps are sent.
    s.results_in_flight = std::numeric_limits<std::size_t>::max();
    s.publish_interval = {publish_interval};
    // So that it does not depend on time when a job is at work again.
    s.restart_limit = 0;
    s.spawn = spawn_mortal_model_job;
    auto me = caf::actor_cast<caf::strong_actor_ptr>(self_.ptr());
    auto coordinator =
      spawn_coordinator(system_, s, caf::actor_cast<publisher_actor>(me), caf::actor_cast<reporter_actor>(me));
    for (const auto& step : steps) {
      self_->send(coordinator, portion_of(step));
      self_->send(coordinator, status_atom_v);
    }
    std::vector<std::vector<std::string>> out(steps.size());
    for (std::size_t done = 0; done < steps.size();) {
      auto& lines = out[done];
      self_->receive(
        [&](const outgoing_ptr& messages) {
          for (const auto& m : *messages)
            lines.push_back(line_of_answer(m));
        },
        [&](const result_set_ptr& results) {
          for (const auto& r : results->results)
            for (const auto& o : r->outputs)
              lines.push_back(line_of_result(r->job, o.name, scalar_of(o), r->start, r->end));
        },
        [&](const job_statuses_ptr& statuses) {
          for (auto h : *statuses) {
            // How CAF calls it depends on which news of the death comes first.
            if (h.error && h.error->starts_with("Job actor died")) h.error = given_up;
            lines.push_back(line_of(h));
          }
          ++done;
        },
        [](const batch_report_ptr&) {}, [](credit_atom, std::uint32_t, std::uint32_t) {});
    }
    caf::anon_send_exit(coordinator, caf::exit_reason::user_shutdown);
    return out;
  }

private:
  static std::string line_of_answer(const outgoing_message& m) {
    auto bytes = m.content->bytes();
    auto j = json::parse(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    acknowledgement a{j.at("message_id"), j.at("device"), std::nullopt};
    if (j.at("response") == "ERR") a.error = j.at("message").get<std::string>();
    return line_of(a);
  }

  std::shared_ptr<const instrument> inst_ = model_instrument();
  recipe_finder recipes_ = find_recipes(inst_, model_registry(), "data_reduction");
  test_config config_;
  caf::actor_system system_;
  caf::scoped_actor self_;
};

} // namespace livedata::test
