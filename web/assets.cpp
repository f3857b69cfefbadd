#include <algorithm>
#include <web/assets.hpp>

namespace livedata::web {

const asset* find_asset(std::string_view path) {
  const auto files = embedded_files();
  const auto found = std::ranges::lower_bound(files, path, {}, &embedded_file::path);
  return found != files.end() && found->path == path ? &found->content : nullptr;
}

} // namespace livedata::web
