#include "actors/service/commands.hpp"
#include "support/scripted_workflow.hpp"

#include <doctest/doctest.h>

#include <map>

namespace commands_test {

using namespace livedata;
using namespace livedata::test;

namespace {

const context_lookup nothing_known = [](const std::string&) { return std::nullopt; };

job_id id(const std::string& source, int number = 0) {
  return {source, uuid_from_name(std::to_string(number))};
}

const workflow_id first{"small", "first", 1};
const workflow_id second{"small", "second", 1};

job_table three_jobs() {
  job_table t;
  t.add({id("a"), first});
  t.add({id("b"), second});
  t.add({id("c"), first});
  return t;
}

job_command reset_of_workflow(const workflow_id& w) {
  return {"m", {}, w, job_action::reset};
}

recipe_finder finder(const std::string& service = "detector_data") {
  return find_recipes(small_instrument(), small_registry(), service);
}

start_command start(const std::string& workflow, const std::string& source = "bank0") {
  start_command c;
  c.message_id = "m";
  c.workflow = {"small", workflow, 1};
  c.job = id(source);
  return c;
}

} // namespace

TEST_CASE("C-5: a reset of a job is answered with ACK, its message id and its name") {
  auto t = three_jobs();
  auto out = execute(t, {"seven", id("b"), first, job_action::reset}, nothing_known);
  CHECK(out.answer == acknowledgement{"seven", to_string(id("b")), std::nullopt});
  CHECK(out.cleared == std::vector{id("b")});
  CHECK(out.removed.empty());
}

TEST_CASE("edge case 35, C-6: a reset by a workflow that no job here has is not answered") {
  auto t = three_jobs();
  auto out = execute(t, reset_of_workflow({"small", "first", 2}), nothing_known);
  CHECK_FALSE(out.answer);
  CHECK(out.cleared.empty());
}

TEST_CASE(
  "edge case 35, C-7: two jobs of a workflow are reset with one ACK; M-24: and none of another; M-27: two acted on") {
  auto t = three_jobs();
  auto out = execute(t, reset_of_workflow(first), nothing_known);
  CHECK(out.answer == acknowledgement{"m", "all", std::nullopt});
  CHECK(out.cleared == std::vector{id("a"), id("c")});
}

TEST_CASE("edge case 35, C-8, M-20: a job that is not here is not answered for, whatever the action") {
  auto t = three_jobs();
  for (auto action : {job_action::stop, job_action::reset, job_action::pause, job_action::resume}) {
    auto out = execute(t, {"m", id("elsewhere"), {}, action}, nothing_known);
    CHECK_FALSE(out.answer);
  }
  CHECK(t.jobs().size() == 3);
}

TEST_CASE("edge case 36, M-26: commands without selector or by workflow reach jobs of every phase") {
  job_table t;
  t.add({id("scheduled"), first, {timestamp{1000}, {}}});
  job_entry gated{id("waiting"), first};
  gated.needs.gating = {"motor"};
  t.add(gated);
  t.add({id("active"), first});
  batch_data b;
  b.start = {0};
  b.end = {10};
  t.prepare(b, nothing_known);
  CHECK(t.jobs()[0].state() == job_state::scheduled);
  CHECK(t.jobs()[1].state() == job_state::pending_context);
  CHECK(t.jobs()[2].state() == job_state::active);
  CHECK(execute(t, {"m", {}, {}, job_action::reset}, nothing_known).cleared.size() == 3);
  CHECK(execute(t, {"m", {}, first, job_action::reset}, nothing_known).cleared.size() == 3);
  CHECK(execute(t, {"m", {}, {}, job_action::stop}, nothing_known).removed.size() == 3);
  CHECK(t.jobs().empty());
}

TEST_CASE("M-23, C-9: a reset of jobs ends with an error at the first that refuses; those before it are reset") {
  job_table t;
  t.add({id("a"), first});
  job_entry stubborn{id("b"), first};
  stubborn.supports_reset = false;
  t.add(stubborn);
  t.add({id("c"), first});
  auto out = execute(t, {"m", {}, {}, job_action::reset}, nothing_known);
  REQUIRE(out.answer);
  CHECK(out.answer->error == "Job " + to_string(id("b")) + " does not support reset.");
  CHECK(out.cleared == std::vector{id("a")});
}

TEST_CASE("a job id in a command wins over its workflow") {
  auto t = three_jobs();
  auto out = execute(t, {"m", id("b"), first, job_action::stop}, nothing_known);
  CHECK(out.removed == std::vector{id("b")});
  CHECK(t.jobs().size() == 2);
}

TEST_CASE("pause and resume are acknowledged, also when there is nothing to change") {
  auto t = three_jobs();
  for (auto action : {job_action::pause, job_action::pause, job_action::resume, job_action::resume}) {
    auto out = execute(t, {"m", {}, first, action}, nothing_known);
    CHECK(out.answer == acknowledgement{"m", "all", std::nullopt});
    CHECK(out.cleared.empty());
    auto paused = action == job_action::pause;
    CHECK(t.find(id("a"))->paused == paused);
    CHECK(t.find(id("c"))->paused == paused);
    CHECK_FALSE(t.find(id("b"))->paused);
  }
}

TEST_CASE("a start command for another instrument, service, version or an unknown workflow draws silence") {
  auto other_instrument = start("scripted");
  other_instrument.workflow.instrument = "large";
  CHECK_FALSE(finder()(other_instrument));
  auto other_version = start("scripted");
  other_version.workflow.version = 2;
  CHECK_FALSE(finder()(other_version));
  CHECK_FALSE(finder()(start("nonsense")));
  CHECK_FALSE(finder()(start("monitor_histogram", "m1")));
  CHECK(finder("monitor_data")(start("monitor_histogram", "m1")));
  CHECK(finder()(start("scripted")));
}

TEST_CASE("115: a start command on a source that is not allowed is refused with the sources that are") {
  auto answer = finder()(start("scripted", "nope"));
  REQUIRE(answer);
  REQUIRE_FALSE(*answer);
  CHECK(answer->error().message.find("nope") != std::string::npos);
  CHECK(answer->error().message.find("bank0, bank1, bank2") != std::string::npos);
}

TEST_CASE("115: auxiliary streams for a workflow without are refused, before the source is looked at") {
  auto c = start("scripted", "nope");
  c.aux_source_names = {{"role", "stream"}};
  auto answer = finder()(c);
  REQUIRE(answer);
  REQUIRE_FALSE(*answer);
  CHECK(answer->error().message.find("auxiliary") != std::string::npos);
}

TEST_CASE("the answer to a start command names the source; an error is its text") {
  CHECK(answer_to(start("scripted"), "") == acknowledgement{"m", "bank0", std::nullopt});
  CHECK(answer_to(start("scripted"), "no way") == acknowledgement{"m", "bank0", "no way"});
}

TEST_CASE("an answer goes out as compact JSON with its fields in order") {
  auto text = [](const outgoing_message& m) {
    auto bytes = m.content->bytes();
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  auto good = answer_message({"seven", "bank0", std::nullopt});
  CHECK(good.to == channel::responses);
  CHECK(text(good) == R"({"message_id":"seven","device":"bank0","response":"ACK","message":null})");
  CHECK(text(answer_message({"8", "all", "so\n\"no\""})) ==
        R"({"message_id":"8","device":"all","response":"ERR","message":"so\n\"no\""})");
}

} // namespace commands_test
