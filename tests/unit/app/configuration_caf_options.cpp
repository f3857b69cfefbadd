#include "configuration_fixture.hpp"

#include <caf/actor_system.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <filesystem>

namespace configuration_caf_options {

using namespace livedata;
using namespace livedata::testing;

TEST_CASE("CAF's scheduler has our defaults, and users can change them") {
  auto out = configure_with({"--instrument=loki"});
  out->values();
  CHECK(caf::get_or(out->cfg, "caf.scheduler.policy", "") == "sharing");
  CHECK(caf::get_or(out->cfg, "caf.scheduler.max-throughput", std::size_t{0}) == 50);
  auto other = configure_file(
    "livedata { instrument = \"loki\" }\ncaf { scheduler { policy = \"stealing\", max-throughput = 7 } }");
  CHECK(other->values().scheduler.policy == "stealing");
  CHECK(caf::get_or(other->cfg, "caf.scheduler.policy", "") == "stealing");
  CHECK(caf::get_or(other->cfg, "caf.scheduler.max-throughput", std::size_t{0}) == 7);
}

TEST_CASE("an actor system runs with as many workers as asked for") {
  auto out = configure_with({"--instrument=loki", "--job-threads=3"});
  out->values();
  caf::actor_system system{out->cfg};
  CHECK(system.scheduler().num_workers() == 3);
}

TEST_CASE("a scheduler policy that CAF would replace in silence is refused") {
  CHECK_HOLDS(configure_with({"--instrument=loki", "--caf.scheduler.policy=sharng"})->error(), "--caf.scheduler.policy",
              "did you mean 'sharing'?");
  CHECK_HOLDS(configure_with({"--instrument=loki", "--caf.scheduler.max-throughput=0"})->error(),
              "--caf.scheduler.max-throughput", "at least 1");
}

TEST_CASE("options of CAF pass from command line and file") {
  auto out = configure_file(R"(livedata { instrument = "loki" }
caf {
  work-stealing { relaxed-sleep-duration = 5ms }
  stream { max-batch-delay = 2ms }
  logger { console { colored = false, excluded-components = ["a"] } }
})",
                            {"--caf.work-stealing.aggressive-poll-attempts", "9", "--caf.logger.inline-output",
                             "--caf.metrics-filters.actors.includes=x.*,y", "--caf.logger.file.path=a.log"});
  out->values();
  auto& cfg = out->cfg;
  CHECK(caf::get_or(cfg, "caf.work-stealing.relaxed-sleep-duration", caf::timespan{0}) == std::chrono::milliseconds{5});
  CHECK(cfg.stream_max_batch_delay == std::chrono::milliseconds{2});
  CHECK(caf::get_or(cfg, "caf.logger.console.colored", true) == false);
  CHECK(caf::get_or(cfg, "caf.work-stealing.aggressive-poll-attempts", std::size_t{0}) == 9);
  CHECK(caf::get_or(cfg, "caf.logger.inline-output", false));
  CHECK(caf::get_or(cfg, "caf.logger.file.path", "") == "a.log");
  auto includes = caf::get_as<std::vector<std::string>>(cfg, "caf.metrics-filters.actors.includes");
  REQUIRE(includes);
  CHECK(*includes == std::vector<std::string>{"x.*", "y"});
}

TEST_CASE("CAF keeps metrics of our actors, unless a file or the command line names others") {
  auto measured = [](const auto& made) {
    made->values();
    return caf::get_as<std::vector<std::string>>(made->cfg, to_caf(caf_measured_actors)).value();
  };
  using names = std::vector<std::string>;
  CHECK(measured(configure_with({"--instrument=loki"})) == names{"livedata.*"});
  CHECK(measured(configure_file(
          "livedata { instrument = \"loki\" }\ncaf { metrics-filters { actors { includes = [] } } }", {})) == names{});
  CHECK(measured(configure_with({"--instrument=loki", "--caf.metrics-filters.actors.includes=livedata.job"})) ==
        names{"livedata.job"});
}

TEST_CASE("unknown options of CAF are refused on the command line and in the file") {
  CHECK_HOLDS(configure_with({"--instrument=loki", "--caf.scheduler.max-thread=2"})->error(),
              "unknown option '--caf.scheduler.max-thread'", "did you mean --caf.scheduler.max-threads?");
  CHECK_HOLDS(configure_file("livedata { instrument = \"x\" }\ncaf {\n scheduler { max-thread = 2 }\n}")->error(),
              "test.conf:3:", "caf.scheduler.max-thread", "did you mean 'max-threads'?");
  CHECK_HOLDS(configure_file("caf {\n schedular { max-threads = 2 }\n}")->error(), "test.conf:2:", "caf.schedular",
              "did you mean 'scheduler'?");
}

