#include "messages/log_line.hpp"

#include <doctest/doctest.h>

namespace log_line_test {

using namespace livedata;

TEST_CASE("texts of strangers stand in the log quoted, escaped and cut") {
  CHECK(log_line("event") == "event");
  CHECK(log_line("event", {{"text", "two words"}, {"n", 3}, {"s", 0.25}, {"on", true}}) ==
        R"(event text="two words" n=3 s=0.25 on=true)");
  CHECK(quoted_log_text("a\nb\r\t\"c\\d\"") == R"("a\nb\r\t\"c\\d\"")");
  CHECK(quoted_log_text("\x1b[2J\x07\x7f") == R"("\x1b[2J\x07\x7f")");
  CHECK(quoted_log_text(std::string_view("a\0b", 3)) == R"("a\x00b")");
  CHECK(quoted_log_text("\xff\xc3(") == R"("\xff\xc3(")");
  CHECK(quoted_log_text("\u00b5s \u00c5 \U0001f600") == "\"\u00b5s \u00c5 \U0001f600\"");
  // The one-byte form of ESC, a line separator, and a mark that turns the direction of writing.
  CHECK(quoted_log_text("\u009b31m\u2028\u202e") == R"("\u009b31m\u2028\u202e")");
  CHECK(quoted_log_text("") == "\"\"");
}

TEST_CASE("a long text of a stranger is cut between two characters, and its size is told") {
  const auto shown = quoted_log_text(std::string(1'800'000, 'x'));
  CHECK(shown.size() < longest_log_text + 40);
  CHECK(shown.ends_with("(1800000 bytes)\""));
  std::string micro = "x";
  for (std::size_t i = 0; i < longest_log_text; ++i)
    micro += "\u00b5";
  CHECK(quoted_log_text(micro).find("\\x") == std::string::npos);
  CHECK(quoted_log_text(std::string(longest_log_text, 'y')) == '"' + std::string(longest_log_text, 'y') + '"');
  CHECK(plain_log_text(std::string(1'800'000, 'x'), false).size() < 20'000);
}

TEST_CASE("words of the program stand without quotes, and only those") {
  CHECK(log_line("end", {{"reason", log_word{"SIGTERM"}}}) == "end reason=SIGTERM");
  CHECK(log_line("end", {{"reason", log_word{"a b"}}}) == "end reason=\"a b\"");
  CHECK(log_line("end", {{"left_out", std::optional<int>()}, {"x", std::optional(1)}}) == "end x=1");
}

TEST_CASE("a line that was made elsewhere stays one line") {
  CHECK(plain_log_text("a\nb\x1b[0m", false) == "a\\nb\\x1b[0m");
  CHECK(plain_log_text("a\nb\x1b[0m", true) == "a\nb\\x1b[0m");
  CHECK(plain_log_text("key=\"x\\n\"", false) == "key=\"x\\n\"");
}

} // namespace log_line_test
