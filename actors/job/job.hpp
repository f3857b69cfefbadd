// A job as plain code: one workflow processor, and the times of the data it has seen. Owned by one actor, which calls
// it one message at a time. No exception of the workflow leaves it.
#pragma once

#include "actors/job/job_messages.hpp"
#include "actors/profile/phase.hpp"
#include "messages/codec/da00_writer.hpp"
#include "workflows/registry.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace livedata {

class job {
public:
  // Told within complete() when that phase of the work is over, for those who take the time.
  using listener = std::function<void(phase)>;

  job(job_id id, recipe_ptr recipe, listener over = {});

  // Builds the workflow. An empty text if that went well, else what was wrong.
  std::string build();

  // Settings, accumulate and finalise in one go; encodes the outputs. Needs a built workflow.
  job_reply process(const job_task& task);

  // The same in two steps where several workers share in the counting: between them, all pieces of the work have to be
  // run; nothing if there is nothing to be shared. The work keeps what it needs if the job goes away meanwhile.
  std::shared_ptr<divided_work> begin(const job_task& task);
  // `failure`: what went wrong with a piece; empty: nothing.
  job_reply complete(const job_task& task, const std::string& failure = {});

  // How others can count the next events for it; null: they cannot.
  std::shared_ptr<const counting_offer> counting() const;

  // Makes its own what it has in counts that are lent to it. What that throws leaves the job useless.
  void leave(counts_loan& loan);

  // Forgets all data and the times.
  void reset();

private:
  void tell(const std::vector<stream_data>& settings, job_reply& reply);
  void accumulate(const job_data& data, job_reply& reply);
  void take_back_loan();
  void took(const job_data& data, const std::optional<std::string>& failure, job_reply& reply);
  void finalize(job_reply& reply);
  void latch_times(timestamp start, timestamp end, job_reply& reply);
  // The output once more, as the value of the device that it stands for, if it does.
  void add_device(const job_output& output, job_result& result) const;
  std::shared_ptr<const job_result> encode(std::vector<workflow_output> outputs, std::string& absent);
  void add_output(workflow_output output, job_result& result);

  // What goes on from one message of an output to the next.
  struct output_writer {
    // Source name of the messages.
    std::string key;
    da00::repeated_writer message;
  };

  output_writer& writer_of(const std::string& output);

  void over(phase p) const;

  job_id id_;
  recipe_ptr recipe_;
  listener over_;
  std::shared_ptr<workflow> workflow_;
  std::map<std::string, output_writer> writers_;
  // Of the task in work.
  job_reply reply_;
  event_tally before_;
  std::shared_ptr<divided_work> divided_;
  std::shared_ptr<const common_counts> lent_;
  std::optional<timestamp> start_;
  std::optional<timestamp> end_;
};

// Runs one piece; gives the text of what it throws, if anything.
std::string run_piece(divided_work& work, std::size_t piece);

} // namespace livedata
