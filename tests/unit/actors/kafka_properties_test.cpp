#include "transport/kafka/properties.hpp"

#include <doctest/doctest.h>

#include <map>

namespace kafka_properties_test {

using namespace livedata;

namespace {

variable_lookup environment(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    auto i = variables.find(name);
    return i == variables.end() ? std::nullopt : std::optional(i->second);
  };
}

const std::map<std::string, std::string> docker{{"LIVEDATA_ENV", "docker"},
                                                {"KAFKA_BOOTSTRAP_SERVERS", "broker:9093"},
                                                {"KAFKA_SECURITY_PROTOCOL", "SASL_SSL"},
                                                {"KAFKA_SASL_MECHANISM", "SCRAM-SHA-256"},
                                                {"KAFKA_SASL_USERNAME", "me"},
                                                {"KAFKA_SASL_PASSWORD", "12#3: 4"}};

} // namespace

TEST_CASE("without a word about it the broker is that of a development machine") {
  auto p = connection_properties({}, environment({}));
  REQUIRE(p);
  CHECK(property(*p, "bootstrap.servers") == "localhost:9092");
  CHECK(property(*p, "message.max.bytes") == "100971520");
  CHECK(property(*p, "security.protocol").empty());
}

TEST_CASE("the environment docker takes everything from variables, as plain texts") {
  auto p = connection_properties({}, environment(docker));
  REQUIRE(p);
  CHECK(property(*p, "bootstrap.servers") == "broker:9093");
  CHECK(property(*p, "security.protocol") == "SASL_SSL");
  CHECK(property(*p, "sasl.mechanism") == "SCRAM-SHA-256");
  CHECK(property(*p, "sasl.username") == "me");
  CHECK(property(*p, "sasl.password") == "12#3: 4");
}

TEST_CASE("edge 49: docker needs all five variables") {
  for (const auto& [name, value] : docker) {
    if (name == "LIVEDATA_ENV") continue;
    auto incomplete = docker;
    incomplete.erase(name);
    auto p = connection_properties({}, environment(incomplete));
    REQUIRE_FALSE(p);
    CHECK(p.error().reason == "value");
    CHECK(p.error().message.find(name) != std::string::npos);
  }
}

TEST_CASE("any other environment is refused") {
  auto p = connection_properties({}, environment({{"LIVEDATA_ENV", "production"}}));
  REQUIRE_FALSE(p);
  CHECK(p.error().message.find("use dev or docker") != std::string::npos);
}

TEST_CASE("what the user says counts more than environment and defaults") {
  auto p =
    connection_properties({"mine:1", {"sasl.username=other", "linger.ms=7", "sasl.password=a=b"}}, environment(docker));
  REQUIRE(p);
  CHECK(property(*p, "bootstrap.servers") == "mine:1");
  CHECK(property(*p, "sasl.username") == "other");
  CHECK(property(*p, "sasl.password") == "a=b");
  CHECK(property(producer_properties(*p), "linger.ms") == "7");
  CHECK(property(consumer_properties(*p, "g"), "group.id") == "g");
}

TEST_CASE("a property without a name or a value is refused") {
  for (const auto* text : {"linger.ms", "=5", ""}) {
    auto p = connection_properties({std::nullopt, {text}}, environment({}));
    REQUIRE_FALSE(p);
    CHECK(p.error().reason == "value");
  }
}

TEST_CASE("results leave without linger, and nothing is committed") {
  auto p = connection_properties({}, environment({}));
  REQUIRE(p);
  CHECK(property(producer_properties(*p), "linger.ms") == "0");
  auto c = consumer_properties(*p, "loki_detector_data_1");
  CHECK(property(c, "enable.auto.commit") == "false");
  CHECK(property(c, "fetch.max.bytes") == "200000000");
  CHECK(property(c, "fetch.wait.max.ms") == "200");
}

TEST_CASE("secrets among the properties of Kafka are known, and never shown") {
  for (const auto* secret : {"sasl.password", "ssl.key.password", "ssl.keystore.password", "ssl.key.pem",
                             "sasl.oauthbearer.client.secret", "sasl.oauthbearer.config", "ssl_key"}) {
    CAPTURE(secret);
    CHECK(is_secret(secret));
    CHECK(shown_property(std::string(secret) + "=hunter2=3").find("hunter2") == std::string::npos);
  }
  for (const auto* open : {"sasl.username", "security.protocol", "ssl.ca.location", "ssl.key.location"}) {
    CAPTURE(open);
    CHECK_FALSE(is_secret(open));
    CHECK(shown_property(std::string(open) + "=x") == std::string(open) + "=x");
  }
  auto p = connection_properties({std::nullopt, {"hunter2"}}, [](const std::string&) { return std::nullopt; });
  REQUIRE_FALSE(p);
  CHECK(p.error().message.find("hunter2") == std::string::npos);
}

} // namespace kafka_properties_test
