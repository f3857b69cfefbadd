// Reading a recording again.
#include "transport/recording/recording.hpp"
#include "transport/recording/recording_past.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <unistd.h>

namespace recording_past_test {

using namespace livedata;

namespace {

struct scratch_path {
  scratch_path() {
    auto pattern = (std::filesystem::temp_directory_path() / "livedata-past-XXXXXX").string();
    close(mkstemp(pattern.data()));
    path = pattern;
  }

  ~scratch_path() { std::filesystem::remove(path); }

  std::filesystem::path path;
};

} // namespace

TEST_CASE("the past of a recording comes in portions of limited bytes, data from its time on and context from the "
          "beginning") {
  constexpr timestamp start{3'600'000'000'000};
  scratch_path file;
  auto writer = recording_writer::create(file.path).value();
  std::vector<std::byte> content(1000);
  auto write = [&](const std::string& topic, timestamp t) {
    envelope around;
    around.time = t;
    around.type = envelope::time_type::created;
    REQUIRE(writer->write(topic, around, content));
  };
  write("context", timestamp{0});
  write("data", timestamp{0});
  for (int i = 0; i < 10; ++i)
    write("data", start + duration{i});
  write("other", start);
  write("data", start + duration{20'000'000});
  REQUIRE(writer->finish());

  auto opened = rewind_recording(file.path)({start, {"data"}, {"context"}});
  REQUIRE(opened);
  lane_offsets until{{0, 13}};
  std::vector<std::int64_t> offsets;
  for (auto done = false; !done;) {
    auto got = (*opened)->read(until, 5, 3000);
    REQUIRE(got);
    CHECK(got->messages.size() <= 3);
    for (const auto& m : got->messages)
      offsets.push_back(m.position.offset);
    done = got->done;
  }
  CHECK(offsets == std::vector<std::int64_t>{0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  auto last = (*opened)->read({{0, 14}}, 5, 3000);
  REQUIRE(last);
  REQUIRE(last->messages.size() == 1);
  CHECK(last->messages[0].received == start + duration{20'000'000});
}

TEST_CASE("data is looked up by its own time in a recording, however far the clock of the envelopes is off") {
  constexpr timestamp start{3'600'000'000'000};
  constexpr std::int64_t second = 1'000'000'000;
  for (auto apart : {-1'000'000 * second, -90 * second, std::int64_t{0}, 90 * second, 1'000'000 * second}) {
    scratch_path file;
    auto writer = recording_writer::create(file.path).value();
    auto write = [&](timestamp t) {
      envelope around;
      around.time = t + duration{apart};
      around.type = envelope::time_type::created;
      std::vector<std::byte> content(8);
      std::memcpy(content.data(), &t.ns, content.size());
      REQUIRE(writer->write("data", around, content));
    };
    for (int i = -100; i < 100; ++i)
      write(start + duration{i * second});
    // Late: it was in a batch behind the start.
    write(start - duration{50 * second});
    REQUIRE(writer->finish());
    auto time_in = [](const raw_message& m) {
      timestamp t;
      std::memcpy(&t.ns, m.content->bytes().data(), sizeof t.ns);
      return std::optional(data_date{t});
    };
    auto opened = rewind_recording(file.path)({start, {"data"}, {}, time_in});
    REQUIRE(opened);
    auto got = (*opened)->read({{0, 201}}, 1000, 1'000'000);
    REQUIRE(got);
    REQUIRE(got->messages.size() == 104);
    CHECK(time_in(got->messages.front())->time == start - duration{3 * second});
    CHECK(time_in(got->messages.back())->time == start - duration{50 * second});
  }
}

} // namespace recording_past_test
