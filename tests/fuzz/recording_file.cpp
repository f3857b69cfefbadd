// Recordings: any bytes as a file give messages and marks up to the first that is damaged.
#include "tests/fuzz/fuzz_input.hpp"
#include "transport/recording/recorded_flow.hpp"
#include "transport/recording/recording.hpp"

#include <fstream>
#include <unistd.h>

using namespace livedata;
using namespace livedata::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::filesystem::path file =
    std::filesystem::path("/dev/shm") / ("livedata_fuzz_recording_" + std::to_string(::getpid()));
  std::ofstream(file, std::ios::binary).write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  auto reading = recording_reader::open(file);
  std::filesystem::remove(file);
  if (!reading) {
    must_hold(!reading.error().message.empty());
    return 0;
  }
  auto& recording = **reading;
  (void)recorded_flow::of(recording);
  std::uint64_t messages = 0;
  for (;;) {
    const auto item = recording.next_message();
    if (!item || !*item) break;
    ++messages;
    (void)(*item)->content->bytes().size();
  }
  must_hold(messages <= recording.messages());
  return 0;
}
