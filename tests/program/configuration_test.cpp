// A wrong configuration ends the program with code 2 and a message that says where and what to do.
#include "program/run_program.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <sys/socket.h>

using namespace livedata::test;

namespace {

// All texts must be in the message, and nothing on standard output.
void check_refused(const outcome& o, const std::vector<std::string>& texts) {
  CAPTURE(o.err);
  CHECK(o.exit_code == 2);
  CHECK(o.out.empty());
  for (const auto& text : texts) {
    CAPTURE(text);
    CHECK(o.err.find(text) != std::string::npos);
  }
}

void check_file_refused(const std::string& content, const std::vector<std::string>& texts) {
  scratch_folder folder;
  auto file = folder.write("my.conf", content);
  auto expected = texts;
  expected.push_back("my.conf");
  for (const auto* check : {"--check", "--display=none"})
    check_refused(run({"--config-file=" + file, check}), expected);
}

std::string with_jobs(const std::string& jobs) {
  return "livedata {\n  instrument = \"loki\"\n  jobs = [\n" + jobs + "\n  ]\n}\n";
}

} // namespace

TEST_CASE("wrong options on the command line") {
  check_refused(run({"--instrument=loki", "--job-thread=2"}), {"--job-thread", "job-threads"});
  check_refused(run({"--instrument=loki", "positional"}), {"positional"});
  check_refused(run({"--check"}), {"instrument"});
  check_refused(run({"--instrument=lokl", "--check"}), {"lokl", "loki"});
  check_refused(run({"--instrument=loki", "--rate=fast"}), {"rate", "fast"});
  check_refused(run({"--instrument=loki", "--source=kafka"}), {"kafka", "simulator"});
  check_refused(run({"--instrument=loki", "--job-set=all"}), {"all", "default"});
  check_refused(run({"--instrument=loki", "--config-file=nowhere.conf"}), {"nowhere.conf"});
  for (const auto* n : {"0", "-1", "2.5", "many", ""})
    check_refused(run({"--instrument=loki", std::string("--job-threads=") + n}), {"job-threads"});
}

TEST_CASE("wrong keys and values in the file") {
  check_file_refused("livedata {\n  instrument = \"loki\"\n  job-thread = 2\n}\n", {":3", "job-thread", "job-threads"});
  check_file_refused("livedata {\n  instrument = \"loki\"\n  job-threads = \"two\"\n}\n", {":3", "job-threads"});
  check_file_refused("livedata {\n  instrument = \"loki\"\n  source.rate = 5\n}\n", {":3", "source.rate"});
  check_file_refused("livedata {\n  instrument = \"loki\"\n  source {\n    rate = 5\n}\n",
                     {":1", "never closed", "'}'"});
}

TEST_CASE("wrong jobs in the file") {
  auto job = [](const std::string& text) { return with_jobs("    { " + text + " },"); };
  check_file_refused(job("workflow = \"tube_viev\", source = \"loki_detector_0\""), {"tube_viev", "tube_view"});
  check_file_refused(job("workflow = \"tube_view\", source = \"loki_detector_9\""),
                     {"loki_detector_9", "loki_detector_0"});
  check_file_refused(job("workflow = \"monitor_histogram\", source = \"beam_monitor_m1\""),
                     {"monitor_data", "services"});
  check_file_refused(
    job("workflow = \"tube_view\", source = \"loki_detector_0\", params { toa-edges { num-bins = 0 } }"),
    {"toa_edges.num_bins"});
  auto twice = with_jobs("    { workflow = \"tube_view\", source = \"loki_detector_0\" },\n"
                         "    { workflow = \"loki/tube_view/1\", source = \"loki_detector_0\" },");
  check_file_refused(twice, {"loki_detector_0"});
}

TEST_CASE("a metrics port that is taken") {
  auto fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(listen(fd, 1) == 0);
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  auto port = std::to_string(ntohs(address.sin_port));
  check_refused(run({"--instrument=loki", "--metrics-port=" + port, "--duration=1"}), {port});
  close(fd);
}

TEST_CASE("places that cannot be written are refused before anything runs") {
  scratch_folder folder;
  auto file = folder.write("file", "");
  check_refused(run({"--instrument=loki", "--duration=1", "--images=" + file + "/images"}), {"images"});
  check_refused(run({"--instrument=loki", "--duration=1", "--publish=files", "--publish-dir=" + file + "/results"}),
                {"results"});
  check_refused(
    run({"--instrument=loki", "--duration=1", "--summary=" + folder.path().string() + "/nowhere/summary.json"}),
    {"summary"});
}

TEST_CASE("a value may follow its option with a blank or an equals sign") {
  auto one = run({"--instrument=loki", "--rate=5e5", "--dump-config"});
  auto two = run({"--instrument", "loki", "--rate", "5e5", "--dump-config"});
  CHECK(one.exit_code == 0);
  CHECK(one.out == two.out);
}

TEST_CASE("the dumped configuration can be read back") {
  scratch_folder folder;
  auto dump = run({"--instrument=loki", "--job-threads=3", "--dump-config"});
  auto again = run({"--config-file=" + folder.write("dump.conf", dump.out), "--dump-config"});
  CHECK(again.exit_code == 0);
  CHECK(again.out == dump.out);
}

TEST_CASE("a file that CAF would read unasked is left alone") {
  scratch_folder folder;
  folder.write("caf-application.conf", "livedata { instrument = \"nonsense\" }\n");
  program p({"--instrument=loki", "--check"}, folder.path());
  CHECK(p.wait().exit_code == 0);
}

TEST_CASE("help, version and check") {
  CHECK(run({"--help"}).out.find("--job-threads") != std::string::npos);
  CHECK(run({"--version"}).out.find("livedata ") == 0);
  auto check = run({"--instrument=loki", "--check"});
  CHECK(check.exit_code == 0);
  CHECK(check.out.find("jobs: 18") != std::string::npos);
  CHECK(check.out.find("invented") != std::string::npos);
  CHECK(run({"--instrument=loki", "--check", "--services=detector_data,monitor_data"}).out.find("jobs: 23") !=
        std::string::npos);
}
