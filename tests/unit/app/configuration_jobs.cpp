#include "configuration_fixture.hpp"

namespace configuration_jobs {

using namespace livedata;
using namespace livedata::testing;

namespace {

std::string refused(const std::string& jobs) {
  return configure_block("jobs = [\n" + jobs + "\n]")->error();
}

} // namespace

TEST_CASE("jobs of the file become requests with parameters as JSON") {
  auto out = configure_block(R"(jobs = [
  { workflow = "loki/tube_view/1", source = "loki_detector_0", number = "6F1A3C52-0B7E-4D19-9A41-2C8E5D7F0B63", start = 10, end = 20,
    params { toa-edges { num-bins = 100, stop = 2.0, unit = "ms" }, use_weights = true, list = [1, { a-b = 2 }], empty {} } },
  { workflow = "tube_view", source = "loki_detector_1", number = "6f1a3c520b7e4d199a412c8e5d7f0b64" },
])");
  auto& jobs = out->values().jobs;
  REQUIRE(jobs.size() == 2);
  CHECK(jobs[0].workflow == "loki/tube_view/1");
  CHECK(jobs[0].source == "loki_detector_0");
  CHECK(jobs[0].number == "6f1a3c52-0b7e-4d19-9a41-2c8e5d7f0b63");
  CHECK(jobs[0].start_ns == 10);
  CHECK(jobs[0].end_ns == 20);
  CHECK(jobs[0].where == out->file + ":3");
  CHECK(
    jobs[0].params ==
    json::parse(
      R"({"toa_edges":{"num_bins":100,"stop":2.0,"unit":"ms"},"use_weights":true,"list":[1,{"a_b":2}],"empty":{}})"));
  CHECK(jobs[0].params["toa_edges"]["num_bins"].is_number_integer());
  CHECK(jobs[0].params["toa_edges"]["stop"].is_number_float());
  CHECK(jobs[1].params == json::object());
  CHECK(jobs[1].number == "6f1a3c52-0b7e-4d19-9a41-2c8e5d7f0b64");
  CHECK(!jobs[1].start_ns);
  CHECK(jobs[1].where == out->file + ":5");
}

TEST_CASE("an empty list of jobs is no job") {
  CHECK(configure_block("jobs = []")->values().jobs.empty());
}

TEST_CASE("a job without workflow or source is refused with its line") {
  CHECK_HOLDS(refused("{ source = \"a\" }"), "test.conf:3: livedata.jobs[0]:", "'workflow' is missing");
  CHECK_HOLDS(refused("{ workflow = \"a\", source = \"b\" },\n{ workflow = \"a\" }"),
              "test.conf:4: livedata.jobs[1]:", "'source' is missing");
}

TEST_CASE("unknown keys in a job are refused with a suggestion") {
  CHECK_HOLDS(refused("{ workflow = \"a\",\n  sorce = \"b\" }"),
              "test.conf:4: livedata.jobs[0].sorce:", "did you mean 'source'?");
  CHECK_HOLDS(refused("{ workflow = \"a\", source = \"b\", num-bins = 5 }"), "livedata.jobs[0].num-bins", "params { }");
}

TEST_CASE("wrong types in a job are refused") {
  CHECK_HOLDS(refused("5"), "test.conf:3: livedata.jobs[0]:", "expected a block", "a number");
  CHECK_HOLDS(refused("{ workflow = 5, source = \"b\" }"), "livedata.jobs[0].workflow", "a text", "5");
  CHECK_HOLDS(refused("{ workflow = \"a\", source = \"\" }"), "livedata.jobs[0].source", "not empty");
  CHECK_HOLDS(refused("{ workflow = \"a\", source = \"b\", params = 5 }"), "livedata.jobs[0].params", "params { … }");
  CHECK_HOLDS(refused("{ workflow = \"a\", source = \"b\", start = \"now\" }"), "livedata.jobs[0].start",
              "nanoseconds");
  CHECK_HOLDS(refused("{ workflow = \"a\", source = \"b\", end = 1.5 }"), "livedata.jobs[0].end", "whole number");
  CHECK_HOLDS(refused("{ workflow = \"a\", source = \"b\", number = 5 }"), "livedata.jobs[0].number", "a UUID as text",
              "5");
}

TEST_CASE("a workflow is a name or instrument, name and version") {
  for (auto text : {"a/b", "a/b/c", "a/b/1/2", "/b/1", "a/b/"})
    CHECK_HOLDS(refused(std::string{"{ workflow = \""} + text + "\", source = \"s\" }"), "livedata.jobs[0].workflow",
                text, "loki/tube_view/1");
}

TEST_CASE("a job that ends before it starts is refused") {
  CHECK_HOLDS(refused("{ workflow = \"a\", source = \"b\", start = 5,\n end = 5 }"),
              "test.conf:4: livedata.jobs[0].end:", "not after");
  CHECK(
    configure_block("jobs = [{ workflow = \"a\", source = \"b\", start = -5, end = 5 }]")->values().jobs[0].start_ns ==
    -5);
}

TEST_CASE("times and URIs as parameters are refused with the way to write them") {
  CHECK_HOLDS(refused("{ workflow = \"a\", source = \"b\", params {\n edges { stop = 70ms } } }"),
              "test.conf:4: livedata.jobs[0].params.edges.stop:", "70ms", "plain number");
  CHECK_HOLDS(refused("{ workflow = \"a\", source = \"b\", params { x = [1, <file:/x>] } }"),
              "livedata.jobs[0].params.x[1]", "\"file:/x\"");
}

TEST_CASE("parameters whose names differ in dash and underscore only are refused") {
  CHECK_HOLDS(refused("{ workflow = \"a\", source = \"b\", params {\n a-b = 1\n a_b = 2 } }"),
              "test.conf:5: livedata.jobs[0].params.a_b:", "second time");
}

TEST_CASE("a job listed twice is refused with both lines, unless the numbers differ") {
  auto job = [](const std::string& more) { return "{ workflow = \"a\", source = \"b\"" + more + " }"; };
  auto message = refused(job("") + ",\n" + job(", params { x = 1 }"));
  CHECK_HOLDS(message, "test.conf:4: livedata.jobs[1]:", "test.conf:3", "already listed", "number");
  CHECK_HOLDS(refused(job(", number = \"6f1a3c52-0b7e-4d19-9a41-2c8e5d7f0b63\"") + ",\n" +
                      job(", number = \"6F1A3C52-0B7E-4D19-9A41-2C8E5D7F0B63\"")),
              "(number 6f1a3c52-0b7e-4d19-9a41-2c8e5d7f0b63)");
  CHECK(configure_block("jobs = [" + job(", number = \"6f1a3c52-0b7e-4d19-9a41-2c8e5d7f0b63\"") + ", " +
                        job(", number = \"6f1a3c52-0b7e-4d19-9a41-2c8e5d7f0b64\"") + ", " + job("") + "]")
          ->values()
          .jobs.size() == 3);
}

} // namespace configuration_jobs
