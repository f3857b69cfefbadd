// A whole engine that reads what Kafka has kept, and then ends.
#include "kafka_engine.hpp"

#include <functional>
#include <map>
#include <set>
#include <tuple>

namespace kept_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr std::uint64_t pulses = 60;

struct amount {
  std::size_t messages = 0;
  std::uint64_t events = 0;
};

// `stamp`: the time in Kafka of a message of a pulse, where it is not that of now.
using stamping = std::function<timestamp(const std::string& topic, timestamp pulse)>;

amount send_pulses(kafka_producer& p, const std::string& name, std::uint64_t first, std::uint64_t n,
                   const stamping& stamp = {}) {
  amount out;
  for (auto k = first; k < first + n; ++k) {
    auto messages = pulse_of(name, k);
    out.events += events_in(messages);
    out.messages += messages.size();
    for (const auto& m : messages)
      if (stamp) {
        envelope around;
        around.type = envelope::time_type::created;
        around.time = stamp(m.topic, first_pulse + static_cast<std::int64_t>(k) * pulse_period);
        REQUIRE(p.send(m.topic, m.content, around, true, "pulse"));
      } else {
        REQUIRE(p.send(m.topic, m.content, "pulse"));
      }
  }
  REQUIRE(p.flush(30s) == 0);
  return out;
}

std::multiset<std::tuple<std::string, std::string, std::uint64_t>> events_of_jobs(const run_report& report) {
  std::multiset<std::tuple<std::string, std::string, std::uint64_t>> out;
  for (const auto& j : report.jobs)
    out.emplace(j.label->workflow, j.label->source, j.events);
  return out;
}

} // namespace

TEST_CASE("what Kafka has kept is read to its end, dropping nothing, and the engine ends by itself") {
  broker b;
  auto name = b.unique("kept");
  make_topics(b, name);
  auto p = b.produce();
  auto sent = send_pulses(*p, name, 0, pulses);
  // Far more messages than may wait: they are taken as the jobs take them.
  kafka_engine e(&b, {.name = name, .queue_limit = 4, .kept = true});
  auto report = e.run_to_end();
  CHECK(e.source_failure() == std::nullopt);
  CHECK(report.messages_received == sent.messages);
  CHECK(report.events_received == sent.events);
  CHECK(report.messages_dropped == 0);
  CHECK(report.rejected.empty());
  CHECK(e.results().size() > 10);
}

TEST_CASE("what Kafka has kept gives the same results each time, of the events that were counted while they came") {
  broker b;
  auto name = b.unique("kept");
  make_topics(b, name);
  auto p = b.produce();
  kafka_engine live(&b, {name});
  auto sent = send_pulses(*p, name, 0, pulses);
  REQUIRE(live.received(sent.messages));
  auto of_live = live.finish();
  kafka_engine first(&b, {.name = name, .kept = true});
  auto of_first = first.run_to_end();
  kafka_engine again(&b, {.name = name, .kept = true});
  again.run_to_end();
  CHECK(events_of_jobs(of_first).size() == some_jobs().size());
  CHECK(events_of_jobs(of_first) == events_of_jobs(of_live));
  CHECK(of_first.events_processed > 0);
  CHECK(first.results_by_output() == again.results_by_output());
}

TEST_CASE("what Kafka has kept is put in the order of its data where the clocks of those who sent it are apart") {
  std::map<std::string, std::vector<std::vector<std::byte>>> right;
  // The detectors' clock is off by so much.
  for (std::int64_t seconds : {0, -60, 60, 86'400}) {
    broker b;
    // The same name each time, for the same bytes.
    auto name = b.mock() != nullptr ? std::string("clocks") : b.unique("clocks");
    if (b.mock() == nullptr) return; // one topic for each would be too many
    make_topics(b, name);
    auto p = b.produce();
    auto sent = send_pulses(*p, name, 0, pulses, [&](const std::string& topic, timestamp pulse) {
      return topic == name + "_detector" ? pulse + duration{seconds * 1'000'000'000} : pulse;
    });
    kafka_engine e(&b, {.name = name, .kept = true});
    auto report = e.run_to_end();
    CHECK(report.messages_received == sent.messages);
    if (right.empty()) right = e.results_by_output();
    CHECK(right.size() > 3);
    CHECK(e.results_by_output() == right);
  }
}

TEST_CASE("what comes after the start is no part of what Kafka has kept") {
  broker b;
  auto name = b.unique("kept");
  make_topics(b, name);
  auto p = b.produce();
  auto sent = send_pulses(*p, name, 0, pulses);
  std::atomic<bool> more{false};
  kafka_engine::options o{.name = name, .kept = true};
  // Sent while the first events are counted.
  o.hook = [&](const std::string& /*source*/, int /*call*/) {
    if (!more.exchange(true)) send_pulses(*p, name, pulses, 20);
  };
  kafka_engine e(&b, o);
  auto report = e.run_to_end();
  CHECK(more);
  CHECK(report.messages_received == sent.messages);
}

TEST_CASE("topics without messages have nothing kept, and the engine ends at once") {
  broker b;
  auto name = b.unique("kept");
  make_topics(b, name);
  kafka_engine e(&b, {.name = name, .kept = true});
  auto report = e.run_to_end();
  CHECK(e.source_failure() == std::nullopt);
  CHECK(report.messages_received == 0);
}

} // namespace kept_test
