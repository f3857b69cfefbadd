// What becomes of messages does not depend on whether their batcher, or what is remembered of them, was saved and
// loaded on the way.
#include "actors/batching/batcher.hpp"
#include "actors/preprocess/preprocessor.hpp"
#include "actors/preprocess/stream_synthesizer.hpp"
#include "support/batches.hpp"
#include "support/events.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace saved_batching_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// Pulses of several sources in two lanes, a log, times that jump, a gap: in polls.
std::vector<std::vector<stream_message>> random_polls(std::uint64_t seed) {
  std::mt19937_64 rng(seed);
  std::uniform_real_distribution<double> u(0, 1);
  std::vector<std::vector<stream_message>> polls;
  std::int64_t offset = 0;
  std::vector<stream_message> poll;
  for (int k = 0; k < 14 * 25; ++k) {
    if (k > 150 && k < 150 + static_cast<int>(seed % 40)) continue;
    const auto t = k / 14.0;
    for (const auto* name : {"a", "b"}) {
      auto m = pulse(t + (u(rng) < 0.02 ? 1.5 : 0) - (u(rng) < 0.02 ? 0.7 : 0), name);
      m.position = {static_cast<std::uint32_t>(name[0] - 'a'), offset++};
      poll.push_back(m);
      if (seed % 2 == 0) poll.push_back(m);
    }
    if (k % 5 == 0) {
      auto m = log_message(t + u(rng));
      m.position = {2, offset++};
      poll.push_back(m);
    }
    if (u(rng) < 0.3) polls.push_back(std::exchange(poll, {}));
  }
  return polls;
}

std::string text_of(const message_batch& b) {
  auto text = std::to_string(b.start.ns) + ".." + std::to_string(b.end.ns);
  for (const auto& m : b.messages)
    text += " " + m.stream.name + std::to_string(m.position.lane) + ":" + std::to_string(m.position.offset);
  return text;
}

std::vector<std::string> feed_all(batcher& b, const std::vector<std::vector<stream_message>>& polls, std::size_t from) {
  std::vector<std::string> out;
  for (auto i = from; i < polls.size(); ++i)
    if (auto batch = b.add(polls[i])) out.push_back(text_of(*batch));
  if (auto batch = b.flush()) out.push_back(text_of(*batch));
  return out;
}

// The messages that were held, as they would be read again; lanes have other numbers now.
held_messages read_again(const held_messages& saved) {
  std::vector<std::optional<stream_message>> again;
  for (const auto& h : saved.list()) {
    auto content = h.sample ? stream_content(*h.sample) : stream_content(event_chunk{});
    again.emplace_back(stream_message{h.stream, h.time, std::move(content), {h.position.lane + 10, h.position.offset}});
  }
  return {std::move(again), {{0, 10}, {1, 11}, {2, 12}}};
}

std::vector<std::vector<stream_message>> in_other_lanes(std::vector<std::vector<stream_message>> polls) {
  for (auto& p : polls)
    for (auto& m : p)
      m.position.lane += 10;
  return polls;
}

} // namespace

TEST_CASE("a batcher goes on in the same windows, with the same messages, where it was saved and loaded") {
  for (const std::string kind : {"rate-aware", "simple", "naive"})
    for (auto adaptive : {false, true})
      for (std::uint64_t seed = 1; seed < 12; ++seed) {
        const auto polls = random_polls(seed);
        const auto shifted = in_other_lanes(polls);
        std::mt19937_64 rng(seed);
        for (int n = 0; n < 6; ++n) {
          const auto after = rng() % polls.size();
          CAPTURE(kind);
          CAPTURE(adaptive);
          CAPTURE(seed);
          CAPTURE(after);
          const auto plain = make_batcher(kind, {second}, adaptive);
          const auto loaded = make_batcher(kind, {second}, adaptive);
          for (std::size_t i = 0; i < after; ++i)
            (void)plain->add(shifted[i]);
          if (adaptive)
            for (int i = 0; i < 3; ++i)
              plain->report_batch(5, {5 * second}, {});
          archive saving;
          held_messages held;
          plain->state(saving, held, {});
          const auto bytes = saving.finish();
          CHECK(held.list().size() == plain->content()->messages);
          std::vector<std::optional<stream_message>> again;
          for (const auto& h : held.list()) {
            auto content = h.sample ? stream_content(*h.sample) : stream_content(event_chunk{});
            again.emplace_back(stream_message{h.stream, h.time, std::move(content), h.position});
          }
          held_messages to_load(std::move(again), {{10, 10}, {11, 11}, {12, 12}});
          archive loading(bytes);
          loaded->state(loading, to_load, {});
          loading.finish();
          CHECK(loaded->content() == plain->content());
          CHECK(loaded->batch_length() == plain->batch_length());
          CHECK(feed_all(*loaded, shifted, after) == feed_all(*plain, shifted, after));
        }
      }
}

