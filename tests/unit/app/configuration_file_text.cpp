#include "app/configuration/config_text.hpp"
#include "app/configuration/file_check.hpp"
#include "configuration_fixture.hpp"

#include <caf/actor_system_config.hpp>

#include <sstream>

namespace configuration_file_text {

using namespace livedata;
using namespace livedata::testing;

namespace {

std::string refused(const std::string& text) {
  auto tree = scan_config(text, "a.conf");
  REQUIRE(!tree);
  CHECK(tree.error().reason == "syntax");
  return tree.error().message;
}

config_node scanned(const std::string& text) {
  auto tree = scan_config(text, "a.conf");
  REQUIRE_MESSAGE(tree.has_value(), (tree ? "" : tree.error().message));
  return *tree;
}

caf::settings read_by_caf(const std::string& text) {
  std::istringstream in{normalised(text)};
  auto content = caf::actor_system_config::parse_config(in);
  REQUIRE(content);
  return *content;
}

constexpr auto all_syntax = R"(# a comment
top = 1
"quoted key" : 'single "quotes"' # behind a value
block { # behind a brace
  a = true, b = false
  c = -0x1F, d = 0b101
  e = .5, f = 1e-3,
  g = [1, "two", [3.5, 4ms], { h = 'x' }, # in a list
       <file:/tmp/x>,
  ]
  empty {}
  nothing = []
  inner = { i = 10min }
  text = "tab\t line\n quote\" backslash\\ # no comment"
}
last = 2h)";

} // namespace

TEST_CASE("the scanner gives keys with kinds, contents and line numbers") {
  auto tree = scanned(all_syntax);
  REQUIRE(tree.children.size() == 4);
  CHECK(tree.children[0].name == "top");
  CHECK(tree.children[0].line == 2);
  CHECK(tree.children[1].name == "quoted key");
  CHECK(tree.children[1].text == "single \"quotes\"");
  auto* block = tree.find("block");
  REQUIRE(block != nullptr);
  CHECK(block->line == 4);
  CHECK(block->find("a")->kind == node_kind::boolean);
  CHECK(block->find("c")->kind == node_kind::number);
  CHECK(block->find("c")->text == "-0x1F");
  auto* list = block->find("g");
  REQUIRE(list->children.size() == 5);
  CHECK(list->children[2].children[1].kind == node_kind::timespan);
  CHECK(list->children[3].find("h")->text == "x");
  CHECK(list->children[4].kind == node_kind::uri);
  CHECK(list->children[4].line == 9);
  CHECK(block->find("empty")->kind == node_kind::block);
  CHECK(block->find("text")->text == "tab\t line\n quote\" backslash\\ # no comment");
  CHECK(tree.find("last")->line == 16);
}

TEST_CASE("all that the scanner accepts arrives in CAF's content") {
  auto arrival = check_arrival(scanned(all_syntax), read_by_caf(all_syntax), "a.conf");
  CHECK_MESSAGE(arrival.has_value(), (arrival ? "" : arrival.error().message));
}

TEST_CASE("a file may be one object as in JSON") {
  auto text = R"({ "livedata": { "instrument": "loki", "services": ["timeseries"], "source": { "rate": 5 } } })";
  auto out = configure_file(text);
  CHECK(out->values().instrument == "loki");
  CHECK(out->values().source.rate == 5);
  CHECK_HOLDS(refused("{ a = 1 } b = 2"), "a.conf:1:", "'b'");
  CHECK_HOLDS(refused("{ a = 1 }\n}"), "a.conf:2:", "closes nothing");
  CHECK_HOLDS(refused("\n{ a = 1\n"), "a.conf:2:", "never closed");
}

TEST_CASE("line ends of any system and a byte order mark do not matter") {
  auto out = configure_file("\xEF\xBB\xBFlivedata {\r\n  instrument = \"loki\"\r\n  source { rate = 5 }\r\n}");
  CHECK(out->values().instrument == "loki");
  CHECK(out->values().source.rate == 5);
}

