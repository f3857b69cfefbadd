#include "actors/batching/rate_aware_batcher.hpp"
#include "support/batches.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <random>

namespace rate_aware_batcher_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr double gates_only = std::numeric_limits<double>::infinity();
const stream_id detector{stream_kind::detector_events, "detector"};
const stream_id the_monitor{stream_kind::monitor_events, "monitor"};

std::vector<stream_message> join(std::vector<stream_message> a, const std::vector<stream_message>& b) {
  a.insert(a.end(), b.begin(), b.end());
  std::ranges::stable_sort(a, {}, &stream_message::time);
  return a;
}

std::vector<stream_message> monitors(double rate, int first, int last, double offset = 0) {
  auto out = pulses(rate, first, last, offset, "monitor");
  for (auto& m : out)
    m.stream.kind = stream_kind::monitor_events;
  return out;
}

// A batcher that knows the rates of its streams, with a window that starts at 0: everything before has been delivered.
// Pulses lie at k / rate.
struct converged {
  rate_aware_batcher b;

  explicit converged(double timeout = gates_only, std::vector<double> monitor_rates = {}, double rate = 14,
                     double offset = 0, duration length = {second})
    : b(length, timeout) {
    auto warm_up = pulses(rate, -60, 0, offset);
    for (auto r : monitor_rates)
      warm_up = join(warm_up, monitors(r, -static_cast<int>(10 * r), 0));
    // Its anchor makes the window start at 0.
    warm_up.push_back(log_message(0));
    b.add(std::move(warm_up));
    CHECK(b.window_start() == seconds_in(0));
  }
};

std::optional<message_batch> add(rate_aware_batcher& b, std::vector<stream_message> m) {
  return b.add(std::move(m));
}

// Plays messages in polls of `tick` seconds of data time (and wall time), as a consumer sees a live stream; `arrival`
// of a message may differ from its time.
struct live_run {
  std::vector<message_batch> batches;
  std::vector<double> when;
  double longest_silence = 0;

  live_run(batcher& b, std::vector<std::pair<double, stream_message>> arrivals, double from, double to,
           double tick = 0.1) {
    std::ranges::stable_sort(arrivals, {}, &std::pair<double, stream_message>::first);
    auto next = arrivals.begin();
    auto last = from;
    for (int i = 1; from + i * tick <= to + 1e-9; ++i) {
      auto now = from + i * tick;
      std::vector<stream_message> poll;
      for (; next != arrivals.end() && next->first < now; ++next)
        poll.push_back(next->second);
      if (auto batch = b.add(std::move(poll), duration::from_seconds(now))) {
        batches.push_back(std::move(*batch));
        when.push_back(now);
        last = now;
      }
      longest_silence = std::max(longest_silence, now - last);
    }
  }
};

std::vector<std::pair<double, stream_message>> on_time(const std::vector<stream_message>& messages) {
  std::vector<std::pair<double, stream_message>> out;
  for (const auto& m : messages)
    out.emplace_back(seconds_of(m.time), m);
  return out;
}

} // namespace

TEST_CASE("R-11: nothing without messages; the first messages are the first batch") {
  rate_aware_batcher b({second});
  CHECK_FALSE(b.add({}));
  CHECK_FALSE(b.add({}));
  auto first = b.add({pulse(0.3), pulse(0.1), log_message(0.2)});
  REQUIRE(first);
  CHECK(first->messages.size() == 3);
  CHECK(first->start == seconds_in(0.1));
  CHECK(first->end == seconds_in(0.3));
}

TEST_CASE("R-12: a window closes with its last pulse, whatever else is missing or doubled") {
  converged whole;
  auto closed = add(whole.b, pulses(14, 0, 14));
  REQUIRE(closed);
  CHECK(closed->messages.size() == 14);
  CHECK(closed->start == seconds_in(0));
  CHECK(closed->end == seconds_in(1));

  converged some;
  CHECK_FALSE(add(some.b, pulses(14, 0, 6)));

  converged gap;
  auto messages = pulses(14, 0, 14);
  messages.erase(messages.begin() + 7);
  CHECK(add(gap.b, messages)->messages.size() == 13);

  converged twice;
  CHECK_FALSE(add(twice.b, {pulse(0), pulse(0)}));
  CHECK(feed(twice.b, pulses(14, 1, 14)).size() == 1);

  converged last;
  messages = pulses(14, 0, 14);
  messages.push_back(messages.back());
  CHECK(add(last.b, messages)->messages.size() == 15);
}

