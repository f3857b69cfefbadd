#include "messages/payload_bundle.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <random>
#include <stdexcept>
#include <thread>

namespace payload_bundle_test {

using namespace livedata;

namespace {

using bytes = std::vector<std::byte>;

bytes of_size(std::size_t n, int value) {
  return bytes(n, static_cast<std::byte>(value));
}

bytes content(const payload_ptr& p) {
  return {p->bytes().begin(), p->bytes().end()};
}

payload_ptr put(const std::shared_ptr<payload_bundle>& bundle, const bytes& message) {
  return payload_bundle::add(bundle, [&](bytes& to) { to.insert(to.end(), message.begin(), message.end()); });
}

} // namespace

TEST_CASE("messages of a bundle are what was written, however much they are, and outlive whoever made them") {
  std::mt19937_64 rng(4);
  auto memory = std::make_shared<bundle_memory>();
  for (int round = 0; round < 50; ++round) {
    std::vector<bytes> written;
    std::vector<payload_ptr> kept;
    {
      auto bundle = std::make_shared<payload_bundle>(memory);
      for (auto n = rng() % 20; n > 0; --n) {
        written.push_back(of_size(rng() % 5000, static_cast<int>(rng() % 256)));
        kept.push_back(put(bundle, written.back()));
      }
    }
    if (round == 49) memory.reset();
    REQUIRE(kept.size() == written.size());
    for (std::size_t i = 0; i < kept.size(); ++i)
      REQUIRE(content(kept[i]) == written[i]);
  }
}

TEST_CASE("a message that fails leaves the others of its bundle alone") {
  auto bundle = std::make_shared<payload_bundle>(std::make_shared<bundle_memory>());
  auto first = put(bundle, of_size(3, 1));
  auto fail = [](bytes&) { throw std::runtime_error("no"); };
  CHECK_THROWS_AS(payload_bundle::add(bundle, fail), std::runtime_error);
  auto second = put(bundle, of_size(2, 2));
  CHECK(content(first) == of_size(3, 1));
  CHECK(content(second) == of_size(2, 2));
}

TEST_CASE("the memory of a bundle is used again when its last message is let go of, and not before") {
  auto memory = std::make_shared<bundle_memory>();
  auto message_of_new_bundle = [&](int value) {
    return put(std::make_shared<payload_bundle>(memory), of_size(10'000, value));
  };
  auto first = message_of_new_bundle(1);
  auto second = message_of_new_bundle(2);
  CHECK(content(first) == of_size(10'000, 1));
  const auto* place = first->bytes().data();
  first.reset();
  auto third = message_of_new_bundle(3);
  CHECK(third->bytes().data() == place);
  CHECK(content(second) == of_size(10'000, 2));
  CHECK(content(third) == of_size(10'000, 3));
}

TEST_CASE("bundles may be let go of on another thread while the next ones are made") {
  auto memory = std::make_shared<bundle_memory>();
  for (int round = 0; round < 200; ++round) {
    auto bundle = std::make_shared<payload_bundle>(memory);
    auto message = put(bundle, of_size(1000, round));
    bundle.reset();
    bool intact = false;
    std::jthread reader([message = std::move(message), round, &intact]() mutable {
      intact = content(message) == of_size(1000, round);
      message.reset();
    });
    auto other = put(std::make_shared<payload_bundle>(memory), of_size(500, 255 - round % 2));
    REQUIRE(content(other) == of_size(500, 255 - round % 2));
    reader.join();
    REQUIRE(intact);
  }
}

} // namespace payload_bundle_test
