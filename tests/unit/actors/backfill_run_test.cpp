// A job that takes in the past: where the past ends and the present begins, and that no message is lost or taken twice.
#include "actors/backfill/backfill_run.hpp"
#include "actors/backfill/held_bytes.hpp"
#include "actors/service/commands.hpp"
#include "support/events.hpp"
#include "support/model_workflow.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <random>

namespace backfill_run_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr std::int64_t s = 1'000'000'000;

stream_message event_message(std::int32_t number, std::int64_t time, message_position at,
                             const std::string& stream = "bank0") {
  std::vector<event> one{{0, number}};
  return {{stream_kind::detector_events, stream}, {time}, make_chunk(one, {time}), at};
}

stream_message sample(const std::string& log, std::int64_t time, double value, message_position at) {
  return {{stream_kind::log, log}, {time}, log_sample{{time}, value, {}, {}}, at};
}

message_batch batch_of(std::int64_t start, std::int64_t end, std::vector<stream_message> messages) {
  return {{start}, {end}, std::move(messages)};
}

job_entry entry_of(const std::string& workflow, const std::string& source, job_schedule schedule) {
  auto recipe = model_registry().recipe(model_instrument(), workflow, source, json::object()).value();
  return make_entry({source, uuid_from_name("history")}, *recipe, schedule);
}

job_schedule from(std::int64_t t) {
  return {timestamp{t}, {}};
}

std::vector<std::int32_t> numbers_in(const std::vector<stream_data>& streams) {
  std::vector<std::int32_t> out;
  for (const auto& d : streams)
    if (const auto* events = std::get_if<events_ptr>(&d.value))
      for (const auto& chunk : (*events)->chunks)
        for (std::size_t i = 0; i < chunk.size(); ++i)
          out.push_back(chunk.pixel_id[i]);
  return out;
}

job_reply took(const job_task& task) {
  job_reply r;
  r.push = step::ok;
  r.took_primary = !task.data.primary.empty();
  r.start = task.data.start;
  r.end = task.data.end;
  return r;
}

const context_lookup nothing_remembered = [](const std::string&) { return std::optional<stream_value>{}; };

// Works on all that is there.
std::vector<job_task> work_off(backfill_run& run) {
  std::vector<job_task> out;
  while (auto next = run.next(nothing_remembered)) {
    if (!next->task) continue;
    out.push_back(*next->task);
    run.book(took(*next->task));
  }
  return out;
}

// A service with one stream on two lanes: its messages come a little out of order and are cut into batches of a second,
// some with the wrong one. What a job of the past gets is compared with what the service had.
class random_service {
public:
  explicit random_service(std::uint64_t seed) : rng_(seed) {
    auto n = 40 + below(200);
    std::array<std::int64_t, 2> next{};
    for (std::uint64_t i = 0; i < n; ++i) {
      auto lane = static_cast<std::uint32_t>(below(2));
      auto time = 100 * s + static_cast<std::int64_t>(i) * s / 10 + static_cast<std::int64_t>(below(3)) * s -
                  (below(10) == 0 ? 4 * s : 0);
      if (below(50) == 0) time += 100'000 * s;
      all_.push_back(event_message(static_cast<std::int32_t>(i), time, {lane, next[lane]++}));
    }
  }

  std::uint64_t below(std::uint64_t n) { return rng_() % n; }

  // Whether there was something left to come in.
  bool receive() {
    auto n = std::min<std::size_t>(1 + below(12), all_.size() - received_);
    std::vector<stream_message> portion(all_.begin() + static_cast<std::ptrdiff_t>(received_),
                                        all_.begin() + static_cast<std::ptrdiff_t>(received_ + n));
    received_ += n;
    seen.came(portion);
    held_.insert(held_.end(), portion.begin(), portion.end());
    return n > 0;
  }

  // The next batch: all that belongs to its window or came late, and now and then something that does not.
  message_batch cut_batch() {
    message_batch b{{clock_}, {clock_ + s}, {}};
    std::vector<stream_message> rest;
    for (auto& m : held_)
      (m.time.ns < clock_ + s || below(30) == 0 ? b.messages : rest).push_back(std::move(m));
    held_ = std::move(rest);
    clock_ += s;
    windows.add(b);
    seen.left(b);
    for (const auto& m : b.messages)
      batched.emplace_back(b.start, std::get<event_chunk>(m.content).pixel_id[0]);
    return b;
  }

