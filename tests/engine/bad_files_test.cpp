// A file that a job needs and that is none: its start is answered with the file and the remedy, and every other job
// gives the results that it gives without it.
#include "messages/codec/acknowledgements.hpp"
#include "messages/codec/commands.hpp"
#include "support/instrument_run.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <places.hpp>
#include <unistd.h>

namespace bad_files_test {

using namespace livedata;
using namespace livedata::test;

namespace {

std::shared_ptr<const instrument> loki() {
  return std::make_shared<const instrument>(
    load_instrument(std::filesystem::path(LIVEDATA_SOURCE_DIR) / "instruments/loki.json").value());
}

class folder_with_file {
public:
  folder_with_file(const std::string& name, const std::string& content) {
    auto pattern = (std::filesystem::temp_directory_path() / "livedata-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
    std::ofstream(path_ / name) << content;
  }

  ~folder_with_file() { std::filesystem::remove_all(path_); }

  folder_with_file(const folder_with_file&) = delete;
  folder_with_file& operator=(const folder_with_file&) = delete;

  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

start_command start_of(const std::string& workflow, const std::string& source) {
  start_command c;
  c.message_id = "start " + workflow;
  c.workflow = {"loki", workflow, 1};
  c.job = {source, uuid_from_name(workflow)};
  return c;
}

// A job of each of two services on simulated pulses, and the commands with the third pulse.
instrument_run run_with(const std::vector<start_command>& commands, const std::filesystem::path& files) {
  const auto inst = loki();
  settings s;
  s.services = {"detector_data", "data_reduction"};
  s.source.kind = "simulator";
  s.source.pulses = 30;
  s.jobs = {request("tube_view", "loki_detector_1")};
  auto workflows = builtin_workflows();
  workflows.use(std::make_shared<data_files>(file_folders{files, "/nowhere"}));
  const plan_pulses pulses = [&](const engine_plan& plan) -> pulse_maker {
    return [&commands, make = simulated(inst, 1e5)(plan)](std::uint64_t k, timestamp t) {
      auto out = make(k, t);
      if (k == 2)
        for (const auto& c : commands)
          out.push_back({"loki_livedata_commands", t, make_payload(livedata::commands::write(c))});
      return out;
    };
  };
  return run_instrument(inst, s, 2, pulses, workflows);
}

std::vector<acknowledgement> answers(const instrument_run& run) {
  std::vector<acknowledgement> out;
  for (const auto& m : run.sent)
    if (m.to == channel::responses) out.push_back(acknowledgements::read(m.content->bytes()).value());
  return out;
}

} // namespace

TEST_CASE(
  "a reduction whose lookup table is no table is refused with file and remedy; others give what they give without it") {
  const auto table = loki()->find_file("wavelength_table")->name;
  const folder_with_file files(table, "this is no table");
  const auto undisturbed = run_with({}, files.path());
  const auto run = run_with({start_of("i_of_q", "loki_detector_1")}, files.path());
  const auto answered = answers(run);
  REQUIRE(answered.size() == 1);
  REQUIRE(answered[0].error.has_value());
  CHECK(answered[0].error->find((files.path() / table).string()) != std::string::npos);
  REQUIRE(!undisturbed.results.empty());
  REQUIRE(run.results.size() == undisturbed.results.size());
  for (std::size_t i = 0; i < run.results.size(); ++i)
    CHECK(run.results[i].data.data.data == undisturbed.results[i].data.data.data);
}

TEST_CASE("a reduction whose lookup table is missing is refused with its name and where to put it") {
  const folder_with_file files("something_else", "");
  const auto answered = answers(run_with({start_of("i_of_q", "loki_detector_1")}, files.path()));
  REQUIRE(answered.size() == 1);
  REQUIRE(answered[0].error.has_value());
  CHECK(answered[0].error->find(loki()->find_file("wavelength_table")->name) != std::string::npos);
  CHECK(answered[0].error->find(files.path().string()) != std::string::npos);
}

} // namespace bad_files_test
