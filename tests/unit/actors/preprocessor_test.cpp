#include "actors/preprocess/preprocessor.hpp"
#include "support/events.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace preprocessor_test {

using namespace livedata;

namespace {

instrument an_instrument() {
  instrument i;
  i.name = "small";
  detector d;
  d.name = "bank";
  i.detectors = {d};
  i.monitors.push_back({"monitor", "", 0});
  i.logs = {{"temperature", {}, "K"}, {"axis/rbv", {}, "mm"},      {"axis/val", {}, "mm"},
            {"axis/dmov", {}, {}},    {"chopper/delay", {}, "ns"}, {"chopper/rotation_speed_setpoint", {}, "Hz"}};
  i.devices = {{"axis", "axis/rbv", "axis/val", "axis/dmov"}};
  i.choppers = {"chopper"};
  return i;
}

stream_message events(stream_kind kind, const std::string& name, std::vector<test::event> e, std::int64_t time = 0) {
  return {{kind, name}, {time}, test::make_chunk(e, {time})};
}

stream_message plain(const std::string& name, std::vector<test::event> e) {
  auto m = events(stream_kind::monitor_events, name, std::move(e));
  std::get<event_chunk>(m.content).pixel_id = {};
  return m;
}

stream_message value(const std::string& name, std::int64_t time, double v) {
  return {{stream_kind::log, name}, {time}, log_sample{{time}, v, {}, {}}};
}

stream_message array(stream_kind kind, const std::string& name, std::vector<std::int32_t> v) {
  return {
    {kind, name}, {0}, std::make_shared<const data_array>(data_array{"", make_vector("x", std::move(v), {}), {}, {}})};
}

message_batch batch(std::vector<stream_message> m) {
  return {{100}, {200}, std::move(m)};
}

template <class T>
T get(const batch_data& b, const std::string& name) {
  REQUIRE(b.streams.contains(name));
  REQUIRE(std::holds_alternative<T>(b.streams.at(name)));
  return std::get<T>(b.streams.at(name));
}

std::vector<std::int32_t> ints(const array_ptr& a) {
  return std::get<std::vector<std::int32_t>>(a->data.data);
}

std::uint64_t lost(const batch_data& b, std::string_view stream, std::string_view reason) {
  std::uint64_t n = 0;
  for (const auto& l : b.losses)
    if (l.stream == stream && l.reason == reason) n += l.messages;
  return n;
}

} // namespace

TEST_CASE("E-4: events of a stream are collected in order, message by message, without a copy") {
  preprocessor p(an_instrument(), "detector_data");
  auto first = events(stream_kind::detector_events, "bank", {{1, 1}, {2, 2}}, 5);
  auto address = std::get<event_chunk>(first.content).time_of_arrival.data();
  auto b = p.process(batch({first, events(stream_kind::detector_events, "bank", {}, 6),
                            events(stream_kind::detector_events, "bank", {{3, 3}}, 7)}));
  CHECK(b.start.ns == 100);
  CHECK(b.end.ns == 200);
  CHECK(b.messages == 3);
  CHECK(b.events == 3);
  auto e = get<events_ptr>(b, "bank");
  REQUIRE(e->chunks.size() == 3);
  CHECK(e->chunks[0].time_of_arrival.data() == address);
  CHECK(e->chunks[1].size() == 0);
  CHECK(e->chunks[2].pulse_time.ns == 7);
  // The next batch has its own events only, and the old one keeps its own.
  auto next = p.process(batch({events(stream_kind::detector_events, "bank", {{9, 9}})}));
  CHECK(get<events_ptr>(next, "bank")->events == 1);
  CHECK(e->events == 3);
  CHECK(p.process(batch({})).streams.empty());
}

TEST_CASE("E-4: events with and without pixel ids do not mix on a stream; the first decide, empty ones do not count") {
  preprocessor p(an_instrument(), "monitor_data");
  auto b = p.process(batch({plain("monitor", {}), plain("monitor", {{1, 0}}),
                            events(stream_kind::monitor_events, "monitor", {{2, 4}}), plain("monitor", {{3, 0}})}));
  CHECK(get<events_ptr>(b, "monitor")->events == 2);
  CHECK(lost(b, "monitor", "mixed_pixel_ids") == 1);
  CHECK(b.events == 2);
}