  // Messages as the transport gives them again, up to the cut: lane by lane in order, in between as it happens.
  std::vector<stream_message> read_again(const lane_offsets& until, std::map<std::uint32_t, std::int64_t>& at) {
    std::vector<stream_message> out;
    for (auto lane : below(2) == 0 ? std::array{0U, 1U} : std::array{1U, 0U})
      for (const auto& m : all_) {
        if (out.size() >= 15) return out;
        auto end = until.find(lane);
        if (m.position.lane != lane || end == until.end() || m.position.offset < at[lane] ||
            m.position.offset >= end->second)
          continue;
        out.push_back(m);
        at[lane] = m.position.offset + 1;
      }
    return out;
  }

  arrivals seen{lane_offsets{{0, 0}, {1, 0}}};
  batch_windows windows{{s}};
  // Start of the batch, number of the message.
  std::vector<std::pair<timestamp, std::int32_t>> batched;

private:
  std::mt19937_64 rng_;
  std::vector<stream_message> all_;
  std::vector<stream_message> held_;
  std::size_t received_ = 0;
  std::int64_t clock_ = 100 * s;
};

} // namespace

TEST_CASE("windows of the past are those that batches had; before the first there are windows of the usual length") {
  batch_windows w({10});
  CHECK(w.empty());
  w.add(batch_window{{100}, {110}});
  w.add(batch_window{{110}, {125}});
  w.add(batch_window{{105}, {115}}); // put back
  w.add(batch_window{{130}, {130}}); // no length
  w.add(batch_window{{140}, {150}});
  CHECK(w.first() == batch_window{{100}, {110}});
  CHECK(w.last() == batch_window{{140}, {150}});
  CHECK(w.of(timestamp{100}) == batch_window{{100}, {110}});
  CHECK(w.of(timestamp{109}) == batch_window{{100}, {110}});
  CHECK(w.of(timestamp{110}) == batch_window{{110}, {125}});
  CHECK(w.of(timestamp{130}) == batch_window{{140}, {150}}); // in a gap
  CHECK(w.of(timestamp{1000}) == batch_window{{140}, {150}});
  CHECK(w.of(timestamp{99}) == batch_window{{90}, {100}});
  CHECK(w.of(timestamp{90}) == batch_window{{90}, {100}});
  CHECK(w.of(timestamp{89}) == batch_window{{80}, {90}});
  CHECK(w.of(timestamp{-5}) == batch_window{{-10}, {0}});
  CHECK(w.from({100}) == batch_window{{100}, {110}});
  CHECK(w.from({101}) == batch_window{{110}, {125}});
  CHECK(w.from({140}) == batch_window{{140}, {150}});
  CHECK_FALSE(w.from({141}));
  CHECK(w.from({95}) == batch_window{{100}, {110}});
  CHECK(w.from({90}) == batch_window{{90}, {100}});
  CHECK(w.from({82}) == batch_window{{90}, {100}});
}

TEST_CASE("windows at either end of the range of time contain their times") {
  constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
  constexpr auto highest = std::numeric_limits<std::int64_t>::max();
  for (auto known : {lowest, lowest + 100, std::int64_t{100}, highest - 20}) {
    CAPTURE(known);
    batch_windows w({10});
    w.add(batch_window{{known}, {known + 10}});
    for (auto t : {lowest, lowest + 1, lowest + 9, lowest + 200, std::int64_t{0}, highest - 21}) {
      if (t > known) continue;
      CAPTURE(t);
      CHECK(w.of(timestamp{t}).start <= timestamp{t});
      CHECK(w.of(timestamp{t}).end > timestamp{t});
      REQUIRE(w.from({t}));
      CHECK(w.from({t})->start >= timestamp{t});
      CHECK(w.from({t})->start <= timestamp{known});
    }
    CHECK(w.of(timestamp{highest}) == w.last());
    CHECK_FALSE(w.from({highest}));
  }
}

