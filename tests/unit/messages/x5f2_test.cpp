#include "messages/codec/x5f2.hpp"
#include "messages/json.hpp"
#include "sample_messages.hpp"

#include <doctest/doctest.h>
#include <flatbuffers/flatbuffers.h>

namespace x5f2_test {

using namespace livedata;
using namespace livedata::test;

namespace {

const x5f2::sender who{"1.2.3", "host-1", 4242};
const job_id job{"panel_0", parse_uuid("0f8fad5b-d9cb-469f-a165-70867728950e").value()};
const auto worker = parse_uuid("7c9e6679-7425-40de-944b-e07fc1f90ae7").value();

job_heartbeat a_job() {
  return {job,
          {"dummy", "panel_0_xy", 1},
          job_state::active,
          {},
          {},
          timestamp{1767225600000000000},
          timestamp{1767225612500000000}};
}

service_heartbeat a_service() {
  return {"dummy", "detector_data", worker, service_state::running, {1767225600123456789}, 2, {}, 1.0, {}};
}

template <class T>
T there_and_back(const T& h) {
  return std::get<T>(x5f2::heartbeat_of(x5f2::read(x5f2::write(h, who)).value()).value());
}

void check_equal(const job_heartbeat& a, const job_heartbeat& b) {
  CHECK(a.job == b.job);
  CHECK(a.workflow == b.workflow);
  CHECK(a.state == b.state);
  CHECK(a.warning == b.warning);
  CHECK(a.error == b.error);
  CHECK(a.start == b.start);
  CHECK(a.end == b.end);
}

std::string_view reason(const nlohmann::json& status) {
  x5f2::message m;
  m.status_json = status.dump();
  const auto h = x5f2::heartbeat_of(m);
  return h ? "accepted" : h.error().reason;
}

nlohmann::json status_of(const auto& h) {
  return nlohmann::json::parse(x5f2::read(x5f2::write(h, who))->status_json);
}

} // namespace

TEST_CASE("a recorded x5f2 message holds what its writer put in, at any alignment") {
  for (const auto& entry : recorded("x5f2")) {
    const auto bytes = load(entry.at("file"));
    for (std::size_t offset = 0; offset < 8; ++offset) {
      const placed copy(bytes, offset);
      const auto m = x5f2::read(copy.bytes());
      REQUIRE(m);
      const x5f2::message expected{entry.at("software_name"), entry.at("software_version"), entry.at("service_id"),
                                   entry.at("host_name"),     entry.at("process_id"),       entry.at("update_interval"),
                                   entry.at("status_json")};
      CHECK(*m == expected);
      CHECK(x5f2::read(x5f2::write(*m)).value() == expected);
    }
  }
}

TEST_CASE("absent texts of an x5f2 message are empty; ours are all there") {
  flatbuffers::FlatBufferBuilder b;
  const auto start = b.StartTable();
  b.Finish(flatbuffers::Offset<flatbuffers::Table>(b.EndTable(start)), "x5f2");
  const auto* begin = reinterpret_cast<const std::byte*>(b.GetBufferPointer());
  CHECK(x5f2::read({begin, begin + b.GetSize()}).value() == x5f2::message{});
}

TEST_CASE("the status of a job goes out as the field knows it") {
  const auto m = x5f2::read(x5f2::write(a_job(), who)).value();
  CHECK(m.software_name == "livedata");
  CHECK(m.software_version == "1.2.3");
  CHECK(m.service_id == "panel_0:0f8fad5b-d9cb-469f-a165-70867728950e");
  CHECK(m.host_name == "host-1");
  CHECK(m.process_id == 4242);
  CHECK(m.update_interval == 1000);
  CHECK(m.status_json ==
        R"({"status":200,"message":{"message_type":"job","state":"active","warning":null,"error":null,"job_id":)"
        R"({"source_name":"panel_0","job_number":"0f8fad5b-d9cb-469f-a165-70867728950e"},)"
        R"("workflow_id":"dummy/panel_0_xy/1","start_time":1767225600000000000,"end_time":1767225612500000000}})");
}

TEST_CASE("the status of a service goes out as the field knows it") {
  auto h = a_service();
  h.stream_stats =
    stream_statistics{30.012, {{"dummy_detector", "panel_0", "panel_0", 421}, {"dummy_detector", "bank9", {}, 3}}};
  const auto m = x5f2::read(x5f2::write(h, who)).value();
  CHECK(m.service_id == "dummy:detector_data:7c9e6679-7425-40de-944b-e07fc1f90ae7");
  CHECK(m.update_interval == 2000);
  CHECK(m.status_json ==
        R"({"status":200,"message":{"message_type":"service","instrument":"dummy","service_name":"detector_data",)"
        R"("worker_id":"7c9e6679-7425-40de-944b-e07fc1f90ae7","state":"running","started_at":1767225600123456789,)"
        R"("active_job_count":2,"error":null,"batch_interval_s":1.0,"stream_stats":{"window_seconds":30.012,)"
        R"("streams":[{"topic":"dummy_detector","source_name":"panel_0","stream":"panel_0","count":421},)"
        R"({"topic":"dummy_detector","source_name":"bank9","stream":null,"count":3}]}}})");
}

TEST_CASE("edge case 42: names with colons, large versions and texts beyond ASCII survive") {
  auto h = a_job();
  h.job.source_name = "complex:source:name";
  h.workflow.version = 42;
  h.warning = "µ \"quoted\"\n∫";
  check_equal(there_and_back(h), h);
  CHECK(x5f2::read(x5f2::write(h, who))->service_id == "complex:source:name:0f8fad5b-d9cb-469f-a165-70867728950e");
}

TEST_CASE("edge case 43: every state survives with its status code") {
  const std::vector<std::pair<job_state, int>> jobs{
    {job_state::scheduled, 235}, {job_state::pending_context, 210}, {job_state::active, 200}, {job_state::warning, 210},
    {job_state::error, 240},     {job_state::finishing, 200},       {job_state::stopped, 999}};
  for (auto [state, code] : jobs) {
    auto h = a_job();
    h.state = state;
    CHECK(status_of(h).at("status") == code);
    check_equal(there_and_back(h), h);
  }
  // A state that the field's programs do not know, under the nearest name that they do.
  auto waiting = a_job();
  waiting.state = job_state::waiting;
  CHECK(status_of(waiting).at("status") == 210);
  CHECK(there_and_back(waiting).state == job_state::pending_context);
  const std::vector<std::pair<service_state, int>> services{{service_state::starting, 235},
                                                            {service_state::running, 200},
                                                            {service_state::stopped, 235},
                                                            {service_state::error, 240}};
  for (auto [state, code] : services) {
    auto h = a_service();
    h.state = state;
    h.error = "why";
    CHECK(status_of(h).at("status") == code);
    const auto back = there_and_back(h);
    CHECK(back.state == state);
    CHECK(back.error == "why");
    CHECK(back.worker_id == worker);
    CHECK(back.started_at == h.started_at);
    CHECK(back.active_job_count == 2);
    CHECK_FALSE(back.stream_stats);
  }
}

TEST_CASE("a job without data times has null for them") {
  auto h = a_job();
  h.start.reset();
  h.end.reset();
  CHECK(status_of(h).at("message").at("start_time").is_null());
  check_equal(there_and_back(h), h);
}

TEST_CASE("statistics of streams survive, also empty ones") {
  auto h = a_service();
  h.stream_stats = stream_statistics{};
  CHECK(status_of(h).at("message").at("stream_stats").at("streams").empty());
  CHECK(there_and_back(h).stream_stats == h.stream_stats);
  h.stream_stats = stream_statistics{30.5, {{"t", "s", "n", 3}, {"t", "z", {}, 1}}};
  CHECK(there_and_back(h).stream_stats == h.stream_stats);
}

TEST_CASE("edge case 44: without a type it is about a job; other types are refused") {
  auto status = status_of(a_job());
  status["message"].erase("message_type");
  CHECK(reason(status) == "accepted");
  status["message"]["message_type"] = "dashboard";
  CHECK(reason(status) == "unknown_kind");
  status["message"]["message_type"] = 5;
  CHECK(reason(status) == "bad_field");
}

TEST_CASE("a status that makes no sense is refused") {
  for (const auto* name : {"state", "job_id", "workflow_id"}) {
    auto status = status_of(a_job());
    status["message"].erase(name);
    CHECK(reason(status) == "bad_field");
  }
  auto status = status_of(a_job());
  status["message"]["state"] = "paused";
  CHECK(reason(status) == "bad_field");
  for (const auto* name : {"instrument", "service_name", "worker_id", "state", "started_at", "active_job_count"}) {
    auto service = status_of(a_service());
    service["message"].erase(name);
    CHECK(reason(service) == "bad_field");
  }
  CHECK(reason({{"status", 1}}) == "bad_field");
  CHECK(reason(5) == "bad_field");
}

} // namespace x5f2_test
