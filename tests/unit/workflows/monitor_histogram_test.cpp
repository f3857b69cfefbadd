#include "support/events.hpp"
#include "workflows/monitor/monitor_histogram.hpp"

#include <doctest/doctest.h>

using namespace livedata;
using namespace livedata::test;

namespace {

const data_array& output(const std::vector<workflow_output>& outputs, std::size_t i) {
  return outputs.at(i).value.value();
}

const std::vector<double>& numbers(const data_array& a) {
  return std::get<std::vector<double>>(a.data.data);
}

job_data pulses(const std::vector<event>& events, timestamp start = {0}, timestamp end = {10}) {
  auto chunk = make_chunk(events);
  chunk.pixel_id = {};
  return make_batch("monitor", {chunk}, start, end);
}

} // namespace

TEST_CASE("monitor events are counted by arrival time, with Poisson variances") {
  monitor_histogram m({0, 10, 5, false, "ns"}, {2, 8, true, "ns"});
  m.accumulate(pulses({{1, 0}, {2, 0}, {3, 0}, {4, 0}, {5, 0}, {-1, 0}, {10, 0}}));
  auto out = m.finalize();
  REQUIRE(out.size() == 6);
  CHECK(numbers(output(out, 0)) == std::vector<double>{1, 2, 2, 0, 0});
  CHECK(output(out, 0).variances == values(std::vector<double>{1, 2, 2, 0, 0}));
  CHECK(output(out, 0).data.unit == "counts");
  const auto* edges = output(out, 0).coord("time_of_arrival");
  REQUIRE(edges != nullptr);
  CHECK(edges->unit == "ns");
  CHECK(edges->data == values(std::vector<double>{0, 2, 4, 6, 8, 10}));
  CHECK(numbers(output(out, 2)) == std::vector<double>{5}); // counts_total
  CHECK(numbers(output(out, 3)) == std::vector<double>{4}); // in range
  CHECK(output(out, 2).variances == values(std::vector<double>{5}));
  auto tally = m.tally();
  CHECK(tally.received == 7);
  CHECK(tally.out_of_range == 2);
  CHECK(tally.accepted == 5);
}

TEST_CASE("the window of a monitor starts anew with each result, the cumulative histogram goes on") {
  monitor_histogram m({0, 10, 5, false, "ns"}, {});
  m.accumulate(pulses({{1, 0}}, {100}, {200}));
  m.finalize();
  m.accumulate(pulses({{3, 0}, {3, 0}}, {200}, {300}));
  m.accumulate(pulses({{9, 0}}, {300}, {400}));
  auto out = m.finalize();
  CHECK(numbers(output(out, 0)) == std::vector<double>{1, 2, 0, 0, 1});
  CHECK(numbers(output(out, 1)) == std::vector<double>{0, 2, 0, 0, 1});
  CHECK(numbers(output(out, 4)) == std::vector<double>{4});
  CHECK(std::get<std::vector<std::int64_t>>(output(out, 1).coord("start_time")->data).at(0) == 200);
  CHECK(std::get<std::vector<std::int64_t>>(output(out, 1).coord("time")->data).at(0) == 400);
  CHECK(output(out, 0).coord("start_time") == nullptr);
  m.clear();
  m.accumulate(pulses({}));
  CHECK(numbers(output(m.finalize(), 0)) == std::vector<double>(5, 0.0));
}
