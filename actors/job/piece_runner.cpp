#include "actors/job/piece_runner.hpp"

#include "actors/job/job.hpp"

#include <utility>

namespace livedata {

namespace {

struct piece_helper_state {
  static inline const char* name = "livedata.job-helper";

  explicit piece_helper_state(piece_helper::pointer self) : meter(self->system()) { survive_stray_errors(self); }

  piece_helper::behavior_type make_behavior() {
    return {[this](const piece_ptr& p) {
      const phase_meter::span counting(meter, phase::accumulate);
      return run_piece(*p->work, p->number);
    }};
  }

  phase_meter meter;
};

} // namespace

void piece_runner::run(const std::shared_ptr<divided_work>& work, std::function<void(const std::string&)> done) {
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

const piece_helper& piece_runner::helper(std::size_t n) {
  while (helpers_.size() <= n)
    helpers_.push_back(self_->spawn<caf::stateful_actor<piece_helper_state, piece_helper::impl>, caf::linked>());
  return helpers_[n];
}

void piece_runner::helper_done(const std::string& failure) {
  meter_.start();
  piece_done(failure);
}

void piece_runner::piece_done(const std::string& failure) {
  if (failure_.empty()) failure_ = failure;
  if (--outstanding_ == 0) std::exchange(done_, nullptr)(failure_);
}

} // namespace livedata
