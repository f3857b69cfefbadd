#include "app/configuration/options.hpp"
#include "configuration_fixture.hpp"

#include <algorithm>
#include <set>
#include <sstream>

namespace configuration_help_and_dump {

using namespace livedata;
using namespace livedata::testing;

namespace {

constexpr auto rich = R"(livedata {
  instrument = "a \"strange\" name\\with # signs"
  instrument-path = ["/a b", "c"]
  services = ["monitor_data", "detector_data"]
  job-threads = 2
  duration = 90s
  source { rate = 123456.789, seed = 9007199254740992, speed = 0 }
  batch { interval = 1500us }
  publish { kind = "files", directory = "out", keep = "all" }
  images = "p"
  jobs = [
    { workflow = "loki/tube_view/1", source = "d/0", number = "6f1a3c52-0b7e-4d19-9a41-2c8e5d7f0b63", start = -1, end = 9007199254740993,
      params { edges { num-bins = 100, stop = 2.0, scale = 1e-300 }, "odd key" = "a\tb\"", flags = [true, [], {}] } },
    { workflow = "b", source = "c" },
  ]
}
caf {
  scheduler { policy = "stealing", max-throughput = 3 }
  work-stealing { relaxed-sleep-duration = 7ms }
  metrics { caf { actor { "some.key" { buckets = [0.5, 1.0] } } } }
  middleman { app-identifiers = ["x", "y"], prometheus-http { port = 9464 } }
}
)";

std::string dump_of(const outcome& out) {
  out.values();
  REQUIRE(out.made->what == intent::dump_config);
  return out.made->text;
}

} // namespace

TEST_CASE("a dumped configuration can be read back and gives the same settings") {
  auto first = configure_file(rich, {"--dump-config"});
  auto text = dump_of(*first);
  INFO(text);
  auto second = configure_file(text, {"--dump-config"});
  CHECK(second->values() == first->values());
  CHECK(second->cfg.content == first->cfg.content);
  CHECK(dump_of(*second) == text);
}

TEST_CASE("the defaults can be dumped without an instrument and read back") {
  auto first = configure_with({"--dump-config"});
  auto text = dump_of(*first);
  CHECK_HOLDS(text, "# not set: instrument = \"loki\"", "rate = 1000000.0", "interval = 1s",
              "# not set: duration = 20s");
  auto second = configure_file(text, {"--dump-config"});
  CHECK(second->values() == first->values());
  CHECK(second->cfg.content == first->cfg.content);
}

TEST_CASE("a dump holds what command line and environment have set") {
  auto out = configure_with({"--dump-config", "--rate=5", "--instrument=loki"}, {{"LIVEDATA_SOURCE_SEED", "77"}});
  CHECK_HOLDS(dump_of(*out), "rate = 5.0", "seed = 77", "instrument = \"loki\"");
}

TEST_CASE("a dump can be run with another number of threads") {
  auto text = dump_of(*configure_with({"--dump-config", "--instrument=loki", "--job-threads=4"}));
  CHECK_HOLDS(text, "job-threads = 4");
  CHECK(configure_file(text, {"--job-threads=2"})->values().job_threads == 2);
}

TEST_CASE("the help text names every option, its alias and its default, and fits 100 columns") {
  auto out = configure_with({"--help"});
  REQUIRE(out->made);
  auto& text = out->made->text;
  for (auto& o : all_options()) {
    CHECK_HOLDS(text, o.kind == option_kind::jobs ? o.name : "--" + o.name);
    if (!o.alias.empty()) CHECK_HOLDS(text, "--" + o.alias);
    for (auto& word : o.allowed)
      CHECK_HOLDS(text, word);
  }
  CHECK_HOLDS(text, "Default: 2048.", "Default: detector_data.", "Default: 100ms.", "scheduler.max-threads",
              "\nSource:\n");
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    auto columns = std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
    CHECK_MESSAGE(columns <= 100, line);
  }
}

TEST_CASE("names, aliases, paths and variables of options are unique") {
  std::set<std::string> names, paths, variables;
  for (auto& o : all_options()) {
    CHECK(names.insert(o.name).second);
    if (!o.alias.empty()) CHECK(names.insert(o.alias).second);
    if (!o.path.empty()) CHECK(paths.insert(o.path).second);
    if (!o.variable().empty()) CHECK(variables.insert(o.variable()).second);
  }
  CHECK(variables.contains("LIVEDATA_SOURCE_QUEUE_LIMIT"));
  CHECK(!variables.contains("LIVEDATA_CHECK"));
  CHECK(!variables.contains("LIVEDATA_CONFIG_FILE"));
}

TEST_CASE("every option with a value is registered with CAF") {
  configuration cfg;
  for (auto& o : all_options())
    if (!o.path.empty() && o.kind != option_kind::jobs)
      CHECK_MESSAGE(cfg.options().qualified_name_lookup(o.path) != nullptr, o.path);
}

TEST_CASE("a dump shows no secrets, whichever way they came, but says where they come from") {
  const std::string secrets = "sasl.password=hunter2,ssl.key.password=hunter3,ssl.keystore.password=hunter4,"
                              "sasl.oauthbearer.client.secret=hunter5,ssl.key.pem=hunter6,sasl.username=me";
  auto line = configure_with({"--dump-config", "--instrument=loki", "--kafka.properties=" + secrets});
  auto variable = configure_with({"--dump-config", "--instrument=loki"}, {{"LIVEDATA_KAFKA_PROPERTIES", secrets}});
  auto file = configure_file("livedata { instrument = \"loki\", kafka { properties = [\"sasl.username=me\", "
                             "\"sasl.password=hunter2\"] } }",
                             {"--dump-config"});
  for (const auto* given : {&line, &variable, &file}) {
    const auto text = dump_of(**given);
    INFO(text);
    CHECK(text.find("hunter") == std::string::npos);
    CHECK_HOLDS(text, "properties = [\"sasl.username=me\"]", "# sasl.password comes from ");
  }
  CHECK_HOLDS(dump_of(*line), "# ssl.key.pem comes from --kafka.properties and is not shown");
  CHECK_HOLDS(dump_of(*variable), "# sasl.password comes from LIVEDATA_KAFKA_PROPERTIES and is not shown");
  // It can still be read.
  CHECK(configure_file(dump_of(*line), {})->values().kafka.properties == std::vector<std::string>{"sasl.username=me"});
}

TEST_CASE("an error about the properties of Kafka shows no secrets") {
  auto error = [](const std::string& properties) {
    auto out = configure_with({"--instrument=loki", "--kafka.properties=" + properties});
    return out->made ? std::string("none") : out->made.error().message;
  };
  for (const auto* wrong : {"sasl.password=hunter2,", "[\"sasl.password=hunter2\"", "[\"sasl.password=hunter2\", 3]",
                            "[{ x = \"hunter2\" }]"}) {
    CAPTURE(wrong);
    CHECK(error(wrong) != "none");
    CHECK(error(wrong).find("hunter") == std::string::npos);
  }
}

} // namespace configuration_help_and_dump