TEST_CASE("a job may start at the lowest time there is; then all messages are its past") {
  constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
  auto inst = model_instrument();
  batch_windows windows({s});
  windows.add(batch_window{{100 * s}, {101 * s}});
  backfill_run run(entry_of("plain", "bank0", from(lowest)), *inst, "data_reduction", windows,
                   backfill_cut{{{0, 9}}, {}}, {});
  run.feed({event_message(1, lowest, {0, 0}), event_message(2, -100'000 * s, {0, 1}), event_message(3, 50 * s, {0, 2}),
            event_message(4, 100 * s, {0, 3})});
  run.reading_done();
  std::vector<std::int32_t> got;
  for (const auto& t : work_off(run))
    for (auto number : numbers_in(t.data.primary))
      got.push_back(number);
  CHECK(got == std::vector<std::int32_t>{1, 2, 3, 4});
}

TEST_CASE("the first batch may be a single pulse; a job from its time on has it") {
  batch_windows w({10});
  w.add(batch_of(100, 100, {event_message(0, 100, {0, 0})}));
  CHECK_FALSE(w.empty());
  CHECK(w.of(event_message(0, 100, {0, 0})) == batch_window{{100}, {100}});
  REQUIRE(w.from({100}));
  CHECK(w.from({100})->start == timestamp{100});
  CHECK_FALSE(w.from({101}));
  w.add(batch_of(100, 110, {event_message(1, 105, {0, 1})}));
  CHECK(w.from({100})->start == timestamp{100});
  CHECK(w.of(timestamp{100}) == batch_window{{100}, {110}});
  CHECK(w.of(timestamp{99}) == batch_window{{90}, {100}});
}

TEST_CASE("the oldest windows are forgotten, and then the usual length stands for them") {
  batch_windows w({10}, 2);
  for (int i = 0; i < 5; ++i)
    w.add(batch_window{{i * 20}, {i * 20 + 20}});
  CHECK(w.first() == batch_window{{60}, {80}});
  CHECK(w.of(timestamp{41}) == batch_window{{40}, {50}});
}

TEST_CASE("a message outside of its time belongs to the batch that had it, as long as that is remembered") {
  batch_windows w({10}, 2, 2);
  w.add(
    batch_of(100, 110, {event_message(0, 105, {0, 0}), event_message(1, 99, {0, 1}), event_message(2, 110, {0, 2})}));
  w.add(batch_of(110, 120, {event_message(3, 100, {0, 3}), event_message(4, 115, {0, 4})}));
  CHECK(w.of(event_message(0, 105, {0, 0})) == batch_window{{100}, {110}});
  CHECK(w.of(event_message(2, 110, {0, 2})) == batch_window{{100}, {110}});
  CHECK(w.of(event_message(3, 100, {0, 3})) == batch_window{{110}, {120}});
  CHECK(w.of(event_message(4, 115, {0, 4})) == batch_window{{110}, {120}});
  // Three are outside, two are remembered.
  CHECK(w.of(event_message(1, 99, {0, 1})) == batch_window{{90}, {100}});
}

TEST_CASE("the cut lies behind what the jobs have been given, message by message") {
  arrivals a(lane_offsets{{0, 5}});
  CHECK(a.cut().covers(event_message(0, 0, {0, 4})));
  CHECK_FALSE(a.cut().covers(event_message(0, 0, {0, 5})));
  std::vector<stream_message> came{event_message(1, 10, {0, 5}), event_message(2, 30, {0, 7}),
                                   event_message(3, 10, {3, 0})};
  a.came(came);
  a.left(batch_of(0, 20, {came[0], came[2]}));
  auto cut = a.cut();
  CHECK(cut.covers(came[0]));
  CHECK_FALSE(cut.covers(came[1]));
  CHECK(cut.covers(came[2]));
  CHECK(cut.covers(event_message(9, 10, {0, 6}))); // was dropped on its way, and is there now
  CHECK_FALSE(cut.covers(event_message(9, 10, {0, 8})));
  CHECK_FALSE(cut.covers(event_message(9, 10, {7, 0})));
  CHECK_FALSE(cut.covers(event_message(9, 10, {})));
  // Two streams of one message.
  came = {event_message(1, 10, {0, 8}), event_message(1, 10, {0, 8}, "bank1")};
  a.came(came);
  a.left(batch_of(0, 20, {came[1]}));
  CHECK_FALSE(a.cut().covers(came[0]));
  CHECK(a.cut().covers(came[1]));
}

TEST_CASE("a job of the past gets every message that a job in time has got, exactly once, wherever the cut is") {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    CAPTURE(seed);
    random_service service(seed);
    auto before = 1 + service.below(12);
    for (std::uint64_t i = 0; i < before; ++i) {
      service.receive();
      service.cut_batch();
    }
    service.receive();
    auto start = 98 * s + static_cast<std::int64_t>(service.below(before + 3)) * s / 2;
    auto first = service.windows.from({start});
    if (!first) continue;
    auto inst = model_instrument();
    backfill_run run(entry_of("plain", "bank0", from(start)), *inst, "data_reduction", service.windows,
                     service.seen.cut(), {});
    std::vector<std::int32_t> expected;
    auto past = [&] {
      expected.clear();
      for (const auto& [start_of_batch, number] : service.batched)
        if (start_of_batch >= first->start) expected.push_back(number);
    };
    past();
    std::vector<std::int32_t> got;
    auto take = [&](std::vector<job_task> tasks) {
      for (const auto& t : tasks) {
        CHECK(t.hold);
        CHECK(t.data.start >= first->start);
        auto numbers = numbers_in(t.data.primary);
        got.insert(got.end(), numbers.begin(), numbers.end());
      }
    };
    std::map<std::uint32_t, std::int64_t> at;
    std::size_t rounds = 0;
    while (!run.done()) {
      REQUIRE(++rounds < 2000);
      if (service.below(4) == 0 && service.receive()) {
        auto b = service.cut_batch();
        if (run.is_reading() && service.below(3) == 0) {
          run.move_cut(service.seen.cut());
          past();
        } else {
          preprocessor live(*inst, "data_reduction");
          for (const auto& m : b.messages)
            expected.push_back(std::get<event_chunk>(m.content).pixel_id[0]);
          run.wait_behind(live.process(b));
        }
      }
      if (run.is_reading()) {
        auto portion = service.read_again(run.cut().until, at);
        auto last = portion.empty();
        run.feed(std::move(portion));
        if (last) run.reading_done();
        if (service.below(6) == 0) run.close_oldest();
      }
      if (service.below(2) == 0) take(work_off(run));
    }
    std::ranges::sort(expected);
    std::ranges::sort(got);
    CHECK(got == expected);
    CHECK_FALSE(run.finished());
  }
}

