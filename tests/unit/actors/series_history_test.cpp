// Samples of series over time that are kept for viewers.
#include "actors/view/http/series_history.hpp"
#include "actors/view/http/viewer.hpp"
#include "support/view_fixture.hpp"

#include <doctest/doctest.h>

#include <cstring>

namespace series_history_test {

using namespace livedata;
using namespace livedata::test;

namespace {

using times = std::vector<std::int64_t>;
using numbers = std::vector<double>;

const job_id motor = job_named("motor");

template <class T = double>
data_array series_of(times t, std::vector<T> v, const std::string& unit = "mm") {
  data_array a;
  a.name = "Update";
  a.data = make_vector("time", std::move(v), unit);
  a.set_coord("time", make_vector("time", std::move(t), "datetime64[ns]"));
  return a;
}

da00::message part(data_array a) {
  return {"key", {1}, std::move(a)};
}

times times_in(const da00::message& m) {
  return std::get<times>(m.data.coord("time")->data);
}

numbers values_in(const da00::message& m) {
  return std::visit([](const auto& v) { return numbers(v.begin(), v.end()); }, m.data.data.data);
}

} // namespace

TEST_CASE("samples of a series are put behind each other; a later result replaces from its first sample on") {
  series_history h;
  CHECK_FALSE(h.after(0));
  h.add(part(series_of({10, 20, 30}, numbers{1, 2, 3})), 5, 100);
  h.add(part(series_of({30, 40}, numbers{3.5, 4})), 7, 100);
  REQUIRE(h.after(0));
  CHECK(times_in(*h.after(0)) == times{10, 20, 30, 40});
  CHECK(values_in(*h.after(0)) == numbers{1, 2, 3.5, 4});
  CHECK(h.after(0)->data.data.shape == std::vector<std::int64_t>{4});
  CHECK(h.after(0)->data.coord("time")->shape == std::vector<std::int64_t>{4});
  CHECK(times_in(*h.after(5)) == times{30, 40});
  CHECK_FALSE(h.after(7));
  // It can be sent and read again.
  CHECK(da00::read(da00::write("key", {1}, h.after(5)->data)));
}

TEST_CASE("of a series the newest samples are kept, and never more than a quarter above the limit") {
  series_history h;
  for (int i = 0; i < 1000; ++i) {
    h.add(part(series_of({i}, numbers{i * 1.0})), static_cast<std::uint64_t>(i + 1), 100);
    CHECK(h.size() <= 125);
  }
  const auto all = h.after(0);
  CHECK(all->data.data.shape[0] >= 100);
  CHECK(times_in(*all).back() == 999);
  CHECK(values_in(*all).front() == times_in(*all).front());
}

TEST_CASE("whole numbers become fractions with the first fraction; another unit begins anew; what is no series is "
          "passed over") {
  series_history h;
  h.add(part(series_of({1, 2}, times{5, 6})), 1, 100);
  h.add(part(series_of({3}, numbers{6.5})), 2, 100);
  CHECK(values_in(*h.after(0)) == numbers{5, 6, 6.5});
  h.add(part(series_of({4}, numbers{300}, "um")), 3, 100);
  CHECK(times_in(*h.after(0)) == times{4});
  h.add(part(image_of({1, 2, 3, 4}, 2, 2)), 4, 100);
  CHECK(h.size() == 1);
}

TEST_CASE("who asks for a series gets what came before he asked, however small his view; then what is new") {
  view_fixture f;
  for (int i = 0; i < 50; ++i)
    f.publish(result_of(motor, {{"delta", series_of({2 * i, 2 * i + 1}, numbers{i * 1.0, i + 0.5})}}));
  const auto api = f.api();
  const auto path = "/api/v1/jobs/motor/" + to_string(motor.job_number) + "/outputs/delta?max_size=10x10&format=";
  CHECK(json_of(answer_of(*api, get(path + "json"))).at("values").size() == 100);
  const auto bytes = answer_of(*api, get(path + "da00"));
  REQUIRE(bytes.payload);
  CHECK(da00::read(bytes.payload->bytes())->data.data.shape[0] == 100);

  viewer who;
  scaled_outputs scaled;
  double now = 100;
  double wait = 0;
  const auto sent = [&] {
    std::vector<std::size_t> out;
    now += 0.5;
    while (auto frame = who.next(*api, scaled, now, wait))
      if (frame->binary) out.push_back(values_in(*da00::read(frame->body->bytes())).size());
    return out;
  };
  REQUIRE(who.take(R"({"show": [{"job": ")" + to_string(motor) + R"(", "output": "delta", "max_size": [10, 10]}]})"));
  CHECK(sent() == std::vector<std::size_t>{100});
  CHECK(sent().empty());
  // Two results while he could take nothing: none is lost.
  f.publish(result_of(motor, {{"delta", series_of({200, 201}, numbers{1, 2})}}));
  f.publish(result_of(motor, {{"delta", series_of({202}, numbers{3})}}));
  CHECK(sent() == std::vector<std::size_t>{3});
}

TEST_CASE("the samples of a job that is gone are forgotten") {
  view_fixture f;
  f.publish(result_of(motor, {{"delta", series_of({1}, numbers{1})}}));
  CHECK(f.latest->series(motor, "delta", 0));
  f.latest->take_jobs("detector_data", {});
  CHECK_FALSE(f.latest->series(motor, "delta", 0));
}

} // namespace series_history_test
