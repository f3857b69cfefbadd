#include "configuration_fixture.hpp"

namespace configuration_arguments {

using namespace livedata;
using namespace livedata::testing;

namespace {

// With an instrument, so that only what the test is about can be missing.
std::unique_ptr<outcome> with(std::vector<std::string> args) {
  args.insert(args.begin(), "--instrument=loki");
  return configure_with(std::move(args));
}

} // namespace

TEST_CASE("without anything but an instrument all values have their defaults") {
  auto out = configure_with({"--instrument=loki"});
  settings expected;
  expected.instrument = "loki";
  CHECK(out->values() == expected);
  CHECK(out->made->what == intent::run);
  CHECK(out->values().source.rate == 1e6);
  CHECK(out->values().services == std::vector<std::string>{"detector_data"});
  CHECK(out->values().batch.interval == duration{1'000'000'000});
}

TEST_CASE("a missing instrument is an error that says how to give it") {
  CHECK_HOLDS(configure_with({})->error(), "--instrument=", "LIVEDATA_INSTRUMENT", "--config-file");
  CHECK_HOLDS(configure_with({"--check"})->error(), "no instrument");
}

TEST_CASE("an empty instrument is an error") {
  CHECK_HOLDS(configure_with({"--instrument="})->error(), "--instrument", "empty", "--instrument=loki");
  CHECK_HOLDS(configure_with({"--instrument", ""})->error(), "--instrument", "empty");
}

TEST_CASE("values are taken as --name=value and --name value, under the full name and the alias") {
  for (auto& args : std::vector<std::vector<std::string>>{{"--source.rate=2e7"},
                                                          {"--source.rate", "2e7"},
                                                          {"--rate=2e7"},
                                                          {"--rate", "2e7"},
                                                          {"--livedata.source.rate=20000000"}})
    CHECK(with(args)->values().source.rate == 2e7);
}

TEST_CASE("every option of the command line reaches its setting") {
  auto out = with({"--instrument-path=a,b",
                   "--services=monitor_data,timeseries",
                   "--job-threads=3",
                   "--duration=1.5",
                   "--log-level=debug",
                   "--source=simulator",
                   "--seed=7",
                   "--speed=0",
                   "--pulses=5",
                   "--source.queue-limit=9",
                   "--batch.interval=250ms",
                   "--publish=files",
                   "--publish-dir=out",
                   "--publish.keep=all",
                   "--publish.interval=2s",
                   "--restart.limit=0",
                   "--restart.delay=2s",
                   "--display=none",
                   "--images=pics",
                   "--summary=s.json",
                   "--job-set=none",
                   "--metrics-port=9464",
                   "--metrics-address=::1"});
  auto& s = out->values();
  CHECK(s.instrument_path == std::vector<std::filesystem::path>{"a", "b"});
  CHECK(s.services == std::vector<std::string>{"monitor_data", "timeseries"});
  CHECK(s.job_threads == 3);
  CHECK(s.run_for == duration{1'500'000'000});
  CHECK(s.log_level == "debug");
  CHECK(s.source.seed == 7);
  CHECK(s.source.speed == 0);
  CHECK(s.source.pulses == 5);
  CHECK(s.source.queue_limit == 9);
  CHECK(s.batch.interval == duration{250'000'000});
  CHECK(s.publish.kind == "files");
  CHECK(s.publish.directory == std::filesystem::path{"out"});
  CHECK(s.publish.keep == "all");
  CHECK(s.publish.interval == duration{2'000'000'000});
  CHECK(s.restart.limit == 0);
  CHECK(s.restart.delay == duration{2'000'000'000});
  CHECK(s.display == "none");
  CHECK(s.images == std::filesystem::path{"pics"});
  CHECK(s.summary == std::filesystem::path{"s.json"});
  CHECK(s.job_set == "none");
  CHECK(s.metrics.port == 9464);
  CHECK(s.metrics.address == "::1");
}

TEST_CASE("lists are words separated by commas or a list in brackets") {
  std::vector<std::string> expected{"detector_data", "monitor_data"};
  CHECK(with({"--services=detector_data,monitor_data"})->values().services == expected);
  CHECK(with({"--services", R"(["detector_data","monitor_data"])"})->values().services == expected);
  CHECK_HOLDS(with({"--services=[detector_data,monitor_data]"})->error(), "--services", "a,b");
}

TEST_CASE("lists refuse unknown, repeated and empty entries") {
  CHECK_HOLDS(with({"--services=detector_dat"})->error(), "--services", "did you mean 'detector_data'?");
  CHECK_HOLDS(with({"--services=timeseries,timeseries"})->error(), "--services", "'timeseries'", "twice");
  CHECK_HOLDS(with({"--services=detector_data,"})->error(), "--services",
              "allowed: detector_data, monitor_data, data_reduction, timeseries");
  CHECK_HOLDS(with({"--services=[]"})->error(), "--services", "at least one");
  CHECK_HOLDS(with({"--instrument-path=a,,b"})->error(), "--instrument-path", "empty");
}

TEST_CASE("the number of job threads must be a whole number of at least one") {
  for (auto text : {"0", "-1", "2.5", "many", "4s", "010", "99999999999999999999", "100000", "true"})
    CHECK_HOLDS(with({std::string{"--job-threads="} + text})->error(), "--job-threads", "a whole number from 1 to 1024",
                text, "--job-threads=1");
  CHECK_HOLDS(with({"--job-threads=1e300"})->error(), "the largest is 1024");
  CHECK_HOLDS(with({"--job-threads", "-3"})->error(), "--job-threads", "-3");
  CHECK(with({"--job-threads=0x10"})->values().job_threads == 16);
  CHECK(with({"--job-threads=2e0"})->values().job_threads == 2);
}

TEST_CASE("P-6, P-7: job threads are the workers of CAF's scheduler") {
  auto out = with({"--job-threads=2"});
  out->values();
  CHECK(caf::get_or(out->cfg, "caf.scheduler.max-threads", std::size_t{0}) == 2);
  CHECK(with({"--caf.scheduler.max-threads=5"})->values().job_threads == 5);
  CHECK(with({"--caf.scheduler.max-threads=5", "--job-threads=5"})->values().job_threads == 5);
  CHECK_HOLDS(with({"--caf.scheduler.max-threads=5", "--job-threads=2"})->error(), "--caf.scheduler.max-threads",
              "contradicts", "5", "2", "--job-threads");
  CHECK_HOLDS(with({"--caf.scheduler.max-threads=0"})->error(), "--caf.scheduler.max-threads", "from 1");
}

TEST_CASE("a number out of its range is refused with the range") {
  CHECK_HOLDS(with({"--rate=0"})->error(), "--rate", "greater than 0");
  CHECK_HOLDS(with({"--rate=-1e6"})->error(), "--rate", "greater than 0");
  CHECK_HOLDS(with({"--rate=1e999"})->error(), "--rate", "1e999");
  CHECK_HOLDS(with({"--rate=nan"})->error(), "--rate", "nan");
  CHECK_HOLDS(with({"--speed=-1"})->error(), "--speed", "at least 0");
  CHECK_HOLDS(with({"--seed=-1"})->error(), "--seed", "at least 0");
  CHECK_HOLDS(with({"--source.queue-limit=0"})->error(), "--source.queue-limit", "at least 1");
  CHECK_HOLDS(with({"--metrics-port=0"})->error(), "--metrics-port", "from 1 to 65535");
  CHECK_HOLDS(with({"--metrics-port=70000"})->error(), "--metrics-port", "from 1 to 65535");
}

TEST_CASE("durations are seconds or a time with a unit, and greater than zero") {
  CHECK(with({"--duration=20s"})->values().run_for == duration{20'000'000'000});
  CHECK(with({"--duration=20"})->values().run_for == duration{20'000'000'000});
  CHECK(with({"--duration=1min"})->values().run_for == duration{60'000'000'000});
  for (auto text : {"0", "0s", "-5", "-5s", "1.5s", "20sec", "soon", "1e12", "1e-12", "9999999h"})
    CHECK_HOLDS(with({std::string{"--duration="} + text})->error(), "--duration", "seconds", "--duration=20s");
}

TEST_CASE("times need a unit where they are no seconds") {
  CHECK_HOLDS(with({"--batch.interval=1"})->error(), "--batch.interval", "unit", "1s");
  CHECK_HOLDS(with({"--batch.interval=0s"})->error(), "--batch.interval", "greater than 0");
  CHECK_HOLDS(with({"--restart.delay=-1ms"})->error(), "--restart.delay", "at least 0");
  CHECK(with({"--restart.delay=0s"})->values().restart.delay == duration{0});
}

TEST_CASE("a word that is not allowed is refused with those that are") {
  CHECK_HOLDS(with({"--publish=file"})->error(), "--publish", "did you mean 'files'?", "none, memory, files");
  CHECK_HOLDS(with({"--display=xyz"})->error(), "--display", "auto, table, lines, none");
  CHECK_HOLDS(with({"--log-level=trace"})->error(), "--log-level", "error, warning, info, debug");
}

TEST_CASE("a source that there is not is refused, and a replay needs a recording") {
  CHECK_HOLDS(with({"--source=kafak"})->error(), "--source", "did you mean 'kafka'?");
  CHECK_HOLDS(with({"--source.kind=replay"})->error(), "--source.kind", "--replay.file=<file>");
  CHECK(with({"--source=replay", "--replay.file=x.rec"})->values().replay_file == "x.rec");
}

TEST_CASE("with Kafka as source results go there and commands start the jobs, unless said otherwise") {
  auto plain = with({"--source=kafka"});
  CHECK(plain->values().publish.kind == "kafka");
  CHECK(plain->values().job_set == "none");
  auto other = with({"--source=kafka", "--publish=none", "--job-set=default"});
  CHECK(other->values().publish.kind == "none");
  CHECK(other->values().job_set == "default");
  auto simulated = with({"--publish=kafka"});
  CHECK(simulated->values().publish.kind == "kafka");
  CHECK(simulated->values().job_set == "default");
}

TEST_CASE("snapshots go to a folder or to a topic, not to both, and a topic needs Kafka") {
  CHECK(with({"--snapshots=x"})->values().snapshots.directory == "x");
  CHECK(with({"--source=kafka", "--snapshots.topic=loki_snapshots"})->values().snapshots.topic == "loki_snapshots");
  CHECK(with({"--publish=kafka", "--snapshots.topic=a.b-c"})->values().snapshots.topic == "a.b-c");
  CHECK_FALSE(with({})->values().snapshots);
  CHECK_HOLDS(with({"--source=kafka", "--snapshots=x", "--snapshots.topic=y"})->error(), "--snapshots.topic",
              "--snapshots names a folder", "keep one of both");
  CHECK_HOLDS(with({"--snapshots.topic=y"})->error(), "--snapshots.topic", "--source=kafka", "--snapshots=<folder>");
  CHECK_HOLDS(with({"--source=kafka", "--snapshots.topic=a b"})->error(), "--snapshots.topic", "'a b'", "letters");
  CHECK_HOLDS(with({"--source=kafka", "--snapshots.topic=" + std::string(250, 'x')})->error(), "at most 249");
}

TEST_CASE("a cluster shares what comes by Kafka, with its snapshots in a topic; what does not fit is refused") {
  const auto right = with({"--source=kafka", "--cluster.name=hall", "--cluster.session-timeout=6s"});
  CHECK(right->values().cluster.name == "hall");
  CHECK(right->values().cluster.session == duration{6'000'000'000});
  CHECK(right->values().cluster.shards == 6);
  CHECK_HOLDS(with({"--cluster.name=hall"})->error(), "--cluster.name", "--source=kafka");
  CHECK_HOLDS(with({"--source=kafka", "--kafka.read=kept", "--cluster.name=hall"})->error(), "--kafka.read");
  CHECK_HOLDS(with({"--source=kafka", "--snapshots=x", "--cluster.name=hall"})->error(), "leave out the folder");
  CHECK_HOLDS(with({"--source=kafka", "--record=x", "--cluster.name=hall"})->error(), "livedata record");
  CHECK_HOLDS(with({"--source=kafka", "--cluster.name=a b"})->error(), "letters");
  CHECK_HOLDS(with({"--source=kafka", "--cluster.name=a", "--cluster.session-timeout=100ms"})->error(), "1", "3600");
}

TEST_CASE("brokers and properties of Kafka are taken as they are") {
  auto given = with({"--bootstrap-servers=a:1,b:2", "--kafka.properties=sasl.username=me,linger.ms=5"});
  CHECK(given->values().kafka.bootstrap_servers == "a:1,b:2");
  CHECK(given->values().kafka.properties == std::vector<std::string>{"sasl.username=me", "linger.ms=5"});
  CHECK_FALSE(with({})->values().kafka.bootstrap_servers);
}

TEST_CASE("publishing to files needs a folder, and a folder needs publishing to files") {
  CHECK_HOLDS(with({"--publish=files"})->error(), "--publish", "--publish-dir");
  CHECK_HOLDS(with({"--publish-dir=x"})->error(), "--publish-dir", "--publish=files");
}

TEST_CASE("unknown options are refused with the nearest name") {
  CHECK_HOLDS(with({"--source.rte=1"})->error(), "unknown option '--source.rte'", "did you mean --source.rate?");
  CHECK_HOLDS(with({"--instrment=x"})->error(), "did you mean --instrument?");
  CHECK_HOLDS(with({"--jobthreads", "4"})->error(), "did you mean --job-threads?");
  CHECK_HOLDS(with({"--qqqqqqqq"})->error(), "'--qqqqqqqq'", "--help");
  CHECK_HOLDS(with({"-rate=5"})->error(), "'-rate=5'", "did you mean --rate?");
  CHECK_HOLDS(with({"-j", "4"})->error(), "'-j'", "--help");
  CHECK(with({"--long-help"})->reason() == "usage");
}

TEST_CASE("a missing value is an error, also if another option follows") {
  CHECK_HOLDS(with({"--rate"})->error(), "--rate", "missing", "greater than 0", "--rate=1000000");
  CHECK_HOLDS(with({"--rate", "--check"})->error(), "--rate", "missing");
  CHECK_HOLDS(with({"--images", "-x"})->error(), "--images", "missing");
  CHECK_HOLDS(with({"--caf.scheduler.max-threads"})->error(), "--caf.scheduler.max-threads", "missing");
}

TEST_CASE("positional arguments are refused with a hint") {
  CHECK_HOLDS(with({"loki"})->error(), "unexpected argument 'loki'", "--name=value");
  CHECK_HOLDS(with({"my.conf"})->error(), "--config-file=my.conf");
  CHECK_HOLDS(with({"rate=5"})->error(), "--rate=5");
  CHECK_HOLDS(with({""})->error(), "empty argument");
  CHECK_HOLDS(with({"-"})->error(), "unexpected argument '-'");
  CHECK_HOLDS(with({"--check", "true"})->error(), "unexpected argument 'true'");
}

TEST_CASE("two dashes end the options, and nothing may follow them") {
  CHECK(with({"--check", "--"})->made->what == intent::check);
  CHECK_HOLDS(with({"--", "--check"})->error(), "unexpected argument '--check'");
  CHECK_HOLDS(with({"--", "x"})->error(), "unexpected argument 'x'");
  CHECK_HOLDS(with({"--", "--help"})->error(), "unexpected argument '--help'");
}

TEST_CASE("flags take true and false and nothing else") {
  CHECK(with({"--check"})->made->what == intent::check);
  CHECK(with({"--check=true"})->made->what == intent::check);
  CHECK(with({"--check=false"})->made->what == intent::run);
  CHECK(with({"--check", "--check=false"})->made->what == intent::run);
  CHECK_HOLDS(with({"--check=yes"})->error(), "--check", "true or false", "yes");
  CHECK_HOLDS(with({"--check="})->error(), "--check", "empty");
}

TEST_CASE("a repeated option counts as written last") {
  CHECK(with({"--rate=1", "--source.rate=2"})->values().source.rate == 2);
}

TEST_CASE("help is answered whatever else is asked") {
  for (auto& args : std::vector<std::vector<std::string>>{{"--help"},
                                                          {"-h"},
                                                          {"-?"},
                                                          {"--help=true"},
                                                          {"--nonsense", "--help"},
                                                          {"x", "--version", "--help"},
                                                          {"--rate", "-h"}}) {
    auto out = configure_with(args);
    REQUIRE(out->made);
    CHECK(out->made->what == intent::help);
    CHECK_HOLDS(out->made->text, "--instrument", "Usage:");
  }
  CHECK(with({"--help=false"})->made->what == intent::run);
}

TEST_CASE("the version names the engine and CAF") {
  auto out = configure_with({"--version"});
  REQUIRE(out->made);
  CHECK(out->made->what == intent::version);
  CHECK_HOLDS(out->made->text, "livedata ", "CAF 0.18");
}

TEST_CASE("jobs cannot be given on the command line") {
  CHECK_HOLDS(with({"--jobs=[]"})->error(), "--jobs", "configuration file");
}

TEST_CASE("two different configuration files are refused") {
  CHECK_HOLDS(with({"--config-file=a", "--config-file=b"})->error(), "--config-file", "twice", "'a'", "'b'");
}

TEST_CASE("variables of the environment set options") {
  auto out = configure_with({}, {{"LIVEDATA_INSTRUMENT", "loki"},
                                 {"LIVEDATA_SOURCE_RATE", "5"},
                                 {"LIVEDATA_SOURCE_QUEUE_LIMIT", "6"},
                                 {"LIVEDATA_JOB_THREADS", "2"},
                                 {"LIVEDATA_SERVICES", "monitor_data,timeseries"},
                                 {"LIVEDATA_METRICS_PORT", "9000"}});
  CHECK(out->values().instrument == "loki");
  CHECK(out->values().source.rate == 5);
  CHECK(out->values().source.queue_limit == 6);
  CHECK(out->values().job_threads == 2);
  CHECK(out->values().services.size() == 2);
  CHECK(out->values().metrics.port == 9000);
}

TEST_CASE("unknown and empty variables are not looked at") {
  auto out = configure_with({"--instrument=loki"},
                            {{"LIVEDATA_RATE_X", "5"}, {"LIVEDATA_SOURCE_SEED", ""}, {"LIVEDATA_CHECK", "true"}});
  CHECK(out->values() == configure_with({"--instrument=loki"})->values());
  CHECK(out->made->what == intent::run);
}

TEST_CASE("a wrong variable is named in the message") {
  auto out = configure_with({"--instrument=loki"}, {{"LIVEDATA_JOB_THREADS", "many"}});
  CHECK(out->reason() == "environment");
  CHECK_HOLDS(out->error(), "LIVEDATA_JOB_THREADS", "a whole number from 1", "many", "LIVEDATA_JOB_THREADS=1");
}

TEST_CASE(
  "the command line comes before the environment, the environment before the file, the file before the default") {
  auto text = "source { rate = 1, seed = 11, speed = 12 }";
  variables vars{{"LIVEDATA_SOURCE_RATE", "2"}, {"LIVEDATA_SOURCE_SEED", "22"}};
  auto out = configure_block(text, {"--rate=3"}, vars);
  CHECK(out->values().source.rate == 3);
  CHECK(out->values().source.seed == 22);
  CHECK(out->values().source.speed == 12);
  CHECK(out->values().source.pulses == 0);
}

TEST_CASE("what is true or false is true by its name alone, and takes no argument away") {
  CHECK_FALSE(with({})->values().dev);
  CHECK(with({"--dev"})->values().dev);
  CHECK(with({"--dev", "--run-control=true"})->values().run_control);
  CHECK_FALSE(with({"--dev=false"})->values().dev);
  CHECK_HOLDS(with({"--dev=yes"})->error(), "--dev", "true or false");
}

} // namespace configuration_arguments
