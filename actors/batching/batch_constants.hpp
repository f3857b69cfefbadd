// Every number that decides how messages are cut into batches, in one place. "Lengths" are batch lengths: they follow
// the length that is in force.
#pragma once

#include "messages/timestamp.hpp"

#include <cstddef>
#include <cstdint>

namespace livedata::batching {

// --- all batchers
// ----------------------------------------------------------------------------------------------------

inline constexpr duration default_length{1'000'000'000};
// Times further apart than this many lengths do not speak for each other (plausible anchor), and no single message lets
// data time run further ahead than this.
inline constexpr std::int64_t plausible_lengths = 3;
// Messages further ahead than this many lengths are of another epoch: a broken clock. They are delivered at once.
inline constexpr std::int64_t other_epoch_lengths = 1000;
// Times outside of [1933, 2189] are taken for their nearest end where windows are placed, so that no sum overflows. The
// time of the message itself stays.
inline constexpr std::int64_t earliest_ns = -(std::int64_t{1} << 60);
inline constexpr std::int64_t latest_ns = (std::int64_t{1} << 62) + (std::int64_t{1} << 61);

// --- a window that lies ahead of the traffic, because an absurd time led it there
// ----------------------------------------------------------------------------------------------------

// No batch for this many lengths of wall time, although there are messages: the window goes to where they are.
inline constexpr std::int64_t stall_lengths = 10;
// The same when messages before the window have moved on by this many lengths of data time. It works where no wall
// clock is given (recordings), and is long enough for a part of the stream to lag behind the rest.
inline constexpr std::int64_t late_progress_lengths = 30;

// --- silence
// ----------------------------------------------------------------------------------------------------

// An open window with messages is given out when nothing has come for this many lengths of wall time, but at least for
// the second of these.
inline constexpr std::int64_t silence_lengths = 3;
inline constexpr duration least_silence{1'000'000'000};

// --- naive
// ----------------------------------------------------------------------------------------------------

// So many batches in a row with nothing but times far from where the wall clock says are believed.
inline constexpr int believed_from = 3;

// --- simple
// ----------------------------------------------------------------------------------------------------

// Longer gaps are jumped over instead of being walked through in empty windows.
inline constexpr std::int64_t walked_gap_lengths = 10;

// --- rate-aware
// ----------------------------------------------------------------------------------------------------

// A window closes by itself when the newest message is this many lengths after its start; 0 < F <= 3, or infinite.
inline constexpr double timeout_factor = 1.2;
inline constexpr double largest_timeout_factor = 3.0;
// Differences between pulses that are kept for the rate, and how many are needed for one.
inline constexpr std::size_t kept_differences = 32;
inline constexpr std::size_t needed_differences = 4;
// A rate counts if it is this close to a whole number of Hz: the larger of the two, a part of the rate and Hz.
inline constexpr double rate_tolerance_part = 0.1;
inline constexpr double rate_tolerance_hz = 0.1;
// A pulse that comes earlier than its window by at most this much (and half a period) is of the window: whole numbers
// of Hz do not divide a second into whole nanoseconds.
inline constexpr std::int64_t drift_tolerance_ns = 1'000'000;
// A stream needs this many pulses in a batch to hold windows open. Below one, so that a length of 71 ms counts as one
// pulse of 14 Hz (71.43 ms).
inline constexpr double least_pulses = 0.99;
// The last pulses that tell how many messages a pulse has.
inline constexpr std::size_t counted_pulses = 8;
// A window whose last pulse has begun to come waits for the rest of it until nothing has come for this part of a pulse,
// by wall clock, or a later pulse comes.
inline constexpr double patience_pulses = 0.5;
// The first pulse of a run is whole when nothing of a pulse has come for the second of these, and is waited for as long
// as the first at most, by wall clock.
inline constexpr duration patience_first_pulse{150'000'000};
inline constexpr duration calm_after_first_pulse{20'000'000};
// A stream without messages in this many batches is forgotten.
inline constexpr int absent_batches = 5;

// --- adaptive
// ----------------------------------------------------------------------------------------------------

inline constexpr double pulse_rate_hz = 14.0;
// Each level is longer by the square root of two.
inline constexpr int top_level = 6;
// Batches in a row that took longer than their window until the level rises, and by how much.
inline constexpr int overloads_to_rise = 2;
inline constexpr int rise = 2;
// Batches in a row that took less than this part of their window until the level falls by one. The zone in which
// nothing happens, [0.70, 1], is wider than the step between levels (20 / 14 at most): else some loads swing for ever.
inline constexpr double headroom = 0.70;
inline constexpr int underloads_to_fall = 3;
// Windows without any message until the level falls by one.
inline constexpr double idle_windows_to_fall = 3.0;

} // namespace livedata::batching
