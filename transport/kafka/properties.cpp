#include "transport/kafka/properties.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace livedata {

namespace {

// Property and variable of the environment "docker".
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> docker_variables{{
  {"bootstrap.servers", "KAFKA_BOOTSTRAP_SERVERS"},
  {"security.protocol", "KAFKA_SECURITY_PROTOCOL"},
  {"sasl.mechanism", "KAFKA_SASL_MECHANISM"},
  {"sasl.username", "KAFKA_SASL_USERNAME"},
  {"sasl.password", "KAFKA_SASL_PASSWORD"},
}};

constexpr std::string_view development_servers = "localhost:9092";

failure wrong(std::string message) {
  return {"value", std::move(message)};
}

result<kafka_properties> from_environment(const kafka_wishes& wishes, const variable_lookup& variable) {
  auto environment = variable("LIVEDATA_ENV").value_or("dev");
  if (environment.empty() || environment == "dev")
    return kafka_properties{{"bootstrap.servers", std::string(development_servers)}};
  if (environment != "docker")
    return wrong(fmt::format("LIVEDATA_ENV={}: there is no such environment; use dev or docker", environment));
  kafka_properties out;
  for (auto [name, from] : docker_variables) {
    auto value = variable(std::string(from));
    if (!value && name == "bootstrap.servers" && wishes.bootstrap_servers) continue;
    if (!value) return wrong(fmt::format("the environment variable {} is not set; LIVEDATA_ENV=docker needs it", from));
    out.emplace_back(name, *value);
  }
  return out;
}

kafka_properties over(kafka_properties ours, const kafka_properties& theirs) {
  ours.insert(ours.end(), theirs.begin(), theirs.end());
  return ours;
}

} // namespace

result<kafka_properties> connection_properties(const kafka_wishes& wishes, const variable_lookup& variable) {
  auto out = from_environment(wishes, variable);
  if (!out) return out.error();
  out->insert(out->begin(), {{"client.id", "livedata"},
                             {"message.max.bytes", "100971520"},
                             // A broker that comes back is noticed soon.
                             {"reconnect.backoff.ms", "100"},
                             {"reconnect.backoff.max.ms", "2000"},
                             {"socket.keepalive.enable", "true"}});
  if (wishes.bootstrap_servers) out->emplace_back("bootstrap.servers", *wishes.bootstrap_servers);
  for (const auto& text : wishes.properties) {
    auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      return wrong(fmt::format("kafka.properties: {} is no property; write name=value, for example "
                               "security.protocol=SASL_SSL",
                               shown_property(text)));
    out->emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

kafka_properties consumer_properties(const kafka_properties& connection, std::string_view group_id) {
  return over({{"group.id", std::string(group_id)},
               // Offsets are ours to decide: where the broker does not have one any more, we choose the next.
               {"auto.offset.reset", "error"},
               {"enable.auto.commit", "false"},
               {"enable.auto.offset.store", "false"},
               {"allow.auto.create.topics", "false"},
               {"fetch.min.bytes", "1"},
               {"fetch.max.bytes", "200000000"},
               {"fetch.wait.max.ms", "200"},
               {"fetch.error.backoff.ms", "100"},
               {"session.timeout.ms", "30000"},
               {"heartbeat.interval.ms", "10000"},
               // What waits in librdkafka; when it is full, fetching pauses for a second.
               {"queued.max.messages.kbytes", "262144"},
               // Small enough for buffers that are used again while they are in the cache; a message that is larger
               // comes all the same.
               {"max.partition.fetch.bytes", "2000000"},
               // Tells which brokers are connected.
               {"statistics.interval.ms", "1000"}},
              connection);
}

kafka_properties producer_properties(const kafka_properties& connection) {
  return over({{"linger.ms", "0"}, {"queue.buffering.max.kbytes", "1048576"}, {"statistics.interval.ms", "1000"}},
              connection);
}

kafka_properties transaction_properties(const kafka_properties& connection, std::string_view id) {
  return over(producer_properties(connection), {{"transactional.id", std::string(id)},
                                                {"enable.idempotence", "true"},
                                                {"acks", "all"},
                                                {"max.in.flight.requests.per.connection", "5"},
                                                {"transaction.timeout.ms", "60000"},
                                                {"message.timeout.ms", "30000"},
                                                {"socket.timeout.ms", "10000"}});
}

kafka_properties reading_properties(const kafka_properties& connection) {
  return over(consumer_properties(connection, {}), {{"group.id", ""},
                                                    {"enable.partition.eof", "true"},
                                                    {"isolation.level", "read_uncommitted"},
                                                    // What is past is there already.
                                                    {"fetch.wait.max.ms", "5"}});
}

bool is_secret(std::string_view property) {
  constexpr std::array<std::string_view, 7> parts{"password",           "secret", "passphrase", "token", "key.pem",
                                                  "oauthbearer.config", "ssl_key"};
  return std::ranges::any_of(parts, [&](auto part) { return property.find(part) != property.npos; });
}

std::string shown_property(std::string_view name_and_value) {
  const auto equals = name_and_value.find('=');
  if (equals == name_and_value.npos || equals == 0) return "an entry without a name and \"=\"";
  const auto name = name_and_value.substr(0, equals);
  return is_secret(name) ? fmt::format("{}=(not shown)", name) : std::string(name_and_value);
}

std::string_view property(const kafka_properties& properties, std::string_view name) {
  for (auto i = properties.rbegin(); i != properties.rend(); ++i)
    if (i->first == name) return i->second;
  return {};
}

} // namespace livedata
