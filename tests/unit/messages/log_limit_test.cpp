#include "messages/log_limit.hpp"

#include <doctest/doctest.h>

namespace log_limit_test {

using namespace livedata;
using namespace std::chrono_literals;

namespace {

constexpr log_limit::clock::time_point start{100s};

} // namespace

TEST_CASE("the first line of a kind is written at once, then one in each interval with the number of those left out") {
  log_limit limit(10s);
  CHECK(limit.admit("a", start) == 0);
  CHECK_FALSE(limit.admit("a", start));
  CHECK_FALSE(limit.admit("a", start + 9s));
  CHECK(limit.admit("a", start + 10s) == 2);
  CHECK_FALSE(limit.admit("a", start + 19s));
  CHECK(limit.admit("a", start + 100s) == 1);
  CHECK(limit.admit("a", start + 200s) == 0);
}

TEST_CASE("kinds of lines do not hold each other up") {
  log_limit limit(10s);
  CHECK(limit.admit("a", start) == 0);
  CHECK(limit.admit("b", start + 1s) == 0);
  CHECK_FALSE(limit.admit("a", start + 1s));
  CHECK(limit.admit("a", start + 10s) == 1);
  CHECK_FALSE(limit.admit("b", start + 10s));
}

TEST_CASE("a flood of ever new kinds is limited too, and what is quiet makes room") {
  log_limit limit(10s, 3);
  for (const auto* key : {"a", "b", "c", "d"})
    CHECK(limit.admit(key, start) == 0);
  CHECK_FALSE(limit.admit("e", start));
  CHECK_FALSE(limit.admit("f", start + 1s));
  CHECK_FALSE(limit.admit("a", start + 1s));
  CHECK(limit.admit("e", start + 10s) == 0);
  CHECK(limit.admit("f", start + 10s) == 0);
}

TEST_CASE("a line says how many were left out before it, if any were") {
  CHECK(log_line("line", {left_out_field(0)}) == "line");
  CHECK(log_line("line", {left_out_field(3)}) == "line left_out=3");
}

} // namespace log_limit_test
