// An engine that reads only what its jobs need, as one of a cluster does: topics come with the jobs that need them, and
// no event is missing for it.
#include "kafka_engine.hpp"
#include "messages/codec/commands.hpp"
#include "program/run_program.hpp"

namespace needed_topics_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// Before all that is sent.
constexpr timestamp long_ago = first_pulse - duration{100'000'000'000};

std::string topic_of(const std::string& instrument, std::string_view source) {
  return fmt::format("{}_{}", instrument, source);
}

// The small instrument with a topic for each bank.
std::shared_ptr<const instrument> with_topics(const std::string& name) {
  auto inst = std::make_shared<instrument>(*renamed_instrument(name));
  for (auto& d : inst->detectors)
    d.addresses = {{topic_of(name, d.name), d.name}};
  inst->monitors[0].addresses = {{topic_of(name, "monitor1"), "monitor1"}};
  return inst;
}

kafka_engine::options selective(const std::string& name) {
  kafka_engine::options o{name, {request("view", "bank0")}};
  o.inst = with_topics(name);
  o.dev = false;
  o.selective = true;
  return o;
}

// A job on another bank than that of the configuration.
start_command job_on_bank1(const std::string& name, const std::string& number, std::optional<timestamp> start) {
  start_command c;
  c.message_id = number;
  c.workflow = {name, "scripted", 1};
  c.job = {"bank1", uuid_from_name(number)};
  c.schedule.start = start;
  return c;
}

// Sends pulses, and commands, as others would.
class sender {
public:
  sender(const broker& b, std::string name) : name_(std::move(name)), producer_(b.produce()) {}

  void pulses(std::uint64_t n) {
    for (const auto end = next_ + n; next_ < end; ++next_)
      for (const auto& m : pulse_of(name_, next_)) {
        const auto read = ev44::read(m.content->bytes()).value();
        if (read.source_name == "bank1") events_ += static_cast<double>(read.time_of_flight.size());
        REQUIRE(producer_->send(topic_of(name_, read.source_name), m.content, "message"));
      }
    REQUIRE(producer_->flush(30s) == 0);
  }

  template <class Command>
  void command(const Command& c) {
    REQUIRE(producer_->send(name_ + "_livedata_commands", make_payload(commands::write(c)), "command"));
    REQUIRE(producer_->flush(30s) == 0);
  }

  // One after the other, until it happens.
  template <class F>
  void pulses_until(F&& happens) {
    const auto patience = std::chrono::steady_clock::now() + 60s;
    while (!happens()) {
      REQUIRE(std::chrono::steady_clock::now() < patience);
      pulses(1);
      std::this_thread::sleep_for(10ms);
    }
  }

  // Sent of bank1.
  double events() const { return events_; }

private:
  std::string name_;
  std::unique_ptr<kafka_producer> producer_;
  std::uint64_t next_ = 0;
  double events_ = 0;
};

// What the job gave last; 0 if nothing yet.
double last_total(const kafka_engine& e, const std::string& number) {
  double last = 0;
  for (const auto& [key, messages] : e.results_by_output()) {
    const auto j = json::parse(key);
    if (j["job_id"]["job_number"] == to_string(uuid_from_name(number)) && j["output_name"] == "counts")
      std::visit([&](const auto& v) { last = static_cast<double>(v.at(0)); },
                 da00::read(messages.back()).value().data.data.data);
  }
  return last;
}

// Waits until so many commands have been answered.
bool answered(const kafka_engine& e, std::size_t n) {
  const auto end = std::chrono::steady_clock::now() + 60s;
  while (e.said().size() < n && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(10ms);
  return e.said().size() == n;
}

// Events of the bank that were received, but for those that were read again.
double events_received(const kafka_engine& e, const std::string& bank) {
  return static_cast<double>(metric(e.metrics(), "livedata_source_events_total", "stream=\"" + bank + "\""));
}

bool reads(const kafka_engine& e, const std::string& topic) {
  return e.metrics().find("livedata_kafka_consumer_lag_messages{topic=\"" + topic + "\"}") != std::string::npos;
}

} // namespace

TEST_CASE(
  "a topic is read when a job needs it: a job with a start in the past has all of it, another what comes then") {
  broker b;
  const auto name = b.unique("needed");
  make_topics(b, *with_topics(name));
  sender out(b, name);
  kafka_engine e(&b, selective(name));
  out.pulses(14 * 8);
  CHECK(reads(e, topic_of(name, "bank0")));
  CHECK_FALSE(reads(e, topic_of(name, "bank1")));
  // What is past is known only with the first batch.
  out.pulses_until([&] { return !e.results().empty(); });
  const auto before = out.events();
  out.command(job_on_bank1(name, "past", long_ago));
  REQUIRE(answered(e, 1));
  CHECK(reads(e, topic_of(name, "bank1")));
  CHECK_FALSE(reads(e, topic_of(name, "bank2")));
  // The past is read before anything comes behind it.
  std::this_thread::sleep_for(500ms);
  out.command(job_on_bank1(name, "now", {}));
  REQUIRE(answered(e, 2));
  out.pulses(14 * 4);
  out.pulses_until([&, all = out.events()] { return last_total(e, "past") >= all; });
  // What was sent last is on its way.
  std::this_thread::sleep_for(1500ms);
  e.finish();
  CHECK(last_total(e, "past") == out.events());
  CHECK(last_total(e, "now") == out.events() - before);
}

TEST_CASE("a topic that no job needs any more is read no more, until one needs it again") {
  broker b;
  const auto name = b.unique("needed");
  make_topics(b, *with_topics(name));
  sender out(b, name);
  auto o = selective(name);
  o.topic_patience = 100ms;
  kafka_engine e(&b, o);
  out.command(job_on_bank1(name, "first", {}));
  REQUIRE(answered(e, 1));
  out.pulses_until([&] { return last_total(e, "first") > 0; });
  out.command(job_command{"stop", job_id{"bank1", uuid_from_name("first")}, {}, job_action::stop});
  REQUIRE(answered(e, 2));
  double received = -1;
  out.pulses_until([&] {
    const auto before = std::exchange(received, events_received(e, "bank1"));
    return before == received && received < out.events() - 1000;
  });
  CHECK(events_received(e, "bank0") > received);
  const auto before = out.events();
  out.command(job_on_bank1(name, "second", {}));
  REQUIRE(answered(e, 3));
  out.pulses_until([&] { return last_total(e, "second") > 1000; });
  std::this_thread::sleep_for(1500ms);
  e.finish();
  CHECK(last_total(e, "second") == out.events() - before);
}

TEST_CASE("an engine that goes on reads what the jobs need that commands have started, from where it was") {
  broker b;
  const auto name = b.unique("needed");
  make_topics(b, *with_topics(name));
  sender out(b, name);
  const scratch_folder folder;
  auto o = selective(name);
  o.snapshots = folder.path();
  {
    kafka_engine e(&b, o);
    out.pulses_until([&] { return !e.results().empty(); });
    out.command(job_on_bank1(name, "past", long_ago));
    out.pulses_until([&] { return last_total(e, "past") > 1000; });
    // It ends at once, without a last snapshot.
  }
  out.pulses(14 * 3);
  kafka_engine e(&b, o);
  CHECK(reads(e, topic_of(name, "bank1")));
  out.pulses_until([&, all = out.events()] { return last_total(e, "past") >= all; });
  std::this_thread::sleep_for(1500ms);
  e.finish();
  CHECK(last_total(e, "past") == out.events());
  CHECK(metric(e.metrics(), "livedata_resumed_messages_lost_total") == 0);
}

} // namespace needed_topics_test
