#pragma once

#include <span>
#include <string_view>

namespace livedata::web {

/// A file of the page. What it refers to lives as long as the program.
struct asset {
  std::string_view content_type; ///< as in the HTTP header, for example "text/html; charset=utf-8"
  std::string_view bytes;
};

/// The file at the path of a request: "/" is the page itself, "/assets/index-1a2b3c.js" one of its parts. Paths below
/// /assets/ have a digest of the content in their name, so that they may be kept for ever. nullptr: there is none.
const asset* find_asset(std::string_view path);

/// A file of the page and the path it is found at.
struct embedded_file {
  std::string_view path;
  asset content;
};

/// All files of the page, sorted by path.
std::span<const embedded_file> embedded_files();

} // namespace livedata::web
