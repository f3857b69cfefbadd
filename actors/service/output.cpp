#include "actors/service/output.hpp"

#include "actors/error_text.hpp"
#include "messages/log_line.hpp"

#include <span>
#include <spdlog/spdlog.h>
#include <utility>

namespace livedata {

namespace {

constexpr std::size_t most_statuses = 3;

std::uint64_t bytes_of(std::span<const std::shared_ptr<const job_result>> results) {
  std::uint64_t n = 0;
  for (const auto& r : results) {
    for (const auto& o : r->outputs)
      n += o.message->bytes().size();
    for (const auto& d : r->devices)
      n += d.content->bytes().size();
  }
  return n;
}

service_heartbeat identity(const coordinator_settings& s) {
  service_heartbeat h;
  h.instrument = s.inst->name;
  h.service_name = s.service;
  h.worker_id = s.worker_id;
  h.started_at = s.started_at;
  return h;
}

} // namespace

service_output::service_output(coordinator_actor::pointer self, const coordinator_settings& s,
                               publisher_actor publisher, std::function<void()> room)
  : self_(self), service_(s.name()), publisher_(std::move(publisher)), room_(std::move(room)),
    most_in_flight_(s.results_in_flight), memory_(s.in_flight), results_(memory_),
    acknowledged_(commands_counter(self->system(), service_, "acknowledged")),
    refused_(commands_counter(self->system(), service_, "refused")), status_(identity(s), s.status, service_) {}

void service_output::publish(std::uint64_t batch, timestamp lag_from,
                             std::vector<std::shared_ptr<const job_result>> results) {
  if (results.empty()) return;
  std::vector<outgoing_message> devices;
  for (const auto& r : results)
    devices.insert(devices.end(), r->devices.begin(), r->devices.end());
  ++in_flight_;
  const auto bytes = bytes_of(results);
  results_.set(results_.bytes() + bytes);
  ask(self_, publisher_,
      result_set_ptr(std::make_shared<const result_set>(result_set{service_, batch, lag_from, std::move(results)})))
    .then([this, bytes] { handed_over(bytes); }, [this, bytes](const caf::error&) { handed_over(bytes); });
  send(std::move(devices));
}

void service_output::handed_over(std::uint64_t bytes) {
  --in_flight_;
  results_.set(results_.bytes() - bytes);
  room_();
}

void service_output::beat(const job_table& jobs, duration batch_length) {
  if (statuses_in_flight_ >= most_statuses) return;
  auto messages = status_.regular(jobs, batch_length);
  if (messages.empty()) return;
  ++statuses_in_flight_;
  ask(self_, publisher_, outgoing_ptr(std::make_shared<const std::vector<outgoing_message>>(std::move(messages))))
    .then([this] { --statuses_in_flight_; }, [this](const caf::error&) { --statuses_in_flight_; });
}

void service_output::acknowledge(const acknowledgement& a) {
  (a.error ? refused_ : acknowledged_)->inc();
  if (a.error) ++refused_untold_;
  spdlog::info(log_line("command_answered", {{"message_id", a.message_id},
                                             {"device", a.device},
                                             {"response", log_word{a.error ? "ERR" : "ACK"}},
                                             {"text", a.error}}));
  send({answer_message(a)});
}

caf::error service_output::fail(const std::exception_ptr& e, const job_table& jobs, duration batch_length) {
  auto text = text_of_failure([&] { std::rethrow_exception(e); }).value();
  spdlog::critical(log_line("service_error", {{"service", log_word{service_}}, {"text", text}}));
  end(jobs, batch_length, text);
  return caf::make_error(caf::sec::runtime_error, text);
}

void service_output::send(std::vector<outgoing_message> messages) {
  if (messages.empty()) return;
  tell(self_, publisher_, std::make_shared<const std::vector<outgoing_message>>(std::move(messages)));
}

} // namespace livedata