TEST_CASE("values of the wrong type for CAF are refused instead of dropped") {
  auto in_file = [](const std::string& line) {
    return configure_file("livedata { instrument = \"x\" }\ncaf {\n" + line + "\n}")->error();
  };
  CHECK_HOLDS(in_file("work-stealing { relaxed-steal-interval = \"abc\" }"),
              "test.conf:3:", "caf.work-stealing.relaxed-steal-interval", "\"abc\"");
  CHECK_HOLDS(in_file("work-stealing { relaxed-steal-interval = -2 }"), "test.conf:3:", "-2");
  CHECK_HOLDS(in_file("work-stealing { relaxed-sleep-duration = 5 }"), "test.conf:3:", "unit");
  CHECK_HOLDS(in_file("logger { file { path = 5 } }"), "test.conf:3:", "caf.logger.file.path", "quotes");
  CHECK_HOLDS(in_file("logger { inline-output = \"yes\" }"), "test.conf:3:", "true or false");
  CHECK_HOLDS(in_file("middleman { app-identifiers = 5 }"), "test.conf:3:", "caf.middleman.app-identifiers");
  CHECK_HOLDS(in_file("middleman { prometheus-http { port = 70000 } }"), "test.conf:3:", "from 1 to 65535");
  CHECK_HOLDS(configure_with({"--instrument=x", "--caf.work-stealing.relaxed-sleep-duration=5"})->error(),
              "--caf.work-stealing.relaxed-sleep-duration", "unit");
  CHECK_HOLDS(configure_with({"--instrument=x", "--caf.logger.inline-output=maybe"})->error(),
              "--caf.logger.inline-output", "true or false");
  CHECK_HOLDS(configure_with({"--instrument=x", "--caf.logger.file.path="})->error(), "--caf.logger.file.path",
              "empty");
}

TEST_CASE("filters and buckets of metrics may hold anything") {
  auto out = configure_file(R"(livedata { instrument = "loki" }
caf {
  metrics-filters { actors { includes = ["a.*"] } }
  metrics { caf { actor { processing-time { buckets = [0.1, 1.0], label { name = "x" } } } } }
})",
                            {"--caf.metrics.livedata.lag.buckets=[1, 2]"});
  out->values();
  auto buckets = caf::get_as<std::vector<double>>(out->cfg, "caf.metrics.caf.actor.processing-time.buckets");
  REQUIRE(buckets);
  CHECK(*buckets == std::vector<double>{0.1, 1.0});
  auto ours = caf::get_as<std::vector<double>>(out->cfg, "caf.metrics.livedata.lag.buckets");
  REQUIRE(ours);
  CHECK(*ours == std::vector<double>{1, 2});
}

TEST_CASE("the metrics port opens CAF's endpoint at the local address, unless another is given") {
  auto out = configure_with({"--instrument=loki", "--metrics-port", "9464"});
  out->values();
  CHECK(caf::get_or(out->cfg, "caf.middleman.prometheus-http.port", std::uint16_t{0}) == 9464);
  CHECK(caf::get_or(out->cfg, "caf.middleman.prometheus-http.address", "") == "127.0.0.1");
  auto other = configure_file(
    "livedata { instrument = \"loki\" }\ncaf { middleman { prometheus-http { address = \"0.0.0.0\", port = 1234 } } }");
  CHECK(other->values().metrics.port == 1234);
  CHECK(other->values().metrics.address == "0.0.0.0");
  CHECK(caf::get_or(other->cfg, "caf.middleman.prometheus-http.address", "") == "0.0.0.0");
}

TEST_CASE("without a metrics port there is no endpoint") {
  auto out = configure_with({"--instrument=loki"});
  out->values();
  CHECK(caf::get_if<caf::settings>(&out->cfg, "caf.middleman.prometheus-http") == nullptr);
}

TEST_CASE("caf-application.conf in the working directory is not read") {
  scratch_folder folder;
  folder.write("caf-application.conf",
               "livedata { instrument = \"trap\" }\ncaf { scheduler { policy = \"stealing\" } }\n");
  auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  auto out = configure_with({"--instrument=loki"});
  std::filesystem::current_path(before);
  CHECK(out->values().instrument == "loki");
  CHECK(caf::get_or(out->cfg, "caf.scheduler.policy", "") == "sharing");
}

} // namespace configuration_caf_options