TEST_CASE("windows of the past come one after the other, and the job's times are those of a job in time") {
  auto inst = model_instrument();
  batch_windows windows({s});
  arrivals seen(lane_offsets{{0, 0}});
  std::vector<stream_message> all;
  for (std::int64_t i = 0; i < 50; ++i)
    all.push_back(event_message(static_cast<std::int32_t>(i), 100 * s + i * s / 10, {0, i}));
  seen.came(all);
  for (std::int64_t w = 0; w < 5; ++w) {
    auto b = batch_of((100 + w) * s, (101 + w) * s, {all.begin() + w * 10, all.begin() + (w + 1) * 10});
    windows.add(batch_window{b.start, b.end});
    seen.left(b);
  }
  backfill_run run(entry_of("plain", "bank0", from(101 * s)), *inst, "data_reduction", windows, seen.cut(), {});
  CHECK(run.reached() == timestamp{101 * s});
  run.feed(all);
  // Messages of these may still come, up to three seconds late.
  CHECK(work_off(run).empty());
  run.reading_done();
  auto tasks = work_off(run);
  REQUIRE(tasks.size() == 4);
  for (std::int64_t i = 0; i < 4; ++i)
    CHECK(tasks[static_cast<std::size_t>(i)].data.start == timestamp{(101 + i) * s});
  CHECK(run.done());
  CHECK(run.reached() == timestamp{105 * s});
  REQUIRE(run.record());
  CHECK(run.record()->current == job_record::phase::active);
  CHECK(run.record()->pending);
  CHECK(run.record()->start == timestamp{104 * s}); // as the job answered last
}

