#include "actors/job/piece_helper.hpp"

#include "actors/job/job.hpp"
#include "actors/profile/phase_meter.hpp"

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

piece_helper spawn_piece_helper(job_actor::pointer job) {
  return job->spawn<caf::stateful_actor<piece_helper_state, piece_helper::impl>, caf::linked>();
}

} // namespace livedata
