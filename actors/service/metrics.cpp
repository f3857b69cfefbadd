#include "actors/service/metrics.hpp"

#include "messages/log_line.hpp"

#include <array>
#include <spdlog/spdlog.h>
#include <utility>

namespace livedata {

namespace {

// Why preprocessor and synthesizers refuse messages.
constexpr std::array known_loss_reasons{"failed",           "log_conflict", "log_duplicate",   "log_far_ahead",
                                        "log_out_of_order", "mixed_kinds",  "mixed_pixel_ids", "no_idle",
                                        "no_target",        "not_used",     "wrong_content"};

void add(caf::telemetry::int_counter* c, std::uint64_t n) {
  if (n > 0) c->inc(static_cast<std::int64_t>(n));
}

} // namespace

service_metrics::service_metrics(caf::actor_system& system, const std::string& service)
  : batches(counter(system, "batches", "Batches booked.", {{"service", service}})),
    messages(counter(system, "batch.messages", "Messages in booked batches.", {{"service", service}})),
    events(counter(system, "batch.events", "Events in booked batches.", {{"service", service}})),
    fan_out(duration_histogram(system, "batch.fan-out-time", "Time from the first request to a job to the last answer.",
                               {{"service", service}})),
    waiting(gauge(system, "batches.waiting", "Complete batches that wait for the jobs.", {{"service", service}})),
    last_batch(time_gauge(system, "batch.last-time", "When the last batch was booked (Unix time); 0: none yet.",
                          {{"service", service}})),
    held(counter(system, "batch.held",
                 "Batches that gave no results of their own, because the publisher had too many waiting; a later batch "
                 "gave them.",
                 {{"service", service}})) {
  // That they grow is seen only if they were there before.
  for (const auto* reason : known_loss_reasons)
    refused_messages(system, service, reason);
  counter(system, "results", "Result messages handed over.", {{"service", service}});
  counter(system, "results.failed", "Result messages that could not be handed over.", {{"service", service}});
}

caf::telemetry::int_counter* refused_messages(caf::actor_system& system, const std::string& service,
                                              std::string_view reason) {
  return counter(system, "batch.refused-messages", "Messages of a batch that no job gets to see.",
                 {{"service", service}, {"reason", std::string(reason)}});
}

job_metrics::job_metrics(caf::actor_system& system, const job_label& label) {
  metric_labels names{{"service", label.service}, {"workflow", label.workflow}, {"source", label.source}};
  auto with = [&](std::string_view key, std::string value) {
    auto extended = names;
    extended.emplace_back(key, std::move(value));
    return extended;
  };
  constexpr std::string_view rejected = "Events that a job was given and that fell outside of it.";
  constexpr std::string_view failures = "Times that a job failed, by what it was doing.";
  processing = duration_histogram(system, "job.processing-time", "Time that a job worked on one batch.", names);
  events = counter(system, "job.events", "Events that a job was given.", names);
  divided = counter(system, "job.divided-batches", "Batches of a job that several workers counted.", names);
  unknown_pixel = counter(system, "job.events-rejected", rejected, with("reason", "unknown_pixel"));
  out_of_range = counter(system, "job.events-rejected", rejected, with("reason", "out_of_range"));
  out_of_table = counter(system, "job.events-rejected", rejected, with("reason", "out_of_table"));
  accumulate_failures = counter(system, "job.failures", failures, with("stage", "accumulate"));
  finalize_failures = counter(system, "job.failures", failures, with("stage", "finalize"));
  deaths = counter(system, "job.failures", failures, with("stage", "actor"));
  left_behind = counter(system, "job.left-behind", "Times that the others went on without a job.", names);
  dropped_batches =
    counter(system, "job.batches-dropped", "Batches that a job did not get, because too much waited for it.", names);
  dropped_events = counter(system, "job.events-dropped", "Events in such batches.", names);
}

void job_metrics::observe(const job_reply& reply) const {
  processing->observe(reply.seconds);
  add(events, reply.events.received);
  add(unknown_pixel, reply.events.unknown_pixel);
  add(out_of_range, reply.events.out_of_range);
  add(out_of_table, reply.events.out_of_table);
  if (reply.divided) divided->inc();
  if (reply.push == step::failed) accumulate_failures->inc();
  if (reply.finalize == step::failed) finalize_failures->inc();
}

batcher_metrics::batcher_metrics(caf::actor_system& system, const std::string& service, const batcher& b)
  : late_(counter(system, "batch.late-messages", "Messages older than the batch in which they are.",
                  {{"service", service}})),
    far_ahead_(counter(system, "batch.far-ahead-messages",
                       "Messages more than three batch lengths ahead of the window that was open when they came.",
                       {{"service", service}})),
    not_followed_(counter(system, "batch.times-not-followed",
                          "Messages far ahead of all others, whose time the data clock did not follow.",
                          {{"service", service}})),
    recoveries_(counter(system, "batch.recoveries",
                        "How often the window of a batch had lost the traffic and was put back to it.",
                        {{"service", service}})),
    length_(b.batch_length()) {}

void batcher_metrics::observe(const batcher& b) {
  const auto& now = b.tally();
  add(late_, now.late - seen_.late);
  add(far_ahead_, now.far_ahead - seen_.far_ahead);
  add(not_followed_, now.not_followed - seen_.not_followed);
  add(recoveries_, now.recoveries - seen_.recoveries);
  if (now.not_followed != seen_.not_followed)
    if (auto left_out = lines_.admit("time_not_followed", std::chrono::steady_clock::now()))
      spdlog::warn(log_line("time_not_followed",
                            {{"messages", now.not_followed},
                             {"text", "messages whose time lies far ahead of all others were given out, but the data "
                                      "clock does not follow them; see to the clock of whoever sends them"},
                             left_out_field(*left_out)}));
  if (now.recoveries != seen_.recoveries)
    spdlog::warn(log_line("batcher_stall_recovery", {{"late", now.late}, {"far_ahead", now.far_ahead}}));
  seen_ = now;
  if (auto old = std::exchange(length_, b.batch_length()); old != length_)
    spdlog::warn(log_line("adaptive_batch_level_change",
                          {{"old_batch_length_s", old.seconds()}, {"new_batch_length_s", length_.seconds()}}));
}

} // namespace livedata
