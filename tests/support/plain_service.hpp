// A job table with its jobs and nothing else: no actor, one job after the other. For tests of what jobs and table do
// together.
#pragma once

#include "actors/job/job.hpp"
#include "actors/service/commands.hpp"
#include "support/events.hpp"
#include "support/model_workflow.hpp"
#include "support/published.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace livedata::test {

class plain_service {
public:
  struct outcome {
    // By job, in the order of the work.
    std::vector<std::pair<job_id, job_reply>> replies;

    std::size_t results() const {
      std::size_t n = 0;
      for (const auto& [id, r] : replies)
        n += r.result ? 1 : 0;
      return n;
    }

    const job_reply* of(const job_id& id) const {
      for (const auto& [who, r] : replies)
        if (who == id) return &r;
      return nullptr;
    }
  };

  // A job of the workflows of model_instrument().
  job_id add(const std::string& workflow, const std::string& source, job_schedule schedule = {}, int number = 0) {
    auto recipe = registry_.recipe(inst_, workflow, source, json::object()).value();
    job_id id{source, uuid_from_name(workflow + std::to_string(number))};
    table.add(make_entry(id, *recipe, schedule));
    jobs_[id] = std::make_unique<job>(id, recipe);
    jobs_[id]->build();
    return id;
  }

  // Events with the given codes for each stream.
  outcome batch(std::int64_t start, std::int64_t end,
                const std::vector<std::pair<std::string, std::vector<std::int32_t>>>& events = {}, bool hold = false) {
    batch_data b{{start}, {end}, {}, 0, 0};
    for (const auto& [stream, codes] : events) {
      std::vector<event> list;
      for (auto c : codes)
        list.push_back({0, c});
      auto collected = std::make_shared<event_batch>();
      collected->add(make_chunk(list));
      b.streams.emplace(stream, events_ptr(std::move(collected)));
    }
    for (auto& [stream, value] : std::exchange(fresh_, {}))
      b.streams.emplace(stream, value);
    return work(table.prepare(b, latest, hold));
  }

  outcome start_from_memory(const job_id& id, std::int64_t now) {
    return work(table.start_from_memory(id, {now}, latest));
  }

  // A log has a new value, which comes with the next batch and is remembered.
  void log(const std::string& stream, double value) {
    remember(stream, value);
    fresh_.insert_or_assign(stream, memory_.at(stream));
  }

  // A log has a value from before.
  void remember(const std::string& stream, double value) {
    struct one {
      timestamp t;
      double v;
    };

    auto sample = std::make_shared<const one>(one{{1}, value});
    auto series = std::make_shared<log_series>();
    series->time = {&sample->t, 1};
    series->value = {&sample->v, 1};
    series->owner = sample;
    memory_.insert_or_assign(stream, series_ptr(std::move(series)));
  }

  job_state state(const job_id& id) const { return table.find(id)->state(); }

  std::string warning(const job_id& id) const { return table.find(id)->warning_text(); }

  job_table::answer reset(const job_id& id) {
    auto answer = table.reset(id, latest);
    if (answer == job_table::answer::done) jobs_.at(id)->reset();
    return answer;
  }

  // Value of a scalar output.
  static double value(const job_reply& r, const std::string& output) {
    for (const auto& o : r.result->outputs)
      if (o.name == output) return scalar_of(o);
    throw std::runtime_error("no output " + output);
  }

  job_table table;
  context_lookup latest = [this](const std::string& stream) -> std::optional<stream_value> {
    auto i = memory_.find(stream);
    return i == memory_.end() ? std::nullopt : std::optional(i->second);
  };

private:
  outcome work(job_table::preparation prepared) {
    for (const auto& id : prepared.resets)
      jobs_.at(id)->reset();
    outcome out;
    for (auto& item : prepared.work) {
      out.replies.emplace_back(item.job, jobs_.at(item.job)->process(item.task));
      table.book(item.job, out.replies.back().second);
    }
    table.remove_finished();
    return out;
  }

  std::shared_ptr<const instrument> inst_ = model_instrument();
  workflow_registry registry_ = model_registry();
  std::map<job_id, std::unique_ptr<job>> jobs_;
  std::map<std::string, stream_value> memory_;
  std::map<std::string, stream_value> fresh_;
};

} // namespace livedata::test
