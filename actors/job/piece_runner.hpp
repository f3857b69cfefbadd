// Has a divided piece of work done by a job's actor and helpers of its own. A member of the state of that actor.
#pragma once

#include "actors/actors.hpp"
#include "actors/profile/phase_meter.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace livedata {

class piece_runner {
public:
  // `meter`: the actor's, which has been started when run() is called.
  piece_runner(job_actor::pointer self, phase_meter& meter) : self_(self), meter_(meter) {}

  // `done` gets the text of what went wrong, or nothing, when all pieces are done; perhaps before this returns. Until
  // then the actor looks at no other message.
  void run(const std::shared_ptr<divided_work>& work, std::function<void(const std::string& failure)> done);

private:
  // A helper has no state: the place where it counts belongs to the job, and to it alone while it is at it. It ends
  // with the job.
  const piece_helper& helper(std::size_t n);
  void helper_done(const std::string& failure);
  void piece_done(const std::string& failure);

  job_actor::pointer self_;
  phase_meter& meter_;
  std::vector<piece_helper> helpers_;
  std::size_t outstanding_ = 0;
  std::string failure_;
  std::function<void(const std::string&)> done_;
};

} // namespace livedata
