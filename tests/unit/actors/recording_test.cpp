#include "transport/recording/recording.hpp"
#include "transport/recording/replay_clock.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <unistd.h>
#include <zlib.h>

namespace recording_test {

using namespace livedata;

namespace {

class scratch_file {
public:
  scratch_file() {
    auto pattern = (std::filesystem::temp_directory_path() / "livedata-recording-XXXXXX").string();
    close(mkstemp(pattern.data()));
    path_ = pattern;
  }

  ~scratch_file() { std::filesystem::remove(path_); }

  const std::filesystem::path& path() const { return path_; }

  std::string content() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  void write(const std::string& bytes) const { std::ofstream(path_, std::ios::binary) << bytes; }

private:
  std::filesystem::path path_;
};

std::vector<std::byte> bytes_of(const std::string& text) {
  auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  return {bytes.begin(), bytes.end()};
}

std::vector<recorded_message> samples() {
  std::vector<recorded_message> out;
  auto add = [&](std::string topic, std::string content) -> envelope& {
    out.push_back({std::move(topic), {}, make_payload(bytes_of(content))});
    return out.back().around;
  };
  auto& first = add("loki_detector", "hello");
  first.partition = 3;
  first.offset = 1'234'567'890'123;
  first.time = {1'790'000'000'123'000'000};
  first.type = envelope::time_type::created;
  auto& second = add("loki_livedata_commands", "");
  second.key = bytes_of("key");
  second.headers = {{"a", bytes_of("1")}, {"", std::nullopt}, {"c", bytes_of("")}};
  second.type = envelope::time_type::appended;
  second.time = {-1'000'000};
  auto& third = add("t", std::string(100'000, 'x'));
  third.key = bytes_of("");
  return out;
}

void record(const std::filesystem::path& file, const std::vector<recorded_message>& messages) {
  auto writer = recording_writer::create(file);
  REQUIRE(writer);
  for (const auto& m : messages)
    REQUIRE((*writer)->write(m.topic, m.around, m.content->bytes()));
  REQUIRE((*writer)->finish());
}

void check_same(const recorded_message& a, const recorded_message& b) {
  CHECK(a.topic == b.topic);
  CHECK(a.around == b.around);
  CHECK(std::ranges::equal(a.content->bytes(), b.content->bytes()));
}

// What can be read, and why it went no further.
std::pair<std::vector<recorded_message>, std::string> read_all(const std::filesystem::path& file) {
  std::vector<recorded_message> out;
  auto reader = recording_reader::open(file);
  if (!reader) return {out, reader.error().message};
  for (;;) {
    auto next = (*reader)->next_message();
    if (!next) {
      // It does not get better by asking again.
      CHECK_FALSE((*reader)->next_message());
      return {std::move(out), next.error().message};
    }
    if (!*next) return {std::move(out), ""};
    out.push_back(std::move(**next));
  }
}

} // namespace

TEST_CASE("a recording gives back what was recorded, to the last header") {
  scratch_file file;
  auto messages = samples();
  record(file.path(), messages);
  auto [again, why] = read_all(file.path());
  CHECK(why.empty());
  REQUIRE(again.size() == messages.size());
  for (std::size_t i = 0; i < messages.size(); ++i)
    check_same(again[i], messages[i]);
}

TEST_CASE("an empty recording has an end") {
  scratch_file file;
  record(file.path(), {});
  auto [again, why] = read_all(file.path());
  CHECK(again.empty());
  CHECK(why.empty());
}

TEST_CASE("a recording that was not finished can be read, and says that it has no end") {
  scratch_file file;
  record(file.path(), samples());
  auto whole = file.content();
  file.write(whole.substr(0, whole.size() - 16));
  auto [again, why] = read_all(file.path());
  CHECK(again.size() == 3);
  CHECK(why.find("has no end") != std::string::npos);
  CHECK(why.find(file.path().string()) != std::string::npos);
}

TEST_CASE("a recording cut off anywhere gives the messages before the cut, and a clear error") {
  scratch_file file;
  auto messages = samples();
  messages.pop_back();
  record(file.path(), messages);
  auto whole = file.content();
  std::size_t most = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    file.write(whole.substr(0, size));
    auto [again, why] = read_all(file.path());
    REQUIRE_FALSE(why.empty());
    REQUIRE(again.size() >= most);
    most = again.size();
    for (std::size_t i = 0; i < again.size(); ++i)
      check_same(again[i], messages[i]);
  }
  CHECK(most == 2);
}

TEST_CASE("a recording with any byte changed gives no wrong message") {
  scratch_file file;
  auto messages = samples();
  messages.pop_back();
  record(file.path(), messages);
  auto whole = file.content();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    CAPTURE(at);
    // Four bytes of the header are reserved.
    if (at >= 12 && at < 16) continue;
    auto damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    file.write(damaged);
    auto [again, why] = read_all(file.path());
    REQUIRE_FALSE(why.empty());
    REQUIRE(again.size() <= messages.size());
    for (std::size_t i = 0; i < again.size(); ++i)
      check_same(again[i], messages[i]);
  }
}

TEST_CASE("what is no recording is refused, with its name") {
  CHECK_FALSE(recording_reader::open("/nowhere/run.rec"));
  CHECK_FALSE(recording_reader::open("/tmp"));
  scratch_file file;
  for (const auto& text : {std::string(), std::string("short"), std::string(100, 'x')}) {
    file.write(text);
    auto reader = recording_reader::open(file.path());
    REQUIRE_FALSE(reader);
    CHECK(reader.error().reason == "value");
    CHECK(reader.error().message.find(file.path().string()) != std::string::npos);
  }
  file.write(std::string("livedrec") + std::string("\x05\0\0\0\0\0\0\0", 8));
  auto newer = recording_reader::open(file.path());
  REQUIRE_FALSE(newer);
  CHECK(newer.error().message.find("version 5") != std::string::npos);
}

TEST_CASE("a place that cannot be written to is refused") {
  auto writer = recording_writer::create("/nowhere/run.rec");
  REQUIRE_FALSE(writer);
  CHECK(writer.error().message.find("/nowhere/run.rec") != std::string::npos);
}

TEST_CASE("content of a recording outlives its reader") {
  scratch_file file;
  record(file.path(), samples());
  auto messages = read_all(file.path()).first;
  REQUIRE(messages.size() == 3);
  CHECK(messages[2].content->bytes().size() == 100'000);
  CHECK(messages[2].content->bytes().back() == std::byte{'x'});
}

TEST_CASE("replay keeps the time of the recording, divided by the speed") {
  using namespace std::chrono_literals;
  auto start = replay_clock::time_point{} + 5s;
  auto due = [&](double speed, std::vector<std::int64_t> ms) {
    replay_clock clock(speed);
    std::vector<std::chrono::milliseconds> out;
    for (auto t : ms)
      out.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(clock.due({t * 1'000'000}, start) - start));
    return out;
  };
  using list = std::vector<std::chrono::milliseconds>;
  CHECK(due(1, {1000, 1070, 2000}) == list{0ms, 70ms, 1000ms});
  CHECK(due(10, {1000, 1070, 2000}) == list{0ms, 7ms, 100ms});
  CHECK(due(0, {1000, 1070, 2000}) == list{0ms, 0ms, 0ms});
  // A message with an earlier time comes with the one before it.
  CHECK(due(1, {1000, 900, 1100, 1050, 1200}) == list{0ms, 0ms, 100ms, 100ms, 200ms});
}

TEST_CASE("replay stands any times and any speed: what lies beyond them is due when its clock ends") {
  constexpr auto low = std::numeric_limits<std::int64_t>::min();
  constexpr auto high = std::numeric_limits<std::int64_t>::max();
  const auto start = replay_clock::time_point{} + std::chrono::hours(1000);
  for (double speed : {1e-300, 1e-12, 1.0, 1e300}) {
    replay_clock clock(speed);
    auto last = clock.due({0}, start);
    CHECK(last == start);
    for (auto t : {std::int64_t{1}, std::int64_t{1'000'000'000}, high, low}) {
      const auto due = clock.due({t}, start);
      CHECK(due >= last);
      last = due;
    }
  }
  // Farther apart than a difference can tell.
  replay_clock clock(1);
  CHECK(clock.due({low}, start) == start);
  CHECK(clock.due({high}, start) >= start);
}

TEST_CASE("times of a recording that do not fit nanoseconds are the last that do") {
  constexpr auto low = std::numeric_limits<std::int64_t>::min();
  constexpr auto high = std::numeric_limits<std::int64_t>::max();
  // The time is the second field of a record, in milliseconds; the checksum is made to fit.
  const auto time_of = [](std::int64_t ms) {
    scratch_file file;
    record(file.path(), {samples().front()});
    auto bytes = file.content();
    constexpr std::size_t record_at = 16;
    constexpr std::size_t prefix = 8;
    std::memcpy(bytes.data() + record_at + prefix + sizeof(std::uint32_t), &ms, sizeof ms);
    std::uint32_t size = 0;
    std::memcpy(&size, bytes.data() + record_at, sizeof size);
    const auto* body = reinterpret_cast<const unsigned char*>(bytes.data() + record_at + prefix);
    const auto sum = static_cast<std::uint32_t>(crc32_z(0, body, size));
    std::memcpy(bytes.data() + record_at + sizeof size, &sum, sizeof sum);
    file.write(bytes);
    return read_all(file.path()).first.at(0).around.time;
  };
  CHECK(time_of(1'790'000'000'123) == timestamp{1'790'000'000'123'000'000});
  CHECK(time_of(low) == timestamp{low});
  CHECK(time_of(high) == timestamp{high});
}

TEST_CASE("a recording on a full disk says at the end what went wrong at first") {
  auto writer = recording_writer::create("/dev/full");
  REQUIRE(writer);
  const std::vector<std::byte> content(100'000);
  status written = nothing{};
  for (int i = 0; i < 100 && written; ++i)
    written = (*writer)->write("topic", {}, content);
  REQUIRE_FALSE(written);
  CHECK(written.error().message.find("No space left on device") != std::string::npos);
  // Another error meanwhile, of somebody else.
  errno = EINVAL;
  const auto finished = (*writer)->finish();
  REQUIRE_FALSE(finished);
  CHECK(finished.error().message == written.error().message);
}

} // namespace recording_test