TEST_CASE("R-13: the timeout closes a window that nothing else closes") {
  rate_aware_batcher b({second}, 0.5);
  b.add({log_message(0)});
  CHECK_FALSE(b.add({log_message(0.1), log_message(0.2)}));
  auto closed = b.add({log_message(0.6)});
  REQUIRE(closed);
  CHECK(closed->messages.size() == 3);
}

TEST_CASE("R-14: every stream with a rate holds the window open") {
  converged c(gates_only, {1});
  CHECK_FALSE(add(c.b, pulses(14, 0, 14)));
  auto closed = add(c.b, {monitor_pulse(0)});
  REQUIRE(closed);
  CHECK(closed->messages.size() == 15);
}

TEST_CASE("R-15, R-16: pulses of the next window wait for it, and tell that this one has passed") {
  converged c;
  auto closed = add(c.b, pulses(14, 0, 17));
  CHECK(closed->messages.size() == 14);
  closed = add(c.b, pulses(14, 17, 28));
  REQUIRE(closed);
  CHECK(closed->messages.size() == 14);

  converged without_last;
  auto messages = pulses(14, 0, 13);
  messages.push_back(pulse(1.5));
  CHECK(add(without_last.b, messages)->messages.size() == 13);
}

TEST_CASE("R-17: it does not matter where in the window the pulses lie") {
  for (auto offset : {0.04, 0.49 / 14, 0.50 / 14, 0.51 / 14}) {
    converged c(gates_only, {}, 14, offset - 1.0 / 14);
    auto batches = feed(c.b, pulses(14, 0, 14 * 5, offset - 1.0 / 14));
    REQUIRE(batches.size() >= 4);
    for (std::size_t i = 1; i < batches.size(); ++i)
      CHECK(batches[i].messages.size() == 14);
  }
  converged two(gates_only, {5});
  auto batches = feed(two.b, join(pulses(14, 0, 70), monitors(5, 0, 25, 0.03)));
  REQUIRE(batches.size() >= 4);
  for (std::size_t i = 1; i < batches.size(); ++i) {
    CHECK(count_of(batches[i], "detector") == 14);
    CHECK(count_of(batches[i], "monitor") == 5);
  }
}

TEST_CASE("R-18: jitter moves pulses between windows, but loses none") {
  auto average = [](double sigma) {
    std::mt19937_64 rng(18);
    std::normal_distribution<double> jitter(0, sigma);
    converged c(1.2);
    std::vector<stream_message> messages;
    for (int k = 0; k < 14 * 52; ++k)
      messages.push_back(pulse(k / 14.0 + jitter(rng)));
    auto batches = feed(c.b, messages);
    REQUIRE(batches.size() >= 50);
    batches.resize(50);
    return static_cast<double>(total(batches)) / 50;
  };
  CHECK(std::abs(average(0.010) - 14) < 0.5);
  CHECK(std::abs(average(0.030) - 14) < 1);
  CHECK(std::abs(average(0.5 / 14) - 14) < 1);
  CHECK(average(1.5 / 14) > 0);
}

TEST_CASE("R-19: late messages are delivered with the open window, and counted") {
  converged c;
  auto messages = pulses(14, 0, 14);
  messages.insert(messages.begin(), {pulse(-0.05), pulse(-0.02)});
  CHECK(add(c.b, messages)->messages.size() == 16);
  CHECK(c.b.tally().late == 2);
}

TEST_CASE("R-20: one pulse a second; one that comes between two windows is delivered once") {
  converged c(gates_only, {}, 1);
  auto closed = add(c.b, {pulse(0)});
  REQUIRE(closed);
  CHECK(closed->messages.size() == 1);
  CHECK(add(c.b, {pulse(1), pulse(2)})->messages.size() == 1);

  converged odd(gates_only, {}, 1);
  std::vector<stream_message> messages{log_message(0.55), monitor_pulse(0.57), pulse(0.6)};
  std::size_t got = 0;
  std::size_t logs = 0;
  std::size_t unconverged = 0;
  auto note = [&](const std::optional<message_batch>& b) {
    if (!b) return;
    for (const auto& m : b->messages) {
      got += m.time == seconds_in(0.6);
      logs += m.stream.name == "log" && m.time == seconds_in(0.55);
      unconverged += m.stream.name == "monitor";
    }
  };
  note(add(odd.b, messages));
  for (int k = 2; k < 6; ++k) {
    note(add(odd.b, {}));
    note(add(odd.b, {pulse(k)}));
  }
  CHECK(got == 1);
  CHECK(logs == 1);
  CHECK(unconverged == 1);
}

