#include "messages/timestamp.hpp"

#include <fmt/format.h>

#include <chrono>

namespace livedata {

namespace {

constexpr std::int64_t ns_per_second = 1'000'000'000;
constexpr std::int64_t ns_per_day = 86'400 * ns_per_second;

} // namespace

std::string to_string(timestamp t) {
  auto days = t.ns / ns_per_day;
  auto rest = t.ns % ns_per_day;
  if (rest < 0) {
    rest += ns_per_day;
    --days;
  }
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  const auto second = rest / ns_per_second;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), second / 3600,
                     second / 60 % 60, second % 60, rest % ns_per_second);
}

std::string to_string(duration d) {
  const auto bits = static_cast<std::uint64_t>(d.ns);
  const auto magnitude = d.ns < 0 ? 0 - bits : bits;
  constexpr auto unit = static_cast<std::uint64_t>(ns_per_second);
  return fmt::format("{}{}.{:09} s", d.ns < 0 ? "-" : "", magnitude / unit, magnitude % unit);
}

} // namespace livedata
