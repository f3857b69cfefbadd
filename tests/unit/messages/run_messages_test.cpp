#include "messages/codec/6s4t.hpp"
#include "messages/codec/pl72.hpp"
#include "sample_messages.hpp"

#include <doctest/doctest.h>
#include <flatbuffers/flatbuffers.h>

namespace run_messages_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// A message without a single field.
byte_vector bare(const char* schema) {
  flatbuffers::FlatBufferBuilder b;
  const auto start = b.StartTable();
  b.Finish(flatbuffers::Offset<flatbuffers::Table>(b.EndTable(start)), schema);
  const auto* begin = reinterpret_cast<const std::byte*>(b.GetBufferPointer());
  return {begin, begin + b.GetSize()};
}

} // namespace

TEST_CASE("recorded pl72 messages hold what their writer put in, at any alignment") {
  for (const auto& entry : recorded("pl72")) {
    const auto bytes = load(entry.at("file"));
    for (std::size_t offset = 0; offset < 8; ++offset) {
      const placed copy(bytes, offset);
      const auto m = pl72::read(copy.bytes());
      REQUIRE(m);
      CHECK(m->job_id == entry.at("job_id").get<std::string>());
      CHECK(m->filename == entry.at("filename").get<std::string>());
      CHECK(m->run_name == entry.at("run_name").get<std::string>());
      CHECK(m->start_time == entry.at("start_time_ms").get<std::uint64_t>());
      CHECK(m->stop_time == entry.at("stop_time_ms").get<std::uint64_t>());
      if (entry.contains("instrument_name"))
        CHECK(m->instrument_name == entry.at("instrument_name").get<std::string>());
      if (entry.contains("control_topic")) CHECK(m->control_topic == entry.at("control_topic").get<std::string>());
      const auto run = pl72::start_of(*m);
      REQUIRE(run);
      CHECK(run->start.ns == entry.at("start_time_ms").get<std::int64_t>() * 1'000'000);
      CHECK(run->stop.has_value() == (m->stop_time != 0));
    }
  }
}

TEST_CASE("recorded 6s4t messages hold what their writer put in, at any alignment") {
  for (const auto& entry : recorded("6s4t")) {
    const auto bytes = load(entry.at("file"));
    for (std::size_t offset = 0; offset < 8; ++offset) {
      const placed copy(bytes, offset);
      const auto m = run_6s4t::read(copy.bytes());
      REQUIRE(m);
      CHECK(m->job_id == entry.at("job_id").get<std::string>());
      CHECK(m->run_name == entry.at("run_name").get<std::string>());
      CHECK(m->service_id == entry.at("service_id").get<std::string>());
      CHECK(m->command_id == entry.at("command_id").get<std::string>());
      CHECK(run_6s4t::stop_of(*m)->stop.ns == entry.at("stop_time_ms").get<std::int64_t>() * 1'000'000);
    }
  }
}

TEST_CASE("run messages are read back as they were written") {
  pl72::message start{1, 2, "run", "inst", "{}", "job", "broker", "service", "f.nxs", 3, {}, "meta", "topic"};
  CHECK(pl72::read(pl72::write(start)).value() == start);
  start.detector_spectrum_map = pl72::spectra_mapping{{1, 2}, {3, 4}, 2};
  CHECK(pl72::read(pl72::write(start)).value() == start);
  const run_6s4t::message stop{9, "run", "job", "service", "command"};
  CHECK(run_6s4t::read(run_6s4t::write(stop)).value() == stop);
}

TEST_CASE("a run message without any field has its defaults; a stop of 0 is at once") {
  const auto start = pl72::read(bare("pl72"));
  REQUIRE(start);
  CHECK(*start == pl72::message{});
  CHECK(pl72::start_of(*start)->start == timestamp{0});
  CHECK_FALSE(pl72::start_of(*start)->stop);
  const auto stop = run_6s4t::read(bare("6s4t"));
  REQUIRE(stop);
  CHECK(run_6s4t::stop_of(*stop)->stop == timestamp{0});
}

TEST_CASE("run times beyond what nanoseconds can hold are refused") {
  pl72::message m;
  m.start_time = 9'223'372'036'854;
  CHECK(pl72::start_of(m));
  m.start_time = 9'223'372'036'855;
  CHECK(pl72::start_of(m).error().reason == "bad_time");
  m.start_time = 0;
  m.stop_time = UINT64_MAX;
  CHECK(pl72::start_of(m).error().reason == "bad_time");
  CHECK(run_6s4t::stop_of({UINT64_MAX, {}, {}, {}, {}}).error().reason == "bad_time");
}

} // namespace run_messages_test
