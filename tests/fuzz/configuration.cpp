// Configuration files: any text gives settings or a text that says what is wrong.
#include "app/configuration/configuration.hpp"

#include "app/configuration/config_file.hpp"
#include "tests/fuzz/fuzz_input.hpp"

#include <caf/all.hpp>
#include <caf/io/all.hpp>

using namespace livedata;
using namespace livedata::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool ready = [] {
    caf::core::init_global_meta_objects();
    caf::io::middleman::init_global_meta_objects();
    return true;
  }();
  static const configuration options;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto read = read_config_text(text, "the file", options.options());
  must_hold(ready && (read || !read.error().message.empty()));
  return 0;
}
