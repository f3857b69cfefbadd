// Log-in and encryption, on the second listener of tools/kafka start --secure; and settings of them that are wrong.
#include "broker.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <map>

namespace security_test {

using namespace livedata;
using namespace livedata::test;

namespace {

struct secure_listener {
  std::string servers;
  std::string certificate;
  std::string password;
};

// Nothing on the mock cluster, which knows neither.
std::optional<secure_listener> find_secure_listener() {
  auto folder = real_broker();
  if (!folder) return std::nullopt;
  secure_listener out;
  int port = 0;
  std::ifstream(*folder + "/port") >> port;
  std::ifstream(*folder + "/password") >> out.password;
  REQUIRE_FALSE(out.password.empty());
  out.servers = fmt::format("127.0.0.1:{}", port + 2);
  out.certificate = *folder + "/ca.pem";
  REQUIRE(std::filesystem::exists(out.certificate));
  return out;
}

// As the environment "docker" has it, with the authority in the properties.
kafka_properties log_in(const secure_listener& at, const std::string& mechanism, const std::string& password) {
  const std::map<std::string, std::string> variables{{"LIVEDATA_ENV", "docker"},
                                                     {"KAFKA_BOOTSTRAP_SERVERS", at.servers},
                                                     {"KAFKA_SECURITY_PROTOCOL", "SASL_SSL"},
                                                     {"KAFKA_SASL_MECHANISM", mechanism},
                                                     {"KAFKA_SASL_USERNAME", "livedata"},
                                                     {"KAFKA_SASL_PASSWORD", password}};
  return connection_properties({std::nullopt, {"ssl.ca.location=" + at.certificate}},
                               [&](const std::string& name) {
                                 auto v = variables.find(name);
                                 return v == variables.end() ? std::nullopt : std::optional(v->second);
                               })
    .value();
}

opening_limits limits() {
  return {10s, 10s, 100ms};
}

} // namespace

TEST_CASE("messages pass with a log-in over TLS") {
  auto at = find_secure_listener();
  if (!at) return;
  broker b;
  auto topic = b.unique("secure");
  b.make_topic(topic);
  auto connection = log_in(*at, "PLAIN", at->password);
  auto consumer = kafka_consumer::open(consumer_properties(connection, b.unique("group")), {topic}, limits());
  REQUIRE_MESSAGE(consumer, (consumer ? "" : consumer.error().message));
  auto producer = kafka_producer::open(producer_properties(connection));
  REQUIRE(producer);
  REQUIRE((*producer)->send(topic, text_payload("secret"), "test"));
  REQUIRE((*producer)->flush(30s) == 0);
  auto got = take(**consumer, 1);
  REQUIRE(got.size() == 1);
  CHECK(text_of(got[0]) == "secret");
}

TEST_CASE("a wrong password is told as such") {
  auto at = find_secure_listener();
  if (!at) return;
  broker b;
  auto topic = b.unique("secure");
  b.make_topic(topic);
  auto connection = log_in(*at, "PLAIN", "wrong");
  auto consumer = kafka_consumer::open(consumer_properties(connection, b.unique("group")), {topic}, limits());
  REQUIRE_FALSE(consumer);
  CHECK(consumer.error().reason == "kafka");
  CAPTURE(consumer.error().message);
  CHECK(consumer.error().message.find(at->servers) != std::string::npos);
  CHECK(consumer.error().message.find("uthentication") != std::string::npos);
}

TEST_CASE("a certificate that is not trusted, and no encryption where it is needed, are told where they fail") {
  auto at = find_secure_listener();
  if (!at) return;
  broker b;
  auto refused = [&](const kafka_properties& connection) {
    auto consumer = kafka_consumer::open(consumer_properties(connection, b.unique("group")), {"t"}, {3s, 3s, 100ms});
    REQUIRE_FALSE(consumer);
    return consumer.error().message;
  };
  auto own_authorities = log_in(*at, "PLAIN", at->password);
  own_authorities.emplace_back("ssl.ca.location", "/etc/ssl/certs/ca-certificates.crt");
  if (std::filesystem::exists("/etc/ssl/certs/ca-certificates.crt"))
    CHECK(refused(own_authorities).find("certificate") != std::string::npos);
  auto open = log_in(*at, "PLAIN", at->password);
  open.emplace_back("security.protocol", "SASL_PLAINTEXT");
  CHECK(refused(open).find(at->servers) != std::string::npos);
}

TEST_CASE("wrong settings of log-in and encryption are found before anything is connected, and named") {
  auto why = [](std::vector<std::string> properties) {
    auto connection = connection_properties({"127.0.0.1:1", std::move(properties)},
                                            [](const std::string&) { return std::optional<std::string>{}; });
    auto checked = check_properties(consumer_properties(connection.value(), "g"));
    REQUIRE_FALSE(checked);
    CHECK(checked.error().reason == "value");
    return checked.error().message;
  };
  CHECK(why({"security.protocol=SSLL"}).find("security.protocol") != std::string::npos);
  CHECK(why({"security.protocol=SSL", "ssl.ca.location=/nowhere/ca.pem"}).find("ssl.ca.location") != std::string::npos);
  CHECK(why({"security.protocol=SASL_SSL", "sasl.mechanism=ROT13"}).find("ROT13") != std::string::npos);
  CHECK(why({"security.protocol=SASL_PLAINTEXT", "sasl.mechanism=PLAIN"}).find("sasl.username") != std::string::npos);
}

} // namespace security_test