TEST_CASE("E-2: histograms and frames of a batch are added up, and forgotten with it") {
  preprocessor p(an_instrument(), "monitor_data");
  auto b = p.process(batch(
    {array(stream_kind::monitor_counts, "monitor", {1, 2}), array(stream_kind::monitor_counts, "monitor", {10, 20})}));
  CHECK(ints(get<array_ptr>(b, "monitor")) == std::vector<std::int32_t>{11, 22});
  b = p.process(batch({array(stream_kind::monitor_counts, "monitor", {5, 5})}));
  CHECK(ints(get<array_ptr>(b, "monitor")) == std::vector<std::int32_t>{5, 5});
  b = p.process(
    batch({array(stream_kind::monitor_counts, "monitor", {1, 1}), array(stream_kind::monitor_counts, "monitor", {1, 1}),
           array(stream_kind::monitor_counts, "monitor", {7})}));
  CHECK(ints(get<array_ptr>(b, "monitor")) == std::vector<std::int32_t>{2, 2});
  REQUIRE(b.further.at("monitor").size() == 1);
  CHECK(ints(std::get<array_ptr>(b.further.at("monitor").front())) == std::vector<std::int32_t>{7});
  CHECK(b.losses.empty());
}

TEST_CASE("E-3: of requests for regions of interest the latest is kept as a setting, whatever its time") {
  preprocessor p(an_instrument(), "detector_data");
  const std::string name = "bank/0f8fad5b-d9cb-469f-a165-70867728950e/roi_rectangle";
  CHECK_FALSE(p.context(name));
  auto b = p.process(batch(
    {array(stream_kind::roi, name, {1}), array(stream_kind::roi, name, {2}), array(stream_kind::roi, name, {3})}));
  CHECK(ints(get<array_ptr>(b, name)) == std::vector<std::int32_t>{3});
  CHECK(p.process(batch({})).streams.empty());
  REQUIRE(p.context(name));
  CHECK(ints(std::get<array_ptr>(*p.context(name))) == std::vector<std::int32_t>{3});
}

TEST_CASE("of requests for regions of interest the thousand names that were told last are remembered") {
  preprocessor p(an_instrument(), "detector_data");
  auto tell = [&](int n) { p.process(batch({array(stream_kind::roi, "view" + std::to_string(n), {n})})); };
  for (int n = 0; n < 1000; ++n)
    tell(n);
  CHECK(p.context("view0"));
  tell(0); // again
  tell(1000);
  CHECK(p.context("view0"));
  CHECK_FALSE(p.context("view1"));
  CHECK(ints(std::get<array_ptr>(*p.context("view1000"))) == std::vector<std::int32_t>{1000});
  // More than a thousand in one batch are all given to the jobs.
  std::vector<stream_message> many;
  for (int n = 0; n < 1500; ++n)
    many.push_back(array(stream_kind::roi, "other" + std::to_string(n), {n}));
  CHECK(p.process(batch(std::move(many))).streams.size() == 1500);
  CHECK_FALSE(p.context("other499"));
  CHECK(p.context("other500"));
  CHECK_FALSE(p.context("view0"));
  // A name that was forgotten can be told again.
  tell(1);
  CHECK(p.context("view1"));
}

TEST_CASE("a log is given as the whole series that is kept; samples sent again wake nobody") {
  preprocessor p(an_instrument(), "monitor_data");
  auto b = p.process(batch({value("temperature", 1, 4.5), value("temperature", 2, 5.5)}));
  auto s = get<series_ptr>(b, "temperature");
  CHECK(s->value.size() == 2);
  CHECK(s->unit == "K");
  b = p.process(batch({value("temperature", 2, 5.5), value("temperature", 2, 5.5)}));
  CHECK(b.streams.empty());
  CHECK(lost(b, "temperature", "log_duplicate") == 2);
  CHECK(b.losses.front().warning.empty());
  b = p.process(batch({value("temperature", 1, 5.5), value("temperature", 2, 0), value("temperature", 3, 6)}));
  CHECK(lost(b, "temperature", "log_out_of_order") == 1);
  CHECK(lost(b, "temperature", "log_conflict") == 1);
  CHECK(get<series_ptr>(b, "temperature")->value.size() == 3);
  CHECK(s->value.size() == 2);
  CHECK(std::get<series_ptr>(*p.context("temperature"))->value.size() == 3);
  // The last value that was told of a time is the one that holds.
  CHECK(std::get<series_ptr>(*p.context("temperature"))->value[1] == 0);
}