TEST_CASE("dotted keys are refused at top level and in blocks, with the way to write them") {
  CHECK_HOLDS(refused("x = 1\na.b = 1"), "a.conf:2:", "'a.b'", "a { b = … }");
  CHECK_HOLDS(refused("x {\n y = 1\n source.rate = 1\n}"), "a.conf:3:", "'source.rate'", "source { rate = … }");
}

TEST_CASE("a missing brace is reported where its block began") {
  CHECK_HOLDS(refused("a = 1\nlivedata {\n b = 2\n"), "a.conf:2:", "'livedata'", "never closed", "'}'");
  CHECK_HOLDS(refused("x {\n y {\n z = 1\n"), "a.conf:2:", "'y'");
}

TEST_CASE("a missing brace within the file is traced by indentation") {
  CHECK_HOLDS(refused("livedata {\n  source {\n    rate = 1\n  batch { interval = 1s }\n}\n"),
              "a.conf:1:", "'livedata'", "'batch' in line 4", "'source' of line 2");
}

TEST_CASE("a surplus brace is reported in its line") {
  CHECK_HOLDS(refused("a { b = 1 }\n}\n"), "a.conf:2:", "closes nothing");
  CHECK_HOLDS(refused("a { b = 1 } }"), "a.conf:1:", "closes nothing");
  CHECK_HOLDS(refused("}"), "a.conf:1:", "closes nothing");
}

TEST_CASE("a repeated key is reported with both lines") {
  CHECK_HOLDS(refused("a {\n b = 1\n c = 2\n b = 3\n}"), "a.conf:4:", "'b'", "line 2", "remove one");
  CHECK_HOLDS(refused("a { }\n\na { }"), "a.conf:3:", "'a'", "line 1", "one block");
  CHECK_HOLDS(refused("a = 1\n\"a\" = 1"), "a.conf:2:", "'a'", "line 1");
}

TEST_CASE("an unterminated text is reported where it begins") {
  CHECK_HOLDS(refused("a = 1\nb = \"x\nc = 2"), "a.conf:2:", "not ended by \"");
  CHECK_HOLDS(refused("b = 'x"), "a.conf:1:", "not ended by '");
  CHECK_HOLDS(refused("b = \"x\\"), "a.conf:1:", "no escape");
  CHECK_HOLDS(refused("b = \"\\u0041\""), "a.conf:1:", "'\\u'", "no escape");
}

TEST_CASE("unterminated lists are reported where they begin, and missing commas in them") {
  CHECK_HOLDS(refused("a = 1\nb = [1,\n2,\n"), "a.conf:2:", "'b'", "']'");
  CHECK_HOLDS(refused("b = [1\n2]"), "a.conf:2:", "','", "'b'", "line 1");
  CHECK_HOLDS(refused("b = [,]"), "a.conf:1:", "no value");
}

TEST_CASE("two entries on a line need a comma") {
  CHECK_HOLDS(refused("x = 1\na = 3 max = 4"), "a.conf:2:", "'max'", "comma");
  CHECK_HOLDS(refused("a { b = 1 } c = 2"), "a.conf:1:", "'c'", "comma");
}

TEST_CASE("values that are none are refused with the way to write them") {
  CHECK_HOLDS(refused("a = loki"), "a.conf:1: a:", "quotes", "\"loki\"");
  CHECK_HOLDS(refused("a = null"), "leave the key out");
  CHECK_HOLDS(refused("a = yes"), "true or false");
  CHECK_HOLDS(refused("a = 010"), "octal", "leading 0");
  CHECK_HOLDS(refused("a = 1.5s"), "smaller unit");
  CHECK_HOLDS(refused("a = 5sec"), "'sec'", "ns, us, ms, s, min, h");
  CHECK_HOLDS(refused("a = [1..5]"), "1..5");
  CHECK_HOLDS(refused("a = 9223372036854775808"), "out of range");
  CHECK_HOLDS(refused("a = 0xFFFFFFFFFFFFFFFFF"), "out of range");
  CHECK_HOLDS(refused("a = 1e400"), "out of the range");
  CHECK_HOLDS(refused("a = 3000000h"), "292 years");
  CHECK_HOLDS(refused("a = 5."), "no value");
  CHECK_HOLDS(refused("a = 0x"), "no value");
  CHECK_HOLDS(refused("a = +"), "no value");
  CHECK_HOLDS(refused("a = <http://x"), "URI");
}

