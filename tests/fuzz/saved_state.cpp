// Saved states: any bytes are refused, or loaded by the workflow that they fit. What was loaded is saved again and
// loaded once more.
#include "tests/fuzz/archive_input.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "workflows/archive.hpp"
#include "workflows/workflow.hpp"

#include <algorithm>

using namespace livedata;
using namespace livedata::fuzz;

namespace {

// A class with a member of each type that an archive takes.
struct everything {
  bool truth = false;
  std::uint8_t small = 0;
  std::int32_t whole = 0;
  std::uint64_t large = 0;
  float single = 0;
  double number = 0;
  std::string text;
  timestamp time;
  std::optional<double> perhaps;
  std::vector<double> numbers;
  std::vector<std::string> texts;
  std::optional<data_array> array;
  std::vector<event_tally> objects;
  std::vector<std::uint64_t> cells = std::vector<std::uint64_t>(12);

  void state(archive& a) {
    a.field("truth", truth);
    a.field("small", small);
    a.field("whole", whole);
    a.field("large", large);
    a.field("single", single);
    a.field("number", number);
    a.field("text", text);
    a.field("time", time);
    a.field("perhaps", perhaps);
    a.field("numbers", numbers);
    a.field("texts", texts);
    a.field("array", array);
    a.field("objects", objects);
    a.table(
      "cells", 3, 4,
      [this](std::size_t row, std::span<std::uint64_t> to) {
        std::copy_n(cells.begin() + 4 * static_cast<long>(row), 4, to.begin());
      },
      [this](std::size_t row, std::span<std::uint64_t> from) {
        std::copy(from.begin(), from.end(), cells.begin() + 4 * static_cast<long>(row));
      });
  }
};

std::vector<std::byte> saved(everything& e) {
  archive a;
  a.field("all", e);
  return a.finish();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = behind_header(std::as_bytes(std::span(data, size)));
  everything e;
  try {
    archive a(bytes);
    a.field("all", e);
    (void)a.finish();
  } catch (const archive_error&) {
    return 0;
  }
  const auto once = saved(e);
  everything again;
  archive b(once);
  b.field("all", again);
  (void)b.finish();
  must_hold(saved(again) == once);
  return 0;
}
