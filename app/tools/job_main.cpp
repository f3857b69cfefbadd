// livedata-job: starts jobs, acts on them and lists them, by commands over Kafka.
#include "app/plan.hpp"
#include "app/tools/tool_options.hpp"
#include "app/tools/until_signal.hpp"
#include "messages/codec/acknowledgements.hpp"
#include "messages/codec/commands.hpp"
#include "messages/codec/x5f2.hpp"
#include "messages/log_line.hpp"
#include "messages/random_uuid.hpp"
#include "transport/kafka/consumer.hpp"
#include "transport/kafka/producer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <map>
#include <spdlog/spdlog.h>

namespace livedata {

namespace {

using steady = std::chrono::steady_clock;

constexpr double usual_patience = 10;
// Statuses come every two seconds.
constexpr double seconds_of_statuses = 5;
// Of several services, each answers for itself.
constexpr auto after_an_answer = std::chrono::milliseconds(1500);
constexpr auto one_poll = std::chrono::milliseconds(100);
constexpr std::size_t most_messages = 500;

std::vector<tool_option> known_options() {
  return with_kafka_options({
    {"instrument", "<name>", "Name of the instrument, or path of its file."},
    {"workflow", "<name>", "Workflow: tube_view, tube_view/1 or loki/tube_view/1."},
    {"source", "<name>", "Source of the job."},
    {"number", "<uuid>", "Number of the job. start makes one up, and prints it."},
    {"params", "<json>", "start: parameters that differ from the defaults, as JSON."},
    {"aux", "<role>=<stream>", "start: the stream that plays a role; may be given several times.", true},
    {"start-time", "<ns>", "start: data time from which the job takes data, ns since 1970. Default: now."},
    {"end-time", "<ns>", "start: data time at which the job ends. Default: never."},
    {"all", "", "stop, reset, pause, resume: all jobs of the instrument."},
    {"wait", "<seconds>", fmt::format("How long to wait for the answer. Default: {:g}.", usual_patience)},
  });
}

failure usage(std::string text) {
  return {"usage", std::move(text)};
}

result<workflow_id> workflow_of(const std::string& text, const instrument& inst) {
  const auto slashes = std::ranges::count(text, '/');
  auto id = parse_workflow_id(slashes == 0   ? fmt::format("{}/{}/1", inst.name, text)
                              : slashes == 1 ? fmt::format("{}/{}", inst.name, text)
                                             : text);
  if (!id) return failure{"value", fmt::format("--workflow={}: {}", text, id.error().message)};
  return id;
}

result<std::optional<timestamp>> time_of(const tool_arguments& args, std::string_view name) {
  const auto text = args.value(name);
  if (!text) return std::optional<timestamp>();
  std::int64_t ns = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), ns);
  if (error != std::errc{} || end != text->data() + text->size())
    return failure{"value", fmt::format("--{}={}: expected whole nanoseconds since 1970", name, *text)};
  return std::optional(timestamp{ns});
}

result<uuid> number_of(const tool_arguments& args) {
  auto number = parse_uuid(*args.value("number"));
  if (!number) return failure{"value", fmt::format("--number: {}", number.error().message)};
  return number;
}

result<start_command> start_of(const tool_arguments& args, const instrument& inst) {
  start_command c;
  const auto workflow = args.needed("workflow");
  if (!workflow) return workflow.error();
  const auto source = args.needed("source");
  if (!source) return source.error();
  auto id = workflow_of(*workflow, inst);
  if (!id) return id.error();
  c.workflow = *id;
  c.job = {*source, random_uuid()};
  if (args.has("number")) {
    auto number = number_of(args);
    if (!number) return number.error();
    c.job.job_number = *number;
  }
  c.params = json::parse(args.value_or("params", "{}"), nullptr, false);
  if (!c.params.is_object())
    return failure{"value", "--params is no JSON object, such as {\"toa_edges\":{\"num_bins\":50}}"};
  for (const auto& text : args.values("aux")) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) return failure{"value", fmt::format("--aux={}: expected <role>=<stream>", text)};
    c.aux_source_names.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  const auto begin = time_of(args, "start-time");
  if (!begin) return begin.error();
  const auto end = time_of(args, "end-time");
  if (!end) return end.error();
  c.schedule = {*begin, *end};
  if (auto ok = c.schedule.check(); !ok) return failure{"value", ok.error().message};
  return c;
}

result<job_command> command_of(const tool_arguments& args, const instrument& inst, job_action action) {
  job_command c;
  c.action = action;
  const auto given =
    static_cast<int>(args.has("number")) + static_cast<int>(args.has("workflow")) + static_cast<int>(args.has("all"));
  if (given != 1) return usage("give one of --number (with --source), --workflow, and --all; \"list\" shows the jobs");
  if (args.has("number")) {
    const auto source = args.needed("source");
    if (!source) return source.error();
    auto number = number_of(args);
    if (!number) return number.error();
    c.job = job_id{*source, *number};
  }
  if (auto workflow = args.value("workflow")) {
    auto id = workflow_of(*workflow, inst);
    if (!id) return id.error();
    c.workflow = *id;
  }
  return c;
}

