// Has a divided piece of work done by an actor and helpers of its own. A member of the state of that actor.
#pragma once

#include "actors/actors.hpp"
#include "actors/job/job.hpp"
#include "actors/job/piece_helper.hpp"
#include "actors/profile/phase_meter.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace livedata {

class piece_runner {
public:
  // `meter`: the actor's, which has been started when run() is called.
  piece_runner(job_actor::pointer self, phase_meter& meter) : self_(self), meter_(meter) {}

  // `done` gets the text of what went wrong, or nothing, when all pieces are done; perhaps before this returns. Until
  // then the actor looks at no other message.
  void run(const std::shared_ptr<divided_work>& work, std::function<void(const std::string& failure)> done) {
    done_ = std::move(done);
    failure_.clear();
    outstanding_ = work->pieces();
    for (std::size_t i = 1; i < work->pieces(); ++i)
      ask(self_, helper(i - 1), piece_ptr(std::make_shared<const job_piece>(job_piece{work, i})))
        .await([this](const std::string& failure) { helper_done(failure); },
               [this](const caf::error& e) { helper_done(to_string(e)); });
    auto failure = run_piece(*work, 0);
    meter_.over(phase::accumulate);
    piece_done(failure);
  }

private:
  const piece_helper& helper(std::size_t n) {
    while (helpers_.size() <= n)
      helpers_.push_back(spawn_piece_helper(self_));
    return helpers_[n];
  }

  void helper_done(const std::string& failure) {
    meter_.start();
    piece_done(failure);
  }

  void piece_done(const std::string& failure) {
    if (failure_.empty()) failure_ = failure;
    if (--outstanding_ == 0) std::exchange(done_, nullptr)(failure_);
  }

  job_actor::pointer self_;
  phase_meter& meter_;
  std::vector<piece_helper> helpers_;
  std::size_t outstanding_ = 0;
  std::string failure_;
  std::function<void(const std::string&)> done_;
};

} // namespace livedata
