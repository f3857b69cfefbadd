// For libFuzzer: a request of any bytes, from its line to its content, through everything that answers it. The first
// line is method and target, then come headers until an empty line, then the content. What goes into the engine ends
// here.
#include "actors/view/http/viewer.hpp"
#include "support/view_fixture.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

std::string_view next_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

livedata::http_request request_of(std::string_view text) {
  livedata::http_request r;
  const auto first = next_line(text);
  r.method = std::string(first.substr(0, first.find(' ')));
  r.target = std::string(first.substr(std::min(first.size(), r.method.size() + 1)));
  r.headers["host"] = "localhost";
  r.headers["content-type"] = "application/json";
  for (auto line = next_line(text); !line.empty(); line = next_line(text))
    if (const auto colon = line.find(": "); colon != std::string_view::npos)
      r.headers[std::string(line.substr(0, colon))] = std::string(line.substr(colon + 2));
  r.body = std::string(text);
  return r;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace livedata;
  static const test::view_fixture around;
  static const auto api = [] {
    around.publish(test::result_of(test::job_named("bank0"), {{"image", test::image_of({1, 2, 3, 4}, 2, 2)}}));
    return around.api();
  }();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (test::answer_of(*api, request_of(text)).status == 500) __builtin_trap();
  viewer v;
  (void)v.take(text);
  return 0;
}
