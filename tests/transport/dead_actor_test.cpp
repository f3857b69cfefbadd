// Must hold: with snapshots, a job whose actor dies has in the end what a job has whose actor did not.
#include "program/run_program.hpp"
#include "pulse_sender.hpp"

#include <algorithm>
#include <mutex>
#include <numeric>

namespace dead_actor_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// The actors of jobs, to be killed from outside.
class known_actors {
public:
  job_spawner spawner() {
    return [this](caf::actor_system& system, const job_order& order, std::shared_ptr<job> work) {
      auto actor = spawn_job(system, order, std::move(work));
      const std::scoped_lock lock(mutex_);
      actors_[order.recipe->id().name] = caf::actor_cast<caf::actor_addr>(actor);
      ++spawned_;
      return actor;
    };
  }

  void kill(const std::string& workflow) {
    const std::scoped_lock lock(mutex_);
    if (auto actor = caf::actor_cast<caf::actor>(actors_.at(workflow)))
      caf::anon_send_exit(actor, caf::exit_reason::kill);
  }

  int spawned() const {
    const std::scoped_lock lock(mutex_);
    return spawned_;
  }

private:
  mutable std::mutex mutex_;
  // Weak: whoever holds an actor keeps it.
  std::map<std::string, caf::actor_addr> actors_;
  int spawned_ = 0;
};

// By workflow and output: the last values of cumulative results.
std::map<std::string, std::vector<double>> cumulative(const kafka_engine& e) {
  std::map<std::string, std::vector<double>> out;
  for (const auto& [key, messages] : e.results_by_output()) {
    const auto j = json::parse(key);
    const auto output = j["output_name"].get<std::string>();
    if (output != "counts" && output.find("cumulative") == std::string::npos) continue;
    const auto last = da00::read(messages.back()).value();
    std::visit(
      [&](const auto& v) {
        out[j["workflow_id"]["name"].get<std::string>() + "/" + output].assign(v.begin(), v.end());
      },
      last.data.data.data);
  }
  return out;
}

// What the engines have in the end when some actors of one of them have died.
void check_same(kafka_engine& e, kafka_engine& undisturbed) {
  const auto report = e.finish();
  undisturbed.finish();
  const auto wanted = cumulative(undisturbed);
  const auto has = cumulative(e);
  for (const auto& [output, values] : wanted) {
    CAPTURE(output);
    REQUIRE(has.contains(output));
    CHECK(has.at(output) == values);
  }
  CHECK(has.size() == wanted.size());
  CHECK(std::accumulate(wanted.at("scripted/counts").begin(), wanted.at("scripted/counts").end(), 0.0) > 0);
  CHECK(std::accumulate(wanted.at("view/cumulative").begin(), wanted.at("view/cumulative").end(), 0.0) > 0);
  for (const auto& j : report.jobs)
    CHECK(j.text == "");
}

std::uint64_t batches_of(const kafka_engine& e) {
  return metric(e.metrics(), "livedata_batches_total");
}

// Kills six actors, one after the other, while data flow.
void kill_some(const kafka_engine& e, known_actors& actors, pulse_sender& out) {
  for (int death = 0; death < 6; ++death) {
    CAPTURE(death);
    const auto before = actors.spawned();
    actors.kill(death % 2 == 0 ? "view" : "scripted");
    out.pulses_until([&, at = batches_of(e) + 3] { return actors.spawned() > before && batches_of(e) >= at; });
  }
  // Until all have caught up, and what was sent last has come.
  out.pulses_until([&, at = batches_of(e) + 3] { return batches_of(e) >= at; });
  std::this_thread::sleep_for(1500ms);
}

// Topics with an engine that nothing happens to, and what one needs whose actors die.
struct two_engines {
  broker b;
  std::string name = b.unique("dead");
  scratch_folder folder;
  known_actors actors;
  kafka_engine::options plain{.name = name, .jobs = {request("view", "bank0"), request("scripted", "bank1")}};
  pulse_sender out{b, name};

  two_engines() { make_topics(b, name); }

  kafka_engine::options mortal(bool snapshots) {
    auto o = plain;
    if (snapshots) o.snapshots = folder.path();
    o.spawn = actors.spawner();
    o.restart_limit = 100;
    return o;
  }
};

} // namespace

TEST_CASE("a job whose actor dies again and again goes on from what was saved of it, and misses nothing") {
  two_engines f;
  kafka_engine undisturbed(&f.b, f.plain);
  kafka_engine e(&f.b, f.mortal(true));
  f.out.pulses_until([&] { return batches_of(e) >= 4; });
  const auto saved = [&] { return metric(e.metrics(), "livedata_snapshots_total"); };
  f.out.pulses_until([&, at = saved() + 4] { return saved() >= at; });
  kill_some(e, f.actors, f.out);
  check_same(e, undisturbed);
}

TEST_CASE("the same for actors that die before the job was saved, new or gone on with") {
  two_engines f;
  kafka_engine undisturbed(&f.b, f.plain);
  const auto mortal = f.mortal(true);
  {
    kafka_engine e(&f.b, mortal);
    f.actors.kill("view");
    f.out.pulses_until([&] { return batches_of(e) >= 6; });
    // It ends at once, without a last snapshot.
  }
  kafka_engine e(&f.b, mortal);
  f.actors.kill("view");
  f.actors.kill("scripted");
  f.out.pulses_until([&] { return batches_of(e) >= 10; });
  std::this_thread::sleep_for(1500ms);
  CHECK(f.actors.spawned() == 2 + 1 + 2 + 2);
  check_same(e, undisturbed);
}

TEST_CASE("without snapshots a job that has a start takes in its past again when its actor dies, and nothing twice") {
  two_engines f;
  for (auto& j : f.plain.jobs)
    j.start_ns = (first_pulse - duration{100'000'000'000}).ns;
  kafka_engine undisturbed(&f.b, f.plain);
  kafka_engine e(&f.b, f.mortal(false));
  f.out.pulses_until([&] { return batches_of(e) >= 4; });
  kill_some(e, f.actors, f.out);
  check_same(e, undisturbed);
}

} // namespace dead_actor_test
