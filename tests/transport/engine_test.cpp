// A whole engine between a broker's topics.
#include "actors/publisher/kafka_sink.hpp"
#include "app/transport.hpp"
#include "broker.hpp"
#include "support/engine_run.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <map>

using namespace livedata;
using namespace livedata::test;

namespace {

// The small instrument under a name of its own, so that tests do not hear each other.
std::shared_ptr<const instrument> renamed_instrument(const std::string& name) {
  auto inst = std::make_shared<instrument>(*small_instrument());
  inst->name = name;
  return inst;
}

std::vector<job_request> some_jobs() {
  return {request("view", "bank0"), request("scripted", "bank1"), request("scripted", "bank2"),
          request("monitor_histogram", "m1")};
}

class kafka_engine {
public:
  struct options {
    std::string name = "kafka";
    std::vector<job_request> jobs = some_jobs();
    std::optional<std::filesystem::path> record = std::nullopt;
    std::optional<std::filesystem::path> replay = std::nullopt;
  };

  kafka_engine(const broker* b, options o)
    : config_(2), system_(config_), results_(std::make_shared<memory_sink>()), sinks_(std::make_shared<fan_sink>()) {
    settings s;
    s.services = {"detector_data", "monitor_data"};
    s.jobs = o.jobs;
    s.job_set = "none";
    s.dev = true;
    s.record = o.record;
    if (o.replay) {
      s.source.kind = "replay";
      s.source.speed = 0;
      s.replay_file = o.replay;
    } else {
      s.source.kind = "kafka";
      s.publish.kind = "kafka";
      s.kafka.bootstrap_servers = b->servers();
    }
    plan_ = make_plan_for(renamed_instrument(o.name), s, small_registry()).value();
    auto opened = open_transport(s, plan_, [](const std::string&) { return std::optional<std::string>{}; });
    if (!opened) throw std::runtime_error(opened.error().message);
    transport_ = std::move(*opened);
    engine_surroundings around;
    around.clock = std::make_shared<system_wall_clock>();
    connect(around, s, transport_);
    around.tap = [this, before = around.tap](const raw_message& m) {
      if (before) before(m);
      ++received_;
    };
    sinks_->add(results_);
    if (transport_.producer) sinks_->add(std::make_shared<kafka_sink>(system_, transport_.producer, o.name));
    around.sink = sinks_;
    engine_.emplace(system_, s, plan_, around);
    if (auto ok = engine_->start(); !ok) throw std::runtime_error(ok.error().message);
  }

  bool received(std::size_t n, std::chrono::seconds patience = 60s) const {
    auto end = std::chrono::steady_clock::now() + patience;
    while (received_ < n && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(10ms);
    return received_ >= n;
  }

  run_report finish() {
    auto last = engine_->finish();
    if (transport_.record) REQUIRE(transport_.record->finish());
    return last;
  }

  run_report run_to_end() {
    while (!engine_->wait_for_source(60s))
      ;
    return finish();
  }

  // By output, in order; services take turns as they please.
  std::map<std::string, std::vector<std::vector<std::byte>>> results_by_output() const {
    std::map<std::string, std::vector<std::vector<std::byte>>> out;
    for (const auto& bytes : results())
      out[da00::read(bytes).value().source_name].push_back(bytes);
    return out;
  }

  std::vector<std::vector<std::byte>> results() const {
    std::vector<std::vector<std::byte>> out;
    for (const auto& m : results_->messages())
      out.emplace_back(m->bytes().begin(), m->bytes().end());
    return out;
  }

  const std::optional<std::string>& source_failure() const { return engine_->source_failure(); }

  kafka_producer& producer() { return *transport_.producer; }

  bool source_is_running() { return !engine_->wait_for_source(0ms); }

private:
  test_config config_;
  caf::actor_system system_;
  std::shared_ptr<memory_sink> results_;
  std::shared_ptr<fan_sink> sinks_;
  engine_plan plan_;
  transport transport_;
  std::atomic<std::size_t> received_{0};
  std::optional<engine> engine_;
};

// Makes the topics that an engine of that name reads and writes.
void make_topics(broker& b, const std::string& name) {
  for (const auto& t : topics_of_instrument(*renamed_instrument(name)))
    b.make_topic(t.name);
}

// The pulses of the engine tests under another instrument's name.
std::vector<raw_message> pulse_of(const std::string& name, std::uint64_t k, std::uint64_t seed = 1) {
  auto messages = random_pulse(k, first_pulse + static_cast<std::int64_t>(k) * pulse_period, seed);
  for (auto& m : messages)
    m.topic = name + m.topic.substr(std::string("small").size());
  return messages;
}

std::uint64_t events_in(const std::vector<raw_message>& messages) {
  std::uint64_t n = 0;
  for (const auto& m : messages)
    n += ev44::read(m.content->bytes()).value().time_of_flight.size();
  return n;
}

struct scratch_path {
  std::filesystem::path path =
    std::filesystem::temp_directory_path() / ("livedata-" + to_string(random_uuid()) + ".rec");