// Sends a command, and prints every answer to it. `several`: more than one service may answer.
status send(const tool_arguments& args, const instrument& inst, std::vector<std::byte> content,
            const std::string& message_id, bool several) {
  const auto patience = args.number("wait", usual_patience, 0);
  if (!patience) return patience.error();
  auto connection = kafka_tool_properties(args);
  if (!connection) return connection.error();
  const auto topic = [&](std::string_view what) { return fmt::format("{}_livedata_{}", inst.name, what); };
  auto answers =
    kafka_consumer::open(consumer_properties(*connection, "livedata_job_" + message_id), {topic("responses")});
  if (!answers) return answers.error();
  auto producer = kafka_producer::open(producer_properties(*connection));
  if (!producer) return producer.error();
  if (auto sent = (*producer)->send(topic("commands"), make_payload(std::move(content)), "command"); !sent) return sent;

  const until_signal run(0);
  auto end = steady::now() + std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(*patience));
  std::size_t came = 0;
  std::size_t refused = 0;
  while (!run.over() && steady::now() < end && !(*producer)->fatal() && !(*answers)->fatal()) {
    for (const auto& m : (*answers)->poll(most_messages, one_poll).messages) {
      const auto answer = acknowledgements::read(m.content->bytes());
      if (!answer || answer->message_id != message_id) continue;
      ++came;
      if (answer->error) ++refused;
      fmt::print("{} {}{}\n", answer->error ? "ERR" : "ACK", answer->device,
                 answer->error ? ": " + *answer->error : "");
      std::fflush(stdout);
      end = several ? std::min(end, steady::now() + after_an_answer) : steady::now();
    }
  }
  for (auto why : {(*producer)->fatal(), (*answers)->fatal()})
    if (why) return failure{"kafka", *why};
  if (came == 0)
    return failure{
      "unanswered",
      fmt::format("no answer within {:g} s: no livedata of {} is there, or it has no such workflow or job, or "
                  "does not host its service",
                  *patience, inst.name)};
  if (refused > 0) return failure{"refused", "the command was refused"};
  return nothing{};
}

// Prints the jobs whose status comes.
status list(const tool_arguments& args, const instrument& inst) {
  const auto seconds = args.number("wait", seconds_of_statuses, 0);
  if (!seconds) return seconds.error();
  auto connection = kafka_tool_properties(args);
  if (!connection) return connection.error();
  const auto id = to_string(random_uuid());
  auto statuses =
    kafka_consumer::open(consumer_properties(*connection, "livedata_job_" + id), {inst.name + "_livedata_heartbeat"});
  if (!statuses) return statuses.error();
  const until_signal run(*seconds);
  std::map<job_id, job_heartbeat> jobs;
  std::size_t services = 0;
  while (!run.over() && !(*statuses)->fatal())
    for (const auto& m : (*statuses)->poll(most_messages, one_poll).messages) {
      const auto message = x5f2::read(m.content->bytes());
      if (!message) continue;
      const auto heartbeat = x5f2::heartbeat_of(*message);
      if (!heartbeat) continue;
      if (const auto* job = std::get_if<job_heartbeat>(&*heartbeat))
        jobs[job->job] = *job;
      else
        ++services;
    }
  if (auto why = (*statuses)->fatal()) return failure{"kafka", *why};
  if (services == 0 && jobs.empty())
    return failure{"unanswered",
                   fmt::format("no livedata of {} has said how it is within {:g} s", inst.name, *seconds)};
  for (const auto& [job, h] : jobs) {
    fmt::print("{:<16} {:<28} {} {}\n", to_string(h.state), to_string(h.workflow), job.source_name,
               to_string(job.job_number));
    for (const auto& text : {h.error, h.warning})
      if (text) fmt::print("    {}\n", plain_log_text(*text, false));
  }
  if (jobs.empty()) fmt::print("no jobs\n");
  return nothing{};
}

status act(const tool_arguments& args) {
  const auto action = args.value_or("action", "");
  auto inst = tool_instrument(args);
  if (!inst) return inst.error();
  if (action == "list") return list(args, *inst);
  const auto message_id = to_string(random_uuid());
  if (action == "start") {
    auto c = start_of(args, *inst);
    if (!c) return c.error();
    c->message_id = message_id;
    fmt::print("{} on {}, number {}\n", to_string(c->workflow), c->job.source_name, to_string(c->job.job_number));
    return send(args, *inst, commands::write(*c), message_id, false);
  }
  const std::map<std::string, job_action> actions{{"stop", job_action::stop},
                                                  {"reset", job_action::reset},
                                                  {"pause", job_action::pause},
                                                  {"resume", job_action::resume}};
  auto c = command_of(args, *inst, actions.at(action));
  if (!c) return c.error();
  c->message_id = message_id;
  return send(args, *inst, commands::write(*c), message_id, !c->job);
}

} // namespace

tool this_tool() {
  return {
    "livedata-job",
    "Starts a job of a running livedata, or stops, resets, pauses or resumes jobs, and prints the answer; lists the "
    "jobs. Commands and answers go through Kafka.",
    known_options(),
    act,
    {"start", "stop", "reset", "pause", "resume", "list"}};
}

} // namespace livedata
