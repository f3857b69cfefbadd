// Commands that come with the data, and the order in which a service says things.
#include "support/service_run.hpp"

#include <doctest/doctest.h>

#include <atomic>

namespace commands_test {

using namespace livedata;
using namespace livedata::test;

TEST_CASE("C-1, C-2, C-3: commands are answered in their order, and take effect before the data that came with them") {
  service_run run;
  run.begin();
  run.send(portion({start("1", "plain", "bank0"), start("2", "plain", "bank1"),
                    job_command{"3", job_id{"bank1", uuid_from_name("0")}, {}, job_action::stop}},
                   events(0, 100)));
  CHECK(run.published() == words{"answer 1", "answer 2", "answer 3", "result bank0"});
  run.send(portion({job_command{"4", {}, {}, job_action::reset}}));
  CHECK(run.published() == words{"answer 4"});
}

TEST_CASE("edge case 34, C-4, C-9: a command that cannot be done is answered with its error, and harms no other") {
  service_run run;
  run.begin();
  auto broken = start("1", "plain", "bank0");
  broken.params["fail_build"] = true;
  run.send(portion({broken, start("2", "plain", "nowhere"), start("3", "plain", "bank1")}, events(0, 100)));
  CHECK(run.published() == words{"answer 1", "answer 2", "answer 3", "result bank1"});
}

TEST_CASE("in a cycle answers go out first, then results in table order, then the values of devices") {
  service_run run;
  for (auto& w : run.inst->workflows)
    if (w.name == "plain") w.device_outputs = {{"counts", "{source_name}_total"}};
  run.begin();
  run.send(portion({start("1", "plain", "bank2"), start("2", "plain", "bank0"), start("3", "stubborn", "bank0", 1)},
                   events(0, 100)));
  CHECK(run.published() == words{"answer 1", "answer 2", "answer 3", "result bank2", "result bank0", "result bank0",
                                 "device bank2_total", "device bank0_total"});
}

TEST_CASE("commands for others draw no answer") {
  service_run run;
  run.begin();
  auto elsewhere = start("1", "plain", "bank0");
  elsewhere.workflow.instrument = "other";
  run.send(
    portion({elsewhere, start("2", "unheard_of", "bank0"), job_command{"3", job_id{"bank0", {}}, {}, job_action::pause},
             job_command{"4", {}, {}, job_action::stop}}));
  CHECK(run.published().empty());
}

TEST_CASE("M-2: the workflow of a job is built once, when it is started") {
  auto spawned = std::make_shared<std::atomic<int>>(0);
  service_run run;
  run.settings.spawn = [spawned](caf::actor_system& system, const job_order& order, std::shared_ptr<job> work) {
    ++*spawned;
    return spawn_job(system, order, std::move(work));
  };
  run.begin();
  run.send(portion({start("1", "gated", "bank1")}, events(0, 100)));
  run.send(portion({}, events(100, 200)));
  run.published();
  CHECK(*spawned == 1);
}

TEST_CASE("O-1: a portion without data publishes no result") {
  service_run run;
  run.begin();
  run.send(portion({start("1", "plain", "bank0")}));
  CHECK(run.published() == words{"answer 1"});
  run.send(portion({}));
  CHECK(run.published().empty());
}

TEST_CASE("T-2, T-4: a run that starts and stops resets jobs when the data reaches its times") {
  model_engine engine(1);
  auto played =
    engine.play({portion({start("1", "plain", "bank0")}, events(0, 100)),
                 portion({run_start{"run", {150}, timestamp{350}}}, events(100, 200)), portion({}, events(200, 300)),
                 portion({}, events(300, 400)), portion({run_stop{"run", {450}}}, events(400, 500))});
  std::vector<std::string> counts;
  for (const auto& lines : played)
    for (const auto& line : lines)
      if (auto at = line.find("counts="); at != std::string::npos) counts.push_back(line.substr(at));
  CHECK(counts ==
        words{"counts=2 0..100", "counts=2 100..200", "counts=4 100..300", "counts=2 300..400", "counts=2 400..500"});
}

TEST_CASE("a run that is told of twice resets once, at its start and at its stop; a new run resets again") {
  model_engine engine(1);
  const run_start told{"run", {150}, timestamp{350}};
  auto played = engine.play({portion({start("1", "plain", "bank0")}, events(0, 100)), portion({told}, events(100, 200)),
                             // Again, after the data has passed its start.
                             portion({told}, events(200, 300)), portion({}, events(300, 400)),
                             // The stop that was announced, and all of it again.
                             portion({run_stop{"run", {350}}, told}, events(400, 500)),
                             // Another start time, then another name.
                             portion({run_start{"run", {550}, {}}}, events(500, 600)),
                             portion({run_start{"next", {550}, {}}}, events(600, 700)), portion({}, events(700, 800))});
  std::vector<std::string> counts;
  for (const auto& lines : played)
    for (const auto& line : lines)
      if (auto at = line.find("counts="); at != std::string::npos) counts.push_back(line.substr(at));
  CHECK(counts == words{"counts=2 0..100", "counts=2 100..200", "counts=4 100..300", "counts=2 300..400",
                        "counts=4 300..500", "counts=2 500..600", "counts=2 600..700", "counts=4 600..800"});
}

TEST_CASE("a run that is stopped before its announced stop resets then, and not in the middle of the next run") {
  model_engine engine(1);
  auto played = engine.play({portion({start("1", "plain", "bank0"), run_start{"a", {0}, timestamp{500}}}),
                             portion({}, events(0, 100)), portion({run_stop{"a", {150}}}, events(100, 200)),
                             portion({run_start{"b", {250}, {}}}, events(200, 300)), portion({}, events(300, 400)),
                             portion({}, events(400, 500)), portion({}, events(500, 600))});
  std::vector<std::string> counts;
  for (const auto& lines : played)
    for (const auto& line : lines)
      if (auto at = line.find("counts="); at != std::string::npos) counts.push_back(line.substr(at));
  CHECK(counts == words{"counts=2 0..100", "counts=2 100..200", "counts=2 200..300", "counts=4 200..400",
                        "counts=6 200..500", "counts=8 200..600"});
}

TEST_CASE("status is published at the start, as often as it is told, and once at the end, statistics with it") {
  service_run run;
  run.settings.heartbeat_interval = std::chrono::milliseconds(5);
  run.settings.status = {
    [](const job_heartbeat& h) { return text_payload(h.job.source_name + " " + std::string(to_string(h.state))); },
    [](const service_heartbeat& h) {
      return text_payload(h.state == service_state::stopped ? "stopped"
                          : h.stream_stats                  ? "running with statistics"
                                                            : "running");
    }};
  run.begin();
  CHECK(run.next().front() == "status running");
  run.send(portion({start("1", "plain", "bank0")}, events(0, 100)));
  run.send(std::make_shared<const stream_statistics>());
  words all;
  auto seen = [&](const std::string& word) { return std::find(all.begin(), all.end(), word) != all.end(); };
  while (!seen("status bank0 active") || !seen("status running with statistics")) {
    auto more = run.next();
    all.insert(all.end(), more.begin(), more.end());
  }
  CHECK(std::count(all.begin(), all.end(), "status running with statistics") == 1);
  auto last = run.finish();
  REQUIRE(last.size() >= 2);
  CHECK(words(last.end() - 2, last.end()) == words{"status bank0 stopped", "status stopped"});
}

TEST_CASE("with a longer interval between results, every batch is taken in and some give results") {
  service_run run;
  run.settings.batch_length = {100};
  run.settings.publish_interval = {300};
  run.begin();
  run.send(portion({start("1", "plain", "bank0")}, events(0, 100)));
  CHECK(run.published() == words{"answer 1", "result bank0"});
  run.send(portion({}, events(100, 200)));
  run.send(portion({}, events(200, 300)));
  CHECK(run.published().empty());
  run.send(portion({}, events(300, 400)));
  CHECK(run.published() == words{"result bank0"});
  // What is held back goes out at the end.
  run.send(portion({}, events(400, 500)));
  CHECK(run.published().empty());
  CHECK(run.finish() == words{"result bank0"});
  CHECK(run.finish().empty());
}

TEST_CASE("O-6: a service that fails by an error of the program says so as its last words") {
  class failing_batcher final : public batcher {
  public:
    std::optional<message_batch> add(std::vector<stream_message> messages, duration /*now*/) override {
      if (!messages.empty()) throw std::runtime_error("no such batch");
      return std::nullopt;
    }

    std::optional<message_batch> flush() override { return std::nullopt; }

    void set_batch_length(duration /*length*/) override {}

    duration batch_length() const override { return {1}; }

    const batcher_tally& tally() const override { return tally_; }

  private:
    batcher_tally tally_;
  };

  service_run run;
  run.settings.make_batcher = [] { return std::make_unique<failing_batcher>(); };
  run.settings.heartbeat_interval = std::chrono::hours(1);
  run.settings.status = status_words();
  run.begin();
  CHECK(run.next() == words{"status running "});
  run.send(portion({start("1", "plain", "bank0")}));
  CHECK(run.published() == words{"answer 1"});
  run.send(portion({}, events(0, 100)));
  CHECK(run.next() == words{"status stopped", "status error no such batch"});
}

TEST_CASE("O-6: a service whose source broke works off what it has, and says why it ends") {
  for (const std::string why : {"", "the broker refuses"}) {
    service_run run;
    run.settings.heartbeat_interval = std::chrono::hours(1);
    run.settings.status = status_words();
    run.begin();
    CHECK(run.next() == words{"status running "});
    run.send(portion({start("1", "plain", "bank0")}));
    CHECK(run.published() == words{"answer 1"});
    run.send(portion({}, events(0, 100)));
    CHECK(run.finish(why) ==
          words{"result bank0", "status stopped", why.empty() ? "status stopped " : "status error " + why});
  }
}

} // namespace commands_test
