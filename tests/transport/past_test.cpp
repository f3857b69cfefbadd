// A job that is started late with a start in the past has in the end what a job has that was started in time, on a
// recording and on Kafka; other jobs notice nothing.
#include "kafka_engine.hpp"
#include "messages/codec/commands.hpp"

namespace past_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr std::uint64_t pulses = 14 * 20;

timestamp second(std::int64_t n) {
  return first_pulse + duration{n * 1'000'000'000};
}

start_command command_for(const std::string& name, const std::string& workflow, job_schedule schedule) {
  start_command c;
  c.message_id = "late";
  c.workflow = {name, workflow, 1};
  c.job = {"bank1", uuid_from_name("late")};
  c.schedule = schedule;
  return c;
}

raw_message message_of(const std::string& name, const start_command& c) {
  return {name + "_livedata_commands", {}, make_payload(commands::write(c))};
}

job_request in_time(std::string workflow, std::int64_t start_second) {
  auto r = request(std::move(workflow), "bank1");
  r.start_ns = second(start_second).ns;
  r.number = to_string(uuid_from_name("early"));
  return r;
}

// The pulses with the command behind one of them.
void write_recording(const std::filesystem::path& file, const std::string& name,
                     const std::optional<start_command>& c) {
  auto writer = recording_writer::create(file).value();
  for (std::uint64_t k = 0; k < pulses; ++k) {
    auto messages = pulse_of(name, k);
    if (k == 150 && c) messages.push_back(message_of(name, *c));
    for (const auto& m : messages) {
      envelope around;
      around.time = first_pulse + static_cast<std::int64_t>(k) * pulse_period;
      around.type = envelope::time_type::created;
      REQUIRE(writer->write(m.topic, around, m.content->bytes()));
    }
  }
  REQUIRE(writer->finish());
}

using by_output = std::map<std::string, std::vector<std::vector<std::byte>>>;

// Those of one job.
by_output of_job(const by_output& all, const std::string& number) {
  by_output out;
  for (const auto& [key, messages] : all) {
    auto j = json::parse(key);
    if (j["job_id"]["job_number"] == number) out.emplace(j["output_name"], messages);
  }
  return out;
}

std::vector<std::string> cumulative_outputs(const std::string& workflow) {
  if (workflow == "view") return {"cumulative", "counts_total_cumulative", "counts_in_toa_range_cumulative"};
  return {"counts"};
}

// Without the key, which holds the number of the job.
data_array array_of(const std::vector<std::byte>& message) {
  return da00::read(message).value().data;
}

void check_same_in_the_end(const by_output& late, const by_output& early, const std::vector<std::string>& outputs) {
  for (const auto& output : outputs) {
    CAPTURE(output);
    REQUIRE(late.contains(output));
    REQUIRE(early.contains(output));
    auto a = array_of(late.at(output).back());
    auto b = array_of(early.at(output).back());
    if (a.data.data.index() == b.data.data.index() && a.data.dims.empty())
      std::visit([&b](const auto& x) { CHECK(x.at(0) == std::get<std::decay_t<decltype(x)>>(b.data.data).at(0)); },
                 a.data.data);
    for (const auto* name : {"start_time", "end_time"}) {
      if (a.coord(name) == nullptr || b.coord(name) == nullptr) continue;
      auto ns = [&](const data_array& x) { return std::get<std::vector<std::int64_t>>(x.coord(name)->data).at(0); };
      CHECK((timestamp{ns(a)} - first_pulse).seconds() == (timestamp{ns(b)} - first_pulse).seconds());
    }
    CHECK(a.data == b.data);
    CHECK(a.coords == b.coords);
  }
}

} // namespace

