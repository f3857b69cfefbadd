// What a job takes of the memory of all jobs: when it is built, and as data and requests come.
#include "actors/job/job.hpp"
#include "support/events.hpp"
#include "support/published.hpp"
#include "support/region_requests.hpp"

#include <doctest/doctest.h>

#include <places.hpp>
#include <random>

namespace job_memory_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr std::uint64_t megabyte = 1'000'000;

// A job of the dummy instrument that shares in the memory of all jobs.
struct sharing_job {
  job_id id;
  memory_budget all;
  std::unique_ptr<job> work;
  // What it took when it was built.
  std::uint64_t built = 0;

  sharing_job(const std::string& workflow, const std::string& source, std::uint64_t limit)
    : id{source, uuid_from_name("sharing")}, all(limit) {
    static const auto inst = std::make_shared<const instrument>(
      load_instrument(std::string(LIVEDATA_SOURCE_DIR) + "/instruments/dummy.json").value());
    static const auto registry = builtin_workflows();
    work = std::make_unique<job>(id, registry.recipe(inst, workflow, source, json::object()).value());
    const auto problem = work->build(all);
    REQUIRE_MESSAGE(problem.empty(), problem);
    built = all.used();
  }

  std::uint64_t taken() const { return all.used() - built; }

  job_reply regions(const data_array& request) {
    job_task task;
    task.context = {{to_string(id) + "/" + (request.data.dims.front() == "vertex" ? "roi_polygon" : "roi_rectangle"),
                     std::make_shared<const data_array>(request)}};
    return work->process(task);
  }

  job_reply frame(std::int64_t side) {
    auto f = std::make_shared<data_array>();
    f->data = {
      {"dim_0", "dim_1"}, {side, side}, "counts", std::vector<std::int32_t>(static_cast<std::size_t>(side * side), 1)};
    job_task task;
    task.data = {{1}, {2}, {{id.source_name, array_ptr(std::move(f))}}, {}};
    return work->process(task);
  }
};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("spectra of regions count in the memory of all jobs, and a request for more than is left is refused") {
  sharing_job roomy("panel_0_xy", "panel_0", 0);
  CHECK(roomy.regions(many_rectangles(1000)).context == step::ok);
  const auto needed = roomy.taken();
  // Of 1000 regions and 1001 parts of the screen, with 100 bins of time.
  CHECK(needed >= 100 * (1000 * 4 + 1001 * 2) * 8);
  CHECK(needed < 6 * megabyte);
  CHECK(roomy.regions(region_request(false, {})).context == step::ok);
  CHECK(roomy.taken() == 0);

  sharing_job tight("panel_0_xy", "panel_0", roomy.built + megabyte);
  CHECK(tight.regions(many_rectangles(3)).context == step::ok);
  const auto few = tight.taken();
  CHECK(few > 0);
  const auto refused = tight.regions(many_rectangles(1000));
  CHECK(refused.context == step::failed);
  CHECK_MESSAGE(contains(refused.context_error, "request for regions refused, the former one stays: the job needs"),
                refused.context_error);
  CHECK(contains(refused.context_error, "(limits.jobs-memory)"));
  CHECK(tight.taken() == few);
  CHECK(tight.regions(many_rectangles(10)).context == step::ok);
  CHECK(tight.taken() > few);
  const auto all = tight.all;
  tight.work.reset();
  CHECK(all.used() == 0);
}

TEST_CASE(
  "frames of an area detector count in the memory of all jobs, and such as need more than is left are refused") {
  sharing_job roomy("area_panel_xy", "area_panel", 0);
  CHECK(roomy.taken() == 0);
  CHECK(roomy.frame(1000).push == step::ok);
  // Two sums, and what is published of them.
  CHECK(roomy.taken() == 32 * megabyte);
  CHECK(roomy.frame(1000).push == step::ok);
  CHECK(roomy.taken() == 32 * megabyte);
  CHECK(roomy.frame(500).push == step::ok);
  CHECK(roomy.taken() == 8 * megabyte);
  roomy.work->reset();
  CHECK(roomy.taken() == 0);

  sharing_job tight("area_panel_xy", "area_panel", 20 * megabyte);
  CHECK(tight.frame(500).push == step::ok);
  const auto refused = tight.frame(1000);
  CHECK(refused.push == step::failed);
  CHECK_MESSAGE(
    contains(refused.push_error, "the job needs 24.0 MB, but of the 20.0 MB that all jobs together may have"),
    refused.push_error);
  CHECK(tight.taken() == 8 * megabyte);
  // The image is still that of the frames before.
  const auto next = tight.frame(500);
  REQUIRE(next.result);
  const auto& cumulative = next.result->outputs.front();
  CHECK(cumulative.name == "cumulative");
  const auto image = decoded(cumulative).data;
  CHECK(std::get<std::vector<std::int32_t>>(image.data.data) == std::vector<std::int32_t>(500 * 500, 2));
}

TEST_CASE("counts of further threads are taken where memory is left, else one thread counts all") {
  std::mt19937_64 rng(1);
  const auto chunk = make_chunk(random_events(rng, 900'000, 1, 128 * 128, 0, 71'000'000));
  for (const bool room : {true, false}) {
    CAPTURE(room);
    sharing_job one("panel_0_xy", "panel_0", 0);
    sharing_job j("panel_0_xy", "panel_0", room ? 0 : one.built + megabyte);
    job_task task{make_batch("panel_0", {chunk}), false};
    task.workers = 4;
    auto work = j.work->begin(task);
    CHECK((work != nullptr) == room);
    CHECK((j.taken() > 4 * megabyte) == room);
    for (std::size_t i = 0; work && i < work->pieces(); ++i)
      CHECK(run_piece(*work, i).empty());
    work.reset();
    const auto reply = j.work->complete(task);
    CHECK(reply.events.received == 900'000);
    j.work->reset();
    CHECK(j.taken() == 0);
  }
}

} // namespace job_memory_test
