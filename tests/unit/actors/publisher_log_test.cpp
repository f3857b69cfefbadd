// What the publisher says of a sink that fails with everything it is given.
#include "actors/publisher/publisher_actor.hpp"
#include "actors/reporter/reporter_actor.hpp"
#include "support/test_config.hpp"

#include <doctest/doctest.h>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sstream>

namespace publisher_log_test {

using namespace livedata;

namespace {

class failing_sink final : public result_sink {
public:
  void deliver(const result_set&) override { throw std::runtime_error("no room"); }

  void send(std::span<const outgoing_message>) override { throw std::runtime_error("no room"); }
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++n;
  return n;
}

} // namespace

TEST_CASE("a sink that fails with every batch does not flood the log") {
  std::ostringstream lines;
  auto before = spdlog::default_logger();
  auto level = spdlog::get_level();
  spdlog::set_default_logger(
    std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines)));
  spdlog::set_level(spdlog::level::info);
  constexpr std::size_t batches = 500;
  {
    test::test_config config(1);
    caf::actor_system system(config);
    caf::scoped_actor self(system);
    auto clock = std::make_shared<system_wall_clock>();
    auto reporter = spawn_reporter(system, clock, {}, std::chrono::seconds(1));
    auto publisher = spawn_publisher(system, std::make_shared<failing_sink>(), clock, reporter);
    for (std::size_t i = 0; i < batches; ++i) {
      tell_from_outside(publisher,
                        std::make_shared<const result_set>(result_set{"detector_data", i, clock->now(), {}}));
      tell_from_outside(publisher, std::make_shared<const std::vector<outgoing_message>>());
    }
    ask(self.ptr(), publisher, finish_atom_v).receive([] {}, [](const caf::error& e) { FAIL(to_string(e)); });
    for (const auto& actor : {caf::actor_cast<caf::actor>(publisher), caf::actor_cast<caf::actor>(reporter)})
      caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  }
  spdlog::set_level(level);
  spdlog::set_default_logger(before);
  auto results = count(lines.str(), "publish_error service=detector_data");
  CHECK(results > 0);
  CHECK(results < batches / 2);
  auto messages = count(lines.str(), "publish_error messages=");
  CHECK(messages > 0);
  CHECK(messages < batches / 2);
}

} // namespace publisher_log_test
