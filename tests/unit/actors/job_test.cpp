#include "actors/job/job.hpp"
#include "messages/codec/da00.hpp"
#include "support/events.hpp"
#include "support/scripted_workflow.hpp"

#include <doctest/doctest.h>

using namespace livedata;
using namespace livedata::test;

namespace {

job make_job(json params = json::object()) {
  auto recipe = small_registry().recipe(small_instrument(), "scripted", "bank0", std::move(params));
  job j({"bank0", uuid_from_name("test")}, *recipe);
  REQUIRE(j.build().empty());
  return j;
}

job_task data(std::int64_t start, std::int64_t end, int events = 3, bool pending = false) {
  std::vector<event> list(static_cast<std::size_t>(events), event{5, 1});
  return {make_batch("bank0", {make_chunk(list)}, {start}, {end}), pending};
}

job_task retry(std::int64_t start = 0, std::int64_t end = 0) {
  return {{{start}, {end}, {}, {}}, true};
}

da00::message decoded(const job_output& output) {
  return da00::read(output.message->bytes()).value();
}

} // namespace

TEST_CASE("primary data is accumulated and finalised in one go, and comes out encoded") {
  auto j = make_job();
  auto r = j.process(data(100, 200));
  CHECK(r.push == step::ok);
  CHECK(r.took_primary);
  CHECK(r.finalize == step::ok);
  CHECK(r.events.received == 3);
  REQUIRE(r.result);
  CHECK(r.result->start == timestamp{100});
  CHECK(r.result->end == timestamp{200});
  REQUIRE(r.result->outputs.size() == 2);
  auto m = decoded(r.result->outputs[0]);
  CHECK(m.source_name == result_key({"small", "scripted", 1}, {"bank0", uuid_from_name("test")}, "counts"));
  CHECK(m.time == timestamp{100});
  CHECK(m.data.name == "Counts");
  CHECK(m.data.data.data == values(std::vector<double>{3}));
  CHECK(m.data.coord("start_time")->data == values(std::vector<std::int64_t>{100}));
  CHECK(m.data.coord("time")->data == values(std::vector<std::int64_t>{200}));
  CHECK(*r.result->outputs[0].array == m.data);
}

TEST_CASE("the start of a job stays, its end follows the data, also backwards") {
  auto j = make_job();
  j.process(data(100, 500));
  auto r = j.process(data(300, 400));
  CHECK(r.start == timestamp{100});
  CHECK(r.end == timestamp{400});
  CHECK_FALSE(r.start_set_back);
}

TEST_CASE("data from before the start sets the start back") {
  auto j = make_job();
  j.process(data(1'000'000'000'000'000'000, 1'000'000'000'000'000'000));
  auto r = j.process(data(100, 200));
  CHECK(r.start_set_back);
  CHECK(r.start == timestamp{100});
  CHECK(r.end == timestamp{200});
}

TEST_CASE("a failing accumulate is a text, leaves the times, and does not harm what comes after") {
  auto j = make_job({{"fail_accumulate", {1}}});
  auto r = j.process(data(100, 200));
  CHECK(r.push == step::failed);
  CHECK(r.push_error == "Job failed to process latest data.\n\nscripted accumulate failure");
  CHECK(r.finalize == step::none);
  CHECK_FALSE(r.start);
  r = j.process(data(200, 300));
  CHECK(r.push == step::ok);
  REQUIRE(r.result);
  CHECK(r.result->start == timestamp{200});
  CHECK(decoded(r.result->outputs[0]).data.data.data == values(std::vector<double>{3}));
}

TEST_CASE("a failing finalise keeps the data, and a retry without new data gives it") {
  auto j = make_job({{"fail_finalize", {1}}});
  auto r = j.process(data(100, 200));
  CHECK(r.push == step::ok);
  CHECK(r.finalize == step::failed);
  CHECK(r.finalize_error == "Job failed to compute result.\n\nscripted finalize failure");
  CHECK_FALSE(r.result);
  r = j.process(retry());
  CHECK(r.push == step::none);
  CHECK(r.finalize == step::ok);
  REQUIRE(r.result);
  CHECK(decoded(r.result->outputs[0]).data.data.data == values(std::vector<double>{3}));
}

TEST_CASE("a failing accumulate beside pending data still gives the older data") {
  auto j = make_job({{"fail_accumulate", {2}}, {"fail_finalize", {1}}});
  j.process(data(100, 200));
  auto r = j.process(data(200, 300, 5, true));
  CHECK(r.push == step::failed);
  CHECK(r.finalize == step::ok);
  REQUIRE(r.result);
  CHECK(decoded(r.result->outputs[0]).data.data.data == values(std::vector<double>{3}));
  CHECK(r.result->end == timestamp{200});
}

TEST_CASE("absent outputs are left out and named") {
  auto j = make_job({{"absent", {1}}});
  auto r = j.process(data(100, 200));
  CHECK(r.finalize == step::ok);
  CHECK(r.absent_outputs ==
        "Workflow returned None for output(s): checksum. These outputs were excluded from the result.");
  REQUIRE(r.result);
  CHECK(r.result->outputs.size() == 1);
}

TEST_CASE("finalising before any primary data is an error about times") {
  auto j = make_job();
  auto r = j.process(retry());
  CHECK(r.finalize == step::failed);
  CHECK(r.finalize_error.find("no time bounds") != std::string::npos);
}

TEST_CASE("a reset clears data and times") {
  auto j = make_job();
  j.process(data(100, 200));
  j.reset();
  auto r = j.process(data(300, 400, 2));
  CHECK(r.start == timestamp{300});
  CHECK(decoded(r.result->outputs[0]).data.data.data == values(std::vector<double>{2}));
}

TEST_CASE("a job that cannot be built says why") {
  auto recipe = small_registry().recipe(small_instrument(), "scripted", "bank0", {{"fail_build", true}});
  job j({"bank0", {}}, *recipe);
  CHECK(j.build().find("told not to build") != std::string::npos);
  CHECK_THROWS_AS(j.process(data(1, 2)), std::logic_error);
}

TEST_CASE("outputs that carry their own times keep them") {
  auto recipe = small_registry().recipe(small_instrument(), "view", "bank0", json::object());
  job j({"bank0", {}}, *recipe);
  REQUIRE(j.build().empty());
  j.process(data(100, 200));
  auto r = j.process(data(200, 300));
  REQUIRE(r.result);
  auto current = decoded(r.result->outputs[1]).data;
  CHECK(current.coord("start_time")->data == values(std::vector<std::int64_t>{200}));
  auto cumulative = decoded(r.result->outputs[0]).data;
  CHECK(cumulative.coord("start_time")->data == values(std::vector<std::int64_t>{100}));
}