TEST_CASE("R-21: a gap is jumped over without empty batches") {
  for (int windows : {5, 10}) {
    converged c;
    CHECK(add(c.b, pulses(14, 0, 14)));
    auto closed = add(c.b, pulses(14, 14 * windows, 14 * (windows + 1)));
    REQUIRE(closed);
    CHECK(closed->messages.size() == 14);
    CHECK(closed->start <= closed->messages.front().time);
    CHECK_FALSE(add(c.b, {}));
  }
}

TEST_CASE("R-22, R-23: streams of many rates, polled every 100 ms: nothing is lost, nothing forgotten") {
  for (auto rates : {std::vector<double>{14}, {7}, {1}, {2, 1}, {3, 1}, {7, 1}, {14, 1}, {7, 2}, {14, 7}})
    for (auto sigma : {0.0, 0.002}) {
      converged c(1.2, rates.size() > 1 ? std::vector<double>{rates[1]} : std::vector<double>{}, rates[0], 0.01);
      std::mt19937_64 rng(22);
      std::normal_distribution<double> jitter(0, sigma > 0 ? sigma : 1);
      auto shaken = [&](std::vector<stream_message> m) {
        if (sigma > 0)
          for (auto& x : m)
            x.time = x.time + duration::from_seconds(jitter(rng));
        return m;
      };
      auto all = shaken(pulses(rates[0], 0, static_cast<int>(rates[0] * 33), 0.01));
      if (rates.size() > 1) all = join(all, shaken(monitors(rates[1], 0, static_cast<int>(rates[1] * 33), 0.01)));
      live_run run(c.b, on_time(all), 0, 33);
      REQUIRE(run.batches.size() >= 30);
      CHECK(total(run.batches) + c.b.held() == all.size());
      CHECK(c.b.find(detector) != nullptr);
      if (rates.size() > 1) CHECK(c.b.find(the_monitor) != nullptr);
      if (sigma == 0 && rates.size() == 1)
        for (std::size_t i = 0; i < 30; ++i)
          CHECK(run.batches[i].messages.size() == static_cast<std::size_t>(rates[0]));
    }
}

TEST_CASE("R-24: rates that are not whole, and that change, lose nothing") {
  for (auto rate : {13.98, 14.5}) {
    converged c(1.2, {}, rate);
    auto batches = feed(c.b, pulses(rate, 0, static_cast<int>(rate * 100)));
    CHECK(static_cast<double>(total(batches)) > (rate < 14 ? 0.99 : 0.98) * rate * 100 - rate);
  }
  converged c(1.2);
  auto all = join(pulses(14, 0, 14 * 50), pulses(7, 7 * 50, 7 * 101));
  auto batches = feed(c.b, all);
  CHECK(batches.size() >= 99);
  CHECK(batches.size() <= 101);
  CHECK(batches.back().messages.size() == 7);
}

TEST_CASE("R-25: a window as short as a pulse or two") {
  converged c(gates_only, {}, 14, 0, {second / 10});
  auto closed = add(c.b, {pulse(0)});
  REQUIRE(closed);
  CHECK(closed->messages.size() == 1);
  closed = add(c.b, {pulse(1.0 / 14)});
  if (closed) CHECK(closed->messages.size() <= 1);
}

TEST_CASE("windows of one pulse, at 71 ms as at a fourteenth of a second: each pulse is delivered when it comes") {
  for (std::int64_t ns : {71'000'000LL, 71'428'571LL, 72'000'000LL}) {
    converged c(1.2, {}, 14, 0.01, {ns});
    std::size_t got = 0;
    std::size_t waited = 0;
    for (auto m : pulses(14, 0, 1400, 0.01)) {
      auto now = seconds_of(m.time);
      auto batch = add(c.b, {std::move(m)});
      for (; batch; batch = add(c.b, {})) {
        got += batch->messages.size();
        for (const auto& x : batch->messages)
          waited += now - seconds_of(x.time) > 0.001;
      }
    }
    CHECK(got >= 1398);
    CHECK(waited <= 20);
  }
}

TEST_CASE("windows of one pulse find the rate by themselves, also where they begin exactly with a pulse") {
  for (std::int64_t ns : {71'000'000LL, 71'428'571LL}) {
    rate_aware_batcher b({ns});
    std::size_t with_pulses = 0;
    std::size_t got = 0;
    for (std::int64_t k = 0; k < 140; ++k) {
      auto m = message(stream_kind::detector_events, "detector", timestamp{epoch} + k * pulse_period);
      for (auto batch = b.add({std::move(m)}); batch; batch = b.add({})) {
        with_pulses += !batch->messages.empty();
        got += batch->messages.size();
      }
    }
    CHECK(got >= 138);
    CHECK(with_pulses >= 130);
  }
}

