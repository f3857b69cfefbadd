#include "messages/codec/acknowledgements.hpp"
#include "messages/codec/commands.hpp"

#include <doctest/doctest.h>

namespace commands_test {

using namespace livedata;

namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto b = std::as_bytes(std::span(text));
  return {b.begin(), b.end()};
}

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

result<commands::command> read(std::string_view text) {
  return commands::read(bytes_of(text), [] { return "made-up"; });
}

result<commands::command> read(const json& j) {
  return read(std::string_view(j.dump()));
}

start_command start(const json& j) {
  const auto c = read(j);
  REQUIRE_MESSAGE(c, (c ? "" : c.error().message));
  return std::get<start_command>(*c);
}

job_command action(const json& j) {
  const auto c = read(j);
  REQUIRE_MESSAGE(c, (c ? "" : c.error().message));
  return std::get<job_command>(*c);
}

std::string_view reason(const json& j) {
  const auto c = read(j);
  return c ? "accepted" : c.error().reason;
}

constexpr std::string_view dashboard_start =
  R"({"kind":"workflow_config","identifier":{"instrument":"dummy","name":"panel_0_xy","version":1},)"
  R"("message_id":"7c9e6679-7425-40de-944b-e07fc1f90ae7","job_id":{"source_name":"panel_0",)"
  R"("job_number":"0f8fad5b-d9cb-469f-a165-70867728950e"},"schedule":{"start_time":null,"end_time":null},)"
  R"("aux_source_names":{},"params":{"toa_edges":{"start":0.0,"stop":71.42857142857143,"num_bins":100,"unit":"ms"}}})";

constexpr std::string_view dashboard_stop =
  R"({"kind":"job_command","message_id":"7c9e6679-7425-40de-944b-e07fc1f90ae7","job_id":{"source_name":"panel_0",)"
  R"("job_number":"0f8fad5b-d9cb-469f-a165-70867728950e"},"workflow_id":null,"action":"stop"})";

json a_start() {
  return json::parse(dashboard_start);
}

json a_stop() {
  return json::parse(dashboard_stop);
}

// The start with a member changed, or left out if the value is discarded.
json changed(json j, const char* pointer, const json& value) {
  j[json::json_pointer(pointer)] = value;
  return j;
}

json without(json j, const char* name) {
  j.erase(name);
  return j;
}

} // namespace

TEST_CASE("a start command of the dashboard is read, and written as the dashboard does") {
  const auto c = start(a_start());
  CHECK(c.message_id == "7c9e6679-7425-40de-944b-e07fc1f90ae7");
  CHECK(c.workflow == workflow_id{"dummy", "panel_0_xy", 1});
  CHECK(to_string(c.job) == "panel_0/0f8fad5b-d9cb-469f-a165-70867728950e");
  CHECK(c.schedule == job_schedule{});
  CHECK(c.aux_source_names.empty());
  CHECK(c.params.at("toa_edges").at("num_bins") == 100);
  CHECK(text_of(commands::write(c)) == dashboard_start);
}

TEST_CASE("a job command of the dashboard is read, and written as the dashboard does") {
  const auto c = action(a_stop());
  CHECK(c.action == job_action::stop);
  CHECK(to_string(c.job.value()) == "panel_0/0f8fad5b-d9cb-469f-a165-70867728950e");
  CHECK_FALSE(c.workflow);
  CHECK(text_of(commands::write(c)) == dashboard_stop);
}

TEST_CASE("what is left out of a start has its default") {
  auto j = a_start();
  for (const auto* name : {"schedule", "aux_source_names", "params"})
    j.erase(name);
  const auto c = start(j);
  CHECK(c.schedule == job_schedule{});
  CHECK(c.aux_source_names.empty());
  CHECK(c.params == json::object());
}

