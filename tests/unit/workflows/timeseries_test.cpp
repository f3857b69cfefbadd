#include "workflows/registry.hpp"
#include "workflows/timeseries/timeseries.hpp"

#include <doctest/doctest.h>

#include <random>
#include <stdexcept>

namespace timeseries_test {

using namespace livedata;

namespace {

// A series that owns what it shows.
struct samples {
  std::vector<timestamp> time;
  std::vector<double> value;
  std::vector<std::int64_t> whole;
  std::vector<double> target;
  std::vector<std::int32_t> idle;
};

series_ptr series(samples s, std::optional<std::string> unit = "mm") {
  auto owner = std::make_shared<samples>(std::move(s));
  auto out = std::make_shared<log_series>();
  out->time = owner->time;
  out->value = owner->value;
  out->whole = owner->whole;
  out->whole_numbers = !owner->whole.empty();
  out->target = owner->target;
  out->idle = owner->idle;
  out->unit = std::move(unit);
  out->owner = owner;
  return out;
}

series_ptr at(std::vector<std::int64_t> times) {
  samples s;
  for (auto t : times) {
    s.time.push_back({t});
    s.value.push_back(static_cast<double>(t) / 2);
  }
  return series(std::move(s));
}

job_data batch(series_ptr s) {
  return {{0}, {10}, {{"temperature", std::move(s)}}, {}};
}

data_array delta(workflow& w) {
  auto out = w.finalize();
  REQUIRE(out.size() == 1);
  CHECK(out[0].name == "delta");
  return *out[0].value;
}

std::vector<std::int64_t> times(const data_array& a) {
  const auto* t = a.coord("time");
  REQUIRE(t);
  CHECK(t->unit == "datetime64[ns]");
  CHECK(t->dims == std::vector<std::string>{"time"});
  return std::get<std::vector<std::int64_t>>(t->data);
}

using list = std::vector<std::int64_t>;

} // namespace

TEST_CASE("90: first the whole history, then what is newer; without news an error; clear gives all again") {
  timeseries w("temperature");
  CHECK_THROWS_WITH_AS(w.finalize(), "No data has been added", std::runtime_error);
  w.accumulate(batch(at({1, 2, 3})));
  auto first = delta(w);
  CHECK(times(first) == list{1, 2, 3});
  CHECK(first.data.data == values(std::vector<double>{0.5, 1, 1.5}));
  CHECK(first.data.dims == std::vector<std::string>{"time"});
  CHECK(first.data.unit == "mm");
  CHECK(first.coord("start_time") == nullptr);
  CHECK_FALSE(first.variances);
  w.accumulate(batch(at({1, 2, 3, 4, 5})));
  CHECK(times(delta(w)) == list{4, 5});
  w.accumulate(batch(at({1, 2, 3, 4, 5})));
  CHECK_THROWS_WITH_AS(w.finalize(), "No new data since last finalize", std::runtime_error);
  w.clear();
  CHECK_THROWS_AS(w.finalize(), std::runtime_error);
  w.accumulate(batch(at({1, 2, 3, 4, 5})));
  CHECK(times(delta(w)) == list{1, 2, 3, 4, 5});
}

TEST_CASE("90: anything but one series is refused") {
  timeseries w("temperature");
  job_data two = batch(at({1}));
  two.primary.push_back(two.primary.front());
  CHECK_THROWS_AS(w.accumulate(two), std::invalid_argument);
  CHECK_THROWS_AS(w.accumulate({{0}, {1}, {}, {}}), std::invalid_argument);
  CHECK_THROWS_AS(w.accumulate({{0}, {1}, {{"x", array_ptr{}}}, {}}), std::invalid_argument);
}

TEST_CASE("91: when old samples are dropped at the front, no new one is lost and none is given twice") {
  std::mt19937_64 rng(91);
  std::uniform_int_distribution<int> portion(1, 30);
  timeseries w("temperature");
  list kept;
  list published;
  list sent;
  std::int64_t next = 0;
  for (int round = 0; round < 200; ++round) {
    for (int i = portion(rng); i > 0; --i) {
      sent.push_back(++next);
      kept.push_back(next);
    }
    if (kept.size() > 50) kept.erase(kept.begin(), kept.end() - 50);
    w.accumulate(batch(at(kept)));
    auto fresh = times(delta(w));
    published.insert(published.end(), fresh.begin(), fresh.end());
  }
  CHECK(published == sent);
  CHECK(w.take_notes().empty());
  // A gap: what was dropped before it could be given out is missing, the rest goes on.
  w.accumulate(batch(at({next + 100, next + 101})));
  CHECK(times(delta(w)) == list{next + 100, next + 101});
  auto notes = w.take_notes();
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].find("gap in the readings of temperature") != std::string::npos);
  CHECK(notes[0].find(to_string(timestamp{next})) != std::string::npos);
  CHECK(notes[0].find(to_string(timestamp{next + 100})) != std::string::npos);
  CHECK(w.take_notes().empty());
}