TEST_CASE("context from before the start is in force, and a gate opens in the past") {
  auto inst = model_instrument();
  batch_windows windows({s});
  arrivals seen(lane_offsets{{0, 0}});
  std::vector<stream_message> all{sample("motor", 10 * s, 7, {0, 0}), event_message(1, 100 * s, {0, 1}, "bank1"),
                                  event_message(2, 101 * s, {0, 2}, "bank1"), sample("motor", 101 * s, 8, {0, 3})};
  seen.came(all);
  for (std::int64_t w = 0; w < 2; ++w) {
    windows.add(batch_window{{(100 + w) * s}, {(101 + w) * s}});
    seen.left(batch_of((100 + w) * s, (101 + w) * s, all));
  }
  auto entry = entry_of("gated", "bank1", from(100 * s));
  backfill_run run(entry, *inst, "data_reduction", windows, seen.cut(), {});
  run.feed(all);
  run.reading_done();
  auto tasks = work_off(run);
  REQUIRE(tasks.size() == 2);
  REQUIRE(tasks[0].context.size() == 1);
  CHECK(std::get<series_ptr>(tasks[0].context[0].value)->value.back() == 7);
  CHECK(std::get<series_ptr>(tasks[1].context[0].value)->value.back() == 8);
  CHECK(numbers_in(tasks[0].data.primary) == std::vector<std::int32_t>{1});

  // Without it, the job still waits when it is where the others are.
  std::vector<stream_message> events(all.begin() + 1, all.begin() + 3);
  backfill_run waiting(entry, *inst, "data_reduction", windows, seen.cut(), {});
  waiting.feed(events);
  waiting.reading_done();
  CHECK(work_off(waiting).empty());
  CHECK(waiting.done());
  CHECK(waiting.record()->current == job_record::phase::pending_context);
}

TEST_CASE("runs of the experiment reset a job in its past, and its schedule may end there") {
  auto inst = model_instrument();
  batch_windows windows({s});
  arrivals seen(lane_offsets{{0, 0}});
  std::vector<stream_message> all;
  for (std::int64_t i = 0; i < 6; ++i)
    all.push_back(event_message(static_cast<std::int32_t>(i), (100 + i) * s, {0, i}));
  seen.came(all);
  for (std::int64_t w = 0; w < 6; ++w) {
    windows.add(batch_window{{(100 + w) * s}, {(101 + w) * s}});
    seen.left(batch_of((100 + w) * s, (101 + w) * s, all));
  }
  backfill_run run(entry_of("plain", "bank0", {timestamp{101 * s}, timestamp{105 * s}}), *inst, "data_reduction",
                   windows, seen.cut(), {{100 * s}, {103 * s + s / 2}});
  run.feed(all);
  run.reading_done();
  std::vector<std::pair<bool, bool>> steps; // reset, hold
  while (auto next = run.next(nothing_remembered)) {
    REQUIRE(next->task);
    steps.emplace_back(next->reset, next->task->hold);
    run.book(took(*next->task));
  }
  CHECK(steps == std::vector<std::pair<bool, bool>>{{false, true}, {false, true}, {true, true}, {false, false}});
  CHECK(run.finished());
  CHECK_FALSE(run.record());
}

TEST_CASE("a start that is still to come takes nothing of the past") {
  auto inst = model_instrument();
  batch_windows windows({s});
  windows.add(batch_window{{100 * s}, {101 * s}});
  backfill_run run(entry_of("plain", "bank0", from(100 * s + 1)), *inst, "data_reduction", windows,
                   backfill_cut{{{0, 9}}, {}}, {});
  run.feed({event_message(1, 100 * s + 5, {0, 0})});
  run.reading_done();
  CHECK(work_off(run).empty());
  CHECK(run.done());
}

