// Shows the state of the run to a person at a terminal, or line by line to a pipe.
#pragma once

#include "actors/actors.hpp"

#include <string_view>

namespace livedata {

enum class console_mode : std::uint8_t { none, lines, table };

struct console_settings {
  console_mode mode = console_mode::lines;
  // Stays the caller's.
  int fd = 1;
  // Of the table only.
  bool colour = false;
};

// For a word of the configuration: table, lines, none, or auto: a table if `fd` is a terminal that can show one, else
// lines. The environment decides on colour: TERM and NO_COLOR.
console_settings console_for(std::string_view word, int fd = 1);

// On a thread of its own. The table is drawn over the same place again and again, with the cursor hidden until
// finish_atom or the end of the actor; then the last table stays. If nobody reads any more it goes silent. finish_atom
// is answered when the last report is shown; what comes later is not.
display_actor spawn_console(caf::actor_system& system, const console_settings& settings);

} // namespace livedata
