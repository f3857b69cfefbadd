#include "actors/job/counter_actor.hpp"

#include "actors/job/piece_runner.hpp"

#include <exception>

namespace livedata {

namespace {

class counter_state {
public:
  static inline const char* name = "livedata.counter";

  explicit counter_state(counter_actor::pointer self) : self_(self), meter_(self->system()), pieces_(self, meter_) {
    survive_stray_errors(self);
    self->set_exception_handler([](std::exception_ptr& e) {
      try {
        std::rethrow_exception(e);
      } catch (const std::exception& what) {
        return caf::make_error(caf::sec::runtime_error, what.what());
      } catch (...) {
        return caf::make_error(caf::sec::runtime_error);
      }
    });
  }

  counter_actor::behavior_type make_behavior() {
    return {[this](const count_order_ptr& order) { return count(*order); }};
  }

private:
  caf::result<counted_ptr> count(const count_order& order) {
    meter_.start();
    outcome_ = std::make_shared<counted>();
    outcome_->counts = std::move(order.hand->counts);
    // Should somebody still read what was lent.
    if (outcome_->counts.use_count() > 1) outcome_->counts = outcome_->counts->copy();
    try {
      work_ = outcome_->counts->count(order.data, order.turn, order.workers);
    } catch (const std::exception& e) {
      outcome_->failure = e.what();
      return counted_ptr(std::move(outcome_));
    }
    answer_ = self_->make_response_promise<counted_ptr>();
    pieces_.run(work_, [this, version = order.version](const std::string& failure) { counted_all(version, failure); });
    return answer_;
  }

  // What may fail has been done before; if something fails nevertheless, nobody knows what was counted, and this actor
  // ends with it.
  void counted_all(std::uint64_t version, const std::string& failure) {
    if (!failure.empty()) throw std::runtime_error(failure);
    outcome_->divided = work_->pieces() > 1;
    work_->join();
    work_.reset();
    outcome_->counts->name(version);
    meter_.over(phase::accumulate);
    answer_.deliver(counted_ptr(std::move(outcome_)));
  }

  counter_actor::pointer self_;
  phase_meter meter_;
  piece_runner<counter_actor::pointer> pieces_;
  // Of the order in work.
  std::shared_ptr<counted> outcome_;
  std::shared_ptr<divided_work> work_;
  caf::typed_response_promise<counted_ptr> answer_;
};

} // namespace

counter_actor spawn_counter(coordinator_actor::pointer coordinator) {
  return coordinator->spawn<caf::stateful_actor<counter_state, counter_actor::impl>>();
}

} // namespace livedata
