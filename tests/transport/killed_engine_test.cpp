// Must hold: an engine that is killed at any moment and started again has, in the end, exactly the totals of an engine
// that was never interrupted.
#include "kafka_engine.hpp"
#include "last_totals.hpp"
#include "program/run_program.hpp"
#include "pulse_sender.hpp"
#include "support/instrument_run.hpp"
#include "transport/kafka/topic_list.hpp"
#include "workflows/instrument/instrument.hpp"

#include <algorithm>
#include <numeric>
#include <random>

namespace killed_engine_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// The last value of an output, by "workflow/source/number".
std::map<std::string, double> last_values(const kafka_engine& e, const std::string& output) {
  std::map<std::string, double> out;
  for (const auto& [key, all] : e.results_by_output()) {
    const auto parts = json::parse(key);
    if (parts["output_name"] != output) continue;
    out[parts["workflow_id"]["name"].get<std::string>() + "/" + parts["job_id"]["source_name"].get<std::string>() +
        "/" + parts["job_id"]["job_number"].get<std::string>()] =
      std::get<std::vector<double>>(da00::read(all.back()).value().data.data.data).at(0);
  }
  return out;
}

start_command start_of_bank(const std::string& name, const std::string& bank, const std::string& number) {
  start_command c;
  c.message_id = number;
  c.workflow = {name, "scripted", 1};
  c.job = {bank, uuid_from_name(number)};
  return c;
}

} // namespace

TEST_CASE("an engine on Kafka that ends at once again and again counts every event exactly once") {
  broker b;
  const auto name = b.unique("resume");
  make_topics(b, name);
  const scratch_folder folder;
  pulse_sender s(b, name);
  kafka_engine::options o{.name = name};
  SUBCASE("snapshots in a folder") {
    o.snapshots = folder.path();
  }
  SUBCASE("snapshots in a topic") {
    o.snapshot_topic = name + "_snapshots";
    b.make_topic(*o.snapshot_topic, 1, {{"cleanup.policy", "compact"}});
  }
  std::map<std::string, double> counts;
  std::string metrics;
  std::uint64_t processed = 0;
  // The events of bank0 before and after its job is started by a command, and before that is stopped.
  std::uint64_t before_job = 0;
  constexpr int lives = 7;
  for (int life = 0; life < lives; ++life) {
    CAPTURE(life);
    kafka_engine e(&b, o);
    s.pulses(10 + 9 * life);
    if (life == 2) {
      s.pulses(30);
      std::this_thread::sleep_for(500ms);
      s.command(start_of_bank(name, "bank0", "by a command"));
      // It enters before any later data.
      const auto end = std::chrono::steady_clock::now() + 30s;
      while (std::chrono::steady_clock::now() < end &&
             std::ranges::none_of(e.said(), [](const auto& m) { return m.to == channel::responses; }))
        std::this_thread::sleep_for(20ms);
      std::this_thread::sleep_for(300ms);
      before_job = s.events_of("bank0");
    }
    if (life + 1 < lives) {
      // At whatever it is: snapshots come every 50 ms.
      std::this_thread::sleep_for(std::chrono::milliseconds(35 + 83 * life));
      s.pulses(life % 2 == 0 ? 3 : 0);
      continue;
    }
    s.pulses(40);
    // All that the engines before have not had in a snapshot comes again.
    std::this_thread::sleep_for(1500ms);
    const auto report = e.finish();
    CHECK(report.messages_dropped == 0);
    processed = report.events_processed;
    metrics = e.metrics();
    counts = last_values(e, "counts");
    // Started once.
    CHECK(report.jobs.size() == 5);
    for (const auto& j : report.jobs)
      CHECK(j.text == "");
  }
  CHECK(metric(metrics, "livedata_resumed_events") > 0);
  CHECK(metric(metrics, "livedata_resumed_events") + processed == s.events());
  CHECK(metric(metrics, "livedata_resumed_messages_missing_total") == 0);
  CHECK(metric(metrics, "livedata_resumed_messages_lost_total") == 0);
  const auto of_config = [&](const std::string& bank) {
    return counts.at("scripted/" + bank + "/" + to_string(uuid_from_name(name + "/scripted/1 " + bank)));
  };
  CHECK(of_config("bank1") == static_cast<double>(s.events_of("bank1")));
  CHECK(of_config("bank2") == static_cast<double>(s.events_of("bank2")));
  // What was in its batch already when the job came is not its.
  const auto by_command = counts.at("scripted/bank0/" + to_string(uuid_from_name("by a command")));
  CHECK(by_command >= static_cast<double>(s.events_of("bank0") - before_job));
  CHECK(by_command < static_cast<double>(s.events_of("bank0")));
}

TEST_CASE("an engine that ends in order goes on where it was, and a job that was stopped is not started again") {
  broker b;
  const auto name = b.unique("resume");
  make_topics(b, name);
  const scratch_folder folder;
  pulse_sender s(b, name);
  const kafka_engine::options o{.name = name, .snapshots = folder.path()};
  {
    kafka_engine e(&b, o);
    s.pulses(50);
    std::this_thread::sleep_for(300ms);
    s.command(
      job_command{"stop", job_id{"bank2", uuid_from_name(name + "/scripted/1 bank2")}, std::nullopt, job_action::stop});
    REQUIRE(e.received(s.messages()));
    (void)e.finish();
  }
  s.pulses(30);
  kafka_engine e(&b, o);
  s.pulses(30);
  std::this_thread::sleep_for(1500ms);
  const auto report = e.finish();
  CHECK(report.jobs.size() == 3);
  const auto counts = last_values(e, "counts");
  CHECK(counts.at("scripted/bank1/" + to_string(uuid_from_name(name + "/scripted/1 bank1"))) ==
        static_cast<double>(s.events_of("bank1")));
}

