// The state of the run as a table for a terminal.
#pragma once

#include "actors/messages.hpp"

#include <string>

namespace livedata {

// At most `rows` lines, each ending in a line break and at most `columns` wide. If the jobs do not fit, those with
// trouble come first and a line says how many are left out; if not even the rest fits, the least important lines below
// the table go; the first line tells of errors, warnings and losses in any case. Narrow tables have shorter names, then
// fewer columns. Colours are escape sequences of ANSI terminals, and take no width. Fewer than 20 columns are taken
// as 20.
std::string render_table(const run_report& report, int columns, int rows, bool colour = false);

} // namespace livedata
