#include "workflows/instrument/json_node.hpp"

#include <doctest/doctest.h>

#include <string>

namespace instrument_json_node_test {

using namespace livedata;

namespace {

// The text of the error that a function throws; empty if it throws none.
template <class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const json_error& e) {
    return e.what();
  }
  return {};
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a syntax error names line and column") {
  auto text = error_of([] { parse_json("{\n  \"a\": 1,\n  \"b\" \"c\"\n}"); });
  CHECK(contains(text, "not valid JSON"));
  CHECK(contains(text, "line 3, column 9"));
  CHECK_FALSE(contains(text, "json.exception"));
  CHECK(contains(error_of([] { parse_json("{\n\"b\" 23\n}"); }), "not valid JSON: line 2, column 6: "));
  CHECK(contains(error_of([] { parse_json("["); }), "not valid JSON: line 1, column 2: "));
  CHECK(contains(error_of([] { parse_json("[\n"); }), "not valid JSON: line 2, column 1: "));
}

TEST_CASE("comments, trailing commas, a second document and bad UTF-8 are syntax errors") {
  for (const char* text : {"{} // end", "/* */ {}", "[1,]", "{} {}", "", "[\"\xff\"]", "1e999"}) {
    CAPTURE(text);
    CHECK(contains(error_of([&] { parse_json(text); }), "not valid JSON"));
  }
}

TEST_CASE("a key that stands twice is an error with its place") {
  auto text = error_of([] { parse_json(R"({"a": [[0], {"b~/c": {"d": 1, "e": {}, "d": 2}}]})"); });
  CHECK(contains(text, "/a/1/b~0~1c/d: "));
  CHECK(contains(text, "twice"));
  CHECK(error_of([] { parse_json(R"([{"d": 1}, {"d": 1, "e": {"d": 1}}])"); }).empty());
}

TEST_CASE("nesting has a limit") {
  auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  CHECK(error_of([&] { parse_json(nested(64)); }).empty());
  CHECK(contains(error_of([&] { parse_json(nested(65)); }), "nested too deeply"));
  CHECK(contains(error_of([&] { parse_json(nested(100'000)); }), "nested too deeply"));
}

TEST_CASE("a node names its place, what stands there and what is allowed") {
  auto document = parse_json(R"({"list": [{"n": "five"}], "a/b": {"n": 7}})");
  json_node root(document);
  CHECK(error_of([&] { root.at("list").items()[0].at("n").integer(1, 9); }) ==
        "/list/0/n: \"five\" is wrong here; allowed: whole numbers from 1 to 9");
  CHECK(error_of([&] { root.at("a/b").at("n").text(); }) ==
        "/a~1b/n: 7 is wrong here; allowed: a text that is not empty");
  CHECK(error_of([&] { root.at("absent"); }) == "the document: the key \"absent\" is missing");
  CHECK(error_of([&] { root.at("list").at("n"); }) == "/list: a list is wrong here; allowed: an object");
  CHECK(root.at("a/b").at("n").integer(7, 7) == 7);
}

TEST_CASE("integers are whole numbers within their bounds") {
  auto document = parse_json("[3, -4, 3.0, 9223372036854775807, 9223372036854775808, true, null]");
  auto items = json_node(document).items();
  constexpr auto low = std::numeric_limits<std::int64_t>::min();
  constexpr auto high = std::numeric_limits<std::int64_t>::max();
  CHECK(items[0].integer(3, 3) == 3);
  CHECK(items[1].integer(low, high) == -4);
  CHECK(items[3].integer(low, high) == high);
  CHECK_THROWS_AS(items[0].integer(4, 9), json_error);
  CHECK_THROWS_AS(items[0].integer(0, 2), json_error);
  for (std::size_t i : {2U, 4U, 5U, 6U}) {
    CAPTURE(i);
    CHECK_THROWS_AS(items[i].integer(low, high), json_error);
  }
}

TEST_CASE("numbers may be whole or not, and positive ones exclude zero") {
  auto document = parse_json("[3, 0.5, 0, -1, \"1\"]");
  auto items = json_node(document).items();
  CHECK(items[0].number(0) == 3);
  CHECK(items[1].positive() == 0.5);
  CHECK(items[2].number(0, 1) == 0);
  CHECK_THROWS_AS(items[2].positive(), json_error);
  CHECK_THROWS_AS(items[3].number(0), json_error);
  CHECK_THROWS_AS(items[4].number(0), json_error);
  CHECK(error_of([&] { items[3].positive(); }) == "/3: -1 is wrong here; allowed: a number greater than 0");
}

TEST_CASE("an unknown key is an error that lists the known ones and suggests the nearest") {
  auto document = parse_json(R"({"title": 1, "sourcse": 2})");
  auto text = error_of([&] { json_node(document).allow_keys({"title", "sources"}); });
  CHECK(text == "the document: unknown key \"sourcse\" (did you mean \"sources\"?); allowed: title, sources");
}

TEST_CASE("a comment is a text, allowed in any object and no part of what is read") {
  auto document = parse_json(R"({"comment": "x", "a": {"comment": "y", "b": [{"comment": "z", "c": 1}]}, "d": 2})");
  json_node root(document);
  root.allow_keys({"a", "d"});
  auto members = root.members();
  REQUIRE(members.size() == 2);
  CHECK(members[0].first == "a");
  CHECK(members[1].first == "d");
  CHECK(root.object_without_comments() == parse_json(R"({"a": {"b": [{"c": 1}]}, "d": 2})"));

  auto wrong = parse_json(R"({"a": [{"comment": 5}]})");
  CHECK(contains(error_of([&] { json_node(wrong).object_without_comments(); }), "/a/0/comment: 5 is wrong"));
}

} // namespace instrument_json_node_test
