// What a service does with its jobs, statement by statement; see docs/semantics.md.
#include "support/plain_service.hpp"

#include <doctest/doctest.h>

namespace job_semantics_test {

using namespace livedata;
using namespace livedata::test;

namespace {

using state = job_state;

job_schedule from(std::int64_t t) {
  return {timestamp{t}, {}};
}

job_schedule until(std::int64_t t) {
  return {{}, timestamp{t}};
}

const std::vector<std::pair<std::string, std::vector<std::int32_t>>> bank0{{"bank0", {1}}};

} // namespace

TEST_CASE("M-1: a new table has no jobs") {
  CHECK(plain_service{}.table.jobs().empty());
}

TEST_CASE("M-3: jobs keep their sources and are told apart by number") {
  plain_service s;
  auto a = s.add("plain", "bank0", {}, 1);
  auto b = s.add("plain", "bank0", {}, 2);
  CHECK(a != b);
  CHECK(s.table.jobs().size() == 2);
  CHECK(s.table.jobs()[1].id.source_name == "bank0");
}

TEST_CASE("M-4, M-7, M-8, M-9: a job becomes active with the first batch whose start reaches its own") {
  plain_service s;
  auto absent = s.add("plain", "bank0", {}, 1);
  auto past = s.add("plain", "bank0", from(50), 2);
  auto equal = s.add("plain", "bank0", from(100), 3);
  auto inside = s.add("plain", "bank0", from(120), 4);
  auto future = s.add("plain", "bank0", from(200), 5);
  auto negative = s.add("plain", "bank0", from(-100), 6);
  auto out = s.batch(100, 150, bank0);
  for (const auto& id : {absent, past, equal, negative})
    CHECK(s.state(id) == state::active);
  for (const auto& id : {inside, future})
    CHECK(s.state(id) == state::scheduled);
  CHECK(out.results() == 4);
  s.batch(250, 300);
  CHECK(s.state(inside) == state::active);
  CHECK(s.state(future) == state::active);
}

TEST_CASE("M-5: jobs become active one after the other, and only those with data answer") {
  plain_service s;
  auto a = s.add("plain", "bank0", from(50));
  auto b = s.add("plain", "bank1", from(150));
  CHECK(s.batch(100, 120, bank0).replies.size() == 1);
  CHECK(s.state(b) == state::scheduled);
  auto out = s.batch(160, 180, bank0);
  CHECK(s.state(b) == state::active);
  CHECK(out.replies.size() == 1);
  CHECK(out.of(a));
}

TEST_CASE("M-6: two jobs on one source get the same data and the same times") {
  plain_service s;
  auto a = s.add("plain", "bank0", {}, 1);
  auto b = s.add("plain", "bank0", {}, 2);
  auto out = s.batch(100, 200, {{"bank0", {1, 1, 1}}});
  REQUIRE(out.results() == 2);
  CHECK(s.value(*out.of(a), "counts") == 3);
  CHECK(s.value(*out.of(b), "counts") == 3);
  CHECK(out.of(a)->start == out.of(b)->start);
  CHECK(out.of(a)->end == out.of(b)->end);
}

TEST_CASE("M-10, M-11, M-12, M-13: a job ends with the batch whose end reaches its own") {
  plain_service s;
  auto early = s.add("plain", "bank0", until(175), 1);
  auto exact = s.add("plain", "bank0", until(200), 2);
  auto late = s.add("plain", "bank0", until(300), 3);
  auto never = s.add("plain", "bank0", {}, 4);
  s.batch(100, 150, bank0);
  CHECK(s.table.jobs().size() == 4);
  auto out = s.batch(180, 200, bank0);
  CHECK(out.results() == 4);
  CHECK_FALSE(s.table.find(early));
  CHECK_FALSE(s.table.find(exact));
  s.batch(200, 250, bank0);
  CHECK(s.table.find(late));
  CHECK(s.table.find(never));
}

TEST_CASE("M-14: jobs end one after the other; one that ends without new data gives nothing") {
  plain_service s;
  s.add("plain", "bank0", until(150), 1);
  s.add("plain", "bank0", until(200), 2);
  s.add("plain", "bank0", until(300), 3);
  CHECK(s.batch(100, 150, bank0).results() == 3);
  CHECK(s.table.jobs().size() == 2);
  CHECK(s.batch(150, 200).results() == 0);
  CHECK(s.table.jobs().size() == 1);
  CHECK(s.batch(200, 300, bank0).results() == 1);
  CHECK(s.table.jobs().empty());
}

TEST_CASE("M-15: a job that has ended before its first batch is active, gives one result and goes, in one batch") {
  plain_service s;
  s.add("plain", "bank0", until(50));
  CHECK(s.batch(30, 100, bank0).results() == 1);
  CHECK(s.table.jobs().empty());
}

TEST_CASE("M-16: equal schedules begin and end together, with data or without") {
  plain_service s;
  auto a = s.add("plain", "bank0", {timestamp{100}, timestamp{200}});
  auto b = s.add("plain", "bank1", {timestamp{100}, timestamp{200}});
  s.batch(100, 150, bank0);
  CHECK(s.state(a) == state::active);
  CHECK(s.state(b) == state::active);
  s.batch(150, 200, bank0);
  CHECK(s.table.jobs().empty());
}

TEST_CASE("M-17: a job that ends, one that is stopped and one without limit do not meddle") {
  plain_service s;
  auto ends = s.add("plain", "bank0", until(200), 1);
  auto stopped = s.add("plain", "bank0", {}, 2);
  auto unlimited = s.add("plain", "bank0", {}, 3);
  s.batch(100, 150, bank0);
  s.table.remove(stopped);
  auto out = s.batch(150, 200, bank0);
  CHECK(out.of(ends));
  CHECK_FALSE(out.of(stopped));
  CHECK(s.batch(200, 250, bank0).of(unlimited));
  CHECK(s.table.jobs().size() == 1);
}

TEST_CASE("M-18, M-19: a stopped job is gone at once, in whatever phase, and does not come back") {
  plain_service s;
  auto scheduled = s.add("plain", "bank0", from(500), 1);
  auto active = s.add("plain", "bank0", {}, 2);
  s.batch(100, 200, bank0);
  CHECK(s.table.remove(scheduled));
  CHECK(s.table.remove(active));
  CHECK(s.batch(600, 700, bank0).replies.empty());
  CHECK(s.table.jobs().empty());
}

TEST_CASE("M-21: a reset job forgets data and times and stays active") {
  plain_service s;
  auto a = s.add("plain", "bank0");
  s.batch(100, 200, {{"bank0", {1, 1}}});
  CHECK(s.reset(a) == job_table::answer::done);
  CHECK(s.state(a) == state::active);
  CHECK_FALSE(s.table.find(a)->start);
  auto out = s.batch(200, 300, bank0);
  CHECK(s.value(*out.of(a), "counts") == 1);
  CHECK(out.of(a)->start == timestamp{200});
}

TEST_CASE("M-22: a scheduled job can be reset and stays scheduled") {
  plain_service s;
  auto a = s.add("plain", "bank0");
  CHECK(s.reset(a) == job_table::answer::done);
  CHECK(s.state(a) == state::scheduled);
}

TEST_CASE("M-23: a job without support for reset keeps data and times") {
  plain_service s;
  auto a = s.add("stubborn", "bank0");
  s.batch(100, 200, bank0);
  CHECK(s.reset(a) == job_table::answer::refused);
  CHECK(s.table.find(a)->start == timestamp{100});
  CHECK(s.value(*s.batch(200, 300, bank0).of(a), "counts") == 2);
}

TEST_CASE("edge case 40, M-25: a reset ends the error of a failed finalise, and only new data leads to a result") {
  plain_service s;
  auto a = s.add("plain", "bank0");
  s.batch(100, 200, {{"bank0", {code::breaks}}});
  CHECK(s.state(a) == state::error);
  s.reset(a);
  CHECK(s.batch(200, 300, {{"bank1", {1}}}).replies.empty());
  CHECK(s.state(a) == state::active);
  auto next = s.batch(300, 400, {{"bank0", {1}}});
  REQUIRE(next.replies.size() == 1);
  CHECK(next.replies[0].second.result);
}

TEST_CASE("M-28, M-29, M-30: data that cannot be taken in is a warning, leads to no result, and the next heals it") {
  plain_service s;
  auto a = s.add("plain", "bank0");
  auto out = s.batch(100, 200, {{"bank0", {code::poison}}});
  CHECK(out.of(a)->push_error.find("poisoned") != std::string::npos);
  CHECK(out.results() == 0);
  CHECK(s.state(a) == state::warning);
  CHECK(s.table.find(a)->error.empty());
  CHECK_FALSE(s.table.find(a)->start);
  CHECK(s.batch(200, 300).replies.empty());
  CHECK(s.state(a) == state::warning);
  CHECK(s.batch(300, 400, bank0).results() == 1);
  CHECK(s.state(a) == state::active);
  CHECK(s.warning(a).empty());
}

TEST_CASE("M-31, M-32: a failed finalise is tried again without new data until it works, then not any more") {
  plain_service s;
  auto a = s.add("plain", "bank0");
  s.batch(100, 200, {{"bank0", {code::breaks, code::breaks}}});
  CHECK(s.state(a) == state::error);
  CHECK(s.batch(200, 300).of(a)->finalize == step::failed);
  auto out = s.batch(300, 400);
  REQUIRE(out.results() == 1);
  CHECK(s.value(*out.of(a), "counts") == 2);
  CHECK(s.state(a) == state::active);
  CHECK(s.batch(400, 500).replies.empty());
}

TEST_CASE("M-33: a batch for one of two jobs gives a result of that one") {
  plain_service s;
  auto a = s.add("plain", "bank0");
  auto b = s.add("plain", "bank1");
  auto out = s.batch(100, 200, bank0);
  CHECK(out.of(a));
  CHECK_FALSE(out.of(b));
}

TEST_CASE("M-34: auxiliary data alone is taken in, but gives no result; M-50: it comes by the name of its stream") {
  plain_service s;
  auto a = s.add("paired", "bank0");
  CHECK(s.table.find(a)->needs.auxiliary == std::vector<std::string>{"m1"});
  auto out = s.batch(100, 200, {{"m1", {1, 1}}});
  CHECK(out.of(a)->push == step::ok);
  CHECK(out.results() == 0);
  CHECK_FALSE(s.table.find(a)->start);
  out = s.batch(200, 300, bank0);
  CHECK(s.value(*out.of(a), "auxiliary") == 2);
}

TEST_CASE("M-35: absent outputs are a warning until a result has them all") {
  plain_service s;
  auto a = s.add("plain", "bank0");
  auto out = s.batch(100, 200, {{"bank0", {code::empties}}});
  CHECK(out.results() == 1);
  CHECK(s.state(a) == state::warning);
  CHECK(s.warning(a).find("counts") != std::string::npos);
  s.batch(200, 300, bank0);
  CHECK(s.state(a) == state::active);
  CHECK(s.warning(a).empty());
}

TEST_CASE("M-36: several batches before one finalise add up") {
  plain_service s;
  auto a = s.add("plain", "bank0");
  CHECK(s.batch(100, 200, {{"bank0", std::vector<std::int32_t>(10, 1)}}, true).results() == 0);
  CHECK(s.state(a) == state::active);
  auto out = s.batch(200, 300, {{"bank0", std::vector<std::int32_t>(20, 1)}});
  REQUIRE(out.results() == 1);
  CHECK(s.value(*out.of(a), "counts") == 30);
  CHECK(out.of(a)->start == timestamp{100});
}

TEST_CASE("data taken in while results are held comes with the next batch that gives results, new data or not") {
  plain_service s;
  auto a = s.add("plain", "bank0");
  s.batch(100, 200, bank0, true);
  CHECK(s.batch(200, 300, {}, true).replies.empty());
  CHECK(s.batch(300, 400).results() == 1);
  CHECK(s.batch(400, 500).replies.empty());
  CHECK(s.state(a) == state::active);
}

TEST_CASE("a job that ends while results are held gives its result all the same") {
  plain_service s;
  s.add("plain", "bank0", until(200));
  CHECK(s.batch(100, 200, bank0, true).results() == 1);
}

TEST_CASE("M-37: a job without gates is never gated") {
  plain_service s;
  auto a = s.add("plain", "bank1");
  s.batch(100, 200);
  CHECK(s.state(a) == state::active);
}

TEST_CASE("M-38: a value in the first batch opens the gate at once") {
  plain_service s;
  auto a = s.add("gated", "bank1");
  s.log("motor", 5);
  auto out = s.batch(100, 200, {{"bank1", {1}}});
  CHECK(s.state(a) == state::active);
  CHECK(s.warning(a).empty());
  REQUIRE(out.results() == 1);
  CHECK(s.value(*out.of(a), "motor") == 5);
}

TEST_CASE("M-39, M-40: a job waits for a value, is warned of it, and misses the data until then") {
  plain_service s;
  auto a = s.add("gated", "bank1");
  CHECK(s.batch(100, 200, {{"bank1", {1, 1}}}).replies.empty());
  CHECK(s.state(a) == state::pending_context);
  CHECK(s.warning(a) == "Waiting for context streams: motor");
  s.log("motor", 5);
  auto out = s.batch(200, 300, {{"bank1", {1}}});
  CHECK(s.value(*out.of(a), "counts") == 1);
  CHECK(s.state(a) == state::active);
}

TEST_CASE("M-41, M-42: gates are independent, and the warning names what is missing and nothing else") {
  plain_service s;
  auto one = s.add("gated", "bank1");
  auto both = s.add("gated", "bank2");
  s.batch(100, 200);
  CHECK(s.warning(both) == "Waiting for context streams: carriage, motor");
  s.log("motor", 5);
  s.batch(200, 300);
  CHECK(s.state(one) == state::active);
  CHECK(s.state(both) == state::pending_context);
  CHECK(s.warning(both) == "Waiting for context streams: carriage");
}

TEST_CASE("M-43: values of different batches open a gate together, and both are told") {
  plain_service s;
  auto a = s.add("gated", "bank2");
  s.log("motor", 5);
  s.batch(100, 200, {{"bank2", {1}}});
  s.log("carriage", 7);
  auto out = s.batch(200, 300, {{"bank2", {1}}});
  REQUIRE(out.results() == 1);
  CHECK(s.value(*out.of(a), "motor") == 5);
  CHECK(s.value(*out.of(a), "carriage") == 7);
}

TEST_CASE("M-44: a value from before the job opens its gate with the first batch") {
  plain_service s;
  s.remember("motor", 3);
  auto a = s.add("gated", "bank1");
  auto out = s.batch(100, 200, {{"bank1", {1}}});
  CHECK(s.state(a) == state::active);
  CHECK(s.value(*out.of(a), "motor") == 3);
}

TEST_CASE("M-45: a job that waits past its end is removed; if its gate opens in that batch, it works once") {
  plain_service s;
  s.add("gated", "bank1", until(200));
  CHECK(s.batch(100, 200, {{"bank1", {1}}}).replies.empty());
  CHECK(s.table.jobs().empty());
  s.add("gated", "bank1", until(400));
  s.batch(250, 300);
  s.log("motor", 5);
  CHECK(s.batch(300, 400, {{"bank1", {1}}}).results() == 1);
  CHECK(s.table.jobs().empty());
}

TEST_CASE("M-46: a waiting job is in the status, is warned anew after a reset, and can be stopped") {
  plain_service s;
  auto a = s.add("gated", "bank1");
  s.batch(100, 200);
  CHECK(s.table.jobs()[0].heartbeat().state == state::pending_context);
  s.reset(a);
  CHECK(s.warning(a) == "Waiting for context streams: motor");
  s.remember("motor", 3);
  s.reset(a);
  CHECK(s.warning(a).empty());
  CHECK(s.state(a) == state::pending_context);
  CHECK(s.table.remove(a));
}

TEST_CASE("M-47: auxiliary streams do not gate") {
  plain_service s;
  auto a = s.add("paired", "bank0");
  s.batch(100, 200, bank0);
  CHECK(s.state(a) == state::active);
}

TEST_CASE("M-48: what an instrument binds concerns its sources, and not the workflows that do without") {
  plain_service s;
  CHECK(s.table.find(s.add("gated", "bank1"))->needs.gating == std::vector<std::string>{"motor"});
  CHECK(s.table.find(s.add("gated", "bank2"))->needs.gating == std::vector<std::string>{"motor", "carriage"});
  CHECK(s.table.find(s.add("plain", "bank1"))->needs.gating.empty());
}

TEST_CASE("an active job is told new values, and is never gated again, not by a reset either") {
  plain_service s;
  auto a = s.add("gated", "bank1");
  s.log("motor", 5);
  s.batch(100, 200, {{"bank1", {1}}});
  s.reset(a);
  CHECK(s.state(a) == state::active);
  CHECK(s.value(*s.batch(200, 300, {{"bank1", {1}}}).of(a), "motor") == 5);
  s.log("motor", 6);
  auto out = s.batch(300, 400);
  CHECK(out.of(a)->context == step::ok);
  CHECK(out.results() == 0);
  CHECK(s.value(*s.batch(400, 500, {{"bank1", {1}}}).of(a), "motor") == 6);
}

TEST_CASE("a setting that is refused is a warning, harms no data, and leaves the former one in force") {
  plain_service s;
  auto a = s.add("gated", "bank1");
  s.log("motor", 5);
  s.batch(100, 200, {{"bank1", {1}}});
  s.log("motor", -1);
  auto out = s.batch(200, 300, {{"bank1", {1}}});
  REQUIRE(out.results() == 1);
  CHECK(s.value(*out.of(a), "motor") == 5);
  CHECK(s.value(*out.of(a), "counts") == 2);
  CHECK(s.state(a) == state::warning);
  CHECK(s.warning(a) == "Context motor was refused, the former value stays in force: negative");
  s.batch(300, 400, {{"bank1", {1}}});
  CHECK(s.state(a) == state::warning);
  s.log("motor", 7);
  s.batch(400, 500);
  CHECK(s.state(a) == state::active);
}

TEST_CASE("M-49, O-4: a job whose source is remembered begins with that, once; others do not see it") {
  plain_service s;
  auto old = s.add("logger", "motor", {}, 1);
  s.log("motor", 5);
  CHECK(s.batch(100, 200).results() == 1);
  auto fresh = s.add("logger", "motor", {}, 2);
  auto out = s.start_from_memory(fresh, 200);
  REQUIRE(out.results() == 1);
  CHECK_FALSE(out.of(old));
  CHECK(out.of(fresh)->start == timestamp{200});
  CHECK(s.state(fresh) == state::active);
  CHECK(s.start_from_memory(fresh, 200).replies.empty());
  CHECK(s.batch(200, 300).replies.empty());
}

TEST_CASE("M-49: what is remembered does not start a job before its time, nor one that needs none of it") {
  plain_service s;
  s.remember("motor", 5);
  auto later = s.add("logger", "motor", from(500));
  auto other = s.add("plain", "bank0");
  CHECK(s.start_from_memory(later, 200).replies.empty());
  CHECK(s.start_from_memory(other, 200).replies.empty());
  CHECK(s.state(later) == state::scheduled);
  CHECK(s.state(other) == state::scheduled);
}

TEST_CASE("T-1, T-3: a run transition resets with the first batch that ends at or after it, also when it is past") {
  plain_service s;
  auto a = s.add("plain", "bank0");
  s.batch(0, 900, bank0);
  s.table.expect_run_transition({1000});
  CHECK(s.value(*s.batch(900, 999, bank0).of(a), "counts") == 2);
  auto out = s.batch(999, 1000, bank0);
  CHECK(s.value(*out.of(a), "counts") == 1);
  CHECK(out.of(a)->start == timestamp{999});
  s.table.expect_run_transition({5});
  CHECK(s.value(*s.batch(1000, 1100, bank0).of(a), "counts") == 1);
}

TEST_CASE("T-4, T-5, T-8: each transition resets at its time; several that are due reset once") {
  plain_service s;
  auto a = s.add("plain", "bank0");
  s.batch(0, 50, bank0);
  for (auto t : {500, 100, 120})
    s.table.expect_run_transition({t});
  CHECK(s.table.expected_transitions() == std::vector<timestamp>{{100}, {120}, {500}});
  CHECK(s.value(*s.batch(50, 150, bank0).of(a), "counts") == 1);
  CHECK(s.table.expected_transitions() == std::vector<timestamp>{{500}});
  CHECK(s.value(*s.batch(150, 250, bank0).of(a), "counts") == 2);
  CHECK(s.value(*s.batch(450, 550, bank0).of(a), "counts") == 1);
}

TEST_CASE("T-6: jobs with the flag off keep their data") {
  plain_service s;
  auto kept = s.add("stubborn", "bank0");
  auto cleared = s.add("plain", "bank0");
  s.batch(0, 50, bank0);
  s.table.expect_run_transition({60});
  auto out = s.batch(50, 100, bank0);
  CHECK(s.value(*out.of(kept), "counts") == 2);
  CHECK(s.value(*out.of(cleared), "counts") == 1);
}

TEST_CASE("T-7, T-9: transitions are used up without jobs; without any nothing happens; other phases are not touched") {
  plain_service s;
  s.table.expect_run_transition({60});
  s.batch(50, 100);
  CHECK(s.table.expected_transitions().empty());
  auto waiting = s.add("gated", "bank1");
  s.batch(100, 200);
  s.table.expect_run_transition({250});
  batch_data b{{200}, {300}, {}, 0, 0};
  CHECK(s.table.prepare(b, s.latest).resets.empty());
  CHECK(s.state(waiting) == state::pending_context);
}

TEST_CASE("a paused job says so, misses the data, keeps what it has, and goes on when it is resumed") {
  plain_service s;
  auto a = s.add("plain", "bank0");
  s.batch(100, 200, {{"bank0", {1, 1}}});
  s.table.pause(a);
  CHECK(s.state(a) == state::warning);
  CHECK(s.warning(a) == "Paused: takes no data until it is resumed.");
  CHECK(s.batch(200, 300, {{"bank0", {1, 1, 1}}}).replies.empty());
  CHECK(s.table.find(a)->end == timestamp{200});
  s.table.resume(a);
  CHECK(s.state(a) == state::active);
  auto out = s.batch(300, 400, bank0);
  CHECK(s.value(*out.of(a), "counts") == 3);
  CHECK(out.of(a)->start == timestamp{100});
}

TEST_CASE("a paused job stays in its phase, can be reset, and ends when its time has come") {
  plain_service s;
  auto scheduled = s.add("plain", "bank0", {}, 1);
  auto waiting = s.add("gated", "bank1");
  auto ends = s.add("plain", "bank0", until(300), 2);
  s.table.pause(scheduled);
  s.batch(100, 200, bank0);
  s.table.pause(waiting);
  s.table.pause(ends);
  CHECK(s.state(scheduled) == state::scheduled);
  s.reset(ends);
  CHECK(s.state(ends) == state::warning);
  CHECK_FALSE(s.table.find(ends)->start);
  s.log("motor", 5);
  CHECK(s.batch(200, 300, bank0).replies.empty());
  CHECK(s.state(waiting) == state::pending_context);
  CHECK(s.warning(waiting).starts_with("Paused"));
  CHECK_FALSE(s.table.find(ends));
  s.table.resume(waiting);
  s.table.resume(scheduled);
  CHECK(s.batch(300, 400, bank0).of(scheduled));
  CHECK(s.state(waiting) == state::active);
}

TEST_CASE("a job that was paused is told the settings that it missed") {
  plain_service s;
  auto a = s.add("gated", "bank1");
  s.log("motor", 5);
  s.batch(100, 200, {{"bank1", {1}}});
  s.table.pause(a);
  s.log("motor", 8);
  s.batch(200, 300);
  s.table.resume(a);
  CHECK(s.value(*s.batch(300, 400, {{"bank1", {1}}}).of(a), "motor") == 8);
}

TEST_CASE("a new actor in place of one that died is told all settings") {
  plain_service s;
  auto a = s.add("gated", "bank1");
  s.log("motor", 5);
  s.batch(100, 200, {{"bank1", {1}}});
  s.table.lost(a, "it died");
  CHECK(s.batch(200, 300, {{"bank1", {1}}}).replies.empty());
  s.table.returned(a);
  batch_data b{{300}, {400}, {}, 0, 0};
  auto work = s.table.prepare(b, s.latest).work;
  REQUIRE(work.size() == 1);
  REQUIRE(work[0].task.context.size() == 1);
  CHECK(work[0].task.context[0].stream == "motor");
}

} // namespace job_semantics_test
