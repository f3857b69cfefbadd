#include "messages/ids.hpp"
#include "messages/stream.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <set>

namespace ids_test {

using namespace livedata;

namespace {

constexpr std::string_view example = "0f8fad5b-d9cb-469f-a165-70867728950e";

uuid example_uuid() {
  return {{0x0f, 0x8f, 0xad, 0x5b, 0xd9, 0xcb, 0x46, 0x9f, 0xa1, 0x65, 0x70, 0x86, 0x77, 0x28, 0x95, 0x0e}};
}

} // namespace

TEST_CASE("113: a workflow id survives the way through text") {
  const workflow_id id{"loki", "tube_view", 42};
  CHECK(to_string(id) == "loki/tube_view/42");
  CHECK(*parse_workflow_id("loki/tube_view/42") == id);
  CHECK(parse_workflow_id("a/b/0")->version == 0);
}

TEST_CASE("113: a text that is no workflow id is refused with the text and the right form") {
  for (const char* text : {"", "/", "//", "no-slashes", "a/b", "a/b/c/d", "a/b/1/", "a/b/", "a/b/c", "a/b/1.0",
                           "a/b/ 1", "a/b/1 ", "a/b/+1", "a/b/-1", "a/b/0x1", "a/b/99999999999", "/b/1", "a//1"}) {
    CAPTURE(text);
    const auto id = parse_workflow_id(text);
    REQUIRE(!id);
    CHECK(id.error().reason == "bad_workflow_id");
    CHECK(id.error().message.find(std::string("'") + text + "'") != std::string::npos);
    CHECK(id.error().message.find("instrument/name/version") != std::string::npos);
  }
}

TEST_CASE("a UUID is written in lower case with hyphens") {
  CHECK(to_string(example_uuid()) == example);
}

TEST_CASE("a UUID is read in every usual form") {
  for (const char* text :
       {"0f8fad5b-d9cb-469f-a165-70867728950e", "0F8FAD5B-D9CB-469F-A165-70867728950E",
        "0f8fad5bd9cb469fa16570867728950e", "0F8fAD5bD9cB469fA16570867728950E",
        "{0f8fad5b-d9cb-469f-a165-70867728950e}", "{0f8fad5bd9cb469fa16570867728950e}",
        "urn:uuid:0f8fad5b-d9cb-469f-a165-70867728950e", "URN:UUID:0F8FAD5B-D9CB-469F-A165-70867728950E"}) {
    CAPTURE(text);
    const auto id = parse_uuid(text);
    REQUIRE(id);
    CHECK(*id == example_uuid());
  }
}

TEST_CASE("a text that is no UUID is refused") {
  for (const char* text : {"", "{", "{}", "urn:uuid:", "-", "0f8fad5b-d9cb-469f-a165-70867728950",
                           "0f8fad5b-d9cb-469f-a165-70867728950e0", "0f8fad5bd9cb469fa16570867728950",
                           "0f8fad5bd-9cb-469f-a165-70867728950e", "0f8fad5b-d9cb-469f-a16570867728950e-",
                           "0f8fad5b-d9cb-469f-a165-70867728950g", "{0f8fad5b-d9cb-469f-a165-70867728950e",
                           "0f8fad5b-d9cb-469f-a165-70867728950e}", " 0f8fad5b-d9cb-469f-a165-70867728950e",
                           "------------------------------------", "--------------------------------"}) {
    CAPTURE(text);
    const auto id = parse_uuid(text);
    REQUIRE(!id);
    CHECK(id.error().reason == "bad_uuid");
    CHECK(id.error().message.find(std::string("'") + text + "'") != std::string::npos);
  }
}

TEST_CASE("a UUID made from a text depends on the text alone and has version 8") {
  const auto id = uuid_from_name("loki/tube_view/1");
  CHECK(id == uuid_from_name(std::string("loki/tube_view/") + "1"));
  // Jobs keep their numbers from one release to the next.
  CHECK(to_string(id) == "75ad66e3-5353-87a8-8529-0b4a73ad294e");

  std::set<uuid> seen;
  std::string text;
  for (int i = 0; i < 50'000; ++i) {
    text = std::to_string(i / 2) + (i % 2 == 0 ? "" : std::string(1, '\0'));
    const auto made = uuid_from_name(text);
    REQUIRE((made.bytes[6] >> 4) == 8);
    REQUIRE((made.bytes[8] >> 6) == 2);
    REQUIRE(*parse_uuid(to_string(made)) == made);
    seen.insert(made);
  }
  CHECK(seen.size() == 50'000);
}

TEST_CASE("every bit of a UUID made from a text, but those of version and variant, is on as often as off") {
  std::array<int, 128> on{};
  constexpr int tries = 4'000;
  for (int i = 0; i < tries; ++i) {
    const auto id = uuid_from_name("bank_" + std::to_string(i));
    for (std::size_t bit = 0; bit < on.size(); ++bit)
      on[bit] += id.bytes[bit / 8] >> (bit % 8) & 1;
  }
  for (std::size_t bit = 0; bit < on.size(); ++bit) {
    const bool fixed = (bit / 8 == 6 && bit % 8 >= 4) || (bit / 8 == 8 && bit % 8 >= 6);
    CAPTURE(bit);
    if (!fixed) CHECK(std::abs(on[bit] - tries / 2) < tries / 16);
  }
}

TEST_CASE("a job id reads as source and job number") {
  CHECK(to_string(job_id{"panel/0", example_uuid()}) == "panel/0/" + std::string(example));
}

TEST_CASE("a result key is compact JSON with its fields in a fixed order") {
  CHECK(result_key({"dummy", "monitor_histogram", 1}, {"monitor1", example_uuid()}, "cumulative") ==
        R"({"workflow_id":{"instrument":"dummy","name":"monitor_histogram","version":1},)"
        R"("job_id":{"source_name":"monitor1","job_number":"0f8fad5b-d9cb-469f-a165-70867728950e"},)"
        R"("output_name":"cumulative"})");
}

TEST_CASE("a result key escapes quotes, backslashes and control characters only") {
  const std::string odd = "q\" b\\ s/ n\n t\t e\x1b d\x7f å µ ∫ 𝄞";
  const auto key = result_key({"i", odd, 1}, {odd, {}}, odd);
  const std::string written = R"("q\" b\\ s/ n\n t\t e\u001b d)"
                              "\x7f å µ ∫ 𝄞\"";
  CHECK(key.find("\"name\":" + written) != std::string::npos);
  CHECK(key.find("\"source_name\":" + written) != std::string::npos);
  CHECK(key.ends_with("\"output_name\":" + written + "}"));
  CHECK(nlohmann::json::parse(key).at("output_name") == odd);
}

TEST_CASE("a result key of names that are not UTF-8 is still JSON") {
  const auto key = result_key({"i", "w", 1},
                              {"bad\xff"
                               "name",
                               {}},
                              "o");
  CHECK(nlohmann::json::parse(key).at("job_id").at("source_name") == "bad\ufffdname");
}

TEST_CASE("stream kinds have the names that status messages use") {
  CHECK(to_string(stream_kind::unknown) == "unknown");
  CHECK(to_string(stream_kind::monitor_counts) == "monitor_counts");
  CHECK(to_string(stream_kind::monitor_events) == "monitor_events");
  CHECK(to_string(stream_kind::detector_events) == "detector_events");
  CHECK(to_string(stream_kind::area_detector) == "area_detector");
  CHECK(to_string(stream_kind::log) == "log");
  CHECK(to_string(stream_kind::device) == "device");
  CHECK(to_string(stream_kind::roi) == "livedata_roi");
}

} // namespace ids_test
