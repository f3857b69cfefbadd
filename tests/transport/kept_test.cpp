// A whole engine that reads what Kafka has kept, and then ends.
#include "kafka_engine.hpp"

#include <set>
#include <tuple>

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr std::uint64_t pulses = 60;

struct amount {
  std::size_t messages = 0;
  std::uint64_t events = 0;
};

amount send_pulses(kafka_producer& p, const std::string& name, std::uint64_t first, std::uint64_t n) {
  amount out;
  for (auto k = first; k < first + n; ++k) {
    auto messages = pulse_of(name, k);
    out.events += events_in(messages);
    out.messages += messages.size();
    for (const auto& m : messages)
      REQUIRE(p.send(m.topic, m.content, "pulse"));
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
