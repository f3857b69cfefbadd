// Must hold: a run in which no message was understood is no good run.
#include "app/understood.hpp"

#include <doctest/doctest.h>

namespace understood_test {

using namespace livedata;

namespace {

bool has(const std::optional<std::string>& text, const std::string& part) {
  return text && text->find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a run without messages, or with one that was understood, is all right") {
  run_report r;
  settings s;
  s.instrument = "loki";
  CHECK_FALSE(nothing_understood(r, s, 0, {}));
  r.messages_received = 1;
  r.rejected = {{"unknown_source", 100}};
  CHECK_FALSE(nothing_understood(r, s, 101, {}));
}

TEST_CASE("a run in which no message was understood says so, with reasons and remedy") {
  run_report r;
  settings s;
  s.instrument = "loki";
  r.rejected = {{"unknown_source", 100}, {"wrong_schema", 2}};
  const auto live = nothing_understood(r, s, 0, {});
  CHECK(has(live, "none of 102 messages was of use to instrument loki with services detector_data"));
  CHECK(has(live, "100 unknown_source, 2 wrong_schema"));
  CHECK(has(live, "try --dev"));
  s.dev = true;
  CHECK(has(nothing_understood(r, s, 0, {}), "leave out --dev"));
  // Those that no service of the run needs are rejected by nobody.
  const setup_mark recorded{"dream", {"monitor_data"}, true};
  const auto replay = nothing_understood({}, s, 7, recorded);
  CHECK(has(replay, "none of 7 messages"));
  CHECK(has(replay, "recorded for instrument dream, services monitor_data, --dev"));
}

} // namespace understood_test