TEST_CASE("one stamp in the future silences a log for no time, is counted and told of") {
  preprocessor p(an_instrument(), "timeseries");
  constexpr std::int64_t second = 1'000'000'000;
  std::uint64_t wrong = 0;
  std::string text;
  for (std::int64_t t : {0, 1, 2, 3602, 3, 4, 5, 6, 7}) {
    auto b = p.process(batch({value("temperature", t * second, static_cast<double>(t))}));
    CHECK(get<series_ptr>(b, "temperature")->value.back() == static_cast<double>(t));
    wrong += lost(b, "temperature", "log_far_ahead");
    for (const auto& l : b.losses)
      text += l.warning;
  }
  CHECK(wrong == 1);
  CHECK(text.find("too far ahead") != std::string::npos);
  CHECK(std::get<series_ptr>(*p.context("temperature"))->time.size() == 8);
}

TEST_CASE(
  "O-2, O-3: what is remembered is there once it came, the same each time it is read, and no part of later batches") {
  preprocessor p(an_instrument(), "detector_data");
  CHECK_FALSE(p.context("temperature"));
  CHECK_FALSE(p.context("unheard"));
  auto b = p.process(batch({value("temperature", 1, 4.5), events(stream_kind::detector_events, "bank", {{1, 1}})}));
  CHECK(b.streams.size() == 2);
  // Events are for once.
  CHECK_FALSE(p.context("bank"));
  for (int i = 0; i < 2; ++i) {
    CHECK(p.process(batch({})).streams.empty());
    auto s = std::get<series_ptr>(*p.context("temperature"));
    REQUIRE(s->value.size() == 1);
    CHECK(s->value[0] == 4.5);
  }
}

TEST_CASE("a device has the unit of its value, and needs what is configured for it") {
  preprocessor p(an_instrument(), "detector_data");
  stream_message complete{{stream_kind::device, "axis"}, {1}, log_sample{{1}, 2.0, 3.0, true}};
  stream_message without{{stream_kind::device, "axis"}, {2}, log_sample{{2}, 2.0, 3.0, {}}};
  auto b = p.process(batch({complete, without}));
  auto s = get<series_ptr>(b, "axis");
  CHECK(s->unit == "mm");
  CHECK(s->target[0] == 3.0);
  CHECK(s->idle[0] == 1);
  CHECK(s->value.size() == 1);
  CHECK(lost(b, "axis", "no_idle") == 1);
}

