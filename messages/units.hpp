// Units of measure, as texts: what they mean and how one becomes another. UDUNITS-2 knows them; beside it stand the
// names of the field (deg, D, dimensionless, one, both micro signs, both signs for ångström, counts).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace livedata {

// How a value in one unit becomes a value in another. Where the ratio or its inverse is a whole number, that number
// stands here exactly and the other part is 1, so that a conversion rounds once.
struct unit_scale {
  double multiplier = 1;
  double divisor = 1;

  double operator()(double value) const noexcept { return value * multiplier / divisor; }

  // The nearest number to the ratio.
  double factor() const noexcept { return multiplier / divisor; }
};

// Reads the database of units, if that has not been done. Throws std::runtime_error if there is none: for the start of
// a program. The functions below do the same at their first use.
void require_units();

// From one unit to another of the same quantity. Nothing if one of the texts is no unit, if they measure different
// things (counts and 1, rad and 1, Hz and s), or if their zeros differ (°C and K). The texts may come from anywhere:
// blanks around them do not matter, and what is longer than 100 bytes is no unit. May be called by any thread; for
// each message rather than for each event.
std::optional<unit_scale> scale_between(std::string_view from, std::string_view to);

// Whether two texts name one unit, however they spell it. Texts that are no units must be equal.
bool same_unit(std::string_view a, std::string_view b);

// The same; to have no unit is something else than to be dimensionless.
bool same_unit_or_none(const std::optional<std::string>& a, const std::optional<std::string>& b);

// `count` units of time in nanoseconds, exactly, or rounded down where the unit is a part of a nanosecond. Nothing if
// the text is no unit of time, or a nanosecond does not go into it a whole number of times, or the result needs more
// than 64 bits.
std::optional<std::int64_t> nanoseconds_in(std::int64_t count, std::string_view unit);

} // namespace livedata