TEST_CASE("devices bring target and idle flag along time") {
  timeseries w("temperature");
  w.accumulate(batch(series({{{1}, {2}}, {1, 2}, {}, {5, 6}, {1, 0}})));
  auto a = delta(w);
  REQUIRE(a.coord("target"));
  CHECK(a.coord("target")->data == values(std::vector<double>{5, 6}));
  CHECK(a.coord("target")->unit == "mm");
  REQUIRE(a.coord("idle"));
  CHECK(a.coord("idle")->data == values(std::vector<std::int32_t>{1, 0}));
  CHECK(a.coord("idle")->unit == "dimensionless");
}

TEST_CASE(
  "a newest sample that has changed is given out again, and so is what comes after a wrong time was taken back") {
  timeseries w("temperature");
  w.accumulate(batch(series({{{1}, {6}}, {1, 5}, {}, {10, 10}, {0, 0}})));
  CHECK(times(delta(w)) == list{1, 6});
  w.accumulate(batch(series({{{1}, {6}}, {1, 5}, {}, {10, 10}, {0, 1}})));
  auto a = delta(w);
  CHECK(times(a) == list{6});
  CHECK(a.coord("idle")->data == values(std::vector<std::int32_t>{1}));
  w.accumulate(batch(series({{{1}, {6}, {7}}, {1, 10, 10}, {}, {10, 10, 10}, {0, 1, 1}})));
  CHECK(times(delta(w)) == list{6, 7});
  CHECK_THROWS_AS(w.finalize(), std::runtime_error);

  timeseries back("temperature");
  back.accumulate(batch(at({0, 1, 2, 3600})));
  CHECK(times(delta(back)) == list{0, 1, 2, 3600});
  back.accumulate(batch(at({0, 1, 2, 3})));
  CHECK(times(delta(back)) == list{3});
  back.accumulate(batch(at({0, 1, 2, 3, 4})));
  CHECK(times(delta(back)) == list{4});
  CHECK(back.take_notes().empty());
}

TEST_CASE("whole numbers stay whole, and a log without unit has none") {
  timeseries w("temperature");
  constexpr std::int64_t big = (std::int64_t{1} << 60) + 1;
  w.accumulate(batch(series({{{1}}, {static_cast<double>(big)}, {big}, {}, {}}, std::nullopt)));
  auto a = delta(w);
  CHECK(a.data.data == values(std::vector<std::int64_t>{big}));
  CHECK_FALSE(a.data.unit);
}

TEST_CASE("readings are registered, have one output, and take no parameters") {
  instrument inst;
  inst.name = "small";
  inst.logs = {{"temperature", {}, "K"}};
  inst.workflows = {{"timeseries_data", 1, "Readings", "timeseries", "timeseries", {"temperature"}, json::object()}};
  auto shared = std::make_shared<const instrument>(inst);
  auto recipe = builtin_workflows().recipe(shared, "timeseries_data", "temperature", json::object());
  REQUIRE(recipe);
  CHECK((*recipe)->title_of("delta") == "Update");
  CHECK((*recipe)->build());
  auto refused = builtin_workflows().recipe(shared, "timeseries_data", "temperature", json{{"does_not_exist", 1}});
  CHECK((!refused || !(*refused)->build()));
}

} // namespace timeseries_test