TEST_CASE("a key without assignment or value is refused") {
  CHECK_HOLDS(refused("a\nb = 1"), "a.conf:1:", "'='", "'a'");
  CHECK_HOLDS(refused("a =\n1"), "a.conf:1:", "'a'", "no value");
  CHECK_HOLDS(refused("a\n{ b = 1 }"), "a.conf:1:", "'{'", "same line");
  CHECK_HOLDS(refused("= 1"), "a.conf:1:", "expected a key");
  CHECK_HOLDS(refused("a b = 1"), "a.conf:1:", "'b'");
}

TEST_CASE("very deep nesting is refused instead of exhausting the stack") {
  std::string blocks, lists = "a = ";
  for (int i = 0; i < 100'000; ++i) {
    blocks += "a {\n";
    lists += '[';
  }
  CHECK_HOLDS(refused(blocks), "nested deeper");
  CHECK_HOLDS(refused(lists), "nested deeper");
}

TEST_CASE("what CAF dropped or changed is an error that names the line") {
  auto text =
    "livedata {\n  instrument = \"loki\"\n  services = [\"a\", \"b\"]\n}\ncaf { scheduler { max-threads = 2 } }\n";
  auto tree = scanned(text);
  auto lost = [&](const std::string& arrived_text) {
    auto arrival = check_arrival(tree, read_by_caf(arrived_text), "a.conf");
    REQUIRE(!arrival);
    return arrival.error().message;
  };
  CHECK_HOLDS(lost("livedata { instrument = \"loki\", services = [\"a\", \"b\"] }"), "a.conf:5: caf:", "dropped");
  CHECK_HOLDS(
    lost("livedata { instrument = \"odin\", services = [\"a\", \"b\"] }\ncaf { scheduler { max-threads = 2 } }"),
    "a.conf:2: livedata.instrument:");
  CHECK_HOLDS(lost("livedata { instrument = \"loki\", services = [\"a\"] }\ncaf { scheduler { max-threads = 2 } }"),
              "a.conf:3: livedata.services:");
  CHECK_HOLDS(
    lost("livedata { instrument = \"loki\", services = [\"a\", \"c\"] }\ncaf { scheduler { max-threads = 2 } }"),
    "a.conf:3: livedata.services[1]:");
  CHECK_HOLDS(
    lost("livedata { instrument = \"loki\", services = [\"a\", \"b\"] }\ncaf { scheduler { max-threads = \"2\" } }"),
    "a.conf:5: caf.scheduler.max-threads:");
  CHECK_HOLDS(
    lost("livedata { instrument = \"loki\", services = [\"a\", \"b\"], x = 1 }\ncaf { scheduler { max-threads = 2 } }"),
    "livedata", "not there");
}

TEST_CASE("CAF itself still drops dotted keys and open blocks in silence, which is what the checks are for") {
  auto text = "livedata {\n instrument = \"loki\"\n source { rate = 5 }\n";
  std::istringstream in{text};
  auto content = caf::actor_system_config::parse_config(in);
  REQUIRE(content);
  CHECK(caf::get_if<double>(&*content, "livedata.source.rate") == nullptr);
  CHECK_HOLDS(configure_file(text)->error(), "test.conf:1:", "'livedata'", "never closed");
}

} // namespace configuration_file_text
