// Checks what CAF's reader does not: that every key of a file is known, that it holds a value or a block as it should,
// and that CAF has dropped nothing of the file.
#pragma once

#include "app/configuration/config_text.hpp"
#include "app/configuration/known_paths.hpp"
#include "messages/result.hpp"

#include <caf/settings.hpp>

#include <string_view>

namespace livedata {

// The failure names file, line and key, and suggests what was meant.
status check_keys(const config_node& file, const known_paths& known, std::string_view origin);

// Compares the tree with what CAF made of the same text; the failure names the first line that was lost or changed.
status check_arrival(const config_node& file, const caf::settings& content, std::string_view origin);

} // namespace livedata
