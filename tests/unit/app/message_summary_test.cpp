// Must hold: of every message something is told, whatever its bytes are.
#include "app/tools/message_summary.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <places.hpp>
#include <vector>

namespace message_summary_test {

using namespace livedata;

namespace {

std::vector<std::byte> content_of(const std::string& name) {
  std::ifstream in(std::filesystem::path(LIVEDATA_TEST_DATA) / name, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  REQUIRE_FALSE(text.empty());
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

message_summary of_text(const std::string& text) {
  return summary_of(std::as_bytes(std::span(text)));
}

} // namespace

TEST_CASE("a message of each schema is told by schema, source and content") {
  const auto events = summary_of(content_of("ev44_detector_1000.bin"));
  CHECK(events.schema == "ev44");
  CHECK_FALSE(events.source.empty());
  CHECK(events.events == 1000);
  CHECK(events.damage.empty());
  for (const auto* file : {"da00_hist2d.bin", "ad00_uint16.bin", "f144_double.bin", "x5f2.bin", "pl72.bin", "6s4t.bin",
                           "f144_array_double.bin"}) {
    CAPTURE(file);
    const auto s = summary_of(content_of(file));
    CHECK(std::string(file).starts_with(s.schema));
    CHECK(s.damage.empty());
    CHECK_FALSE(s.text.empty());
  }
  const auto command = of_text(R"({"kind": "job_command"})");
  CHECK(command.schema == "json");
  CHECK(command.text.find("job_command") != std::string::npos);
}

TEST_CASE("damaged and unknown messages are told as such") {
  auto cut = content_of("ev44_detector_1000.bin");
  cut.resize(cut.size() / 2);
  CHECK(summary_of(cut).schema == "ev44");
  CHECK_FALSE(summary_of(cut).damage.empty());
  CHECK(of_text("").schema == "?");
  CHECK(of_text("abcdefghij").schema == "efgh");
  CHECK(of_text("abcd\xff\xff\xff\xff").schema == "?");
}

} // namespace message_summary_test
