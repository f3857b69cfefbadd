// Jobs of workflows that are made here.
#include "actors/job/job.hpp"
#include "support/job_tasks.hpp"
#include "support/published.hpp"
#include "support/scripted_workflow.hpp"
#include "workflows/archive.hpp"
#include "workflows/window_bounds.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <utility>

namespace job_workflows_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// Counts its events in pieces, of which one fails if it is told to.
class piecewise final : public workflow, public divisible {
public:
  explicit piecewise(std::size_t bad_piece) : bad_piece_(bad_piece) {}

  void accumulate(const job_data&) override { count += 100; }

  std::unique_ptr<divided_work> divide(const job_data&, std::size_t pieces) override {
    struct work final : divided_work {
      work(piecewise& w, std::size_t n) : owner(w), done(n) {}

      std::size_t pieces() const noexcept override { return done.size(); }

      void run(std::size_t piece) override {
        if (piece == owner.bad_piece_) throw std::runtime_error("a piece failed");
        done[piece] = 1;
      }

      void join() override {
        for (auto d : done)
          owner.count += d;
      }

      piecewise& owner;
      std::vector<int> done;
    };

    return std::make_unique<work>(*this, pieces);
  }

  std::vector<workflow_output> finalize() override {
    return {{"counts", data_array{{}, make_scalar(static_cast<double>(count), "counts"), {}, {}}}};
  }

  void clear() override { count = 0; }

  void state(archive& a) override { a.field("count", count); }

  int count = 0;

private:
  std::size_t bad_piece_;
};

// A job of a workflow made here, with an output "counts" (title "Counts").
job job_of(std::function<std::unique_ptr<workflow>()> make) {
  auto registry = small_registry();
  registry.add("made here", {[](const workflow_declaration&) {
                               return std::vector<output_spec>{{"counts", "Counts"}};
                             },
                             [make = std::move(make)](const build_request&) { return make(); }});
  auto inst = std::make_shared<instrument>(*small_instrument());
  inst->workflows.front().kind = "made here";
  auto recipe = registry.recipe(inst, inst->workflows.front().name, "bank0", json::object());
  job j({"bank0", uuid_from_name("test")}, recipe.value());
  REQUIRE(j.build().empty());
  return j;
}

job piecewise_job(std::size_t bad_piece) {
  return job_of([bad_piece] { return std::make_unique<piecewise>(bad_piece); });
}

// Gives the same outputs again, as long as they are given back; of one of them it knows the times.
class thrifty final : public workflow, public reuses_outputs {
public:
  void accumulate(const job_data& data) override { end_ = data.end; }

  std::vector<workflow_output> finalize() override {
    auto out = std::exchange(former, {});
    if (out.empty()) {
      const data_array form{{}, make_scalar(0.0, "counts"), {}, {}};
      out = {{"counts", form}, {"timed", form}};
    }
    for (auto& o : out)
      o.value->data.data = std::vector<double>{++count_};
    stamp_times(*out[1].value, {7}, end_);
    return out;
  }

  void reuse(std::vector<workflow_output> outputs) override { former = std::move(outputs); }

  void clear() override {}

  void state(archive& a) override {
    a.field("end", end_);
    a.field("count", count_);
  }

  std::vector<workflow_output> former;

private:
  timestamp end_;
  double count_ = 0;
};

} // namespace

TEST_CASE("outputs go back to the workflow as they were, and messages that are kept stay as they are") {
  thrifty* workflow = nullptr;
  auto j = job_of([&] {
    auto made = std::make_unique<thrifty>();
    workflow = made.get();
    return made;
  });
  std::vector<job_reply> replies;
  for (std::int64_t k = 0; k < 5; ++k) {
    replies.push_back(j.process(data(100 * k + 100, 100 * k + 200)));
    REQUIRE(workflow->former.size() == 2);
    CHECK(workflow->former[0].value->coords.empty());
    CHECK(workflow->former[1].value->coords.size() == 2);
  }
  using times = std::vector<std::int64_t>;
  for (std::int64_t k = 0; k < 5; ++k) {
    CAPTURE(k);
    const auto& outputs = replies[static_cast<std::size_t>(k)].result->outputs;
    const auto plain = decoded(outputs[0]);
    CHECK(plain.data.name == "Counts");
    CHECK(plain.data.data.data == values(std::vector<double>{static_cast<double>(2 * k + 1)}));
    CHECK(plain.data.coord("start_time")->data == values(times{100}));
    CHECK(plain.data.coord("time")->data == values(times{100 * k + 200}));
    const auto timed = decoded(outputs[1]);
    CHECK(timed.data.name.empty());
    CHECK(timed.data.data.data == values(std::vector<double>{static_cast<double>(2 * k + 2)}));
    CHECK(timed.data.coord("start_time")->data == values(times{7}));
    CHECK(timed.data.coord("time")->data == values(times{100 * k + 200}));
  }
}

TEST_CASE("a job that may have several workers divides its batch and finalises when all pieces are done") {
  auto j = piecewise_job(99);
  auto task = data(100, 200);
  task.workers = 3;
  auto work = j.begin(task);
  REQUIRE(work);
  CHECK(work->pieces() == 3);
  for (std::size_t i = 3; i > 0; --i)
    CHECK(run_piece(*work, i - 1).empty());
  auto r = j.complete(task);
  CHECK(r.divided);
  CHECK(r.push == step::ok);
  CHECK(decoded(r.result->outputs[0]).data.data.data == values(std::vector<double>{3}));
  // With one worker it goes the plain way.
  auto plain = j.process(data(200, 300));
  CHECK_FALSE(plain.divided);
  CHECK(decoded(plain.result->outputs[0]).data.data.data == values(std::vector<double>{103}));
}

TEST_CASE("a piece that fails is a failing accumulate") {
  auto j = piecewise_job(1);
  auto task = data(100, 200);
  task.workers = 2;
  auto r = j.process(task);
  CHECK(r.push == step::failed);
  CHECK(r.push_error == "Job failed to process latest data.\n\na piece failed");
  CHECK(r.finalize == step::none);
}

TEST_CASE("work that was handed out outlives its job") {
  std::shared_ptr<divided_work> work;
  {
    auto j = piecewise_job(99);
    auto task = data(100, 200);
    task.workers = 2;
    work = j.begin(task);
  }
  CHECK(run_piece(*work, 0).empty());
  work->join();
}

} // namespace job_workflows_test