  ~scratch_path() { std::filesystem::remove(path); }
};

} // namespace

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

TEST_CASE("bad messages among good ones are counted by reason, and all good ones are processed") {
  broker b;
  auto name = b.unique("kafka");
  make_topics(b, name);
  kafka_engine e(&b, {name});
  auto p = b.produce();

  auto good = bank_message(0, first_pulse, {1, 2}, {1, 2});
  auto good_bytes = good.content->bytes();
  std::vector<std::byte> wrong_schema(good_bytes.begin(), good_bytes.end());
  wrong_schema[4] = std::byte{'z'};
  std::vector<std::byte> no_text(good_bytes.begin(), good_bytes.end());
  no_text[5] = std::byte{0xff};
  std::vector<std::byte> ramp(1024);
  for (std::size_t i = 0; i < ramp.size(); ++i)
    ramp[i] = static_cast<std::byte>(i);
  std::vector<std::int64_t> reference{first_pulse.ns};
  std::vector<std::int32_t> index{0};
  std::vector<std::int32_t> three{1, 2, 3};
  std::vector<std::int32_t> two{1, 2};
  const std::vector<std::vector<std::byte>> bad{
    {},
    std::vector<std::byte>(7),
    std::vector<std::byte>(12),
    ramp,
    wrong_schema,
    no_text,
    {good_bytes.begin(), good_bytes.begin() + static_cast<std::ptrdiff_t>(good_bytes.size() / 2)},
    ev44::write("nobody", 0, reference, index, three, three),
    ev44::write("bank0", 0, reference, index, three, two),
  };
  std::size_t sent = 0;
  std::uint64_t events = 0;
  for (std::uint64_t k = 0; k < 42; ++k) {
    auto messages = pulse_of(name, k);
    events += events_in(messages);
    for (const auto& m : messages) {
      REQUIRE(p->send(m.topic, m.content, "pulse"));
      REQUIRE(p->send(m.topic, make_payload(bad[(sent / 2) % bad.size()]), "bad"));
      sent += 2;
    }
  }
  REQUIRE(p->flush(30s) == 0);
  REQUIRE(e.received(sent));
  auto report = e.finish();
  CHECK(report.messages_received == sent / 2);
  CHECK(report.events_received == events);
  std::uint64_t rejected = 0;
  for (const auto& [reason, n] : report.rejected) {
    CAPTURE(reason);
    CHECK(n > 0);
    rejected += n;
  }
  CHECK(rejected == sent / 2);
  for (const auto* reason : {"too_short", "wrong_schema", "invalid_buffer", "unknown_source"}) {
    CAPTURE(reason);
    CHECK(report.rejected.contains(reason));
  }
  CHECK(report.results_failed == 0);
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

// Does not always hold: where batches end depends on the portions in which messages come and, for a live run, on the
// clock. A recording has to keep both before this can be asked for.
TEST_CASE("a recording made of a run and replayed gives the same results, byte by byte" * doctest::skip()) {
  broker b;
  auto name = b.unique("kafka");
  make_topics(b, name);
  scratch_path file;
  std::map<std::string, std::vector<std::vector<std::byte>>> live;
  std::size_t sent = 0;
  {
    kafka_engine e(&b, {name, some_jobs(), file.path});
    auto p = b.produce();
    for (std::uint64_t k = 0; k < 70; ++k)
      for (const auto& m : pulse_of(name, k)) {
        REQUIRE(p->send(m.topic, m.content, "pulse"));
        ++sent;
      }
    REQUIRE(p->send(name + "_detector", text_payload("no events"), "bad"));
    REQUIRE(p->flush(30s) == 0);
    REQUIRE(e.received(sent + 1));
    e.finish();
    live = e.results_by_output();
  }
  REQUIRE(live.size() > 6);
  for (int round = 0; round < 2; ++round) {
    kafka_engine e(nullptr, {name, some_jobs(), std::nullopt, file.path});
    auto report = e.run_to_end();
    CHECK_FALSE(e.source_failure());
    CHECK(report.messages_received == sent);
    CHECK(report.rejected.size() == 1);
    CHECK(e.results_by_output() == live);
  }
}

TEST_CASE("a recording that is cut off is played to the cut, and the end says why") {
  broker b;
  auto name = b.unique("kafka");
  scratch_path file;
  {
    auto writer = recording_writer::create(file.path).value();
    for (std::uint64_t k = 0; k < 30; ++k)
      for (const auto& m : pulse_of(name, k)) {
        envelope around;
        around.time = m.received;
        around.type = envelope::time_type::created;
        REQUIRE(writer->write(m.topic, around, m.content->bytes()));
      }
  }
  std::filesystem::resize_file(file.path, std::filesystem::file_size(file.path) - 100);
  kafka_engine e(nullptr, {name, some_jobs(), std::nullopt, file.path});
  auto report = e.run_to_end();
  CHECK(report.messages_received == 30 * 4 - 1);
  REQUIRE(e.source_failure());
  CHECK(e.source_failure()->find("cut off") != std::string::npos);
}