TEST_CASE("a batcher that is loaded knows its lanes by their present numbers") {
  const auto polls = random_polls(3);
  const auto shifted = in_other_lanes(polls);
  const auto plain = make_batcher("rate-aware", {second});
  const auto before = make_batcher("rate-aware", {second});
  const auto loaded = make_batcher("rate-aware", {second});
  const std::size_t after = polls.size() / 2;
  for (std::size_t i = 0; i < after; ++i) {
    (void)plain->add(shifted[i]);
    (void)before->add(polls[i]);
  }
  archive saving;
  held_messages held;
  before->state(saving, held, {});
  const auto bytes = saving.finish();
  auto again = read_again(held);
  archive loading(bytes);
  loaded->state(loading, again, {});
  loading.finish();
  CHECK(feed_all(*loaded, shifted, after) == feed_all(*plain, shifted, after));
}

TEST_CASE("a batcher is loaded without the messages that cannot be had again") {
  const auto plain = make_batcher("rate-aware", {second});
  for (const auto& p : random_polls(1))
    (void)plain->add(p);
  archive saving;
  held_messages held;
  plain->state(saving, held, {});
  const auto bytes = saving.finish();
  REQUIRE(held.list().size() > 2);
  held_messages nothing_again(std::vector<std::optional<stream_message>>(held.list().size()), {});
  const auto loaded = make_batcher("rate-aware", {second});
  archive loading(bytes);
  loaded->state(loading, nothing_again, {});
  CHECK(loaded->content() == message_count{});
  CHECK_FALSE(loaded->flush().has_value());
}

TEST_CASE("the state of one kind of batcher is refused by another") {
  const auto simple = make_batcher("simple", {second});
  archive saving;
  held_messages held;
  simple->state(saving, held, {});
  const auto bytes = saving.finish();
  const auto other = make_batcher("rate-aware", {second});
  archive loading(bytes);
  CHECK_THROWS_AS(other->state(loading, held, {}), archive_error);
}

namespace {

instrument slow_instrument() {
  instrument i;
  i.name = "small";
  detector d;
  d.name = "bank";
  i.detectors = {d};
  i.monitors.push_back({"monitor", "", 0});
  i.logs = {{"temperature", {}, "K"},   {"axis/rbv", {}, "mm"},      {"axis/val", {}, "mm"},
            {"axis/dmov", {}, {}},      {"chopper/delay", {}, "ns"}, {"chopper/rotation_speed_setpoint", {}, "Hz"},
            {"chopper/phase", {}, "ns"}};
  i.devices = {{"axis", "axis/rbv", "axis/val", "axis/dmov"}};
  i.choppers = {"chopper"};
  return i;
}

stream_message sample(const std::string& name, std::int64_t time, std::variant<std::int64_t, double> v) {
  return {{stream_kind::log, name}, {time}, log_sample{{time}, v, {}, {}}};
}

// Samples in and out of order, with the same times, far ahead; settling choppers; requests; events.
std::vector<stream_message> random_samples(std::mt19937_64& rng, std::int64_t t) {
  std::vector<stream_message> out;
  const auto some = [&](int n) { return static_cast<int>(rng() % static_cast<std::uint64_t>(n)); };
  for (const auto* name :
       {"temperature", "axis/rbv", "axis/val", "axis/dmov", "chopper/delay", "chopper/rotation_speed_setpoint"}) {
    if (some(3) == 0) continue;
    auto time = t + some(1000);
    if (some(15) == 0) time += 20'000'000'000;
    if (some(10) == 0) time -= 50'000;
    if (std::string(name) == "chopper/delay")
      out.push_back(sample(name, time, static_cast<double>(t / 100'000'000 * 5000)));
    else if (some(2) == 0)
      out.push_back(sample(name, time, std::int64_t{some(4)}));
    else
      out.push_back(sample(name, time, some(5) / 2.0));
  }
  if (some(4) == 0)
    out.push_back({{stream_kind::roi, "bank/request"},
                   {t},
                   std::make_shared<const data_array>(data_array{"", make_scalar(double(some(9)), "counts"), {}, {}})});
  out.push_back({{stream_kind::detector_events, "bank"}, {t}, make_chunk(std::vector<event>{{some(100), 1}}, {t})});
  out.push_back({{stream_kind::monitor_events, "monitor"}, {t}, make_chunk(std::vector<event>{{some(100), 1}}, {t})});
  return out;
}

std::string text_of(const stream_value& v) {
  if (const auto* series = std::get_if<series_ptr>(&v)) {
    std::string text = (*series)->unit.value_or("-");
    for (std::size_t i = 0; i < (*series)->time.size(); ++i)
      text += fmt::format(" {}={}", (*series)->time[i].ns, (*series)->value[i]);
    for (auto x : (*series)->whole)
      text += fmt::format(" w{}", x);
    for (auto x : (*series)->target)
      text += fmt::format(" t{}", x);
    for (auto x : (*series)->idle)
      text += fmt::format(" i{}", x);
    return text;
  }
  if (const auto* array = std::get_if<array_ptr>(&v))
    return fmt::format("{}", std::get<std::vector<double>>((*array)->data.data).at(0));
  return fmt::format("{} events", std::get<events_ptr>(v)->events);
}

struct remembering {
  remembering(const instrument& inst, const std::string& service) : synthesizer(inst, service), memory(inst, service) {}