TEST_CASE("what has come while an engine was away waits on the broker, however much more it is than the queue holds") {
  broker b;
  const auto name = b.unique("resume");
  make_topics(b, name);
  const scratch_folder folder;
  pulse_sender s(b, name);
  const kafka_engine::options o{.name = name,
                                .hook = [](const std::string&, int) { std::this_thread::sleep_for(20ms); },
                                .queue_limit = 20,
                                .snapshots = folder.path()};
  {
    kafka_engine e(&b, o);
    s.pulses(30);
    REQUIRE(e.received(s.messages()));
    (void)e.finish();
  }
  // A minute and a half.
  s.pulses(1260);
  const auto before = s.messages();
  kafka_engine e(&b, o);
  REQUIRE(e.received(before - 4 * 30));
  // What waited for its batch came again, too.
  std::this_thread::sleep_for(1500ms);
  const auto report = e.finish();
  CHECK(report.messages_dropped == 0);
  const auto counts = last_values(e, "counts");
  for (const auto* bank : {"bank1", "bank2"})
    CHECK(counts.at(fmt::format("scripted/{}/{}", bank, to_string(uuid_from_name(name + "/scripted/1 " + bank)))) ==
          static_cast<double>(s.events_of(bank)));
}

TEST_CASE("two engines do not keep their snapshots in one place") {
  broker b;
  const auto name = b.unique("resume");
  make_topics(b, name);
  const scratch_folder folder;
  const kafka_engine::options o{.name = name, .snapshots = folder.path()};
  const kafka_engine first(&b, o);
  CHECK_THROWS_WITH_AS(kafka_engine(&b, o), doctest::Contains("another process"), std::runtime_error);
}

TEST_CASE("of two engines with one topic for their snapshots the later keeps them, and the other runs on without") {
  broker b;
  if (b.mock() != nullptr) return; // the mock cluster does not end the one before
  const auto name = b.unique("resume");
  make_topics(b, name);
  const kafka_engine::options o{.name = name, .snapshot_topic = name + "_snapshots"};
  const auto reaches = [](const kafka_engine& e, const std::string& what, std::uint64_t n) {
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (std::chrono::steady_clock::now() < end && metric(e.metrics(), what) < n)
      std::this_thread::sleep_for(20ms);
    return metric(e.metrics(), what) >= n;
  };
  kafka_engine first(&b, o);
  CHECK(reaches(first, "livedata_snapshots_total", 4));
  kafka_engine second(&b, o);
  CHECK(reaches(first, "livedata_snapshot_failures_total", 4));
  const auto written = metric(first.metrics(), "livedata_snapshots_total");
  CHECK(reaches(second, "livedata_snapshots_total", 6));
  CHECK(metric(second.metrics(), "livedata_snapshot_failures_total") == 0);
  CHECK(metric(first.metrics(), "livedata_snapshots_total") == written);
  CHECK(first.source_is_running());
}

TEST_CASE("the program, killed again and again, ends with the totals of one that was never interrupted") {
  broker b;
  if (b.mock() == nullptr) return; // its topics have the name of the instrument, which other tests may use
  const scratch_folder folder;
  const auto file = modest_dummy(folder);
  const auto inst = std::make_shared<const instrument>(load_instrument(file).value());
  make_topics(b, *inst);
  std::string place = "--snapshots=" + (folder.path() / "snapshots").string();
  std::uint64_t pulses = 14 * 30;
  std::size_t least_kills = 5;
  SUBCASE("snapshots in a folder") {}
  SUBCASE("snapshots in a topic") {
    b.make_topic("dummy_snapshots");
    place = "--snapshots.topic=dummy_snapshots";
    pulses = 14 * 15;
    least_kills = 2;
  }
  const auto [sent, expected] = undisturbed(inst, pulses);
  REQUIRE(expected.size() >= 4);

  const std::vector<std::string> args{"--instrument=" + file,
                                      "--dev",
                                      "--services=detector_data,monitor_data",
                                      "--source=kafka",
                                      "--bootstrap-servers=" + b.servers(),
                                      "--job-set=default",
                                      "--display=none",
                                      place,
                                      "--snapshots.interval=200ms"};
  auto producer = b.produce();
  std::mt19937 random(5);
  std::size_t next = 0;
  std::optional<program> life;
  life.emplace(args, folder.path());
  REQUIRE(life->logs("Service started"));
  std::size_t kills = 0;
  const auto send = [&, &sent = sent](std::size_t n) { send_pulses(*producer, sent, next, n); };
  while (next < sent.size()) {
    send(20 + random() % 50);
    if (next >= sent.size()) break;
    // Also while it starts.
    const auto starting = kills % 3 == 2;
    if (!starting) (void)life->logs("Service started");
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 400));
    life->signal(SIGKILL);
    CHECK(life->wait().exit_code == -SIGKILL);
    ++kills;
    // While it is away.
    send(random() % 10);
    life.emplace(args, folder.path());
  }
  CHECK(kills >= least_kills);
  REQUIRE(life->logs("Service started"));
  std::this_thread::sleep_for(2s);
  life->signal(SIGTERM);
  const auto ended = life->wait();
  CAPTURE(ended.err);
  CHECK(ended.exit_code == 0);
  check_totals(last_totals(b, "dummy_livedata_data"), expected);
}

} // namespace killed_engine_test