TEST_CASE("what a start needs, or has of a wrong type, makes it undecodable") {
  for (const auto* name : {"kind", "identifier", "job_id"})
    CHECK(reason(without(a_start(), name)) == "bad_field");
  for (const auto* pointer : {"/message_id", "/schedule", "/aux_source_names", "/params", "/job_id", "/identifier",
                              "/job_id/source_name", "/job_id/job_number", "/identifier/version"}) {
    CAPTURE(pointer);
    CHECK(reason(changed(a_start(), pointer, nullptr)) == "bad_field");
    CHECK(reason(changed(a_start(), pointer, true)) == "bad_field");
  }
  CHECK(reason(changed(a_start(), "/message_id", 5)) == "bad_field");
  CHECK(reason(changed(a_start(), "/job_id/job_number", "not-a-uuid")) == "bad_field");
  CHECK(reason(changed(a_start(), "/aux_source_names/role", 5)) == "bad_field");
  CHECK(reason(changed(a_start(), "/params", json::array())) == "bad_field");
}

TEST_CASE("the failure says where in the command the mistake is") {
  const auto c = read(changed(a_start(), "/schedule/start_time", "soon"));
  REQUIRE_FALSE(c);
  CHECK(c.error().message == "command refused: schedule.start_time must be a whole number, not \"soon\"");
}

TEST_CASE("edge case 32: a workflow as text resets its jobs; without message id it gets a new one") {
  const auto c = action({{"kind", "job_command"}, {"action", "reset"}, {"workflow_id", "bifrost/monitor_histogram/1"}});
  CHECK(c.action == job_action::reset);
  CHECK(c.workflow == workflow_id{"bifrost", "monitor_histogram", 1});
  CHECK_FALSE(c.job);
  CHECK(c.message_id == "made-up");
  CHECK(start(without(a_start(), "message_id")).message_id == "made-up");
}

TEST_CASE("edge case 33: texts that are no workflow id make a command undecodable") {
  for (const auto* text : {"a/b", "a/b/c/d", "a/b/c/", "no-slashes", "a/b/c"}) {
    CAPTURE(text);
    CHECK(reason(changed(a_stop(), "/workflow_id", text)) == "bad_field");
    CHECK(reason(changed(a_start(), "/identifier", text)) == "bad_field");
  }
  CHECK(reason(changed(a_start(), "/identifier", "a/b/7")) == "accepted");
}

TEST_CASE("a version may be a whole number, a whole float or a text of digits") {
  for (const json& version : {json(7), json(7.0), json("7"), json(" 7 ")})
    CHECK(start(changed(a_start(), "/identifier/version", version)).workflow.version == 7);
  for (const json& version : {json(7.5), json("7.5"), json("x"), json(nullptr), json(1e300), json("")})
    CHECK(reason(changed(a_start(), "/identifier/version", version)) == "bad_field");
}

TEST_CASE("a job number may be written in every form of a UUID") {
  for (const auto* text : {"0F8FAD5B-D9CB-469F-A165-70867728950E", "0f8fad5bd9cb469fa16570867728950e",
                           "{0f8fad5b-d9cb-469f-a165-70867728950e}", "urn:uuid:0f8fad5b-d9cb-469f-a165-70867728950e"})
    CHECK(start(changed(a_start(), "/job_id/job_number", text)).job == start(a_start()).job);
}

TEST_CASE("edge case 37: a schedule must end after its start; everything else goes") {
  const auto schedule = [](json start_time, json end_time) {
    return changed(a_start(), "/schedule", {{"start_time", start_time}, {"end_time", end_time}});
  };
  CHECK(reason(schedule(5, 5)) == "bad_field");
  CHECK(reason(schedule(5, 4)) == "bad_field");
  CHECK(start(schedule(nullptr, 4)).schedule == job_schedule{{}, timestamp{4}});
  CHECK(start(schedule(nullptr, -4)).schedule == job_schedule{{}, timestamp{-4}});
  CHECK(start(schedule(-9, -8)).schedule == job_schedule{timestamp{-9}, timestamp{-8}});
  // Texts of digits are numbers, floats lose their fraction.
  CHECK(start(schedule("12", 13.9)).schedule == job_schedule{timestamp{12}, timestamp{13}});
  CHECK(reason(schedule(json::parse("18446744073709551615"), nullptr)) == "bad_field");
  CHECK(reason(schedule(1e30, nullptr)) == "bad_field");
  CHECK(start(changed(a_start(), "/schedule", json::object())).schedule == job_schedule{});
}