TEST_CASE("batches that a job does not get leave a gap, and behind it comes the context of the gap") {
  auto inst = model_instrument();
  batch_windows windows({s});
  windows.add(batch_window{{100 * s}, {101 * s}});
  preprocessor live(*inst, "data_reduction");
  context_lookup latest = [&](const std::string& stream) { return live.context(stream); };
  for (auto lost : {false, true}) {
    CAPTURE(lost);
    auto batch = [&](std::int64_t second, std::vector<stream_message> messages) {
      return live.process(batch_of(second * s, (second + 1) * s, std::move(messages)));
    };
    auto value = lost ? 8 : 7;
    backfill_run run(entry_of("gated", "bank1", from(100 * s)), *inst, "data_reduction", windows,
                     backfill_cut{{{0, 2}}, {}}, {});
    auto first = sample("motor", 100 * s, 1, {0, 0});
    run.feed({first, event_message(1, 100 * s, {0, 1}, "bank1"), event_message(2, 100 * s, {0, 2}, "bank1")});
    CHECK(run.holds_back());
    auto missed = batch(101, {sample("motor", (101 + value) * s, value, {0, 3}),
                              event_message(3, 101 * s, {0, 4}, "bank1"), event_message(4, 101 * s, {0, 5})});
    if (lost)
      CHECK(run.lose(missed) == 1);
    else
      run.skip();
    CHECK(run.cut_is_fixed());
    CHECK_FALSE(run.holds_back());
    run.feed({event_message(5, 100 * s, {0, 6}, "bank1")});
    CHECK_FALSE(run.holds_back());
    run.wait_behind(batch(102, {event_message(6, 102 * s, {0, 7}, "bank1")}));
    run.reading_done();
    auto past = run.next(latest);
    REQUIRE(past);
    CHECK(numbers_in(past->task->data.primary) == std::vector<std::int32_t>{1});
    run.book(took(*past->task));
    auto behind = run.next(latest);
    REQUIRE(behind);
    CHECK(numbers_in(behind->task->data.primary) == std::vector<std::int32_t>{6});
    REQUIRE(behind->task->context.size() == 1);
    CHECK(std::get<series_ptr>(behind->task->context[0].value)->value.back() == value);
    run.book(took(*behind->task));
    CHECK(run.done());
    CHECK(run.loss().empty() == !lost);
    CHECK(run.record()->missing == run.loss());
    CHECK((run.progress().find("between") != std::string::npos) == lost);
    if (lost) {
      CHECK(run.loss().find(to_string(timestamp{101 * s})) != std::string::npos);
      CHECK(run.loss().find(to_string(timestamp{102 * s})) != std::string::npos);
      CHECK(run.loss().find("(1 events)") != std::string::npos);
    }
  }
}

TEST_CASE("what is held counts once for all its owners, until the last one lets go") {
  held_bytes held;
  auto payload = held.count(make_payload(std::vector<std::byte>(100)), 100);
  auto other = payload;
  CHECK(held.get() == 100);
  payload.reset();
  CHECK(held.get() == 100);
  CHECK(other->bytes().size() == 100);
  other.reset();
  CHECK(held.get() == 0);

  auto batch = std::make_shared<event_batch>();
  std::vector<event> two{{1, 1}, {2, 2}};
  auto chunk = make_chunk(two);
  batch->add(chunk.part(0, 1));
  batch->add(chunk.part(1, 1));
  auto array = std::make_shared<data_array>();
  array->data = make_vector("x", std::vector<double>(5), {});
  array->set_coord("x", make_vector("x", std::vector<std::int32_t>(6), {}));
  std::vector<stream_value> values{held.count(stream_value(events_ptr(batch)))};
  CHECK(held.get() == chunk.owner->bytes().size());
  values.push_back(held.count(stream_value(array_ptr(array))));
  CHECK(held.get() == chunk.owner->bytes().size() + 5 * 8 + 6 * 4);
  CHECK(std::get<events_ptr>(values[0])->events == 2);
  values.push_back(held.count(stream_value(series_ptr{})));
  CHECK(held.get() == chunk.owner->bytes().size() + 5 * 8 + 6 * 4);
  values.clear();
  CHECK(held.get() == 0);
}

} // namespace backfill_run_test
