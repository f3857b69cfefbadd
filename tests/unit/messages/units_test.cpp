#include "messages/units.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace units_test {

using namespace livedata;

namespace {

struct conversion_row {
  const char* from;
  const char* to;
  double multiplier;
  double divisor;
};

} // namespace

TEST_CASE("units in the spellings of the field are read, and converted with one rounding") {
  const std::vector<conversion_row> rows{{"microseconds", "ns", 1e3, 1},
                                         {"nanosecond", "ns", 1, 1},
                                         {"milliseconds", "ns", 1e6, 1},
                                         {"second", "ns", 1e9, 1},
                                         {"usec", "ns", 1e3, 1},
                                         {"us", "ns", 1e3, 1},
                                         {"\u00b5s", "\u03bcs", 1, 1},
                                         {"min", "s", 60, 1},
                                         {"h", "s", 3600, 1},
                                         {"D", "h", 24, 1},
                                         {"ns", "ms", 1, 1e6},
                                         {"ps", "ns", 1, 1e3},
                                         {"millimeter", "m", 1, 1e3},
                                         {"meters", "m", 1, 1},
                                         {"metre", "m", 1, 1},
                                         {"km", "m", 1e3, 1},
                                         {"inch", "m", 0.0254, 1},
                                         {"\u00b5m", "m", 1, 1e6},
                                         {"\u03bcm", "mm", 1, 1e3},
                                         {"nm", "angstrom", 10, 1},
                                         {"\u00c5", "\u212b", 1, 1},
                                         {"1/\u00c5", "1/nm", 10, 1},
                                         {"meV", "\u00b5eV", 1e3, 1},
                                         {"mrad", "rad", 1, 1e3},
                                         {"count", "counts", 1, 1},
                                         {"Counts", "counts", 1, 1},
                                         {"kcounts/s", "counts/s", 1e3, 1},
                                         {"dimensionless", "one", 1, 1},
                                         {"", "dimensionless", 1, 1},
                                         {" mm\n", "m", 1, 1e3},
                                         {"Hz", "1/s", 1, 1},
                                         {"percent", "dimensionless", 1, 100}};
  for (const auto& row : rows) {
    CAPTURE(row.from);
    CAPTURE(row.to);
    const auto scale = scale_between(row.from, row.to);
    REQUIRE(scale);
    CHECK(scale->multiplier == row.multiplier);
    CHECK(scale->divisor == row.divisor);
  }
  CHECK((*scale_between("us", "ms"))(1001) == 1.001);
  for (const auto* degree : {"deg", "Degree", "degrees", "\u00b0"}) {
    CAPTURE(degree);
    REQUIRE(scale_between(degree, "rad"));
    CHECK(scale_between(degree, "rad")->factor() == std::numbers::pi / 180);
  }
}

TEST_CASE("texts that are no units, and units of other things, do not convert") {
  for (const auto* other : {"furlongs per apple", "m^99999999999", "1e400 m", "0 m", "-1 m", "ns since 1970-01-01",
                            "lg(re 1 mW)", "datetime64[ns]", "m\xff", "\xff", "m m m(", "%s%n"}) {
    CAPTURE(other);
    CHECK_FALSE(scale_between(other, "m"));
    CHECK_FALSE(scale_between(other, "s"));
    CHECK(same_unit(other, other));
    CHECK_FALSE(same_unit(other, "m"));
  }
  CHECK_FALSE(scale_between(std::string("m\0s", 3), "m"));
  CHECK_FALSE(scale_between(std::string(1'000'000, 'm'), "m"));
  CHECK_FALSE(scale_between(std::string(1'000'000, '('), "m"));
  CHECK_FALSE(scale_between("counts", "dimensionless"));
  CHECK_FALSE(scale_between("counts/s", "counts"));
  CHECK_FALSE(scale_between("counts/s", "Hz"));
  CHECK_FALSE(scale_between("rad", "dimensionless"));
  CHECK_FALSE(scale_between("Hz", "s"));
  CHECK_FALSE(scale_between("degC", "K"));
  CHECK_FALSE(scale_between("m", "s"));
}

TEST_CASE("units that are spelled in two ways are the same") {
  CHECK(same_unit("count", "counts"));
  CHECK(same_unit("\u00b5s", "us"));
  CHECK(same_unit("degC", "\u00b0C"));
  CHECK_FALSE(same_unit("mm", "m"));
  CHECK_FALSE(same_unit("degC", "K"));
  CHECK(same_unit_or_none(std::nullopt, std::nullopt));
  CHECK_FALSE(same_unit_or_none(std::nullopt, "dimensionless"));
  CHECK(same_unit_or_none("", "dimensionless"));
}

TEST_CASE("times become whole nanoseconds, or nothing where they do not fit") {
  CHECK(nanoseconds_in(3, "microseconds") == 3'000);
  CHECK(nanoseconds_in(-3, "ms") == -3'000'000);
  CHECK(nanoseconds_in(std::numeric_limits<std::int64_t>::max(), "ns") == std::numeric_limits<std::int64_t>::max());
  CHECK_FALSE(nanoseconds_in(std::numeric_limits<std::int64_t>::max() / 1000 + 1, "us"));
  CHECK_FALSE(nanoseconds_in(std::int64_t{1} << 62, "ms"));
  CHECK(nanoseconds_in(1999, "ps") == 1);
  CHECK(nanoseconds_in(-1, "ps") == -1);
  CHECK_FALSE(nanoseconds_in(1, "m"));
  CHECK_FALSE(nanoseconds_in(1, "rad"));
}

TEST_CASE("threads and forked processes read units at the same time") {
  // As before every fork: a process that is forked while another thread reads the database would wait for it for ever.
  require_units();
  std::vector<std::jthread> readers;
  std::vector<int> wrong(4);
  for (std::size_t t = 0; t < wrong.size(); ++t)
    readers.emplace_back([&wrong, t] {
      for (int i = 1; i < 400; ++i) {
        // Each is new for the parser.
        const auto scale = scale_between(std::to_string(1000 * t + static_cast<std::size_t>(i)) + " mm", "um");
        wrong[t] += !scale || scale->multiplier != 1000 * static_cast<double>(1000 * t + static_cast<std::size_t>(i));
      }
    });
  for (int i = 0; i < 20; ++i) {
    const auto child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      alarm(20);
      _exit(scale_between(std::to_string(i + 7000) + " inch", "m") ? 0 : 1);
    }
    int how = 1;
    REQUIRE(waitpid(child, &how, 0) == child);
    CHECK(how == 0);
  }
  readers.clear();
  CHECK(wrong == std::vector<int>(4));
}

} // namespace units_test