TEST_CASE("E-7: the time series service keeps 10000 samples of logs and devices, the others a million") {
  auto kept = [](const char* service) {
    preprocessor p(an_instrument(), service);
    std::vector<stream_message> m;
    for (int i = 0; i < 10'500; ++i) {
      m.push_back(value("temperature", i, i));
      m.push_back({{stream_kind::device, "axis"}, {i}, log_sample{{i}, 2.0, 3.0, true}});
    }
    auto b = p.process(batch(std::move(m)));
    CHECK(get<series_ptr>(b, "axis")->time.size() == get<series_ptr>(b, "temperature")->time.size());
    return get<series_ptr>(b, "temperature")->time.size();
  };
  CHECK(kept("timeseries") == 10'000);
  CHECK(kept("data_reduction") == 10'500);
}

TEST_CASE("each service uses the kinds of streams that are its own, and only what is declared") {
  auto used = [](const char* service, stream_message m) {
    preprocessor p(an_instrument(), service);
    auto name = m.stream.name;
    auto b = p.process(batch({std::move(m)}));
    CHECK(b.streams.contains(name) != (lost(b, name, "not_used") == 1));
    return b.streams.contains(name);
  };
  auto services_of = [&](const stream_message& m) {
    std::string out;
    for (const auto* service : {"detector_data", "monitor_data", "data_reduction", "timeseries"})
      if (used(service, m)) out += service[0] == 'd' ? service[1] == 'e' ? 'd' : 'r' : service[0];
    return out;
  };
  CHECK(services_of(events(stream_kind::detector_events, "bank", {{1, 1}})) == "dmr");
  CHECK(services_of(events(stream_kind::detector_events, "other", {{1, 1}})).empty());
  CHECK(services_of(events(stream_kind::monitor_events, "monitor", {{1, 1}})) == "mr");
  CHECK(services_of(array(stream_kind::monitor_counts, "monitor", {1})) == "mr");
  CHECK(services_of(array(stream_kind::area_detector, "panel", {1})) == "dmr");
  CHECK(services_of(array(stream_kind::roi, "bank/x/roi_polygon", {1})) == "d");
  CHECK(services_of(value("temperature", 1, 1)) == "dmrt");
  CHECK(services_of(value("undeclared", 1, 1)).empty());
  CHECK(services_of(value("chopper_cascade", 1, 1)) == "t");
  CHECK(services_of(value("chopper/delay_setpoint", 1, 1)) == "t");
  CHECK(services_of({{stream_kind::unknown, "x"}, {0}, log_sample{}}).empty());
}

TEST_CASE("what is made of the choppers has the unit of their delay, or none") {
  preprocessor p(an_instrument(), "timeseries");
  auto b = p.process(batch({value("chopper_cascade", 1, 1), value("chopper/delay_setpoint", 1, 1)}));
  CHECK_FALSE(get<series_ptr>(b, "chopper_cascade")->unit);
  CHECK(get<series_ptr>(b, "chopper/delay_setpoint")->unit == "ns");
}

TEST_CASE("a message with the wrong content costs itself only") {
  preprocessor p(an_instrument(), "detector_data");
  auto wrong = value("bank", 1, 1);
  wrong.stream.kind = stream_kind::detector_events;
  stream_message frame{{stream_kind::area_detector, "panel"}, {0}, array_ptr{}};
  stream_message log{{stream_kind::log, "temperature"}, {0}, array_ptr{}};
  stream_message roi{{stream_kind::roi, "r"}, {0}, log_sample{}};
  auto good = events(stream_kind::detector_events, "bank", {{1, 1}});
  auto b = p.process(batch({good, wrong, frame, log, roi, good}));
  CHECK(get<events_ptr>(b, "bank")->events == 2);
  CHECK(b.streams.size() == 1);
  for (const auto* name : {"bank", "panel", "temperature", "r"})
    CHECK(lost(b, name, "wrong_content") == 1);
}

TEST_CASE("histograms beside events of one name in a batch are counted as lost, not silently dropped") {
  preprocessor p(an_instrument(), "monitor_data");
  auto b = p.process(batch({plain("monitor", {{1, 0}}), array(stream_kind::monitor_counts, "monitor", {1}),
                            array(stream_kind::monitor_counts, "monitor", {1})}));
  CHECK(get<events_ptr>(b, "monitor")->events == 1);
  CHECK(lost(b, "monitor", "mixed_kinds") == 2);
  // Also where the histograms came first.
  b = p.process(batch({array(stream_kind::monitor_counts, "monitor", {1}), plain("monitor", {{1, 0}, {2, 0}})}));
  CHECK(get<events_ptr>(b, "monitor")->events == 2);
  CHECK(lost(b, "monitor", "mixed_kinds") == 1);
}

TEST_CASE("a loss that goes on is told of ever more rarely, and counted each time") {
  preprocessor p(an_instrument(), "timeseries");
  int told = 0;
  std::uint64_t counted = 0;
  for (int i = 0; i < 1000; ++i) {
    auto b = p.process(batch({value("undeclared", i, 1)}));
    REQUIRE(b.losses.size() == 1);
    counted += b.losses[0].messages;
    if (!b.losses[0].warning.empty()) ++told;
  }
  CHECK(counted == 1000);
  CHECK(told == 4);
}

} // namespace preprocessor_test
