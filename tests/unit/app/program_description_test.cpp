// What programs say of themselves for man, shells and the reference.
#include "app/configuration/options.hpp"
#include "app/program_description.hpp"
#include "app/tools/http_client.hpp"

#include <doctest/doctest.h>

namespace program_description_test {

using namespace livedata;

namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("every option of livedata is in its man page, in the completion and in the reference") {
  const auto engine = describe_engine();
  const auto man = man_page(engine);
  const auto table = completion_table(engine);
  const auto reference = configuration_reference();
  CHECK(man.starts_with(".TH livedata 1 "));
  for (const auto& o : all_options()) {
    CAPTURE(o.name);
    CHECK(holds(reference, "`--" + o.name + "`"));
    if (o.kind == option_kind::jobs) continue;
    CHECK(holds(table, "\n--" + o.name + (o.kind == option_kind::flag ? "\t" : "=\t")));
    if (!o.variable().empty()) CHECK(holds(reference, "`" + o.variable() + "`"));
    // A column for each cell.
    const auto row = reference.find("`--" + o.name + "`");
    const auto line = reference.substr(row, reference.find('\n', row) - row);
    CHECK(line.ends_with(" |"));
  }
  CHECK(holds(table, "\n--publish=\tnone memory files kafka\t"));
  CHECK(holds(table, "top\t\t\n"));
  CHECK(printed_description(engine, {"--print=reference"}) == reference);
  CHECK_FALSE(printed_description(engine, {"--print=other"}));
  CHECK_FALSE(printed_description(engine, {"--print=man", "--check"}));
}

TEST_CASE("dashes, backslashes and dots of texts mean nothing to man") {
  const tool t{
    "livedata-x", ".Purpose with a \\ and - in it. More.", {{"a-b", "<file>", "'First. Second."}}, nullptr, {"go"}};
  const auto man = man_page(describe_tool(t));
  CHECK(holds(man, "\\&.Purpose with a \\e and \\- in it."));
  CHECK(holds(man, ".B \\-\\-a\\-b=<file>"));
  CHECK(holds(man, "\n\\&'First. Second.\n"));
  const auto table = completion_table(describe_tool(t));
  CHECK(table.starts_with("go\t\t\n--a-b=\t\t'First.\n"));
  CHECK_FALSE(printed_description(describe_tool(t), {"--print=reference"}));
}

TEST_CASE("the address of an engine is taken in the forms that people write") {
  const auto text = [](const std::string& given) {
    const auto place = parse_http_place(given);
    return place ? place->text() : place.error().reason == "value" ? "wrong" : "?";
  };
  CHECK(text("8081") == "127.0.0.1:8081");
  CHECK(text("beam.example.org") == "beam.example.org:8080");
  CHECK(text("beam.example.org:80") == "beam.example.org:80");
  CHECK(text("http://127.0.0.1:9000/") == "127.0.0.1:9000");
  CHECK(text("[::1]:8081") == "[::1]:8081");
  CHECK(text("[::1]") == "[::1]:8080");
  for (const auto* wrong : {"", "host:port", "host:", "a b", "http://", "[::1", "[::1]8", "https://x/"})
    CHECK_MESSAGE(text(wrong) == "wrong", wrong);
}

} // namespace program_description_test
