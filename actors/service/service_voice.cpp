#include "actors/service/service_voice.hpp"

#include <memory>
#include <spdlog/spdlog.h>
#include <utility>

namespace livedata {

namespace {

service_heartbeat identity(const coordinator_settings& s) {
  service_heartbeat h;
  h.instrument = s.inst->name;
  h.service_name = s.service;
  h.worker_id = s.worker_id;
  h.started_at = s.started_at;
  return h;
}

std::string text_of(const std::exception_ptr& e) {
  try {
    std::rethrow_exception(e);
  } catch (const std::exception& x) {
    return x.what();
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

} // namespace

service_voice::service_voice(coordinator_actor::pointer self, const coordinator_settings& s, publisher_actor publisher,
                             const service_metrics& metrics)
  : self_(self), service_(s.service), publisher_(std::move(publisher)), metrics_(metrics),
    heartbeats_(identity(s), s.status) {}

caf::error service_voice::fail(const std::exception_ptr& e, const job_table& jobs, duration batch_length) {
  auto text = text_of(e);
  spdlog::critical("service_error service={} text={}", service_, text);
  say_last_words(jobs, batch_length, text);
  return caf::make_error(caf::sec::runtime_error, text);
}

void service_voice::acknowledge(const acknowledgement& a) {
  (a.error ? metrics_.commands_refused : metrics_.commands)->inc();
  spdlog::info("command_answered message_id={} device={} response={} text={}", a.message_id, a.device,
               a.error ? "ERR" : "ACK", a.error.value_or(""));
  answers_.push_back(answer_message(a));
}

void service_voice::publish_answers() {
  publish(std::exchange(answers_, {}));
}

void service_voice::publish(std::vector<outgoing_message> messages) {
  if (messages.empty()) return;
  tell(self_, publisher_, std::make_shared<const std::vector<outgoing_message>>(std::move(messages)));
}

} // namespace livedata
