// Instrument files: any text gives an instrument or a text that says what is wrong.
#include "tests/fuzz/fuzz_input.hpp"
#include "workflows/instrument/instrument.hpp"

using namespace livedata;
using namespace livedata::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = parse_instrument({reinterpret_cast<const char*>(data), size}, "the file");
  must_hold(read || !read.error().message.empty());
  return 0;
}
