// A job as plain code: one workflow processor, and the times of the data it has seen. Owned by one actor, which calls
// it one message at a time. No exception of the workflow leaves it.
#pragma once

#include "actors/memory_budget.hpp"
#include "actors/messages.hpp"
#include "actors/phase.hpp"
#include "messages/codec/da00_writer.hpp"
#include "messages/payload_bundle.hpp"
#include "workflows/capabilities.hpp"
#include "workflows/registry.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace livedata {

// Claims memory of `all`, the budget of all jobs together, and puts it into `into`, as long as there is some left.
memory_claim claim_of(const memory_budget& all, std::vector<memory_budget::share>& into);

// Memory of that budget which ends with the last copy of the function.
memory_use use_of(const memory_budget& all);

class job {
public:
  // Told within complete() when that phase of the work is over, for those who take the time.
  using listener = std::function<void(phase)>;

  job(job_id id, recipe_ptr recipe, listener over = {});

  // Who is told from now on.
  void listen(listener over) { over_ = std::move(over); }

  // Builds the workflow. An empty text if that went well, else what was wrong. What it needs counts in `all`, the
  // budget of all jobs together, as long as the job lives.
  std::string build(const memory_budget& all = memory_budget(0));

  // Context, accumulate and finalise in one go; encodes the outputs. Needs a built workflow.
  job_reply process(const job_task& task);

  // The same in two steps where several workers share in the counting: between them, all pieces of the work have to be
  // run; nothing if there is nothing to be shared. The work keeps what it needs if the job goes away meanwhile.
  std::shared_ptr<divided_work> begin(const job_task& task);
  // `failure`: what went wrong with a piece; empty: nothing.
  job_reply complete(const job_task& task, const std::string& failure = {});

  // Forgets all data and the times.
  void reset();

  // All that it has accumulated, between two tasks. May throw what the workflow throws.
  saved_work save();

  // Becomes the job that was saved. Throws archive_error if that is of another job; then this one is as it was before.
  void load(const work_bytes& saved);

  // What it knows itself, beside its workflow.
  void state(archive& a);

private:
  // What goes on from one message of an output, or of a device that it stands for, to the next.
  struct message_writer {
    // Source name of the messages.
    std::string source_name;
    da00::repeated_writer writer;

    payload_ptr write(timestamp time, const data_array& array, const std::shared_ptr<payload_bundle>& messages);
  };

  struct output_writer {
    std::string output;
    std::string title;
    message_writer result;
    std::vector<message_writer> devices;
  };

  void take_over(std::unique_ptr<workflow> built);
  void tell(const std::vector<stream_data>& context, job_reply& reply);
  void accumulate(const job_data& data, job_reply& reply);
  void took(const job_data& data, const std::optional<std::string>& failure, job_reply& reply);
  void finalize(job_reply& reply);
  void latch_times(timestamp start, timestamp end, job_reply& reply);
  // The output once more, as the value of a device that it stands for.
  static void add_device(message_writer& writer, const data_array& output, job_result& result,
                         const std::shared_ptr<payload_bundle>& messages);
  std::shared_ptr<const job_result> encode(std::vector<workflow_output>& outputs, std::string& absent);
  // Leaves the output as it was, but for the name of the array.
  void add_output(workflow_output& output, job_result& result, const std::shared_ptr<payload_bundle>& messages);
  output_writer& writer_of(const std::string& output);
  output_writer make_writer(const std::string& output) const;

  void over(phase p) const;

  job_id id_;
  recipe_ptr recipe_;
  listener over_;
  // What was claimed for the workflow; it is given back after the workflow is gone.
  std::vector<memory_budget::share> claimed_;
  std::shared_ptr<workflow> workflow_;
  // The same workflow, if it can do that.
  divisible* divisible_ = nullptr;
  reuses_outputs* reuses_outputs_ = nullptr;
  // By output, in the order of their first messages; the next one is likely to be that at `next_writer_`.
  std::vector<output_writer> writers_;
  std::size_t next_writer_ = 0;
  std::shared_ptr<bundle_memory> memory_ = std::make_shared<bundle_memory>();
  // Of the task in work.
  job_reply reply_;
  event_tally before_;
  std::shared_ptr<divided_work> divided_;
  std::optional<timestamp> start_;
  std::optional<timestamp> end_;
};

// Runs one piece; gives the text of what it throws, if anything.
std::string run_piece(divided_work& work, std::size_t piece);

} // namespace livedata
