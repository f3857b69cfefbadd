#include "app/web_view.hpp"

#include "actors/publisher/kafka_sink.hpp"
#include "actors/view/http/metrics_text.hpp"
#include "actors/view/http/view_actor.hpp"
#include "actors/view/http/view_sink.hpp"
#include "actors/view/http/view_tap.hpp"
#include "app/listing.hpp"
#include "app/openapi.hpp"
#include "messages/log_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <web/assets.hpp>

namespace livedata {

namespace {

std::string machine_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

// Where the token is kept if nobody says where.
std::filesystem::path usual_token_file(const environment_lookup& variable) {
  // Of a service of systemd.
  if (auto state = variable("STATE_DIRECTORY"); state && !state->empty())
    return std::filesystem::path(state->substr(0, state->find(':'))) / "http-token";
  if (auto state = variable("XDG_STATE_HOME"); state && !state->empty())
    return std::filesystem::path(*state) / "livedata" / "http-token";
  return std::filesystem::path(variable("HOME").value_or(".")) / ".local/state/livedata/http-token";
}

result<access_rules> rules_of(const settings& s, const environment_lookup& variable) {
  access_rules rules;
  rules.control = s.viewing.control;
  const bool loopback = is_loopback(s.http.address);
  if (loopback) {
    rules.host_names = s.http.host_names;
    rules.host_names.push_back(machine_name());
  }
  if (loopback && !s.http.token_file) return rules;
  const auto file = s.http.token_file.value_or(usual_token_file(variable));
  auto token = load_token(file);
  if (!token) return token.error();
  spdlog::info(log_line("http_token", {{"file", file.string()}, {"text", "whoever uses HTTP needs the token in it"}}));
  rules.token = std::move(*token);
  return rules;
}

// As the interface names things.
json workflows_of(const engine_plan& plan) {
  auto out = json::array();
  auto listed = list_instrument(*plan.inst, plan.workflows);
  for (auto& w : listed.at("workflows")) {
    if (std::ranges::find(plan.services, w.at("service").get<std::string>()) == plan.services.end()) {
      w["available"] = false;
      w["reason"] = fmt::format("this engine does not host the service {}", w.at("service").get<std::string>());
    }
    w["aux_sources"] = w.contains("auxiliary") ? w.at("auxiliary") : json::object();
    w.erase("auxiliary");
    w["description"] = w.value("description", "");
    out.push_back(std::move(w));
  }
  return out;
}

view_identity identity_of(const settings& s, const engine_plan& plan, timestamp started) {
  view_identity who;
  who.instrument = plan.inst->name;
  who.version = LIVEDATA_VERSION;
  who.services = plan.services;
  who.started = started;
  who.live_source = data_time_is_wall_time(s);
  who.workflows = workflows_of(plan);
  return who;
}

// Whether a command is for the jobs of a shard. Where that cannot be told, it is.
bool concerns(const engine_plan& plan, const job_shard& shard, const control_message& command) {
  const auto* start = std::get_if<start_command>(&command);
  return start == nullptr || holds(shard, *plan.inst, start->workflow, start->job);
}

std::optional<page_file> file_of_page(std::string_view path) {
  const auto* file = web::find_asset(path);
  return file == nullptr ? std::nullopt : std::optional(page_file{file->content_type, file->bytes});
}

} // namespace

web_view::web_view(const settings& s, const engine_plan& plan)
  : host_(s.http.address), reads_kafka_(s.source.kind == "kafka"), instrument_(plan.inst->name),
    clock_(std::make_shared<system_wall_clock>()) {
  for (const auto& o : plan.orders) {
    auto spec = o->recipe->spec(o->id.job_number, o->schedule);
    latest_->take_wish(o->id, {spec.workflow, std::move(spec.params), std::move(spec.auxiliary), spec.schedule});
  }
}

web_view::~web_view() {
  stop();
}

result<std::unique_ptr<web_view>> web_view::open(const settings& s, const engine_plan& plan,
                                                 const environment_lookup& variable, std::shared_ptr<log_ring> log,
                                                 std::string configuration) {
  auto rules = rules_of(s, variable);
  if (!rules) return rules.error();
  std::unique_ptr<web_view> view(new web_view(s, plan));
  view->log_ = std::move(log);
  view->has_token_ = rules->token.has_value();
  auto who = identity_of(s, plan, view->clock_->now());
  who.configuration = std::move(configuration);
  auto api = std::make_shared<view_api>(std::move(who), std::move(*rules), view->links(), view->latest_, view->clock_,
                                        openapi_document);
  auto server = http_server::listen(s.http.address, *s.http.port, std::move(api), server_limits{});
  if (!server) return server.error();
  view->server_ = std::move(*server);
  return view;
}

void web_view::connect(engine_surroundings& around, fan_sink& sink, caf::actor_system& system) {
  sink.add(std::make_shared<view_sink>(latest_, around.clock));
  around.viewer = spawn_view(system, latest_, around.clock);
  around.inbox = inbox_;
  around.tap = [former = around.tap, latest = latest_](const raw_message& raw) {
    if (former) former(raw);
    learn_from(raw, *latest);
  };
}

void web_view::start(caf::actor_system& system) {
  system_ = &system;
  latest_->on_change(server_->change_listener());
  server_->start(make_server_metrics(system));
  spdlog::info(log_line("http_listening", {{"address", address()}, {"token", has_token_}}));
}

void web_view::attach(const engine& e, const engine_plan& plan, std::shared_ptr<kafka_producer> producer) {
  auto to = std::make_shared<attached_engine>(attached_engine{plan, {}, e.publisher(), std::move(producer)});
  for (std::size_t i = 0; i < plan.services.size(); ++i)
    to->coordinators.push_back(e.coordinator(i));
  latest_->take_services(service_names(plan));
  set_attached(std::move(to));
}

void web_view::detach() {
  running_ = false;
  set_attached(nullptr);
}

void web_view::stop() {
  latest_->on_change({});
  if (server_) server_->stop();
  set_attached(nullptr);
  system_ = nullptr;
}

std::shared_ptr<const web_view::attached_engine> web_view::attached() const {
  std::lock_guard lock(mutex_);
  return attached_;
}

void web_view::set_attached(std::shared_ptr<const attached_engine> to) {
  std::lock_guard lock(mutex_);
  attached_ = std::move(to);
}

std::string web_view::address() const {
  const bool v6 = host_.find(':') != std::string::npos;
  return fmt::format("http://{}{}{}:{}/", v6 ? "[" : "", host_, v6 ? "]" : "", server_->port());
}

view_links web_view::links() {
  view_links l;
  l.running = [this] { return running_.load(); };
  l.command = [this](const std::string& service, command_ptr command, command_done done) {
    give(service, std::move(command), std::move(done));
  };
  l.request_regions = [this](const std::string& source, const payload_ptr& message) {
    request_regions(source, message);
  };
  l.metrics = [this] { return metrics_text(*system_); };
  if (log_) l.log = [log = log_](std::size_t most) { return log->lines(most); };
  l.producer_trouble = [this]() -> std::optional<std::string> {
    const auto to = attached();
    if (!to || !to->producer || to->producer->connection().connected) return std::nullopt;
    return fmt::format("no connection to Kafka at {} for results", to->producer->servers());
  };
  l.page = file_of_page;
  return l;
}

void web_view::give(const std::string& service, command_ptr command, command_done done) {
  const auto to = attached();
  if (!to) return done("this engine has no share of the jobs at present; try again, or ask another one");
  const auto names = service_names(to->plan);
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == service || (to->plan.services[i] == service && concerns(to->plan, to->plan.shards[i], *command)))
      return give_command(*system_, to->coordinators[i], names[i], std::move(command), latest_, std::move(done));
  done(std::ranges::find(to->plan.services, service) == to->plan.services.end()
         ? fmt::format("this engine does not host the service {}", service)
         : "the job belongs to a shard that another engine of the cluster has; ask that one, or send the command by "
           "Kafka");
}

// Over Kafka a request comes back to this engine, and to the dashboards. Without, it goes in beside the messages of the
// source.
void web_view::request_regions(const std::string& source_name, const payload_ptr& message) {
  const auto to = attached();
  if (!to) return;
  if (to->producer)
    tell_from_outside(to->publisher, std::make_shared<const std::vector<outgoing_message>>(
                                       std::vector<outgoing_message>{{channel::roi, source_name, message}}));
  if (!to->producer || !reads_kafka_) inbox_->add({topic_of(channel::roi, instrument_), clock_->now(), message});
}

} // namespace livedata
