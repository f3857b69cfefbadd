#include "actors/job/job.hpp"
#include "support/events.hpp"
#include "support/job_tasks.hpp"
#include "support/published.hpp"
#include "support/scripted_workflow.hpp"

#include <doctest/doctest.h>

#include <utility>

namespace job_test {

using namespace livedata;
using namespace livedata::test;

namespace {

job make_job(json params = json::object()) {
  auto recipe = small_registry().recipe(small_instrument(), "scripted", "bank0", std::move(params));
  job j({"bank0", uuid_from_name("test")}, *recipe);
  REQUIRE(j.build().empty());
  return j;
}

job_task retry(std::int64_t start = 0, std::int64_t end = 0) {
  return {{{start}, {end}, {}, {}}, true};
}

} // namespace

TEST_CASE("J-2, J-11, J-12, J-22, O-5: primary data is accumulated and finalised in one go, and comes out encoded") {
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
}

TEST_CASE("a job tells when a phase of its work is over") {
  using phases = std::vector<phase>;
  phases told;
  auto recipe = small_registry().recipe(small_instrument(), "scripted", "bank0", json{{"fail_finalize", {3}}});
  job j({"bank0", uuid_from_name("telling")}, *recipe, [&](phase p) { told.push_back(p); });
  REQUIRE(j.build().empty());
  auto task = data(100, 200);
  (void)j.begin(task);
  CHECK(told.empty());
  j.complete(task);
  CHECK(std::exchange(told, {}) == phases{phase::accumulate, phase::finalize, phase::encode});
  task = data(200, 300);
  task.hold = true;
  j.process(task);
  CHECK(std::exchange(told, {}) == phases{phase::accumulate});
  j.process(retry());
  CHECK(std::exchange(told, {}) == phases{phase::accumulate, phase::finalize, phase::encode});
  j.process(data(300, 400));
  CHECK(told == phases{phase::accumulate, phase::finalize});
}

TEST_CASE("J-3, J-5: the start of a job stays, its end follows the data, also backwards") {
  auto j = make_job();
  j.process(data(100, 500));
  auto r = j.process(data(300, 400));
  CHECK(r.start == timestamp{100});
  CHECK(r.end == timestamp{400});
  CHECK_FALSE(r.start_set_back);
}

TEST_CASE("J-4: data from before the start sets the start back") {
  auto j = make_job();
  j.process(data(1'000'000'000'000'000'000, 1'000'000'000'000'000'000));
  auto r = j.process(data(100, 200));
  CHECK(r.start_set_back);
  CHECK(r.start == timestamp{100});
  CHECK(r.end == timestamp{200});
}

TEST_CASE("J-8, J-9: a failing accumulate is a text, leaves the times, and does not harm what comes after") {
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

TEST_CASE("J-18: a failing finalise keeps the data, and a retry without new data gives it") {
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

TEST_CASE("J-10: a failing accumulate beside pending data still gives the older data") {
  auto j = make_job({{"fail_accumulate", {2}}, {"fail_finalize", {1}}});
  j.process(data(100, 200));
  auto r = j.process(data(200, 300, 5, true));
  CHECK(r.push == step::failed);
  CHECK(r.finalize == step::ok);
  REQUIRE(r.result);
  CHECK(decoded(r.result->outputs[0]).data.data.data == values(std::vector<double>{3}));
  CHECK(r.result->end == timestamp{200});
}

TEST_CASE("edge case 25: an output that cannot be written is left out and told, and the others go out") {
  auto j = make_job({{"inconsistent", {1}}});
  auto r = j.process(data(100, 200));
  CHECK(r.finalize == step::ok);
  REQUIRE(r.result);
  REQUIRE(r.result->outputs.size() == 1);
  CHECK(r.result->outputs[0].name == "checksum");
  CHECK(r.absent_outputs.starts_with("Output counts cannot be written"));
  r = j.process(data(200, 300));
  CHECK(r.result->outputs.size() == 2);
  CHECK(r.absent_outputs.empty());
}

TEST_CASE("J-19: absent outputs are left out and named") {
  auto j = make_job({{"absent", {1}}});
  auto r = j.process(data(100, 200));
  CHECK(r.finalize == step::ok);
  CHECK(r.absent_outputs ==
        "Workflow returned None for output(s): checksum. These outputs were excluded from the result.");
  REQUIRE(r.result);
  CHECK(r.result->outputs.size() == 1);
}

TEST_CASE("a job without a necessary input waits, keeps its data, and gives all of it once the input has delivered") {
  auto j = make_job({{"waits", true}});
  auto r = j.process(data(100, 200));
  CHECK(r.push == step::ok);
  CHECK(r.waits_for == std::vector<std::string>{"the other bank"});
  CHECK(r.finalize == step::none);
  CHECK_FALSE(r.result);
  job_task other{{{200}, {300}, {}, {{"bank1", std::make_shared<const event_batch>()}}}, true};
  r = j.process(other);
  CHECK(r.waits_for.empty());
  REQUIRE(r.result);
  CHECK(r.result->start == timestamp{100});
  CHECK(decoded(r.result->outputs[0]).data.data.data == values(std::vector<double>{3}));
}

TEST_CASE("J-16: finalising before any primary data is an error about times") {
  auto j = make_job();
  auto r = j.process(retry());
  CHECK(r.finalize == step::failed);
  CHECK(r.finalize_error.find("no time bounds") != std::string::npos);
}

TEST_CASE("J-20: a reset clears data and times") {
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

TEST_CASE("J-13: outputs that carry their own times keep them") {
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

namespace {

// Notes what it is given, and gives outputs with and without times of their own.
class noting_workflow final : public workflow {
public:
  struct notes {
    std::vector<std::string> primary, auxiliary, settings;
    int accumulated = 0;
    int finalized = 0;
  };

  explicit noting_workflow(std::shared_ptr<notes> n) : notes_(std::move(n)) {}

  void accumulate(const job_data& data) override {
    ++notes_->accumulated;
    for (const auto& d : data.primary)
      notes_->primary.push_back(d.stream);
    for (const auto& d : data.auxiliary)
      notes_->auxiliary.push_back(d.stream);
  }

  void set_context(std::string_view stream, const stream_value&) override { notes_->settings.emplace_back(stream); }

  std::vector<workflow_output> finalize() override {
    ++notes_->finalized;
    data_array plain{{}, make_scalar(1.0, "counts"), {}, {}};
    auto with_axis = data_array{{}, make_vector("time", std::vector<double>{1, 2}, "counts"), {}, {}};
    with_axis.set_coord("time", make_vector("time", std::vector<std::int64_t>{1, 2}, "ns"));
    auto with_time = plain;
    with_time.set_coord("time", make_scalar(std::int64_t{7}, "ns"));
    return {{"plain", plain}, {"series", with_axis}, {"own_time", with_time}};
  }

  void clear() override {}

  void state(archive&) override {}

private:
  std::shared_ptr<notes> notes_;
};

job noting_job(std::shared_ptr<noting_workflow::notes> notes) {
  workflow_registry registry;
  registry.add("noting", {[](const workflow_declaration&) -> std::vector<output_spec> {
                            return {{"plain", "Plain"}, {"series", "Series"}, {"own_time", "Own time"}};
                          },
                          [notes](const build_request&) -> std::unique_ptr<workflow> {
                            return std::make_unique<noting_workflow>(notes);
                          }});
  auto inst = std::make_shared<instrument>(*small_instrument());
  workflow_declaration d;
  d.name = "noting";
  d.service = "detector_data";
  d.kind = "noting";
  d.sources = {"bank0"};
  d.device_outputs = {{"plain", "{source_name}_total"}, {"missing", "nothing"}};
  inst->workflows.push_back(d);
  auto recipe = registry.recipe(inst, "noting", "bank0", json::object()).value();
  job j({"bank0", uuid_from_name("noting")}, recipe);
  REQUIRE(j.build().empty());
  return j;
}

} // namespace

TEST_CASE("J-1, J-7: a fresh job has no times, and auxiliary data alone gives it none and no result") {
  auto notes = std::make_shared<noting_workflow::notes>();
  auto j = noting_job(notes);
  job_task task{{{100}, {200}, {}, {{"m1", std::make_shared<const event_batch>()}}}};
  auto r = j.process(task);
  CHECK(r.push == step::ok);
  CHECK_FALSE(r.start);
  CHECK_FALSE(r.end);
  CHECK(r.finalize == step::none);
  CHECK(notes->finalized == 0);
}

TEST_CASE("J-6, J-17, J-21: primary and auxiliary values come in one call under their stream names, and nothing else; "
          "finalise is called once") {
  auto notes = std::make_shared<noting_workflow::notes>();
  auto j = noting_job(notes);
  job_task task{{{100},
                 {200},
                 {{"bank0", std::make_shared<const event_batch>()}},
                 {{"m1", std::make_shared<const event_batch>()}}}};
  task.context = {{"motor", std::make_shared<const log_series>()}};
  j.process(task);
  CHECK(notes->accumulated == 1);
  CHECK(notes->finalized == 1);
  CHECK(notes->primary == std::vector<std::string>{"bank0"});
  CHECK(notes->auxiliary == std::vector<std::string>{"m1"});
  CHECK(notes->settings == std::vector<std::string>{"motor"});
}

TEST_CASE("J-14, J-15: an output with a time of its own, along an axis or not, gets none of the job") {
  auto j = noting_job(std::make_shared<noting_workflow::notes>());
  auto r = j.process(data(100, 200));
  REQUIRE(r.result);
  REQUIRE(r.result->outputs.size() == 3);
  CHECK(decoded(r.result->outputs[0]).data.coord("start_time") != nullptr);
  for (std::size_t i : {1U, 2U}) {
    CHECK(decoded(r.result->outputs[i]).data.coord("start_time") == nullptr);
    CHECK(decoded(r.result->outputs[i]).data.coord("time") != nullptr);
  }
}

TEST_CASE("an output that stands for a device is given once more under its name, with its end as end_time") {
  auto j = noting_job(std::make_shared<noting_workflow::notes>());
  auto r = j.process(data(100, 200));
  REQUIRE(r.result);
  REQUIRE(r.result->devices.size() == 1);
  CHECK(r.result->devices[0].to == channel::devices);
  auto m = da00::read(r.result->devices[0].content->bytes()).value();
  CHECK(m.source_name == "bank0_total");
  CHECK(m.time == timestamp{100});
  CHECK(m.data.name == "Plain");
  CHECK(m.data.coord("start_time")->data == values(std::vector<std::int64_t>{100}));
  CHECK(m.data.coord("time")->data == values(std::vector<std::int64_t>{200}));
  CHECK(m.data.coord("end_time")->data == values(std::vector<std::int64_t>{200}));
}

TEST_CASE("with hold a job takes data in and gives no result; the next one without gives all") {
  auto j = make_job();
  auto held = data(100, 200);
  held.hold = true;
  auto r = j.process(held);
  CHECK(r.took_primary);
  CHECK(r.finalize == step::none);
  r = j.process(data(200, 300, 2, true));
  REQUIRE(r.result);
  CHECK(r.result->start == timestamp{100});
  CHECK(decoded(r.result->outputs[0]).data.data.data == values(std::vector<double>{5}));
}

} // namespace job_test
