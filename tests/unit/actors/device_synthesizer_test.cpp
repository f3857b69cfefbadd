#include "actors/preprocess/device_synthesizer.hpp"
#include "actors/preprocess/log_buffer.hpp"
#include "actors/preprocess/preprocessor.hpp"
#include "actors/preprocess/stream_synthesizer.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

namespace device_synthesizer_test {

using namespace livedata;

namespace {

const device axis{"axis", "axis/rbv", "axis/val", "axis/dmov"};
const device without_idle{"axis", "axis/rbv", "axis/val", {}};

stream_message value(const std::string& name, std::int64_t time, double v) {
  return {{stream_kind::log, name}, {time}, log_sample{{time}, v, {}, {}}};
}

// What comes out of one message after another.
struct fed {
  device_synthesizer s;
  loss_log losses;

  explicit fed(std::vector<device> devices) : s(devices) {}

  std::vector<stream_message> operator()(std::vector<stream_message> m) { return s.process(std::move(m), losses); }
};

log_sample sample(const stream_message& m) {
  return std::get<log_sample>(m.content);
}

} // namespace

TEST_CASE("V-1: messages that are no part of a device pass unchanged") {
  fed f({axis});
  stream_message events{{stream_kind::detector_events, "bank"}, {3}, event_chunk{}};
  auto out = f({value("other", 1, 5), events});
  REQUIRE(out.size() == 2);
  CHECK(out[0].stream == stream_id{stream_kind::log, "other"});
  CHECK(sample(out[0]).as_double() == 5);
  CHECK(out[1].stream == events.stream);
}

TEST_CASE("V-2, V-3: nothing until all parts were seen, then one sample with the newest time") {
  fed f({axis});
  CHECK(f({value("axis/rbv", 1, 10), value("axis/val", 2, 20)}).empty());
  auto out = f({value("axis/dmov", 3, 1)});
  REQUIRE(out.size() == 1);
  CHECK(out[0].stream == stream_id{stream_kind::device, "axis"});
  CHECK(out[0].time.ns == 3);
  CHECK(sample(out[0]) == log_sample{{3}, 10.0, 20.0, true});
}

TEST_CASE("V-4: parts are not given on, others are, in their order") {
  fed f({axis});
  auto out = f(
    {value("axis/rbv", 1, 10), value("x", 1, 0), value("axis/val", 2, 20), value("axis/dmov", 3, 0), value("y", 4, 0)});
  REQUIRE(out.size() == 3);
  CHECK(out[0].stream.name == "x");
  CHECK(out[1].stream.name == "axis");
  CHECK(sample(out[1]).idle == false);
  CHECK(out[2].stream.name == "y");
}

TEST_CASE("V-5: an older part changes its value, but not the time") {
  fed f({without_idle});
  f({value("axis/rbv", 5, 1)});
  auto out = f({value("axis/val", 2, 7)});
  REQUIRE(out.size() == 1);
  CHECK(sample(out[0]) == log_sample{{5}, 1.0, 7.0, {}});
  out = f({value("axis/val", 3, 8)});
  CHECK(sample(out[0]) == log_sample{{5}, 1.0, 8.0, {}});
}

TEST_CASE("V-6: without an idle flag in the configuration there is none in the sample") {
  fed f({without_idle});
  auto out = f({value("axis/rbv", 1, 1), value("axis/val", 1, 2)});
  REQUIRE(out.size() == 1);
  CHECK_FALSE(sample(out[0]).idle);
  fed alone({device{"axis", "axis/rbv", {}, "axis/dmov"}});
  out = alone({value("axis/rbv", -5, 1), value("axis/dmov", -7, 2)});
  REQUIRE(out.size() == 1);
  CHECK_FALSE(sample(out[0]).target);
  CHECK(sample(out[0]).idle == true);
  CHECK(out[0].time.ns == -5);
}

TEST_CASE("V-7: from then on every part gives a sample") {
  fed f({axis});
  f({value("axis/rbv", 1, 10), value("axis/val", 2, 20), value("axis/dmov", 3, 1)});
  auto out = f({value("axis/rbv", 4, 11), value("axis/val", 5, 21), value("axis/dmov", 6, 0)});
  REQUIRE(out.size() == 3);
  CHECK(sample(out[2]) == log_sample{{6}, 11.0, 21.0, false});
}

TEST_CASE("V-8: two devices cannot share a part") {
  CHECK_THROWS_WITH_AS(device_synthesizer({axis, device{"other", "other/rbv", "axis/val", {}}}),
                       "substream 'axis/val' configured for both devices 'axis' and 'other'", std::invalid_argument);
  instrument inst;
  inst.devices = {axis, device{"other", "axis/rbv", {}, {}}};
  CHECK_THROWS_AS(stream_synthesizer(inst, "detector_data"), std::invalid_argument);
}

TEST_CASE("V-9: with a log buffer it becomes one series of values, targets and idle flags") {
  fed f({axis});
  log_buffer_options o;
  o.with_target = o.with_idle = true;
  log_buffer buffer("axis", o);
  for (const auto& m : f({value("axis/rbv", 1, 10), value("axis/val", 2, 20), value("axis/dmov", 3, 1),
                          value("axis/rbv", 4, 12), value("axis/val", 3, 30), value("axis/dmov", 6, 0)}))
    buffer.add(sample(m));
  const auto& s = *buffer.get();
  // The update of time 3 came too late for a sample of its own; it shows in that of time 4.
  REQUIRE(s.time.size() == 3);
  CHECK(s.time[2].ns == 6);
  CHECK(s.value[2] == 12);
  CHECK(s.target[2] == 30);
  CHECK(s.idle[2] == 0);
}

TEST_CASE("a part that is no sample is left out and counted") {
  fed f({axis});
  stream_message wrong{{stream_kind::log, "axis/rbv"}, {1}, array_ptr{}};
  CHECK(f({wrong, value("x", 1, 1)}).size() == 1);
  auto losses = f.losses.take();
  REQUIRE(losses.size() == 1);
  CHECK(losses[0].reason == "wrong_content");
  CHECK(losses[0].stream == "axis/rbv");
}

namespace {

constexpr std::int64_t second = 1'000'000'000;

// What jobs see of the device after messages that come one by one, each in a batch of its own, or all in one.
series_ptr seen(const std::vector<stream_message>& messages, bool one_by_one,
                std::vector<message_loss>* losses = nullptr) {
  instrument inst;
  inst.logs = {{"axis/rbv", {}, "mm"}, {"axis/val", {}, "mm"}, {"axis/dmov", {}, {}}};
  inst.devices = {axis};
  stream_synthesizer synthesizer(inst, "detector_data");
  preprocessor p(inst, "detector_data");
  auto feed = [&](std::vector<stream_message> part) {
    auto batch = p.process({{0}, {1}, synthesizer.process(std::move(part), {})});
    if (losses == nullptr) return;
    for (const auto& more : {synthesizer.take_losses(), batch.losses})
      losses->insert(losses->end(), more.begin(), more.end());
  };
  if (!one_by_one) feed(messages);
  for (std::size_t i = 0; one_by_one && i < messages.size(); ++i)
    feed({messages[i]});
  auto context = p.context("axis");
  REQUIRE(context);
  return std::get<series_ptr>(*context);
}

} // namespace

TEST_CASE("same time, new fact: at the end of a move value and idle flag are both new, whichever comes first") {
  const auto rbv = value("axis/rbv", 6 * second, 10);
  const auto dmov = value("axis/dmov", 6 * second, 1);
  for (bool one_by_one : {false, true})
    for (const auto& end : {std::vector{rbv, dmov}, std::vector{dmov, rbv}}) {
      std::vector<stream_message> all{value("axis/rbv", second, 1), value("axis/val", second, 10),
                                      value("axis/dmov", second, 0), value("axis/rbv", 3 * second, 5)};
      all.insert(all.end(), end.begin(), end.end());
      std::vector<message_loss> losses;
      auto s = seen(all, one_by_one, &losses);
      CHECK(s->time.back().ns == 6 * second);
      CHECK(s->value.back() == 10);
      CHECK(s->idle.back() == 1);
      CHECK(s->time.size() == 3);
      CHECK(losses.empty());
    }
}

TEST_CASE("one stamp in the future on the target of a device freezes neither value nor time, and is told of") {
  for (bool one_by_one : {false, true}) {
    std::vector<stream_message> all{value("axis/rbv", second, 1), value("axis/val", second, 1),
                                    value("axis/dmov", second, 1), value("axis/val", 3600 * second, 20)};
    for (int t = 2; t < 8; ++t)
      all.push_back(value("axis/rbv", t * second, 2.0 * t));
    // Sent again.
    all.push_back(value("axis/val", 3600 * second, 20));
    all.push_back(value("axis/rbv", 8 * second, 20));
    std::vector<message_loss> losses;
    auto s = seen(all, one_by_one, &losses);
    REQUIRE(s->time.size() == 8);
    for (std::size_t i = 0; i < 8; ++i)
      CHECK(s->time[i].ns == static_cast<std::int64_t>(i + 1) * second);
    CHECK(s->value.back() == 20);
    CHECK(s->target.back() == 20);
    std::uint64_t told = 0;
    for (const auto& l : losses)
      if (l.reason == "log_far_ahead" && l.stream == "axis/val") told += l.messages;
    CHECK(told == 1);
  }
}

TEST_CASE("a part of a device whose old sample comes late is passed over and counted; the device keeps what is newer") {
  std::vector<message_loss> losses;
  auto s = seen({value("axis/rbv", 5 * second, 1), value("axis/val", 5 * second, 1), value("axis/dmov", 5 * second, 1),
                 value("axis/rbv", 6 * second, 2), value("axis/rbv", 4 * second, 0)},
                true, &losses);
  CHECK(s->value.back() == 2);
  REQUIRE(losses.size() == 1);
  CHECK(losses[0].reason == "log_out_of_order");
  CHECK(losses[0].stream == "axis/rbv");
}

TEST_CASE("a motor at rest whose parts are sent again with old times has the newest of them, as before") {
  fed f({axis});
  f({value("axis/rbv", 500 * second, 3), value("axis/dmov", 500 * second, 1)});
  auto out = f({value("axis/val", 100 * second, 3)});
  REQUIRE(out.size() == 1);
  CHECK(out[0].time.ns == 500 * second);
  CHECK(f.losses.take().empty());
}

} // namespace device_synthesizer_test
