// Snapshots: any bytes as a file, as records of a topic, or as the state of a service are refused, or read. What was
// read is written and read once more, and what is saved behind them is found.
#include "actors/snapshot/held_again.hpp"
#include "actors/snapshot/resume_plan.hpp"
#include "tests/fuzz/archive_input.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "transport/snapshots/directory_store.hpp"
#include "transport/snapshots/topic_records.hpp"
#include "workflows/archive.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace livedata;
using namespace livedata::fuzz;

namespace {

using bytes = std::vector<std::byte>;

bytes copy_of(std::span<const std::byte> from) {
  return {from.begin(), from.end()};
}

status take_all(const snapshot_store::found& f) {
  must_hold(f.content != nullptr);
  return nothing{};
}

// Behind a header that fits, or, with `raw`, as it is.
void as_file(std::span<const std::byte> content, bool raw) {
  static const auto folder =
    std::filesystem::path("/dev/shm") / ("livedata_fuzz_snapshots_" + std::to_string(::getpid()));
  static const auto store = std::move(open_directory_store(folder, "small.detector_data").value());
  const auto file = folder / "small.detector_data.000000000001.snapshot";
  {
    std::ofstream out(file, std::ios::binary);
    const auto write = [&](std::span<const std::byte> b) {
      out.write(reinterpret_cast<const char*>(b.data()), static_cast<std::streamsize>(b.size()));
    };
    if (!raw) write(snapshot_header({&content, 1}));
    write(content);
  }
  const auto search = store->newest(take_all);
  must_hold(search && search->snapshot.has_value() != !search->passed_over.empty());
  if (!raw) must_hold(std::ranges::equal(*search->snapshot->content, content));
  std::filesystem::remove(file);
}

const std::string service = "small.detector_data";

std::string key_of(fuzz_input& in) {
  constexpr std::array<std::string_view, 3> names{"manifest", "owner", "0"};
  switch (in.choice(4)) {
  case 0:
    return in.text();
  case 1:
    return service + "." + in.text();
  case 2:
    return service + "." + std::to_string(in.choice(5)) + "." + std::string(names[in.choice(3)]);
  default:
    return service + "." + std::to_string(in.choice(5)) + "." + std::to_string(in.number<std::uint16_t>());
  }
}

void as_records(fuzz_input in) {
  snapshot_assembly topic(service, "topic snapshots");
  const auto kept = 1 + in.choice(4);
  while (!in.empty()) {
    const auto key = key_of(in);
    const auto kind = in.choice(4);
    if (kind == 0) {
      topic.add(key, std::nullopt);
    } else if (kind == 1) {
      topic.add(key, in.take(in.number<std::uint8_t>()));
    } else {
      // A manifest that has the right form.
      auto value = snapshot_header({});
      const auto rest = in.take(20);
      value.insert(value.end(), rest.begin(), rest.end());
      topic.add(key, value);
    }
  }
  (void)newest_of(topic.newest_first(), take_all);
  // A snapshot that is saved now is the newest.
  const auto slots = topic.slots();
  const auto slot = slots.next(kept);
  must_hold(slot <= kept);
  const auto content = bytes(10, std::byte{7});
  const snapshot_store::bytes part(content);
  const auto records = cut_snapshot(service, slot, slots.last + 1, {&part, 1}, 3);
  const auto add = [&](const topic_record& r) {
    topic.add(r.key, r.value ? std::optional<snapshot_store::bytes>(*r.value) : std::nullopt);
  };
  std::ranges::for_each(records.chunks, add);
  add(records.manifest);
  for (auto n : slots.left_over(kept))
    std::ranges::for_each(erase_slot(service, n, slots.slots.at(n).chunks), add);
  const auto search = newest_of(topic.newest_first(), take_all);
  must_hold(search.snapshot && *search.snapshot->content == content);
}

bytes joined(const written_snapshot& s) {
  bytes out;
  for (const auto& p : s.parts)
    out.insert(out.end(), p.begin(), p.end());
  must_hold(out.size() == s.size);
  return out;
}

void read_and_use(bytes content) {
  const auto read = read_snapshot(std::make_shared<const bytes>(std::move(content)));
  if (!read) {
    must_hold(!read.error().message.empty());
    return;
  }
  const auto once = joined(write(*read));
  const auto again = read_snapshot(std::make_shared<const bytes>(once));
  must_hold(again && joined(write(*again)) == once);
  const auto s = std::make_shared<const service_snapshot>(*read);
  (void)needed_offsets(*s);
  const std::vector<present_lane> lanes{{0, {"topic", 0}, 3, 20, 20}, {1, {"other", 1}, 0, 0, 0}};
  for (const auto& l : lanes)
    (void)begin_of(l, {s, nullptr});
  const auto resumed = resume_at(s, lanes);
  (void)held_again(resumed.service).complete();
}

void as_service(fuzz_input in, bool raw) {
  if (raw) {
    read_and_use(copy_of(in.rest()));
    return;
  }
  const auto others = in.choice(6);
  const auto head = behind_header(in.rest());
  std::vector<std::uint64_t> table{1 + others, head.size()};
  table.resize(2 + others);
  const auto numbers = std::as_bytes(std::span(table));
  bytes content(numbers.begin(), numbers.end());
  content.insert(content.end(), head.begin(), head.end());
  read_and_use(std::move(content));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz_input in(data, size);
  switch (in.choice(5)) {
  case 0:
    as_file(in.rest(), false);
    break;
  case 1:
    as_file(in.rest(), true);
    break;
  case 2:
    as_records(in);
    break;
  case 3:
    as_service(in, false);
    break;
  default:
    as_service(in, true);
  }
  return 0;
}
