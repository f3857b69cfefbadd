#include "app/understood.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace livedata {

std::optional<std::string> nothing_understood(const run_report& last, const settings& s, std::uint64_t replayed,
                                              const std::optional<setup_mark>& recorded) {
  if (last.messages_received > 0) return std::nullopt;
  std::uint64_t rejected = 0;
  std::string reasons;
  for (const auto& [reason, n] : last.rejected) {
    rejected += n;
    reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", n, reason);
  }
  const auto came = std::max(rejected, replayed);
  if (came == 0) return std::nullopt;
  auto text =
    fmt::format("none of {} messages was of use to instrument {} with services {}{}{}", came, s.instrument,
                fmt::join(s.services, ", "), s.dev ? ", --dev" : "", reasons.empty() ? "" : " (" + reasons + ")");
  if (recorded)
    return text + fmt::format(
                    "; they were recorded for instrument {}{}{}: leave out --instrument, --services and --dev",
                    recorded->instrument,
                    recorded->services.empty() ? "" : fmt::format(", services {}", fmt::join(recorded->services, ", ")),
                    recorded->development ? ", --dev" : "");
  return text + fmt::format("; see whether it is another instrument, and {} --dev", s.dev ? "leave out" : "try");
}

} // namespace livedata
