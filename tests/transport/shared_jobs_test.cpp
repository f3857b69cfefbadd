// Must hold: engines of a cluster share the jobs; each command is answered once; the jobs of one that is killed go on
// in the others with every event, once.
#include "app/tools/http_client.hpp"
#include "kafka_engine.hpp"
#include "last_totals.hpp"
#include "messages/codec/acknowledgements.hpp"
#include "messages/codec/commands.hpp"
#include "program/loopback.hpp"

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <regex>

namespace shared_jobs_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr int shards = 3;

// The last shards that an engine says that it has: "0,2".
std::string shards_of(const program& p) {
  const auto log = p.err();
  const std::regex told("cluster_shards shards=\"([0-9,]*)\"");
  std::string last;
  for (std::sregex_iterator i(log.begin(), log.end(), told), end; i != end; ++i)
    last = (*i)[1];
  return last;
}

// How often an engine has said that data flow.
std::size_t starts_of(const program& p) {
  const auto log = p.err();
  std::size_t n = 0;
  for (auto at = log.find("Service started"); at != log.npos; at = log.find("Service started", at + 1))
    ++n;
  return n;
}

std::size_t number_of(const std::string& list) {
  return list.empty() ? 0 : static_cast<std::size_t>(std::ranges::count(list, ',')) + 1;
}

template <class F>
bool comes(F&& f) {
  const auto end = std::chrono::steady_clock::now() + 60s;
  while (!f() && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(50ms);
  return f();
}

} // namespace

TEST_CASE("engines of a cluster share the jobs, answer each command once, and go on with those of one that is killed") {
  broker b;
  if (b.mock() == nullptr) return; // its topics have the name of the instrument, which other tests may use
  const scratch_folder folder;
  const auto file = modest_dummy(folder);
  const auto inst = std::make_shared<const instrument>(load_instrument(file).value());
  make_topics(b, *inst);
  b.make_topic("dummy_livedata_cluster_hall", shards);
  const auto [sent, expected] = undisturbed(inst, 14 * 40);
  REQUIRE(expected.size() >= 4);
  std::map<std::string, std::uint16_t> ports{{"first", free_port()}, {"second", free_port()}, {"third", free_port()}};
  // The jobs that an engine shows.
  const auto shown = [&](const std::string& name) {
    const auto told = http_get({"127.0.0.1", std::to_string(ports[name])}, "/api/v1/jobs");
    return told ? json::parse(*told).at("jobs").size() : 0;
  };
  const auto engine = [&](const std::string& name) {
    const auto place = folder.path() / name;
    std::filesystem::create_directory(place);
    return std::make_unique<program>(
      std::vector<std::string>{
        "--instrument=" + file, "--dev", "--services=detector_data,monitor_data", "--source=kafka", "--publish=kafka",
        "--bootstrap-servers=" + b.servers(), "--job-set=default", "--display=none", "--cluster.name=hall",
        "--cluster.session-timeout=6s", "--snapshots.interval=2s", "--http-port=" + std::to_string(ports[name])},
      place);
  };
  auto first = engine("first");
  const auto began = first->logs("Service started");
  CAPTURE(first->err());
  REQUIRE(began);
  CHECK(shards_of(*first) == "0,1,2");
  auto second = engine("second");
  const auto shared = [&] {
    return starts_of(*first) == 2 && starts_of(*second) >= 1 &&
           number_of(shards_of(*first)) + number_of(shards_of(*second)) == shards;
  };
  REQUIRE(comes(shared));

  auto producer = b.produce();
  std::size_t next = 0;
  const auto send = [&, &sent = sent](std::size_t n) { send_pulses(*producer, sent, next, n); };
  send(100);
  constexpr int commands_sent = 12;
  for (int i = 0; i < commands_sent; ++i) {
    start_command c;
    c.message_id = fmt::format("start {}", i);
    c.workflow = {"dummy", "monitor_histogram", 1};
    c.job = {"monitor1", uuid_from_name(c.message_id)};
    REQUIRE(producer->send("dummy_livedata_commands", make_payload(commands::write(c)), "command"));
  }
  send(60);
  first->signal(SIGKILL);
  CHECK(first->wait().exit_code == -SIGKILL);
  send(60);
  REQUIRE(comes([&] { return shards_of(*second) == "0,1,2" && starts_of(*second) >= 2; }));
  // Its page shows the jobs of both.
  CHECK(comes([&] { return shown("second") == 5 + commands_sent; }));
  auto third = engine("third");
  REQUIRE(comes([&] { return number_of(shards_of(*third)) > 0 && starts_of(*third) >= 1; }));
  send(sent.size());
  std::this_thread::sleep_for(3s);
  CHECK(comes([&] { return shown("second") + shown("third") == 5 + commands_sent; }));
  for (auto* e : {second.get(), third.get()})
    e->signal(SIGTERM);
  for (auto* e : {second.get(), third.get()}) {
    const auto ended = e->wait();
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 0);
  }
  check_totals(last_totals(b, "dummy_livedata_data"), expected);

  auto answers =
    kafka_consumer::open(consumer_properties(b.connection(), b.unique("group")), {"dummy_livedata_responses"}, {},
                         [](const partition_extent& e) { return e.oldest; });
  REQUIRE(answers);
  std::map<std::string, int> answered;
  for (const auto& m : take(**answers, commands_sent + 1, 5s))
    ++answered[text_of(m)];
  CHECK(answered.size() == commands_sent);
  for (const auto& [text, n] : answered) {
    CAPTURE(text);
    CHECK(n == 1);
  }
}

TEST_CASE("an engine of a cluster ends when it is told to, also while no broker answers") {
  broker b;
  if (b.mock() == nullptr) return; // it would be without a broker for the other tests, too
  const scratch_folder folder;
  const auto file = modest_dummy(folder);
  make_topics(b, load_instrument(file).value());
  b.make_topic("dummy_livedata_cluster_hall", shards);
  program engine({"--instrument=" + file, "--dev", "--services=detector_data,monitor_data", "--source=kafka",
                  "--publish=kafka", "--bootstrap-servers=" + b.servers(), "--job-set=default", "--display=none",
                  "--cluster.name=hall", "--cluster.session-timeout=6s", "--snapshots.interval=2s"},
                 folder.path());
  REQUIRE(engine.logs("Service started"));
  b.kill();
  REQUIRE(engine.logs("kafka_waiting"));
  engine.signal(SIGTERM);
  const auto ended = engine.wait();
  CAPTURE(ended.err);
  CHECK(ended.exit_code == 0);
  CHECK(ended.err.find("snapshot_failed") != std::string::npos);
}

} // namespace shared_jobs_test
