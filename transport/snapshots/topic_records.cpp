#include "transport/snapshots/topic_records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

namespace livedata {

namespace {

constexpr std::string_view manifest_key = "manifest";
constexpr std::string_view owner_key = "owner";
// Header, generation, size of the content, number of chunks.
constexpr std::size_t manifest_size = snapshot_header_size + 8 + 8 + 4;
// The generation stands before the content.
constexpr std::size_t chunk_header_size = 8;
// Numbers beyond this are damaged.
constexpr std::uint64_t highest_generation = std::uint64_t{1} << 62;
constexpr std::uint32_t most_chunks = 100'000;

std::string key_in_slot(const std::string& name, std::uint32_t slot, std::string_view what) {
  return fmt::format("{}.{}.{}", name, slot, what);
}

std::string chunk_key(const std::string& name, std::uint32_t slot, std::uint32_t chunk) {
  return key_in_slot(name, slot, fmt::format("{}", chunk));
}

template <class T>
void append_number(std::vector<std::byte>& to, T number) {
  const auto* p = reinterpret_cast<const std::byte*>(&number);
  to.insert(to.end(), p, p + sizeof number);
}

template <class T>
T number_at(snapshot_store::bytes bytes, std::size_t at) {
  T out{};
  if (bytes.size() >= at + sizeof out) std::memcpy(&out, bytes.data() + at, sizeof out);
  return out;
}

std::optional<std::uint32_t> whole_number(std::string_view text) {
  std::uint32_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

std::uint64_t plausible(std::uint64_t generation) {
  return generation > highest_generation ? 0 : generation;
}

} // namespace

std::uint32_t slot_table::next(std::size_t kept) const {
  std::uint32_t oldest = 0;
  auto generation_of = [this](std::uint32_t n) {
    auto s = slots.find(n);
    return s == slots.end() ? 0 : s->second.generation;
  };
  for (std::uint32_t n = 1; n <= kept && generation_of(oldest) != 0; ++n)
    if (generation_of(n) < generation_of(oldest)) oldest = n;
  return oldest;
}

std::vector<std::uint32_t> slot_table::left_over(std::size_t kept) const {
  std::vector<std::uint64_t> generations;
  for (const auto& [n, s] : slots)
    generations.push_back(s.generation);
  std::ranges::sort(generations, std::greater{});
  std::vector<std::uint32_t> out;
  for (const auto& [n, s] : slots)
    if (n > kept && (s.generation == 0 || (generations.size() >= kept && s.generation < generations[kept - 1])))
      out.push_back(n);
  return out;
}

snapshot_records cut_snapshot(const std::string& name, std::uint32_t slot, std::uint64_t generation,
                              snapshot_parts parts, std::size_t chunk_size) {
  snapshot_records out;
  std::uint64_t size = 0;
  for (auto part : parts) {
    size += part.size();
    while (!part.empty()) {
      if (out.chunks.empty() || out.chunks.back().value->size() == chunk_header_size + chunk_size) {
        out.chunks.push_back(
          {chunk_key(name, slot, static_cast<std::uint32_t>(out.chunks.size())), std::vector<std::byte>()});
        append_number(*out.chunks.back().value, generation);
      }
      auto& to = *out.chunks.back().value;
      const auto piece = part.first(std::min(part.size(), chunk_header_size + chunk_size - to.size()));
      to.insert(to.end(), piece.begin(), piece.end());
      part = part.subspan(piece.size());
    }
  }
  auto about = snapshot_header(parts);
  append_number(about, generation);
  append_number(about, size);
  append_number(about, static_cast<std::uint32_t>(out.chunks.size()));
  out.manifest = {key_in_slot(name, slot, manifest_key), std::move(about)};
  return out;
}

std::vector<topic_record> erase_chunks(const std::string& name, std::uint32_t slot, std::uint32_t first,
                                       std::uint32_t end) {
  std::vector<topic_record> out;
  for (auto n = first; n < end; ++n)
    out.push_back({chunk_key(name, slot, n), std::nullopt});
  return out;
}

std::vector<topic_record> erase_slot(const std::string& name, std::uint32_t slot, std::uint32_t chunks) {
  auto out = erase_chunks(name, slot, 0, chunks);
  out.insert(out.begin(), {key_in_slot(name, slot, manifest_key), std::nullopt});
  return out;
}

topic_record owner_record(const std::string& name, const std::string& owner) {
  const auto bytes = std::as_bytes(std::span(owner));
  return {fmt::format("{}.{}", name, owner_key), std::vector<std::byte>(bytes.begin(), bytes.end())};
}

void snapshot_assembly::add(std::string_view key, std::optional<snapshot_store::bytes> value) {
  ++records_;
  if (!key.starts_with(name_ + ".")) return;
  const auto rest = key.substr(name_.size() + 1);
  if (rest == owner_key) {
    owner_.assign(value ? reinterpret_cast<const char*>(value->data()) : "", value ? value->size() : 0);
    return;
  }
  const auto dot = rest.find('.');
  if (dot == rest.npos) return;
  const auto number = whole_number(rest.substr(0, dot));
  const auto what = rest.substr(dot + 1);
  const auto chunk_number = whole_number(what);
  if (!number || (chunk_number ? *chunk_number >= most_chunks : what != manifest_key)) return;
  auto& s = slots_[*number];
  if (chunk_number && value) {
    add_chunk(s, *chunk_number, *value);
  } else if (chunk_number) {
    s.chunks.erase(*chunk_number);
  } else if (value) {
    s.manifest.emplace(value->begin(), value->end());
    s.arrived = records_;
  } else {
    s.manifest.reset();
  }
  if (s.chunks.empty() && !s.manifest) slots_.erase(*number);
}

void snapshot_assembly::add_chunk(slot& s, std::uint32_t number, snapshot_store::bytes value) {
  const auto content = value.subspan(std::min(chunk_header_size, value.size()));
  s.chunks[number] = {plausible(number_at<std::uint64_t>(value, 0)), {content.begin(), content.end()}};
}

snapshot_assembly::manifest snapshot_assembly::read_manifest(snapshot_store::bytes bytes) {
  return {plausible(number_at<std::uint64_t>(bytes, snapshot_header_size)),
          number_at<std::uint64_t>(bytes, snapshot_header_size + 8),
          number_at<std::uint32_t>(bytes, snapshot_header_size + 16)};
}

bool snapshot_assembly::is_taken(const slot& s) {
  // One that is damaged is told of.
  if (s.manifest->size() != manifest_size) return false;
  const auto generation = read_manifest(*s.manifest).generation;
  return std::ranges::any_of(s.chunks, [&](const auto& c) { return c.second.generation > generation; });
}

std::string snapshot_assembly::place_of(std::uint32_t number, const slot& s) const {
  const auto generation = read_manifest(*s.manifest).generation;
  return fmt::format("generation {} of {} in {} (slot {})", generation, name_, place_, number);
}

result<snapshot_content> snapshot_assembly::read(const slot& s, const std::string& place) {
  if (auto ok = check_snapshot_header(*s.manifest, place); !ok) return ok.error();
  if (s.manifest->size() != manifest_size)
    return failure{"damaged", fmt::format("{} is no snapshot, or was cut short", place)};
  const auto about = read_manifest(*s.manifest);
  std::vector<snapshot_store::bytes> parts;
  std::uint64_t size = 0;
  for (const auto& [number, c] : s.chunks) {
    if (c.generation != about.generation || number >= about.chunks) continue;
    parts.emplace_back(c.content);
    size += c.content.size();
  }
  if (parts.size() != about.chunks || size != about.size)
    return failure{"damaged", fmt::format("{} is not complete: there are {} of {} chunks, {} of {} bytes", place,
                                          parts.size(), about.chunks, size, about.size)};
  if (auto ok = check_snapshot_content(*s.manifest, parts, place); !ok) return ok.error();
  auto out = std::make_shared<std::vector<std::byte>>();
  out->reserve(size);
  for (const auto& p : parts)
    out->insert(out->end(), p.begin(), p.end());
  return snapshot_content(std::move(out));
}

std::vector<kept_generation> snapshot_assembly::newest_first() const {
  std::vector<std::pair<std::uint64_t, kept_generation>> by_arrival;
  for (const auto& [number, s] : slots_) {
    if (!s.manifest || is_taken(s)) continue;
    auto place = place_of(number, s);
    by_arrival.push_back(
      {s.arrived, {read_manifest(*s.manifest).generation, place, [&s, place] { return read(s, place); }}});
  }
  std::ranges::sort(by_arrival, std::greater{}, [](const auto& g) { return g.first; });
  std::vector<kept_generation> out;
  for (auto& [arrived, g] : by_arrival)
    out.push_back(std::move(g));
  return out;
}

slot_table snapshot_assembly::slots() const {
  slot_table out;
  for (const auto& [number, s] : slots_) {
    auto& to = out.slots[number];
    if (!s.chunks.empty()) to.chunks = s.chunks.rbegin()->first + 1;
    for (const auto& [n, c] : s.chunks)
      out.last = std::max(out.last, c.generation);
    if (!s.manifest) continue;
    const auto generation = read_manifest(*s.manifest).generation;
    out.last = std::max(out.last, generation);
    if (!is_taken(s)) to.generation = generation;
  }
  return out;
}

} // namespace livedata
