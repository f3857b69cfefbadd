// A whole engine between a broker's topics.
#include "kafka_engine.hpp"
#include "messages/codec/commands.hpp"
#include "messages/codec/x5f2.hpp"

namespace engine_test {

using namespace livedata;
using namespace livedata::test;

TEST_CASE("events come in from Kafka, and results go out to the topic of the instrument, all of them") {
  broker b;
  auto name = b.unique("kafka");
  make_topics(b, name);
  auto reader = b.consume({name + "_livedata_data"});
  kafka_engine e(&b, {name});
  auto p = b.produce();
  std::size_t sent = 0;
  std::uint64_t events = 0;
  for (std::uint64_t k = 0; k < 42; ++k) {
    auto messages = pulse_of(name, k);
    events += events_in(messages);
    for (const auto& m : messages) {
      REQUIRE(p->send(m.topic, m.content, "pulse"));
      ++sent;
    }
  }
  REQUIRE(p->flush(30s) == 0);
  REQUIRE(e.received(sent));
  auto report = e.finish();
  CHECK(report.messages_received == sent);
  CHECK(report.events_received == events);
  CHECK(report.messages_dropped == 0);
  CHECK(report.rejected.empty());
  CHECK(report.results_failed == 0);
  auto results = e.results();
  CHECK(results.size() > 10);
  auto got = take(*reader, results.size());
  REQUIRE(got.size() == results.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CHECK(std::ranges::equal(got[i].content->bytes(), results[i]));
    CHECK_FALSE(envelope_of(*got[i].content)->key);
    CHECK(envelope_of(*got[i].content)->headers.empty());
  }
}

TEST_CASE("a batch of 1.25 million events in one message of 10 MB is counted to the last") {
  broker b;
  auto name = b.unique("kafka");
  make_topics(b, name);
  kafka_engine e(&b, {name, {request("scripted", "bank0")}});
  auto p = b.produce();
  std::vector<std::int32_t> pixels(1'250'000);
  std::vector<std::int32_t> times(pixels.size());
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = static_cast<std::int32_t>(1 + i % 1000);
    times[i] = static_cast<std::int32_t>(i % 71'000'000);
  }
  auto m = bank_message(0, first_pulse, times, pixels);
  CHECK(m.content->bytes().size() > 10'000'000);
  REQUIRE(p->send(name + "_detector", m.content, "large"));
  REQUIRE(p->flush(30s) == 0);
  REQUIRE(e.received(1));
  auto report = e.finish();
  CHECK(report.events_received == 1'250'000);
  CHECK(report.events_processed == 1'250'000);
}

TEST_CASE("a broker that crashes under load is waited for: no job is lost, and all that was sent is processed") {
  broker b;
  auto name = b.unique("kafka");
  make_topics(b, name);
  // Twenty seconds on the real broker, as long as it takes to be noticed on the other.
  auto away = b.mock() == nullptr ? 20s : 5s;
  kafka_engine e(&b, {name});
  auto p = b.produce({"message.timeout.ms=120000"});
  std::size_t sent = 0;
  std::uint64_t events = 0;
  std::uint64_t k = 0;
  auto send_pulses = [&](int n) {
    for (int i = 0; i < n; ++i) {
      auto messages = pulse_of(name, k++);
      events += events_in(messages);
      for (const auto& m : messages) {
        REQUIRE(p->send(m.topic, m.content, "pulse"));
        ++sent;
      }
    }
  };
  send_pulses(60);
  REQUIRE(p->flush(60s) == 0);
  REQUIRE(e.received(sent));
  b.kill();
  auto back = std::chrono::steady_clock::now() + away;
  while (std::chrono::steady_clock::now() < back) {
    send_pulses(1);
    std::this_thread::sleep_for(70ms);
  }
  CHECK(e.source_is_running());
  b.start_again();
  send_pulses(60);
  CHECK(p->flush(90s) == 0);
  CHECK(p->totals().delivered == sent);
  REQUIRE(e.received(sent, 90s));
  auto report = e.finish();
  CHECK(e.source_failure() == std::nullopt);
  CHECK(report.messages_received == sent);
  CHECK(report.events_received == events);
  CHECK(report.messages_dropped == 0);
  CHECK(report.results_failed == 0);
  REQUIRE(report.jobs.size() == 4);
  for (const auto& j : report.jobs)
    CHECK(j.state == job_state::active);
  CHECK(e.producer().totals().failed.empty());
  CHECK(e.producer().totals().delivered == e.results().size());
}

TEST_CASE("a refusal of access while it runs ends the engine in order, and its last words say why") {
  broker b;
  if (b.mock() == nullptr) return; // errors can be ordered from the mock cluster only
  auto name = b.unique("kafka");
  make_topics(b, name);
  kafka_engine e(&b, {.name = name, .status = true});
  auto p = b.produce();
  std::size_t sent = 0;
  for (std::uint64_t k = 0; k < 20; ++k)
    for (const auto& m : pulse_of(name, k)) {
      REQUIRE(p->send(m.topic, m.content, "pulse"));
      ++sent;
    }
  REQUIRE(p->flush(30s) == 0);
  REQUIRE(e.received(sent));
  constexpr std::int16_t fetch_request = 1;
  const std::vector<rd_kafka_resp_err_t> refusals(20, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  rd_kafka_mock_push_request_errors_array(b.mock(), fetch_request, refusals.size(), refusals.data());
  auto report = e.run_to_end();
  REQUIRE(e.source_failure());
  CHECK(e.source_failure()->find("refuses to go on") != std::string::npos);
  CHECK(report.messages_received == sent);
  CHECK_FALSE(e.results().empty());
  std::map<std::string, service_heartbeat> last;
  std::size_t stopped_jobs = 0;
  for (const auto& m : e.said()) {
    if (m.to != channel::heartbeat) continue;
    auto h = x5f2::heartbeat_of(x5f2::read(m.content->bytes()).value()).value();
    if (const auto* service = std::get_if<service_heartbeat>(&h))
      last[service->service_name] = *service;
    else if (std::get<job_heartbeat>(h).state == job_state::stopped)
      ++stopped_jobs;
  }
  CHECK(stopped_jobs == 4);
  REQUIRE(last.size() == 2);
  for (const auto& [service, h] : last) {
    CAPTURE(service);
    CHECK(h.state == service_state::error);
    CHECK(h.error == e.source_failure());
  }
}

TEST_CASE("a burst of 300 starts through Kafka is answered start by start, each of them once") {
  constexpr std::size_t starts = 300;
  broker b;
  auto name = b.unique("burst");
  make_topics(b, name);
  auto reader = b.consume({name + "_livedata_responses"});
  kafka_engine e(&b, {name, {}});
  auto p = b.produce();
  for (std::size_t i = 0; i < starts; ++i) {
    start_command c;
    c.message_id = std::to_string(i);
    c.workflow = {name, "view", 1};
    c.job = {"bank0", uuid_from_name(c.message_id)};
    REQUIRE(p->send(name + "_livedata_commands", make_payload(commands::write(c)), "start"));
  }
  REQUIRE(p->flush(30s) == 0);
  std::map<std::string, int> answers;
  for (const auto& m : take(*reader, starts)) {
    const auto answer = json::parse(text_of(m));
    CHECK(answer.at("response") == "ACK");
    ++answers[answer.at("message_id").get<std::string>()];
  }
  CHECK(answers.size() == starts);
  CHECK(std::ranges::all_of(answers, [](const auto& a) { return a.second == 1; }));
  CHECK(e.finish().jobs.size() == starts);
}

} // namespace engine_test