TEST_CASE("R-26: no more than two pulses wait for a later window, and idle polls change nothing") {
  converged c;
  std::size_t most = 0;
  for (const auto& m : pulses(14, 0, 14 * 200)) {
    add(c.b, {m});
    add(c.b, {});
    most = std::max(most, c.b.waiting());
  }
  CHECK(most <= 2);
}

TEST_CASE("R-27, R-28: a new stream gates when its rate is known, and is forgotten after five batches without it") {
  converged c(1.2);
  feed(c.b, join(pulses(14, 0, 14 * 5), monitors(5, 0, 25)));
  REQUIRE(c.b.find(the_monitor));
  CHECK(c.b.find(the_monitor)->on_grid());
  feed(c.b, pulses(14, 14 * 5, 14 * 13));
  CHECK(c.b.find(the_monitor) == nullptr);
  auto batches = feed(c.b, pulses(14, 14 * 13, 14 * 16));
  for (const auto& b : batches)
    CHECK(b.messages.size() == 14);
  add(c.b, {monitor_pulse(16)});
  REQUIRE(c.b.find(the_monitor));
  CHECK_FALSE(c.b.find(the_monitor)->on_grid());
}

TEST_CASE("R-29: a stream below one pulse a window never holds it open, and loses nothing") {
  converged c(1.2);
  auto all = join(pulses(14, 0, 14 * 50), monitors(0.5, 0, 25, 0.3));
  auto batches = feed(c.b, all);
  CHECK(total(batches) + c.b.held() == all.size());
  for (const auto& b : batches)
    CHECK(count_of(b, "detector") == 14);
  CHECK(c.b.find(the_monitor));
}

TEST_CASE("R-30: alone, a slow stream is delivered on arrival") {
  rate_aware_batcher b({second});
  b.add({monitor_pulse(0)});
  for (int k = 1; k < 50; ++k) {
    auto batch = b.add({monitor_pulse(2.0 * k)});
    REQUIRE(batch);
    CHECK(batch->messages.size() == 1);
    CHECK(batch->end == seconds_in(2.0 * k));
    CHECK_FALSE(b.add({}));
  }
}

TEST_CASE("R-31: a stream that a shorter window leaves without a pulse waits for a longer one") {
  converged c(gates_only, {1}, 14, 0, {second});
  c.b.set_batch_length({second * 6 / 10});
  auto batches = feed(c.b, join(pulses(14, 0, 14 * 10), monitors(1, 0, 10)));
  for (std::size_t i = 1; i < batches.size(); ++i) {
    CHECK(count_of(batches[i], "detector") >= 8);
    CHECK(count_of(batches[i], "detector") <= 9);
  }
  REQUIRE(c.b.find(the_monitor));
  CHECK_FALSE(c.b.find(the_monitor)->on_grid());
  c.b.set_batch_length({second});
  feed(c.b, join(pulses(14, 14 * 10, 14 * 13), monitors(1, 10, 13)));
  CHECK(c.b.find(the_monitor)->on_grid());
}

TEST_CASE("R-32: logs go with the window, are never watched, close nothing and hold nothing open") {
  converged c;
  std::vector<stream_message> burst;
  for (int i = 0; i < 100; ++i)
    burst.push_back(log_message(0.5));
  CHECK_FALSE(add(c.b, burst));
  auto closed = add(c.b, pulses(14, 0, 14));
  CHECK(closed->messages.size() == 114);
  CHECK(c.b.find({stream_kind::log, "log"}) == nullptr);
}

TEST_CASE("R-33: where logs ahead of the window go") {
  converged c(gates_only);
  CHECK_FALSE(add(c.b, {log_message(1.3, "near"), log_message(999, "far"), log_message(2.5, "between")}));
  auto closed = add(c.b, pulses(14, 0, 14));
  CHECK(count_of(*closed, "near") == 0);
  CHECK(count_of(*closed, "far") == 1);
  closed = add(c.b, pulses(14, 14, 28));
  CHECK(count_of(*closed, "near") == 1);
  // A jump delivers what waited.
  closed = add(c.b, pulses(14, 140, 154));
  REQUIRE(closed);
  CHECK(count_of(*closed, "between") == 1);
}