TEST_CASE("on a recording, a job started late with a start in the past ends with the bytes of a job started in time") {
  auto number = to_string(uuid_from_name("late"));
  for (const auto* workflow : {"view", "scripted"}) {
    CAPTURE(workflow);
    scratch_path with;
    scratch_path without;
    write_recording(with.path, "past", command_for("past", workflow, {second(5), {}}));
    write_recording(without.path, "past", {});
    auto jobs = some_jobs();
    jobs.push_back(in_time(workflow, 5));
    auto play = [&](const std::filesystem::path& file) {
      kafka_engine e(nullptr, {"past", jobs, std::nullopt, file});
      auto report = e.run_to_end();
      CHECK(report.messages_dropped == 0);
      for (const auto& j : report.jobs)
        CHECK(j.state == job_state::active);
      return e.results_by_output();
    };
    auto all = play(with.path);
    auto late = of_job(all, number);
    REQUIRE_FALSE(late.empty());
    auto early = of_job(all, to_string(uuid_from_name("early")));
    check_same_in_the_end(late, early, cumulative_outputs(workflow));
    // The others give the same messages as without the late job.
    std::erase_if(all, [&](const auto& r) { return json::parse(r.first)["job_id"]["job_number"] == number; });
    CHECK(all == play(without.path));
  }
}

TEST_CASE("on a recording, a job whose schedule lies in the past as a whole gives its result and goes") {
  auto number = to_string(uuid_from_name("late"));
  scratch_path file;
  write_recording(file.path, "past", command_for("past", "view", {second(3), second(7)}));
  auto early = in_time("view", 3);
  early.end_ns = second(7).ns;
  kafka_engine e(nullptr, {"past", {request("view", "bank0"), early}, std::nullopt, file.path});
  e.run_to_end();
  auto all = e.results_by_output();
  auto late = of_job(all, number);
  check_same_in_the_end(late, of_job(all, to_string(uuid_from_name("early"))), cumulative_outputs("view"));
  CHECK(late.at("cumulative").size() == 1);
}

namespace {

// `distance`: how much later Kafka's times are than those of the data. Nothing: they are of now.
void check_late_job_on_kafka(std::optional<duration> distance) {
  broker b;
  auto name = b.unique("past");
  make_topics(b, name);
  // Before the engine is there: nothing of it comes to the others.
  auto p = b.produce();
  std::size_t sent = 0;
  auto send = [&](std::uint64_t from, std::uint64_t to) {
    for (auto k = from; k < to; ++k)
      for (const auto& m : pulse_of(name, k)) {
        envelope around;
        around.type = envelope::time_type::created;
        if (distance) around.time = first_pulse + static_cast<std::int64_t>(k) * pulse_period + *distance;
        REQUIRE(p->send(m.topic, m.content, around, distance.has_value(), "message"));
        ++sent;
      }
    REQUIRE(p->flush(30s) == 0);
  };
  send(0, 42);
  auto before = std::exchange(sent, 0U);
  CHECK(before > 0);
  auto number = to_string(uuid_from_name("late"));
  auto jobs = some_jobs();
  jobs.push_back(in_time("view", 5));
  kafka_engine e(&b, {name, jobs});
  send(42, 160);
  REQUIRE(e.received(sent));
  auto count = [&](const std::string& job) {
    auto results = of_job(e.results_by_output(), job);
    return results.contains("cumulative") ? results.at("cumulative").size() : 0;
  };
  std::uint64_t k = 160;
  auto go_on_until = [&](const std::string& job, std::size_t results) {
    auto patience = std::chrono::steady_clock::now() + 60s;
    for (; count(job) < results; ++k) {
      REQUIRE(std::chrono::steady_clock::now() < patience);
      send(k, k + 1);
      std::this_thread::sleep_for(10ms);
    }
  };
  go_on_until(to_string(uuid_from_name("early")), 3);
  auto command = message_of(name, command_for(name, "view", {second(5), {}}));
  REQUIRE(p->send(command.topic, command.content, "command"));
  REQUIRE(p->flush(30s) == 0);
  ++sent;
  REQUIRE(e.received(sent));
  // A job that has caught up gives results with every batch.
  go_on_until(number, 2);
  REQUIRE(e.received(sent));
  e.finish();
  auto all = e.results_by_output();
  check_same_in_the_end(of_job(all, number), of_job(all, to_string(uuid_from_name("early"))),
                        cumulative_outputs("view"));
}

} // namespace

TEST_CASE("on Kafka, a job started late with a start in the past ends with what a job has that was started in time") {
  check_late_job_on_kafka({});
}

TEST_CASE("the same where Kafka's clock and that of the data are apart, either way and however far") {
  for (auto seconds : {-3'000'000, -60, -20, 20, 3600})
    check_late_job_on_kafka(duration{seconds * 1'000'000'000LL});
}

} // namespace past_test
