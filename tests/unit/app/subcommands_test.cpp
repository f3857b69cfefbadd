// Must hold: the first word chooses, and what is no word is left alone.
#include "app/subcommands.hpp"
#include "app/tools/tool_options.hpp"

#include <doctest/doctest.h>

namespace subcommands_test {

using namespace livedata;

using texts = std::vector<std::string>;

TEST_CASE("a first word names a program beside this one, or an option of this one") {
  const auto record = subcommand_of({"record", "--output=x"});
  REQUIRE(record);
  CHECK(record->program == "livedata-record");
  CHECK(record->arguments == texts{"--output=x"});
  const auto check = subcommand_of({"check", "--instrument=loki"});
  REQUIRE(check);
  CHECK(check->program.empty());
  CHECK(check->arguments == texts{"--check", "--instrument=loki"});
  CHECK(subcommand_of({"run", "--instrument=loki"})->arguments == texts{"--instrument=loki"});
  for (const auto& none : {texts{}, texts{"--check"}, texts{"recrd"}, texts{"my.conf"}})
    CHECK_FALSE(subcommand_of(none));
}

TEST_CASE("a program with actions takes one of them first") {
  const std::vector<tool_option> known{{"source", "<name>", "."}};
  const texts actions{"start", "stop"};
  const auto start = read_tool_arguments(known, {"start", "--source=a"}, actions);
  REQUIRE(start);
  CHECK(start->value("action") == "start");
  CHECK(start->value("source") == "a");
  const auto mistyped = read_tool_arguments(known, {"strat"}, actions);
  REQUIRE_FALSE(mistyped);
  CHECK(mistyped.error().message.find("did you mean start?") != std::string::npos);
  CHECK_FALSE(read_tool_arguments(known, {"--source=a"}, actions));
  CHECK_FALSE(read_tool_arguments(known, {"start"}));
  CHECK(read_tool_arguments(known, {"--help"}, actions)->has("help"));
  CHECK(read_tool_arguments(known, {"--version"})->has("version"));
}

} // namespace subcommands_test