TEST_CASE("edge case 38: unknown kinds and actions are undecodable") {
  CHECK(reason(changed(a_stop(), "/kind", "job_order")) == "unknown_kind");
  CHECK(reason(without(a_stop(), "kind")) == "bad_field");
  CHECK(reason(changed(a_stop(), "/kind", 1)) == "bad_field");
  for (const json& a : {json("remove"), json("STOP"), json(""), json(nullptr), json(1)})
    CHECK(reason(changed(a_stop(), "/action", a)) == "bad_field");
  CHECK(reason(without(a_stop(), "action")) == "bad_field");
  for (const auto* a : {"stop", "reset", "pause", "resume"})
    CHECK(commands::to_string(action(changed(a_stop(), "/action", a)).action) == a);
}

TEST_CASE("edge case 39: unknown members are passed over at every level, those of params are kept") {
  auto j = a_start();
  j["more"] = 1;
  j["job_id"]["more"] = 1;
  j["identifier"]["namespace"] = "x";
  j["schedule"]["more"] = 1;
  j["params"]["more"] = 1;
  const auto c = start(j);
  CHECK(c.job == start(a_start()).job);
  CHECK(c.params.at("more") == 1);
}

TEST_CASE("roles of auxiliary sources keep their order") {
  const auto c = start(changed(a_start(), "/aux_source_names", {{"z", "stream/1"}, {"a", "stream/2"}}));
  CHECK(c.aux_source_names == std::vector<std::pair<std::string, std::string>>{{"z", "stream/1"}, {"a", "stream/2"}});
}

TEST_CASE("both selectors of a job command may be absent or null: all jobs") {
  for (const auto& c : {action({{"kind", "job_command"}, {"action", "stop"}}),
                        action(changed(changed(a_stop(), "/job_id", nullptr), "/workflow_id", nullptr))}) {
    CHECK_FALSE(c.job);
    CHECK_FALSE(c.workflow);
  }
}

TEST_CASE("answers are compact JSON with null written out, and survive the way there and back") {
  const acknowledgement done{"7c9e", "panel_0", std::nullopt};
  CHECK(text_of(acknowledgements::write(done)) ==
        R"({"message_id":"7c9e","device":"panel_0","response":"ACK","message":null})");
  const acknowledgement refused{"7c9e", "all", "tür \"a\"\nund\\ µ"};
  CHECK(text_of(acknowledgements::write(refused)) ==
        "{\"message_id\":\"7c9e\",\"device\":\"all\",\"response\":\"ERR\",\"message\":\"tür \\\"a\\\"\\nund\\\\ µ\"}");
  CHECK(acknowledgements::read(acknowledgements::write(done)).value() == done);
  CHECK(acknowledgements::read(acknowledgements::write(refused)).value() == refused);
}

TEST_CASE("answers that make no sense are refused") {
  const auto why = [](std::string_view text) {
    const auto a = acknowledgements::read(bytes_of(text));
    return a ? "accepted" : a.error().reason;
  };
  CHECK(why("{") == "bad_json");
  CHECK(why("{}") == "bad_field");
  CHECK(why(R"({"message_id":"a","device":"b","response":"ack","message":null})") == "bad_field");
  CHECK(why(R"({"message_id":"a","device":"b","response":"ERR","message":7})") == "bad_field");
  CHECK(why(R"({"message_id":"a","device":"b","response":"ERR"})") == "accepted");
}

} // namespace commands_test
