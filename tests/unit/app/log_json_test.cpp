// Must hold: every line of the log is one JSON object with what stands in it.
#include "app/log_json.hpp"
#include "app/stderr_log.hpp"
#include "messages/json.hpp"
#include "messages/log_line.hpp"

#include <doctest/doctest.h>

#include <spdlog/spdlog.h>
#include <unistd.h>

namespace log_json_test {

using namespace livedata;

namespace {

json members(const std::string& line) {
  return json::parse("{\"x\":0" + json_members(line) + "}");
}

} // namespace

TEST_CASE("fields of a line become members with their types") {
  const auto m = members(log_line("message_rejected", {{"reason", log_word{"too_short"}},
                                                       {"text", "a \"quoted\" name=x, back\\slash\nand more"},
                                                       {"count", 3},
                                                       {"seconds", 0.5},
                                                       {"last", true}}));
  CHECK(m["event"] == "message_rejected");
  CHECK(m["reason"] == "too_short");
  CHECK(m["text"] == "a \"quoted\" name=x, back\\slash\\nand more");
  CHECK(m["count"] == 3);
  CHECK(m["seconds"] == 0.5);
  CHECK(m["last"] == true);
}

TEST_CASE("a line of another form is a text, whatever it is") {
  for (const auto* line : {"Service started", "", "event key", "event key=\"open", "event =x", "\xff\xfe=1"}) {
    CAPTURE(line);
    const auto m = members(line);
    CHECK((m.contains("text") || m.contains("event")));
  }
  CHECK(members("Service started")["text"] == "Service started");
}

TEST_CASE("the log writes objects, one on a line") {
  int ends[2] = {};
  REQUIRE(pipe(ends) == 0);
  {
    stderr_log log("test", ends[1]);
    log.write_json();
    log.logger()->warn("{}", log_line("stream_silent", {{"silent_s", 5.5}}));
    CHECK(log.finish(std::chrono::seconds(10)));
  }
  close(ends[1]);
  std::string text(4096, 0);
  text.resize(static_cast<std::size_t>(read(ends[0], text.data(), text.size())));
  close(ends[0]);
  const auto m = json::parse(text);
  CHECK(m["level"] == "warning");
  CHECK(m["event"] == "stream_silent");
  CHECK(m["silent_s"] == 5.5);
  CHECK(m["time"].get<std::string>().ends_with("Z"));
  CHECK(text.ends_with("}\n"));
}

} // namespace log_json_test
