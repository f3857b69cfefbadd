// An engine that reads only what its jobs need, as one of a cluster does: topics come with the jobs that need them, and
// no event is missing for it.
#include "program/run_program.hpp"
#include "pulse_sender.hpp"

namespace needed_topics_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// Before all that is sent.
constexpr timestamp long_ago = first_pulse - duration{100'000'000'000};

std::string topic_of(const std::string& instrument, std::string_view source) {
  return fmt::format("{}_{}", instrument, source);
}

std::function<std::string(std::string_view)> at(const std::string& instrument) {
  return [instrument](std::string_view source) { return topic_of(instrument, source); };
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

double sent(const pulse_sender& out) {
  return static_cast<double>(out.events_of("bank1"));
}

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
  pulse_sender out(b, name, at(name));
  kafka_engine e(&b, selective(name));
  out.pulses(14 * 8);
  CHECK(reads(e, topic_of(name, "bank0")));
  CHECK_FALSE(reads(e, topic_of(name, "bank1")));
  // What is past is known only with the first batch.
  out.pulses_until([&] { return !e.results().empty(); });
  const auto before = sent(out);
  out.command(job_on_bank1(name, "past", long_ago));
  REQUIRE(answered(e, 1));
  CHECK(reads(e, topic_of(name, "bank1")));
  CHECK_FALSE(reads(e, topic_of(name, "bank2")));
  // The past is read before anything comes behind it.
  std::this_thread::sleep_for(500ms);
  out.command(job_on_bank1(name, "now", {}));
  REQUIRE(answered(e, 2));
  out.pulses(14 * 4);
  out.pulses_until([&, all = sent(out)] { return last_total(e, "past") >= all; });
  // What was sent last is on its way.
  std::this_thread::sleep_for(1500ms);
  e.finish();
  CHECK(last_total(e, "past") == sent(out));
  CHECK(last_total(e, "now") == sent(out) - before);
}

TEST_CASE("a topic that no job needs any more is read no more, until one needs it again") {
  broker b;
  const auto name = b.unique("needed");
  make_topics(b, *with_topics(name));
  pulse_sender out(b, name, at(name));
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
    return before == received && received < sent(out) - 1000;
  });
  CHECK(events_received(e, "bank0") > received);
  const auto before = sent(out);
  out.command(job_on_bank1(name, "second", {}));
  REQUIRE(answered(e, 3));
  out.pulses_until([&] { return last_total(e, "second") > 1000; });
  std::this_thread::sleep_for(1500ms);
  e.finish();
  CHECK(last_total(e, "second") == sent(out) - before);
}

TEST_CASE("an engine that goes on reads what the jobs need that commands have started, from where it was") {
  broker b;
  const auto name = b.unique("needed");
  make_topics(b, *with_topics(name));
  pulse_sender out(b, name, at(name));
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
  out.pulses_until([&, all = sent(out)] { return last_total(e, "past") >= all; });
  std::this_thread::sleep_for(1500ms);
  e.finish();
  CHECK(last_total(e, "past") == sent(out));
  CHECK(metric(e.metrics(), "livedata_resumed_messages_lost_total") == 0);
}

} // namespace needed_topics_test
