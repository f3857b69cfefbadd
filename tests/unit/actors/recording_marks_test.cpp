// What a recording tells of its run beside the messages.
#include "actors/batching/batch_length_log.hpp"
#include "messages/random_uuid.hpp"
#include "transport/recording/recorded_flow.hpp"
#include "transport/recording/recording.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

namespace recording_marks_test {

using namespace livedata;

namespace {

struct temporary_recording {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("livedata-" + to_string(random_uuid()));

  ~temporary_recording() { std::filesystem::remove(path); }
};

const std::vector<flow_mark>& sample_marks() {
  static const std::vector<flow_mark> marks{
    setup_mark{"loki", {"detector_data", "monitor_data"}, true},
    setup_mark{"loki", {}, false},
    length_mark{"detector_data", 0, {1'000'000'000}},
    portion_mark{1, {1'790'000'000'123'456'789}, {42}},
    portion_mark{2, {-1}, {}},
    loss_mark{"monitor_data", 2, {1, 5}, false},
    loss_mark{"monitor_data", 2, {0, 7}, true},
    loss_mark{"monitor_data", 1, {}, true},
    length_mark{"detector_data", 2, {2'000'000'000}},
    cycle_mark{"detector_data", 0, cycle_mark::kind::begun},
    cycle_mark{"detector_data", 5, cycle_mark::kind::entered, "bank0/1"},
    cycle_mark{"detector_data", 6, cycle_mark::kind::held},
    cycle_mark{"detector_data", 7, cycle_mark::kind::dropped, "bank0/1"},
  };
  return marks;
}

void write_sample(const std::filesystem::path& file) {
  auto writer = recording_writer::create(file).value();
  for (const auto& m : sample_marks()) {
    REQUIRE(writer->write("topic", {}, {}));
    REQUIRE(writer->write(m));
  }
  REQUIRE(writer->finish());
}

// Takes any length at once, as the real ones do in the end.
class plain_batcher final : public batcher {
public:
  explicit plain_batcher(duration length) : length_(length) {}

  std::optional<message_batch> add(std::vector<stream_message>, duration = {}) override { return std::nullopt; }

  std::optional<message_batch> flush() override { return std::nullopt; }

  void set_batch_length(duration length) override { length_ = length; }

  duration batch_length() const override { return length_; }

  const batcher_tally& tally() const override { return tally_; }

private:
  duration length_;
  batcher_tally tally_;
};

} // namespace

TEST_CASE("marks come back from a recording in their places among the messages") {
  temporary_recording file;
  write_sample(file.path);
  auto reader = recording_reader::open(file.path).value();
  for (int round = 0; round < 2; ++round) {
    for (const auto& m : sample_marks()) {
      CHECK(std::holds_alternative<recorded_message>(reader->next().value().value()));
      auto item = reader->next().value();
      REQUIRE(item);
      CHECK(std::get<flow_mark>(*item) == m);
    }
    CHECK_FALSE(*reader->next());
    CHECK(reader->messages() == sample_marks().size());
    reader->rewind();
  }
}

TEST_CASE("who wants messages only is not bothered with marks") {
  temporary_recording file;
  write_sample(file.path);
  auto reader = recording_reader::open(file.path).value();
  std::size_t n = 0;
  while (reader->next_message().value())
    ++n;
  CHECK(n == sample_marks().size());
}

TEST_CASE("a recording of the first version of the format can be read: messages, no marks") {
  // By hand, as version 1 is described: one message on topic "t", content "hi".
  temporary_recording file;
  auto le = [](std::uint64_t n, std::size_t bytes) {
    std::string out;
    for (std::size_t i = 0; i < bytes; ++i)
      out.push_back(static_cast<char>(n >> (8 * i) & 0xFF));
    return out;
  };
  // Checksums by zlib's crc32.
  auto body = le(5000, 8) + le(1, 4) + le(3, 4) + le(7, 8) + le(1, 4) + "t" + le(0xFFFFFFFF, 4) + le(0, 4) + "hi";
  std::ofstream(file.path, std::ios::binary)
    << "livedrec" << le(1, 4) << le(0, 4) << le(body.size(), 4) << le(0x9e4226af, 4) << body << le(0xFFFFFFFF, 4)
    << le(0xa988dff7, 4) << le(1, 8);
  auto reader = recording_reader::open(file.path).value();
  CHECK_FALSE(recorded_flow::of(*reader).has_portions());
  auto m = reader->next_message().value();
  REQUIRE(m);
  CHECK(m->topic == "t");
  CHECK(m->around.time.ns == 5'000'000'000);
  CHECK(m->around.type == envelope::time_type::created);
  CHECK(m->around.partition == 3);
  CHECK(m->around.offset == 7);
  CHECK_FALSE(m->around.key);
  REQUIRE(m->content->bytes().size() == 2);
  CHECK(m->content->bytes()[1] == std::byte{'i'});
  CHECK_FALSE(*reader->next_message());
}

TEST_CASE("the course of a run is gathered from the whole recording, which is then read from its beginning") {
  temporary_recording file;
  write_sample(file.path);
  auto reader = recording_reader::open(file.path).value();
  auto course = recorded_flow::of(*reader);
  CHECK(course.has_portions());
  CHECK(reader->messages() == 0);
  CHECK(reader->next_message().value());
  REQUIRE(course.lengths("detector_data").size() == 2);
  CHECK(course.lengths("detector_data")[1].portion == 2);
  CHECK(course.lengths("monitor_data").empty());
  CHECK(course.loss("detector_data", 2) == nullptr);
  REQUIRE(course.loss("monitor_data", 2) != nullptr);
  CHECK(course.loss("monitor_data", 2)->places == std::vector<std::uint32_t>{0, 1, 5, 7});
  CHECK(course.loss("monitor_data", 2)->whole);
  CHECK(course.loss("monitor_data", 1)->whole);
}

TEST_CASE("a loss as the second version of the format has it: the first messages of a portion") {
  std::vector<std::byte> body;
  field_writer fields(body);
  fields.number(std::uint64_t{9});
  fields.number(std::uint64_t{3});
  fields.number(std::uint32_t{1});
  fields.text("monitor_data");
  field_reader in(body);
  const auto mark = read_mark(record_kind::first_messages_lost, in);
  REQUIRE(mark);
  CHECK(std::get<loss_mark>(*mark) == loss_mark{"monitor_data", 9, {}, true, 3});
}

TEST_CASE("the course of a recording that is cut off goes as far as the recording") {
  temporary_recording file;
  write_sample(file.path);
  std::filesystem::resize_file(file.path, std::filesystem::file_size(file.path) - 20);
  auto reader = recording_reader::open(file.path).value();
  auto course = recorded_flow::of(*reader);
  CHECK(course.has_portions());
  CHECK(course.lengths("detector_data").size() == 2);
  CHECK(course.cycles("detector_data").size() == 3);
}

TEST_CASE("changes of the batch length are noted with the portion after which they came") {
  std::vector<length_mark> noted;
  plain_batcher b({100});
  batch_length_log course("s", b, {}, [&](const length_mark& m) { noted.push_back(m); });
  course.before(1, b);
  course.look(b);
  b.set_batch_length({200});
  course.look(b);
  course.before(5, b);
  course.look(b);
  b.set_batch_length({100});
  course.look(b);
  CHECK(noted == std::vector<length_mark>{{"s", 0, {100}}, {"s", 1, {200}}, {"s", 5, {100}}});
}

TEST_CASE("recorded batch lengths are taken after the same portions, the last before the end") {
  plain_batcher b({100});
  batch_length_log course("s", b, {{"s", 0, {100}}, {"s", 1, {200}}, {"s", 5, {300}}, {"s", 5, {400}}, {"s", 9, {500}}},
                          {});
  auto at = [&](std::uint64_t portion) {
    course.before(portion, b);
    return b.batch_length().ns;
  };
  CHECK(at(1) == 100);
  CHECK(at(2) == 200);
  CHECK(at(5) == 200);
  CHECK(at(8) == 400);
  CHECK(at(9) == 400);
  course.at_end(b);
  CHECK(b.batch_length().ns == 500);
}

TEST_CASE("recorded batch lengths are of no effect on batches that begin with another length") {
  plain_batcher b({70});
  batch_length_log course("s", b, {{"s", 0, {100}}, {"s", 1, {200}}}, {});
  course.before(3, b);
  course.at_end(b);
  CHECK(b.batch_length().ns == 70);
}

} // namespace recording_marks_test
