// A run on a broker, recorded and replayed.
#include "kafka_engine.hpp"
#include "messages/codec/commands.hpp"

#include <set>

namespace recording_test {

using namespace livedata;
using namespace livedata::test;

namespace {

using results = std::map<std::string, std::vector<std::vector<std::byte>>>;

struct stage {
  std::string instrument;
  std::function<void(const raw_message&)> send;
  // Waits until the engine has taken in what was sent. Topics are read each at its own pace.
  std::function<void()> settle;

  void send_pulse(std::uint64_t k) const {
    for (const auto& m : pulse_of(instrument, k))
      send(m);
  }
};

struct scene {
  kafka_engine::options options;
  std::function<void(const stage&)> play;
};

struct recorded_run {
  run_report report;
  // How often a service took another batch length.
  std::size_t length_changes = 0;
  std::size_t jobs_with_results = 0;
};

// Records a run of the scene, and replays it twice: everything must be the same again.
recorded_run check_replays(const scene& what) {
  broker b;
  auto name = b.unique("kafka");
  make_topics(b, name);
  scratch_path file;
  results live;
  run_report report;
  {
    auto o = what.options;
    o.name = name;
    o.record = file.path;
    kafka_engine e(&b, o);
    auto p = b.produce();
    std::size_t sent = 0;
    auto settle = [&] {
      REQUIRE(p->flush(30s) == 0);
      REQUIRE(e.received(sent));
    };
    what.play({name,
               [&](const raw_message& m) {
                 REQUIRE(p->send(m.topic, m.content, "message"));
                 ++sent;
               },
               settle});
    settle();
    report = e.finish();
    live = e.results_by_output();
  }
  REQUIRE(live.size() > 6);
  auto o = what.options;
  o.name = name;
  o.replay = file.path;
  o.hook = {};
  for (int round = 0; round < 2; ++round) {
    kafka_engine e(nullptr, o);
    auto again = e.run_to_end();
    CHECK_FALSE(e.source_failure());
    CHECK(again.messages_received == report.messages_received);
    CHECK(again.messages_dropped == report.messages_dropped);
    CHECK(again.rejected == report.rejected);
    CHECK(again.batches == report.batches);
    CHECK(e.results_by_output() == live);
  }
  auto course = recorded_flow::of(**recording_reader::open(file.path));
  CHECK(course.has_portions());
  std::set<std::string> jobs;
  for (const auto& [output, messages] : live)
    jobs.insert(json::parse(output).at("job_id").dump());
  recorded_run out{report, 0, jobs.size()};
  for (const auto* service : {"detector_data", "monitor_data"})
    out.length_changes += course.lengths(service).size() - 1;
  return out;
}

void pause(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);
}

template <class Command>
raw_message command(const std::string& name, const Command& c) {
  return {name + "_livedata_commands", {}, make_payload(commands::write(c))};
}

} // namespace

TEST_CASE("a recording made of a run and replayed gives the same results, byte by byte") {
  auto run = check_replays({{}, [](const stage& on) {
                              for (std::uint64_t k = 0; k < 70; ++k)
                                on.send_pulse(k);
                              on.send({on.instrument + "_detector", {}, text_payload("no events")});
                            }});
  CHECK(run.report.rejected.size() == 1);
}

TEST_CASE("a replay starts and ends jobs where the run did") {
  auto run = check_replays({{}, [](const stage& on) {
                              const job_id job{"bank1", random_uuid()};
                              start_command start;
                              start.message_id = "start";
                              start.workflow = {on.instrument, "view", 1};
                              start.job = job;
                              for (std::uint64_t k = 0; k < 84; ++k) {
                                on.send_pulse(k);
                                if (k == 20) on.send(command(on.instrument, start));
                                if (k == 40)
                                  on.send(command(on.instrument, job_command{"reset", {}, {}, job_action::reset}));
                                if (k == 60)
                                  on.send(command(on.instrument, job_command{"stop", job, {}, job_action::stop}));
                                if (k % 20 == 0) on.settle();
                              }
                            }});
  CHECK(run.report.rejected.empty());
  CHECK(run.report.jobs.size() == 4);
  // The four of the beginning and the one of the command.
  CHECK(run.jobs_with_results == 5);
}

TEST_CASE("a replay sees time pass as the run did, also where wall time alone brings a window back to the traffic") {
  kafka_engine::options o;
  o.batch = {100'000'000};
  auto run = check_replays({o, [](const stage& on) {
                              for (std::uint64_t k = 0; k < 60; ++k) {
                                on.send_pulse(k);
                                // Leads the window away, so that the traffic is late.
                                if (k == 20 || k == 25) on.send_pulse(k + 4);
                                pause(k == 21 || k == 40 ? 1500ms : std::chrono::milliseconds(k % 7 * 5));
                              }
                            }});
  CHECK(run.report.messages_dropped == 0);
}

TEST_CASE("a replay loses what an overloaded run lost, and takes the batch lengths that it took") {
  kafka_engine::options o;
  o.batch = {100'000'000};
  o.queue_limit = 40;
  // Eight pulses at a time at most, while seventeen come. The source waits some seconds before it drops.
  o.hook = [](const std::string&, int) { pause(700ms); };
  auto run = check_replays({o, [](const stage& on) {
                              for (std::uint64_t k = 0; k < 300; ++k) {
                                on.send_pulse(k);
                                pause(40ms);
                              }
                            }});
  CHECK(run.report.messages_dropped > 0);
  CHECK(run.length_changes > 0);
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

} // namespace recording_test