  std::vector<std::string> feed(std::vector<stream_message> messages, std::int64_t t) {
    auto made = synthesizer.process(std::move(messages), {t});
    std::vector<std::string> out;
    for (const auto& m : made)
      out.push_back(m.stream.name + " " + std::to_string(m.time.ns));
    auto batch = memory.process({{t}, {t + 1}, std::move(made)});
    std::map<std::string, stream_value> sorted(batch.streams.begin(), batch.streams.end());
    for (const auto& [name, value] : sorted)
      out.push_back(name + ": " + text_of(value));
    for (const auto* name : {"temperature", "axis", "bank/request", "chopper_cascade", "chopper/delay_setpoint"})
      if (auto latest = memory.context(name)) out.push_back(std::string("latest ") + name + ": " + text_of(*latest));
    return out;
  }

  std::vector<std::byte> save() {
    archive a;
    fields::group(a, "synthesizer", [&](archive& inner) { synthesizer.state(inner); });
    fields::group(a, "memory", [&](archive& inner) { (void)memory.state(inner); });
    return a.finish();
  }

  std::vector<std::string> load(const std::vector<std::byte>& bytes) {
    std::vector<std::string> passed_over;
    archive a(bytes);
    fields::group(a, "synthesizer", [&](archive& inner) { synthesizer.state(inner); });
    fields::group(a, "memory", [&](archive& inner) { passed_over = memory.state(inner); });
    a.finish();
    return passed_over;
  }

  stream_synthesizer synthesizer;
  preprocessor memory;
};

} // namespace

TEST_CASE("logs, devices, choppers and requests go on where they were saved and loaded") {
  const auto inst = slow_instrument();
  for (const std::string service : {"timeseries", "detector_data", "data_reduction"})
    for (std::uint64_t seed = 1; seed < 30; ++seed) {
      CAPTURE(service);
      CAPTURE(seed);
      std::mt19937_64 rng(seed);
      remembering plain(inst, service);
      std::unique_ptr<remembering> loaded;
      const auto after = rng() % 60;
      std::int64_t t = 1'790'000'000'000'000'000;
      for (std::uint64_t i = 0; i < 80; ++i, t += 30'000'000) {
        if (i == after) {
          loaded = std::make_unique<remembering>(inst, service);
          const auto bytes = plain.save();
          CHECK(loaded->load(bytes).empty());
          CHECK(loaded->save() == bytes);
        }
        const auto messages = random_samples(rng, t);
        const auto expected = plain.feed(messages, t);
        if (loaded) CHECK(loaded->feed(messages, t) == expected);
      }
    }
}

TEST_CASE("streams that are kept otherwise now are passed over, and the others are loaded") {
  auto inst = slow_instrument();
  remembering before(inst, "detector_data");
  std::int64_t t = 1'790'000'000'000'000'000;
  (void)before.feed({sample("temperature", t, 4.5), sample("axis/rbv", t, 1.0), sample("axis/val", t, 2.0),
                     sample("axis/dmov", t, std::int64_t{1}), sample("chopper/phase", t, 3.0)},
                    t);
  const auto bytes = before.save();
  inst.devices.front().idle.reset();
  inst.logs.pop_back();
  remembering after(inst, "detector_data");
  const auto passed_over = after.load(bytes);
  CHECK(passed_over.size() == 2);
  REQUIRE(after.memory.context("temperature"));
  CHECK(std::get<series_ptr>(*after.memory.context("temperature"))->value.back() == 4.5);
  CHECK_FALSE(after.memory.context("axis"));
}

} // namespace saved_batching_test
