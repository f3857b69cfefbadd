#include "actors/job/job_table.hpp"
#include "support/events.hpp"

#include <doctest/doctest.h>

namespace job_table_test {

using namespace livedata;

namespace {

job_id id(const std::string& source, int number = 0) {
  return {source, uuid_from_name(std::to_string(number))};
}

const workflow_id scripted{"small", "scripted", 1};

batch_data batch(std::int64_t start, std::int64_t end, std::vector<std::string> sources = {}) {
  batch_data b;
  b.start = {start};
  b.end = {end};
  for (const auto& s : sources)
    b.streams.emplace(s, std::make_shared<const event_batch>());
  return b;
}

job_reply ok(std::int64_t start, std::int64_t end) {
  job_reply r;
  r.push = step::ok;
  r.took_primary = true;
  r.finalize = step::ok;
  r.start = timestamp{start};
  r.end = timestamp{end};
  return r;
}

job_reply failed_finalize() {
  auto r = ok(1, 2);
  r.finalize = step::failed;
  r.finalize_error = "cannot compute";
  return r;
}

job_reply failed_push() {
  job_reply r;
  r.push = step::failed;
  r.push_error = "cannot take it";
  return r;
}

const context_lookup nothing_known = [](const std::string&) { return std::nullopt; };

std::vector<job_table::work_item> prepare(job_table& t, const batch_data& b) {
  return t.prepare(b, nothing_known).work;
}

std::vector<std::string> sources_of(const std::vector<job_table::work_item>& items) {
  std::vector<std::string> out;
  for (const auto& i : items)
    out.push_back(i.job.source_name);
  return out;
}

} // namespace

TEST_CASE("a job without start begins with the next batch, whether that has data for it or not") {
  job_table t;
  t.add({id("a"), scripted, {}});
  CHECK(t.jobs()[0].state() == job_state::scheduled);
  CHECK(prepare(t, batch(0, 10)).empty());
  CHECK(t.jobs()[0].state() == job_state::active);
}

TEST_CASE("only jobs with data get work, in table order") {
  job_table t;
  t.add({id("c"), scripted, {}});
  t.add({id("a"), scripted, {}});
  t.add({id("b"), scripted, {}});
  t.add({id("a", 1), scripted, {}});
  CHECK(sources_of(prepare(t, batch(0, 10, {"a", "c", "elsewhere"}))) == std::vector<std::string>{"c", "a", "a"});
}

TEST_CASE("a job starts when the start of a batch reaches its start") {
  job_table t;
  t.add({id("a"), scripted, {timestamp{50}, {}}});
  t.add({id("b"), scripted, {timestamp{100}, {}}});
  t.add({id("c"), scripted, {timestamp{150}, {}}});
  t.add({id("d"), scripted, {timestamp{-100}, {}}});
  CHECK(sources_of(prepare(t, batch(100, 160, {"a", "b", "c", "d"}))) == std::vector<std::string>{"a", "b", "d"});
  CHECK(sources_of(prepare(t, batch(160, 180, {"a", "b", "c", "d"}))) == std::vector<std::string>{"a", "b", "c", "d"});
}

TEST_CASE("a job whose end a batch reaches gets that batch and is gone after it") {
  job_table t;
  t.add({id("a"), scripted, {{}, timestamp{175}}});
  t.add({id("b"), scripted, {{}, timestamp{300}}});
  CHECK(prepare(t, batch(100, 150, {"a"})).size() == 1);
  CHECK(t.remove_finished().empty());
  auto work = prepare(t, batch(180, 200, {"a"}));
  CHECK(work.size() == 1);
  CHECK(t.jobs()[0].state() == job_state::finishing);
  t.book(id("a"), ok(100, 200));
  CHECK(t.remove_finished() == std::vector<job_id>{id("a")});
  CHECK(t.jobs().size() == 1);
}

TEST_CASE("a job with an end before its first batch gets one batch and goes") {
  job_table t;
  t.add({id("a"), scripted, {{}, timestamp{50}}});
  CHECK(prepare(t, batch(30, 100, {"a"})).size() == 1);
  CHECK(t.remove_finished().size() == 1);
}

TEST_CASE("a job that ends is removed even if its last finalise failed") {
  job_table t;
  t.add({id("a"), scripted, {{}, timestamp{50}}});
  prepare(t, batch(30, 100, {"a"}));
  t.book(id("a"), failed_finalize());
  CHECK(t.remove_finished().size() == 1);
  CHECK(t.jobs().empty());
}

TEST_CASE("J-23: an end that is not after the start is refused") {
  auto valid = [](std::optional<timestamp> s, std::optional<timestamp> e) { return bool(job_schedule{s, e}.check()); };
  CHECK(valid(timestamp{100}, timestamp{200}));
  CHECK(valid(timestamp{-1}, timestamp{100}));
  CHECK(valid(timestamp{100}, {}));
  CHECK(valid({}, {}));
  CHECK_FALSE(valid(timestamp{200}, timestamp{100}));
  CHECK_FALSE(valid(timestamp{100}, timestamp{100}));
  CHECK_FALSE(valid(timestamp{-50}, timestamp{-50}));
  CHECK(job_schedule{timestamp{200}, timestamp{100}}.check().error().message ==
        "Job end_time=Timestamp(ns=100) must be greater than start_time=Timestamp(ns=200), or start_time must be None "
        "(immediate start)");
}

TEST_CASE("a failed accumulate is a warning that the next success clears, and finalises nothing") {
  job_table t;
  t.add({id("a"), scripted, {}});
  prepare(t, batch(0, 1, {"a"}));
  t.book(id("a"), failed_push());
  CHECK(t.jobs()[0].state() == job_state::warning);
  CHECK(t.jobs()[0].warning == "cannot take it");
  CHECK(prepare(t, batch(1, 2)).empty());
  CHECK(t.jobs()[0].state() == job_state::warning);
  prepare(t, batch(2, 3, {"a"}));
  t.book(id("a"), ok(2, 3));
  CHECK(t.jobs()[0].state() == job_state::active);
}

TEST_CASE("a failed finalise is an error; the data stays pending and is tried with every batch until it succeeds") {
  job_table t;
  t.add({id("a"), scripted, {}});
  prepare(t, batch(0, 1, {"a"}));
  t.book(id("a"), failed_finalize());
  CHECK(t.jobs()[0].state() == job_state::error);
  auto work = prepare(t, batch(1, 2));
  REQUIRE(work.size() == 1);
  CHECK(work[0].task.pending);
  CHECK(work[0].task.data.empty());
  job_reply again;
  again.finalize = step::failed;
  again.finalize_error = "still not";
  t.book(id("a"), again);
  CHECK(t.jobs()[0].error == "still not");
  work = prepare(t, batch(2, 3, {"a"}));
  REQUIRE(work.size() == 1);
  CHECK(work[0].task.pending);
  CHECK_FALSE(work[0].task.data.empty());
  t.book(id("a"), ok(0, 3));
  CHECK(t.jobs()[0].state() == job_state::active);
  CHECK(prepare(t, batch(3, 4)).empty());
}

TEST_CASE("a failed accumulate beside a successful pending finalise leaves a warning and nothing pending") {
  job_table t;
  t.add({id("a"), scripted, {}});
  prepare(t, batch(0, 1, {"a"}));
  t.book(id("a"), failed_finalize());
  prepare(t, batch(1, 2, {"a"}));
  auto r = failed_push();
  r.finalize = step::ok;
  t.book(id("a"), r);
  CHECK(t.jobs()[0].state() == job_state::warning);
  CHECK(t.jobs()[0].error.empty());
  CHECK_FALSE(t.jobs()[0].pending);
}

TEST_CASE("absent outputs are a warning until the next success") {
  job_table t;
  t.add({id("a"), scripted, {}});
  prepare(t, batch(0, 1, {"a"}));
  auto r = ok(0, 1);
  r.absent_outputs = "x is absent";
  t.book(id("a"), r);
  CHECK(t.jobs()[0].state() == job_state::warning);
  prepare(t, batch(1, 2, {"a"}));
  t.book(id("a"), ok(0, 2));
  CHECK(t.jobs()[0].state() == job_state::active);
}

TEST_CASE("a reset takes texts, times and pending data away and keeps the phase") {
  job_table t;
  t.add({id("a"), scripted, {}});
  prepare(t, batch(0, 1, {"a"}));
  t.book(id("a"), failed_finalize());
  CHECK(t.jobs()[0].start == timestamp{1});
  CHECK(t.reset(id("a"), nothing_known) == job_table::answer::done);
  CHECK(t.jobs()[0].state() == job_state::active);
  CHECK_FALSE(t.jobs()[0].start);
  CHECK(prepare(t, batch(1, 2)).empty());
  CHECK(t.reset(id("b"), nothing_known) == job_table::answer::unknown);
}

TEST_CASE("a removed job gets nothing more, and what it still answers is passed over") {
  job_table t;
  t.add({id("a"), scripted, {timestamp{50}, {}}});
  t.add({id("b"), scripted, {}});
  prepare(t, batch(0, 1, {"b"}));
  CHECK(t.remove(id("a")));
  CHECK(t.remove(id("b")));
  CHECK_FALSE(t.remove(id("b")));
  t.book(id("b"), ok(0, 1));
  CHECK(prepare(t, batch(60, 70, {"a", "b"})).empty());
}

TEST_CASE("a second job of the same id takes the place of the first") {
  job_table t;
  t.add({id("a"), scripted, {}});
  t.add({id("b"), scripted, {}});
  prepare(t, batch(0, 1, {"a"}));
  t.book(id("a"), failed_finalize());
  t.add({id("a"), {"small", "other", 1}, {}});
  REQUIRE(t.jobs().size() == 2);
  CHECK(t.jobs()[0].workflow.name == "other");
  CHECK(t.jobs()[0].state() == job_state::scheduled);
}

TEST_CASE("a job whose actor died is in error and without work until it is back, then until it has a result") {
  job_table t;
  t.add({id("a"), scripted, {}});
  prepare(t, batch(0, 1, {"a"}));
  t.book(id("a"), failed_finalize());
  t.lost(id("a"), "it died");
  CHECK(t.jobs()[0].state() == job_state::error);
  CHECK(prepare(t, batch(1, 2, {"a"})).empty());
  t.returned(id("a"));
  CHECK(t.jobs()[0].state() == job_state::error);
  auto work = prepare(t, batch(2, 3, {"a"}));
  REQUIRE(work.size() == 1);
  CHECK_FALSE(work[0].task.pending);
  CHECK(t.jobs()[0].warning_text().empty());
  // What it has lost is said until it is reset.
  t.book(id("a"), ok(2, 3));
  CHECK(t.jobs()[0].state() == job_state::warning);
  CHECK(t.jobs()[0].warning_text() == "it died");
  t.reset(id("a"), [](const std::string&) { return std::nullopt; });
  CHECK(t.jobs()[0].state() == job_state::active);
}

TEST_CASE(
  "a job whose new actor takes in the past gets nothing of the present, neither data nor resets, until it is there") {
  job_table t;
  t.add({id("a"), scripted, {{}, timestamp{30}}});
  CHECK(prepare(t, batch(0, 10, {"a"})).size() == 1);
  const auto before = *t.find(id("a"));
  t.lost(id("a"), "died");
  t.returned(id("a"));
  t.catches_up(id("a"), "has the data up to 0");
  t.expect_run_transition({15});
  const auto prepared = t.prepare(batch(10, 20, {"a"}), nothing_known);
  CHECK(prepared.work.empty());
  CHECK(prepared.resets.empty());
  // It ends when it has taken in what it ends with.
  CHECK(prepare(t, batch(20, 30, {"a"})).empty());
  CHECK(t.remove_finished().empty());
  t.goes_on(id("a"), before);
  CHECK(prepare(t, batch(30, 40, {"a"})).size() == 1);
  CHECK(t.jobs()[0].state() == job_state::finishing);
}

TEST_CASE("a job that lacks an input says so in a state of its own, and is tried again until it has a result") {
  job_table t;
  t.add({id("a"), scripted, {}});
  prepare(t, batch(0, 10, {"a"}));
  auto waits = ok(0, 10);
  waits.finalize = step::none;
  waits.waits_for = {"incident monitor", "transmission monitor"};
  t.book(id("a"), waits);
  CHECK(t.jobs()[0].state() == job_state::waiting);
  CHECK(t.jobs()[0].warning_text() == "Waits for incident monitor, transmission monitor.");
  CHECK(t.jobs()[0].error.empty());
  auto again = prepare(t, batch(10, 20));
  REQUIRE(again.size() == 1);
  CHECK(again[0].task.pending);
  waits.waits_for = {"transmission monitor"};
  t.book(id("a"), waits);
  CHECK(t.jobs()[0].warning_text() == "Waits for transmission monitor.");
  t.book(id("a"), ok(0, 10));
  CHECK(t.jobs()[0].state() == job_state::active);
  CHECK(t.jobs()[0].warning_text().empty());
  // A reset forgets it, a failure is worse.
  t.book(id("a"), waits);
  CHECK(t.reset(id("a"), nothing_known) == job_table::answer::done);
  CHECK(t.jobs()[0].state() == job_state::active);
  t.book(id("a"), failed_finalize());
  CHECK(t.jobs()[0].state() == job_state::error);
}

} // namespace job_table_test
