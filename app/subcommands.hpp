// The words that may follow the name of the program: livedata check, livedata record and so on.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace livedata {

// What the first word asks for.
struct subcommand {
  // The program beside this one that does it; empty: this one, with `arguments`.
  std::string program;
  std::vector<std::string> arguments;
};

// `args` is without the name of the program. Nothing if the first is no word, or none that is known.
std::optional<subcommand> subcommand_of(const std::vector<std::string>& args);

// All words, for people.
std::vector<std::string> subcommand_names();

// Becomes that program, from the folder of this one. Returns only if that fails: with the reason.
std::string become(const subcommand& what);

} // namespace livedata
