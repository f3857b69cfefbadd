#include "actors/snapshot/service_snapshot.hpp"

#include <fmt/format.h>

#include <cstring>
#include <limits>

namespace livedata {

namespace {

// Of what is in the parts, beside the version of archives.
constexpr std::uint32_t snapshot_version = 2;
// Parts before those of the jobs: head, context, batching.
constexpr std::size_t parts_of_service = 3;

void add_spec(archive& a, std::string_view name, job_spec& spec) {
  auto text = a.loading() ? std::string() : to_json(spec).dump();
  a.field(name, text);
  if (!a.loading()) return;
  const auto parsed = json::parse(text, nullptr, false);
  auto read =
    parsed.is_discarded() ? result<job_spec>(failure{"bad_job_spec", "it is no JSON"}) : job_spec_from_json(parsed);
  if (!read) a.refuse(name, read.error().message);
  spec = *std::move(read);
}

// The number of parts, and the size of each.
std::vector<std::byte> table_of(const std::vector<std::span<const std::byte>>& parts) {
  std::vector<std::uint64_t> numbers{parts.size()};
  for (const auto& p : parts)
    numbers.push_back(p.size());
  const auto bytes = std::as_bytes(std::span(numbers));
  return {bytes.begin(), bytes.end()};
}

// Throws archive_error.
std::vector<std::span<const std::byte>> parts_of(std::span<const std::byte> bytes) {
  auto take = [&](std::uint64_t n) {
    if (n > bytes.size()) throw archive_error("the snapshot is cut off");
    const auto part = bytes.first(n);
    bytes = bytes.subspan(n);
    return part;
  };
  auto number = [&] {
    std::uint64_t n = 0;
    std::memcpy(&n, take(sizeof n).data(), sizeof n);
    return n;
  };
  const auto count = number();
  if (count > bytes.size() / sizeof(std::uint64_t)) throw archive_error("the snapshot is cut off");
  std::vector<std::uint64_t> sizes;
  for (std::uint64_t i = 0; i < count; ++i)
    sizes.push_back(number());
  std::vector<std::span<const std::byte>> out;
  for (auto n : sizes)
    out.push_back(take(n));
  if (!bytes.empty()) throw archive_error("the snapshot goes on behind its end");
  return out;
}

std::vector<std::byte> copy_of(std::span<const std::byte> bytes) {
  return {bytes.begin(), bytes.end()};
}

} // namespace

void saved_lane::state(archive& a) {
  a.field("number", number);
  a.field("topic", name.topic);
  a.field("partition", name.partition);
  a.field("next", next);
}

void saved_job::state(archive& a) {
  add_spec(a, "spec", spec);
  a.field("origin", origin);
  a.field("order", order);
  a.field("record", record);
  a.field("without_work", without_work);
}

void service_snapshot::state(archive& a) {
  auto version = snapshot_version;
  a.field("version", version);
  if (version != snapshot_version)
    throw archive_error(fmt::format("the snapshot has version {}; this program reads version {}{}", version,
                                    snapshot_version, version > snapshot_version ? ": use a newer one" : ""));
  a.field("instrument", instrument);
  a.field("service", service);
  a.field("taken", taken);
  a.field("batches", batches);
  a.field("messages", messages);
  a.field("events", events);
  a.field("data_clock", data_clock);
  a.field("lanes", lanes);
  a.field("held", held);
  std::uint64_t specs = configured.size();
  a.field("configured", specs);
  if (a.loading()) configured.clear();
  for (std::uint64_t i = 0; i < specs; ++i) {
    if (a.loading()) configured.emplace_back();
    add_spec(a, fmt::format("configured {}", i), configured[i]);
  }
  a.field("jobs", jobs);
}

written_snapshot write(const service_snapshot& s) {
  written_snapshot out;
  archive head;
  // Saving does not change what is saved.
  const_cast<service_snapshot&>(s).state(head);
  out.keeps.push_back(head.finish());
  out.parts = {out.keeps.front(), s.context, s.batching};
  for (const auto& j : s.jobs) {
    out.parts.push_back(j.work.job);
    out.parts.push_back(j.work.workflow);
  }
  out.keeps.push_back(table_of(out.parts));
  out.parts.insert(out.parts.begin(), out.keeps.back());
  for (const auto& p : out.parts)
    out.size += p.size();
  return out;
}

result<service_snapshot> read_snapshot(const std::shared_ptr<const std::vector<std::byte>>& bytes) {
  try {
    const auto parts = parts_of(*bytes);
    if (parts.size() < parts_of_service) throw archive_error("the snapshot has too few parts");
    service_snapshot s;
    archive head(parts[0]);
    s.state(head);
    head.finish();
    s.context = copy_of(parts[1]);
    s.batching = copy_of(parts[2]);
    if (parts.size() != parts_of_service + 2 * s.jobs.size())
      throw archive_error("the snapshot has not two parts for each job");
    for (std::size_t i = 0; i < s.jobs.size(); ++i) {
      const auto* first = &parts[parts_of_service + 2 * i];
      if (!first[0].empty()) s.jobs[i].work = {first[0], first[1], bytes};
    }
    return s;
  } catch (const std::exception& e) {
    return failure{"snapshot", e.what()};
  }
}

} // namespace livedata
