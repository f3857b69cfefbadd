// What a workflow may offer beside workflow.hpp, to be faster. A workflow class implements such an interface in
// addition to `workflow`. Its job looks for each interface once, when the workflow is built.
#pragma once

#include "workflows/workflow.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace livedata {

// The accumulation of one batch, cut into pieces for several threads.
class divided_work {
public:
  divided_work() = default;
  divided_work(const divided_work&) = delete;
  divided_work& operator=(const divided_work&) = delete;
  virtual ~divided_work() = default;

  virtual std::size_t pieces() const noexcept = 0;

  // Does one piece. Any thread may do any piece, each piece once. Nobody may use the workflow meanwhile.
  virtual void run(std::size_t piece) = 0;

  // Puts the pieces together. To be called when all are done.
  virtual void join() = 0;
};

// A workflow that several threads can accumulate for.
class divisible {
public:
  virtual ~divisible() = default;

  // Does what accumulate() does, in at most so many pieces. Nothing if that would not pay: then accumulate() has to be
  // called. The work must not outlive the workflow.
  virtual std::unique_ptr<divided_work> divide(const job_data& data, std::size_t pieces) = 0;
};

// A workflow that can write its next outputs into the memory of the last ones.
class reuses_outputs {
public:
  virtual ~reuses_outputs() = default;

  // Takes back what finalize() gave last. Names of arrays may have been set; all else must be as it was.
  virtual void reuse(std::vector<workflow_output> outputs) = 0;
};

} // namespace livedata
