// What every reduction is written in. Its constructor declares
//
//   inputs         streams that come in batches, each with the function that adds a batch to the accumulators
//   context        streams whose latest value holds until the next one
//   accumulators   the histograms that grow, by name
//   targets        the outputs, each with the function that computes it from the accumulators
//
// and that is the whole workflow: this class passes on the data, knows which inputs have delivered, gives out the
// targets with their times, and saves, loads and clears the accumulators. No event passes through it: an input gets the
// whole batch, and loops over its events as it likes.
#pragma once

#include "workflows/archive.hpp"
#include "workflows/reduction/histogram.hpp"
#include "workflows/registry.hpp"
#include "workflows/window_bounds.hpp"
#include "workflows/workflow.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

// The time that an accumulator or a target is about.
enum class since : std::uint8_t { start, last_result };

class reduction : public workflow {
public:
  // Each stream is taken or refused for itself. Throws std::invalid_argument if all are refused, partly_refused if some
  // are.
  void accumulate(const job_data& data) final;
  // Streams that were not declared are refused (std::invalid_argument).
  void set_context(std::string_view stream, const stream_value& value) final;
  std::vector<std::string> waits_for() const final;
  std::vector<workflow_output> finalize() final;
  void clear() final;
  void state(archive& a) final;

  event_tally tally() const final { return tally_; }

protected:
  using taker = std::function<void(const stream_value&)>;

  // An input. `called`: what people call it if there is no result before it has delivered, "incident monitor"; empty:
  // the result does without. `take` throws std::invalid_argument for data of a kind that it cannot use, before it adds
  // anything.
  void input(std::string stream, std::string called, taker take);

  // The same for an input of a detector's events and nothing else.
  void events(std::string stream, std::string called, std::function<void(const event_batch&)> take);

  // A context stream. `take` keeps its latest value.
  void context(std::string stream, taker take);

  // What is called before a batch is added, for instance to follow a detector that has moved.
  void before_each_batch(std::function<void()> f) { before_each_batch_ = std::move(f); }

  // What is called before the targets are computed, for what several of them are made of.
  void before_targets(std::function<void()> f) { before_targets_ = std::move(f); }

  // A member with a function state(archive&) that is saved under its name, and that a reset leaves as it is: what
  // context is kept in.
  template <class T>
  void kept(std::string name, T& member) {
    saved_.push_back([name = std::move(name), &member](archive& a) { a.field(name, member); });
  }

  // Saved under its name, cleared by a reset; after each result too, if it is about the time since the last one.
  void accumulator(std::string name, histogram& h, since when = since::start);

  // The same for a class with functions clear() and state(archive&).
  template <class T>
  void accumulator(std::string name, T& member) {
    cleared_.push_back([&member] { member.clear(); });
    kept(std::move(name), member);
  }

  // Called once all fields are loaded, for what follows from them.
  void after_loading(std::function<void()> f) { after_loading_ = std::move(f); }

  // In the order of publication. About the time since the last result: with the bounds of that time.
  void target(std::string output, std::function<data_array()> compute, since when = since::start);

  // Of all events so far.
  event_tally tally_;

private:
  struct declared_input {
    std::string stream;
    std::string called;
    taker take;
    bool delivered = false;
  };

  struct declared_context {
    std::string stream;
    taker take;
  };

  struct declared_target {
    std::string output;
    std::function<data_array()> compute;
    since when;
  };

  void take(const stream_data& data);

  std::vector<declared_input> inputs_;
  std::vector<declared_context> contexts_;
  std::vector<declared_target> targets_;
  std::vector<std::function<void(archive&)>> saved_;
  std::vector<std::function<void()>> cleared_;
  std::vector<histogram*> windows_;
  std::function<void()> before_each_batch_;
  std::function<void()> before_targets_;
  std::function<void()> after_loading_;
  window_bounds bounds_;
};

// The events of a value, all with detector numbers. Throws std::invalid_argument otherwise.
const event_batch& events_of(const stream_value& value, std::string_view stream);

// The samples of a log or device, one at least. Throws std::invalid_argument if there are none.
const series_ptr& samples_of(const stream_value& value, std::string_view stream);

// Refuses a job that would need more bytes than it may have, before it takes any, and claims them for one that may have
// them. Throws parameter_error.
void require_memory(double bytes, const build_request& request);

// What a kind of reduction needs to say of itself.
struct reduction_description {
  std::vector<output_spec> outputs;
  parameter_model parameters;
};

// A kind whose outputs and parameters do not depend on the instrument.
template <class Build>
workflow_kind reduction_kind(reduction_description what, Build build) {
  return {[outputs = std::move(what.outputs)](const workflow_declaration&) { return outputs; },
          [build](const build_request& request) -> std::unique_ptr<workflow> { return build(request); },
          {},
          [parameters = std::move(what.parameters)](const workflow_declaration&) { return parameters; }};
}

} // namespace livedata
