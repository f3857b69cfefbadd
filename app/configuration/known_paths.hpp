// The keys that a configuration file may hold, ours and CAF's, and what to say about one that is not among them.
#pragma once

#include <caf/config_option_set.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

enum class path_role {
  leaf,  // takes a value
  block, // holds other keys
  free,  // may hold anything: CAF's metric filters and bucket settings
  unknown
};

class known_paths {
public:
  explicit known_paths(const caf::config_option_set& options);

  path_role role(std::string_view path) const;

  // What is wrong with a key that is unknown in a block ("" for the file itself), and what was perhaps meant.
  std::string about_unknown(const std::string& block, const std::string& key) const;

  // Full paths, in the order of the table, CAF's after ours.
  const std::vector<std::string>& leaves() const { return leaves_; }

private:
  std::vector<std::string> names_in(std::string_view block) const;

  std::vector<std::string> leaves_;
};

// "livedata.source.rate" as it stands in a file: "livedata { source { rate = … } }".
std::string as_blocks(std::string_view path);

// True for options that only CAF knows.
bool is_caf_path(std::string_view path);

} // namespace livedata
