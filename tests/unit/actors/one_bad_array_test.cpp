// Histograms from a batch to the spectrum of a job: through the preprocessor, the table of jobs and the workflow.
#include "actors/job/job.hpp"
#include "actors/job/job_table.hpp"
#include "actors/preprocess/preprocessor.hpp"
#include "workflows/monitor/monitor_histogram.hpp"
#include "workflows/partly_refused.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

namespace one_bad_array_test {

using namespace livedata;

namespace {

using numbers = std::vector<double>;

array_ptr histogram_of(numbers edges, values counts) {
  data_array a;
  a.data = {{"time_of_arrival"}, {static_cast<std::int64_t>(size_of(counts))}, "counts", std::move(counts)};
  a.set_coord("time_of_arrival", make_vector("time_of_arrival", std::move(edges), "ns"));
  return std::make_shared<const data_array>(std::move(a));
}

const numbers usual_edges{0, 2, 4, 6, 8, 10};
const numbers usual_counts{5, 10, 15, 10, 5};

// What becomes of the arrays of one batch: the total, and whether something was refused.
struct outcome {
  double total = 0;
  bool refused = false;
};

outcome counted(const std::vector<array_ptr>& arrays) {
  instrument inst;
  preprocessor prepare(inst, "monitor_data");
  message_batch batch{{0}, {10}, {}};
  for (const auto& a : arrays)
    batch.messages.push_back({{stream_kind::monitor_counts, "monitor"}, {1}, a});
  const auto data = prepare.process(std::move(batch));
  CHECK(data.losses.empty());

  job_table table;
  job_entry entry;
  entry.id.source_name = "monitor";
  table.add(std::move(entry));
  const auto prepared = table.prepare(
    data, [](std::string_view) { return std::optional<stream_value>(); }, false);
  REQUIRE(prepared.work.size() == 1);

  monitor_histogram m({0, 10, 5, false, "ns"}, {});
  outcome out;
  try {
    m.accumulate(prepared.work.front().task.data);
  } catch (const partly_refused&) {
    out.refused = true;
  }
  const auto outputs = m.finalize();
  out.total = std::get<numbers>(outputs.at(2).value->data.data).at(0);
  return out;
}

} // namespace

TEST_CASE("one bad histogram of ten costs itself only, wherever it stands in the batch") {
  const auto good = histogram_of(usual_edges, usual_counts);
  const auto centres = histogram_of({1, 3, 5, 7, 9}, usual_counts);
  auto with_nan = usual_counts;
  with_nan[2] = std::nan("");
  const auto nan = histogram_of(usual_edges, with_nan);
  const auto shorter = histogram_of({0, 5, 10}, numbers{20, 25, 3});
  const auto changed = [&](auto change) {
    auto a = std::make_shared<data_array>(*good);
    change(*a);
    return array_ptr(a);
  };
  const auto in_mm = changed([](data_array& a) { a.coords.front().second.unit = "mm"; });
  const auto without_unit = changed([](data_array& a) { a.coords.front().second.unit.reset(); });
  const auto rates = changed([](data_array& a) { a.data.unit = "counts/s"; });
  const auto plain = changed([](data_array& a) { a.data.unit = "dimensionless"; });
  const auto falling = changed([](data_array& a) {
    a.coords.front().second = make_vector("time_of_arrival", numbers{0, 2, 2, 6, 8, 10}, "ns");
  });
  for (const auto& bad : {centres, nan, shorter, in_mm, without_unit, rates, plain, falling})
    for (std::size_t place : {0, 4, 9}) {
      std::vector<array_ptr> arrays(10, good);
      arrays[place] = bad;
      const auto out = counted(arrays);
      CHECK(out.total == 405);
      CHECK(out.refused);
    }
  const auto all_good = counted(std::vector<array_ptr>(10, good));
  CHECK(all_good.total == 450);
  CHECK_FALSE(all_good.refused);
}

TEST_CASE("histograms whose edges or element types change within a batch all count") {
  const auto a = histogram_of(usual_edges, usual_counts);
  const auto b = histogram_of({0, 5, 10}, numbers{20, 25});
  const auto whole = histogram_of(usual_edges, std::vector<std::int32_t>{5, 10, 15, 10, 5});
  const auto out = counted({a, b, a, whole, b, a});
  CHECK(out.total == 6 * 45);
  CHECK_FALSE(out.refused);
}

} // namespace one_bad_array_test
