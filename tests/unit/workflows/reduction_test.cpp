// What all reductions have from their common base.
#include "support/events.hpp"
#include "workflows/partly_refused.hpp"
#include "workflows/reduction/reduction.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

namespace reduction_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// Events of a bank over those of a monitor.
class ratio final : public reduction {
public:
  ratio() {
    events("bank", "", [this](const event_batch& b) { add(b, bank_); });
    events("monitor", "beam monitor", [this](const event_batch& b) { add(b, monitor_); });
    context("gain", [this](const stream_value& v) { gain_.value = samples_of(v, "gain")->value.back(); });
    before_each_batch([this] { ++batches; });
    accumulator("bank", bank_);
    accumulator("monitor", monitor_);
    accumulator("update", update_, since::last_result);
    kept("context", gain_);
    target("ratio", [this] {
      return to_array({gain_.value * bank_[0].value / monitor_[0].value, 0}, "dimensionless");
    });
    target(
      "update", [this] { return to_array(update_); }, since::last_result);
  }

  int batches = 0;

private:
  void add(const event_batch& b, histogram& to) {
    to[0] += {static_cast<double>(b.events), static_cast<double>(b.events)};
    if (&to == &bank_) update_[0] += {static_cast<double>(b.events), 0};
  }

  struct gain {
    double value = 1;

    void state(archive& a) { a.field("value", value); }
  };

  gain gain_;
  histogram bank_{{}, "counts"};
  histogram monitor_{{}, "counts"};
  histogram update_{{}, "counts"};
};

job_data batch(std::size_t of_bank, std::size_t of_monitor, std::int64_t start) {
  job_data data{{start}, {start + 10}, {}, {}};
  const auto give = [](std::vector<stream_data>& to, const char* stream, std::size_t n) {
    if (n == 0) return;
    auto b = std::make_shared<event_batch>();
    b->add(make_chunk(std::vector<event>(n, event{1, 1})));
    to.push_back({stream, events_ptr(std::move(b))});
  };
  give(data.primary, "bank", of_bank);
  give(data.auxiliary, "monitor", of_monitor);
  return data;
}

double value_of(const workflow_output& o) {
  return std::get<std::vector<double>>(o.value->data.data).at(0);
}

} // namespace

TEST_CASE("a reduction waits for the inputs that it cannot do without, and says what people call them") {
  ratio r;
  CHECK(r.waits_for() == std::vector<std::string>{"beam monitor (monitor)"});
  r.accumulate(batch(3, 0, 0));
  CHECK(r.waits_for().size() == 1);
  CHECK_THROWS_AS(r.finalize(), std::runtime_error);
  r.accumulate(batch(0, 2, 10));
  CHECK(r.waits_for().empty());
  CHECK(value_of(r.finalize()[0]) == 1.5);
  r.clear();
  CHECK(r.waits_for().size() == 1);
}

TEST_CASE("accumulators grow until they are cleared, windows until the next result, and say their time") {
  ratio r;
  r.accumulate(batch(3, 2, 0));
  auto out = r.finalize();
  CHECK(value_of(out[1]) == 3);
  CHECK(std::get<std::vector<std::int64_t>>(out[1].value->coord("start_time")->data).at(0) == 0);
  CHECK(out[0].value->coord("start_time") == nullptr);
  r.accumulate(batch(5, 2, 10));
  r.accumulate(batch(4, 0, 20));
  out = r.finalize();
  CHECK(value_of(out[0]) == 3);
  CHECK(value_of(out[1]) == 9);
  CHECK(std::get<std::vector<std::int64_t>>(out[1].value->coord("start_time")->data).at(0) == 10);
  CHECK(std::get<std::vector<std::int64_t>>(out[1].value->coord("time")->data).at(0) == 30);
  CHECK(r.batches == 3);
}

TEST_CASE("data of another kind is refused before it is added, and so is context that nobody declared") {
  ratio r;
  job_data data{{0}, {1}, {{"bank", array_ptr(std::make_shared<const data_array>())}}, {}};
  CHECK_THROWS_WITH_AS(r.accumulate(data), "stream 'bank' brings no events", std::invalid_argument);
  auto nameless = std::make_shared<event_batch>();
  nameless->add(make_chunk(std::vector<event>(3, event{1, 1})));
  nameless->chunks.front().pixel_id = {};
  data.primary.front().value = events_ptr(std::move(nameless));
  CHECK_THROWS_WITH_AS(r.accumulate(data), "stream 'bank' brings events without detector numbers",
                       std::invalid_argument);
  CHECK_THROWS_AS(r.set_context("unknown", {}), std::invalid_argument);
  CHECK_THROWS_WITH_AS(r.set_context("gain", series_ptr(std::make_shared<const log_series>())),
                       "stream 'gain' brings no samples of a log or device", std::invalid_argument);
}

TEST_CASE("what an input cannot use costs that input only, and the window is about what was counted") {
  ratio r;
  auto data = batch(3, 2, 0);
  const auto odd = array_ptr(std::make_shared<const data_array>());
  data.primary.push_back({"bank", odd});
  CHECK_THROWS_WITH_AS(r.accumulate(data), "stream 'bank' brings no events", partly_refused);
  auto out = r.finalize();
  CHECK(value_of(out[0]) == 1.5);
  CHECK(value_of(out[1]) == 3);
  // No events of the bank at all: the monitor still counts.
  data = batch(0, 1, 50);
  data.primary.push_back({"bank", odd});
  CHECK_THROWS_AS(r.accumulate(data), partly_refused);
  r.accumulate(batch(6, 0, 60));
  out = r.finalize();
  CHECK(value_of(out[0]) == 3);
  CHECK(std::get<std::vector<std::int64_t>>(out[1].value->coord("start_time")->data).at(0) == 60);
}

} // namespace reduction_test
