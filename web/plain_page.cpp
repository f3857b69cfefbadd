#include <array>
#include <web/assets.hpp>

// What is served in place of the page where livedata was built without Node.js.

namespace livedata::web {

std::span<const embedded_file> embedded_files() {
  static constexpr std::string_view page = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>livedata</title>
<h1>livedata is running</h1>
<p>This program was built without its page (<code>-DLIVEDATA_WEB=OFF</code>, or no Node.js was found).
Everything else is there:</p>
<ul>
<li><a href="/api/v1/status">status</a>
<li><a href="/api/v1/jobs">jobs</a>
<li><a href="/api/v1/openapi.json">description of the interface</a>
<li><a href="/metrics">metrics</a>
</ul>
</html>
)";
  static constexpr std::array files{embedded_file{"/", {"text/html; charset=utf-8", page}}};
  return files;
}

} // namespace livedata::web
