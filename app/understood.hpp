// A run in which no message was understood: whoever looks at its end only must notice. Plain code.
#pragma once

#include "actors/messages.hpp"
#include "app/configuration/settings.hpp"
#include "transport/recording/marks.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace livedata {

// What was wrong, and what to do; nothing if messages were understood, or if none came. `replayed`: messages that the
// recording gave, if it was a replay; `recorded`: whose they are, if that is known.
std::optional<std::string> nothing_understood(const run_report& last, const settings& s, std::uint64_t replayed,
                                              const std::optional<setup_mark>& recorded);

} // namespace livedata
