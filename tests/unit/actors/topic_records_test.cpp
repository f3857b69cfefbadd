// Snapshots as records of a compacted topic: cut, put together, and rotated, with the topic in memory.
#include "transport/snapshots/topic_records.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>

namespace topic_records_test {

using namespace livedata;

namespace {

const std::string service = "small.detector_data";

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto* p = reinterpret_cast<const std::byte*>(text.data());
  return {p, p + text.size()};
}

std::string text_of(snapshot_store::bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// What one call of save() would send.
struct sending {
  std::uint32_t slot = 0;
  std::vector<topic_record> records;
};

// A topic as consumers see it: all records in order, or only the last of each key.
class memory_topic {
public:
  void append(const topic_record& r) { records_.push_back(r); }

  void append(const std::vector<topic_record>& all) {
    for (const auto& r : all)
      append(r);
  }

  void compact() {
    std::vector<topic_record> left;
    for (std::size_t i = 0; i < records_.size(); ++i)
      if (std::none_of(records_.begin() + static_cast<std::ptrdiff_t>(i) + 1, records_.end(),
                       [&](const auto& later) { return later.key == records_[i].key; }))
        if (records_[i].value) left.push_back(records_[i]);
    records_ = std::move(left);
  }

  snapshot_assembly assembly(const std::string& name = service) const {
    snapshot_assembly out(name, "topic snapshots");
    for (const auto& r : records_)
      out.add(r.key, r.value ? std::optional<snapshot_store::bytes>(*r.value) : std::nullopt);
    return out;
  }

  // The text of the newest that is taken.
  std::string newest(std::vector<std::string>* why = nullptr, const std::string& refused = "(none)") const {
    const auto all = assembly();
    const auto search = newest_of(all.newest_first(), [&](const snapshot_store::found& f) -> status {
      if (text_of(*f.content) == refused) return failure{"snapshot", "not wanted"};
      return nothing{};
    });
    if (why != nullptr) *why = search.passed_over;
    return search.snapshot ? text_of(*search.snapshot->content) : "none";
  }

  // As the store does it; only the first `sent` records arrive.
  void save(const std::string& text, std::size_t kept = 2, std::size_t chunk_size = 4,
            std::size_t sent = std::size_t(-1)) {
    auto slots = assembly().slots();
    const auto slot = slots.next(kept);
    const auto content = bytes_of(text);
    const snapshot_store::bytes all(content);
    const std::array<snapshot_store::bytes, 2> parts{all.first(std::min<std::size_t>(1, all.size())),
                                                     all.subspan(std::min<std::size_t>(1, all.size()))};
    auto cut = cut_snapshot(service, slot, slots.last + 1, parts, chunk_size);
    auto& state = slots.slots[slot];
    auto records = cut.chunks;
    records.push_back(cut.manifest);
    for (const auto& r : erase_chunks(service, slot, static_cast<std::uint32_t>(cut.chunks.size()), state.chunks))
      records.push_back(r);
    state = {slots.last + 1, static_cast<std::uint32_t>(cut.chunks.size())};
    for (auto n : slots.left_over(kept))
      for (const auto& r : erase_slot(service, n, slots.slots[n].chunks))
        records.push_back(r);
    for (std::size_t i = 0; i < std::min(sent, records.size()); ++i)
      append(records[i]);
  }

  std::vector<topic_record>& records() { return records_; }

  topic_record& last_of(const std::string& key) {
    auto at = std::find_if(records_.rbegin(), records_.rend(), [&](const auto& r) { return r.key == key; });
    REQUIRE(at != records_.rend());
    return *at;
  }

private:
  std::vector<topic_record> records_;
};

} // namespace

TEST_CASE("a snapshot is cut into chunks with keys of their slot, and a manifest behind them") {
  const auto content = bytes_of("abcdefghij");
  const snapshot_store::bytes all(content);
  const std::array<snapshot_store::bytes, 3> parts{all.first(3), all.subspan(3, 0), all.subspan(3)};
  const auto cut = cut_snapshot(service, 2, 7, parts, 4);
  REQUIRE(cut.chunks.size() == 3);
  CHECK(cut.chunks[0].key == "small.detector_data.2.0");
  CHECK(cut.chunks[2].key == "small.detector_data.2.2");
  CHECK(cut.manifest.key == "small.detector_data.2.manifest");
  CHECK(text_of(*cut.chunks[1].value).substr(8) == "efgh");
  CHECK(text_of(*cut.chunks[2].value).substr(8) == "ij");
  memory_topic t;
  t.append(cut.chunks);
  CHECK(t.newest() == "none");
  t.append(cut.manifest);
  CHECK(t.newest() == "abcdefghij");
  CHECK(t.assembly().newest_first().at(0).number == 7);
  CHECK(t.assembly("small.detector").newest_first().empty());
  CHECK(t.assembly("small").newest_first().empty());
}

TEST_CASE("an empty snapshot, and one that fills its last chunk, come back as they are") {
  for (const auto* text : {"", "abcd", "abcdefgh"}) {
    memory_topic t;
    t.save(text);
    CHECK(t.newest() == text);
  }
}

TEST_CASE("generations take turns in the slots, and compaction leaves those that are kept") {
  memory_topic t;
  for (int i = 1; i <= 20; ++i) {
    // Of different length, so that chunks of the one before have to go.
    t.save(fmt::format("{}{}", i, std::string(static_cast<std::size_t>(i * 7 % 23), 'x')));
    if (i % 3 == 0) t.compact();
  }
  t.compact();
  const auto all = t.assembly();
  const auto there = all.newest_first();
  REQUIRE(there.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(there[i].number == 20 - i);
    auto content = there[i].read();
    REQUIRE(content);
    CHECK(text_of(**content).starts_with(std::to_string(20 - i)));
  }
  // Nothing else is left.
  std::size_t chunks = 0;
  for (const auto& [n, s] : all.slots().slots)
    chunks += s.chunks;
  CHECK(t.records().size() == chunks + 3);
}

TEST_CASE("a save that ends after any record leaves the generations before, and the next one goes on") {
  const std::string text = "a new one of many chunks";
  for (std::size_t sent = 0; sent < 7; ++sent) {
    CAPTURE(sent);
    for (const auto compacted : {false, true}) {
      memory_topic t;
      for (const auto* before : {"first", "second", "third", "fourth"})
        t.save(before);
      t.save(text, 2, 4, sent);
      if (compacted) t.compact();
      std::vector<std::string> why;
      CHECK(t.newest(&why) == (sent == 7 ? text : "fourth"));
      CHECK(why.empty());
      CHECK(t.newest(&why, "fourth") == "third");
      t.save("sixth");
      CHECK(t.newest(&why) == "sixth");
      CHECK(t.newest(&why, "sixth") == "fourth");
      if (compacted) t.compact();
      CHECK(t.newest() == "sixth");
    }
  }
}

TEST_CASE("damaged, incomplete, newer and foreign generations are passed over, each with the reason") {
  memory_topic t;
  for (const auto* text : {"the first", "the second", "the third", "the fourth", "the fifth", "the sixth"})
    t.save(text, 10);
  const auto change = [](topic_record& r, std::size_t at) { (*r.value)[at] ^= std::byte{1}; };
  change(t.last_of(service + ".5.1"), 8);               // content
  t.append({service + ".4.1", std::nullopt});           // a chunk is missing
  change(t.last_of(service + ".3.manifest"), 8);        // version
  t.last_of(service + ".2.manifest").value->resize(20); // cut short
  t.append({service + ".x.manifest", bytes_of("?")});
  t.append({service + ".1.x", bytes_of("?")});
  t.append({service, bytes_of("?")});
  t.append({"", std::nullopt});
  std::vector<std::string> why;
  CHECK(t.newest(&why, "the second") == "the first");
  REQUIRE(why.size() == 5);
  CHECK(holds(why[0], "generation 6 of small.detector_data in topic snapshots (slot 5) is damaged: its check sum"));
  CHECK(holds(why[1], "not complete: there are 2 of 3 chunks"));
  CHECK(holds(why[2], "version"));
  CHECK(holds(why[3], "cut short"));
  CHECK(holds(why[4], "not wanted"));
}

TEST_CASE("a chunk of another generation is not taken for one of this") {
  memory_topic t;
  t.save("generation one");
  auto old = t.last_of(service + ".0.1");
  for (int i = 2; i <= 4; ++i)
    t.save(fmt::format("generation {}..", i));
  t.append(old);
  std::vector<std::string> why;
  CHECK(t.newest(&why) == "generation 3..");
  REQUIRE(why.size() == 1);
  CHECK(holds(why[0], "not complete"));
}

TEST_CASE("with fewer slots than before, the newest stay until new ones replace them, and then none is left over") {
  memory_topic t;
  for (int i = 1; i <= 6; ++i)
    t.save(fmt::format("generation {}", i), 5);
  t.save("generation 7", 2);
  std::vector<std::string> why;
  CHECK(t.newest(&why, "generation 7") == "generation 6");
  for (int i = 8; i <= 12; ++i) {
    t.save(fmt::format("generation {}", i), 2);
    CHECK(t.newest(&why, fmt::format("generation {}", i)) == fmt::format("generation {}", i - 1));
  }
  t.compact();
  for (const auto& [n, s] : t.assembly().slots().slots)
    CHECK(n <= 2);
}

TEST_CASE("services share a topic, and each has a writer") {
  memory_topic t;
  t.save("of the detector");
  const auto content = bytes_of("of the monitor");
  const snapshot_store::bytes part(content);
  const auto cut = cut_snapshot("small.monitor_data", 0, 9, {&part, 1}, 100);
  t.append(cut.chunks);
  t.append(cut.manifest);
  t.append(owner_record(service, "one"));
  t.append(owner_record("small.monitor_data", "other"));
  t.append(owner_record(service, "two"));
  CHECK(t.newest() == "of the detector");
  CHECK(t.assembly().owner() == "two");
  CHECK(t.assembly("small.monitor_data").owner() == "other");
  CHECK(t.assembly("small.monitor_data").slots().last == 9);
  CHECK(t.assembly("small.timeseries").owner().empty());
}

TEST_CASE("numbers that nobody has written do not make the store write for ever") {
  memory_topic t;
  t.append({service + ".0.4294967295", std::vector<std::byte>(20, std::byte{0xff})});
  t.append({service + ".0.7", std::vector<std::byte>(3, std::byte{0xff})});
  t.append({service + ".4294967295.manifest", std::vector<std::byte>(64, std::byte{0xff})});
  const auto slots = t.assembly().slots();
  CHECK(slots.last == 0);
  CHECK(slots.slots.at(0).chunks == 8);
  t.save("one");
  CHECK(t.newest() == "one");
}

} // namespace topic_records_test
