#include "actors/service/run_transitions.hpp"
#include "support/plain_service.hpp"

#include <doctest/doctest.h>

namespace run_transitions_test {

using namespace livedata;
using change = run_transitions::change;

TEST_CASE("a run that ends before its announced stop has that stop alone, and so has one that goes on longer") {
  run_transitions r;
  CHECK(r.start({"a", {100}, timestamp{500}}) == change{{{100}, {500}}, {}});
  CHECK(r.stop({"a", {300}}) == change{{{300}}, timestamp{500}});
  // All of it again.
  CHECK(r.start({"a", {100}, timestamp{500}}) == change{});
  CHECK(r.stop({"a", {300}}) == change{});
  CHECK(r.start({"b", {400}, timestamp{500}}) == change{{{400}, {500}}, {}});
  CHECK(r.stop({"b", {900}}) == change{{{900}}, timestamp{500}});
  // The start tells another stop than before.
  CHECK(r.start({"b", {400}, timestamp{800}}) == change{{{800}}, timestamp{900}});
}

TEST_CASE("another run of the same name does not take the stop of the one before away, nor do runs without a name") {
  run_transitions r;
  r.start({"a", {100}, timestamp{500}});
  CHECK(r.start({"a", {600}, timestamp{900}}) == change{{{600}, {900}}, {}});
  CHECK(r.stop({"a", {500}}) == change{});
  r.start({"", {100}, timestamp{500}});
  CHECK(r.stop({"", {300}}) == change{{{300}}, {}});
  // A stop of a run that nobody has announced.
  CHECK(r.stop({"c", {0}}) == change{{{0}}, {}});
}

TEST_CASE("a transition that is forgotten resets nothing; one that has come cannot be forgotten") {
  job_table table;
  for (auto t : {100, 300, 300, 500})
    table.expect_run_transition({t});
  CHECK(table.forget_run_transition({300}));
  CHECK(table.expected_transitions() == std::vector<timestamp>{{100}, {300}, {500}});
  const batch_data batch{{0}, {350}, {}, 0, 0};
  (void)table.prepare(batch, [](const std::string&) { return std::nullopt; });
  CHECK_FALSE(table.forget_run_transition({300}));
  CHECK(table.expected_transitions() == std::vector<timestamp>{{500}});
}

} // namespace run_transitions_test
