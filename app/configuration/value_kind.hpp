// The kinds of value in CAF's configuration syntax. Finds the kind of a value that is written without quotes.
#pragma once

#include "messages/result.hpp"

#include <string_view>

namespace livedata {

enum class node_kind { block, list, text, number, timespan, boolean, uri };

// For messages, with article: "a block", "a number", …
std::string_view to_string(node_kind kind);

// What a value without quotes is: number, timespan or boolean. The failure's message has no position, such as
// "fast: text needs quotes: \"fast\"".
result<node_kind> classify_value(std::string_view text);

} // namespace livedata