TEST_CASE("a log that was read far ahead of the pulses keeps its order, and each sample goes with its window") {
  converged c(gates_only);
  std::vector<stream_message> ahead;
  for (int second = 0; second < 12; ++second)
    ahead.push_back(log_message(second + 0.3));
  CHECK_FALSE(add(c.b, ahead));
  for (int second = 0; second < 12; ++second) {
    CAPTURE(second);
    const auto closed = add(c.b, pulses(14, 14 * second, 14 * (second + 1)));
    REQUIRE(closed);
    std::vector<double> of_log;
    for (const auto& m : closed->messages)
      if (m.stream.kind == stream_kind::log) of_log.push_back(seconds_of(m.time));
    REQUIRE(of_log.size() == 1);
    CHECK(of_log.front() == doctest::Approx(second + 0.3));
  }
}

TEST_CASE("R-34: with slow signals only, data time does not fall behind") {
  rate_aware_batcher b({second});
  b.add({log_message(0)});
  std::vector<stream_message> burst;
  for (int i = 1; i <= 10; ++i)
    burst.push_back(log_message(i));
  auto closed = b.add(burst);
  REQUIRE(closed);
  CHECK(seconds_of(closed->end) >= 9.9);

  for (auto rate : {0.1, 0.2, 0.34, 0.5, 0.7}) {
    rate_aware_batcher slow({second});
    slow.add({monitor_pulse(0)});
    double end = 0;
    double lag = 0;
    auto next = 1;
    for (double now = 2.5; now < 500; now += 2.5) {
      std::vector<stream_message> poll;
      for (; next / rate < now; ++next)
        poll.push_back(monitor_pulse(next / rate));
      if (auto batch = slow.add(std::move(poll))) end = seconds_of(batch->end);
      lag = std::max(lag, now - end);
    }
    CHECK(lag < 2.5 + 1 / rate + 1);
  }
}

TEST_CASE("R-35: a new length holds from the next window on; the last of several counts") {
  auto second_batch = [](std::vector<std::int64_t> lengths) {
    converged c;
    for (auto l : lengths)
      c.b.set_batch_length({l});
    auto batches = feed(c.b, pulses(14, 0, 14 * 6));
    CHECK(batches[0].messages.size() == 14);
    return batches[1].messages.size();
  };
  CHECK(second_batch({2 * second}) == 28);
  CHECK(second_batch({second / 2}) == 7);
  CHECK(second_batch({2 * second, 4 * second, second / 2}) == 7);
  converged c;
  auto origin = c.b.find(detector)->grid()->origin;
  c.b.set_batch_length({2 * second});
  feed(c.b, pulses(14, 0, 14 * 5));
  c.b.set_batch_length({second});
  feed(c.b, pulses(14, 14 * 5, 14 * 10));
  CHECK(c.b.find(detector)->grid()->origin == origin);
  CHECK(c.b.batch_length() == duration{second});

  converged two(gates_only, {5});
  two.b.set_batch_length({2 * second});
  auto batches = feed(two.b, join(pulses(14, 0, 14 * 6), monitors(5, 0, 30)));
  CHECK(count_of(batches[1], "detector") == 28);
  CHECK(count_of(batches[1], "monitor") == 10);
}

TEST_CASE("R-48: timeout factors that cannot work are refused, and so are lengths") {
  CHECK_THROWS_AS(rate_aware_batcher({second}, 5), std::invalid_argument);
  CHECK_THROWS_AS(rate_aware_batcher({second}, 4), std::invalid_argument);
  CHECK_THROWS_AS(rate_aware_batcher({second}, 0), std::invalid_argument);
  CHECK_THROWS_AS(rate_aware_batcher({second}, std::nan("")), std::invalid_argument);
  CHECK_NOTHROW(rate_aware_batcher({second}, 3));
  CHECK_THROWS_AS(rate_aware_batcher({0}), std::invalid_argument);
  CHECK_THROWS_AS(rate_aware_batcher({second}).set_batch_length({-1}), std::invalid_argument);
}

TEST_CASE("what is held comes out at the end of the stream") {
  converged c;
  CHECK_FALSE(add(c.b, {pulse(0), log_message(0.5), log_message(1.3)}));
  auto rest = c.b.flush();
  REQUIRE(rest);
  CHECK(rest->messages.size() == 3);
  CHECK(rest->start == seconds_in(0));
  CHECK(rest->end == seconds_in(1.3));
  CHECK_FALSE(c.b.flush());
}

} // namespace rate_aware_batcher_test
