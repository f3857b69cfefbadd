#include "workflows/archive.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace livedata {

namespace {

static_assert(std::endian::native == std::endian::little, "numbers are saved as they lie in memory");

// Magic, version, check sum of all that follows.
constexpr std::string_view magic = "LDSTATE\n";
constexpr std::size_t header_size = magic.size() + sizeof(std::uint32_t) + sizeof(std::uint64_t);

// FNV-1a, 64 bits.
std::uint64_t check_sum(std::span<const std::byte> bytes) noexcept {
  std::uint64_t sum = 0xcbf2'9ce4'8422'2325;
  for (auto b : bytes)
    sum = (sum ^ static_cast<std::uint64_t>(b)) * 0x100'0000'01b3;
  return sum;
}

template <class T>
void append(std::vector<std::byte>& to, const T& number) {
  const auto bytes = std::as_bytes(std::span(&number, 1));
  to.insert(to.end(), bytes.begin(), bytes.end());
}

template <class T>
T number_at(std::span<const std::byte> bytes, std::size_t at) {
  T number;
  std::memcpy(&number, bytes.data() + at, sizeof(T));
  return number;
}

// Seven bits in a byte, the lowest first; the highest bit says that more follow.
void append_count(std::vector<std::byte>& to, std::uint64_t n) {
  for (; n >= 0x80; n >>= 7)
    to.push_back(static_cast<std::byte>(n | 0x80));
  to.push_back(static_cast<std::byte>(n));
}

// Nothing if the bytes end before the number does, or it has more than 64 bits.
std::optional<std::uint64_t> take_count(std::span<const std::byte>& from) {
  std::uint64_t n = 0;
  for (unsigned shift = 0; shift < 64 && !from.empty(); shift += 7) {
    const auto b = static_cast<std::uint64_t>(from.front());
    from = from.subspan(1);
    if (shift == 63 && b > 1) return std::nullopt;
    n |= (b & 0x7f) << shift;
    if (b < 0x80) return n;
  }
  return std::nullopt;
}

[[noreturn]] void damaged(const std::string& how) {
  throw archive_error("the saved state is damaged: " + how);
}

} // namespace

archive::archive() : saves_(true), saved_(header_size), levels_{{"", header_size, {}, {}}} {}

archive::archive(std::span<const std::byte> bytes) : saves_(false) {
  if (bytes.size() < header_size) damaged(fmt::format("it has {} bytes, fewer than its header", bytes.size()));
  if (!std::ranges::equal(bytes.first(magic.size()), std::as_bytes(std::span(magic))))
    throw archive_error("these bytes are no saved state: they begin otherwise");
  if (const auto v = number_at<std::uint32_t>(bytes, magic.size()); v != version)
    throw archive_error(fmt::format("the saved state has format version {}, but this program reads version {}{}", v,
                                    version, v > version ? "; load it with a newer program" : ""));
  const auto content = bytes.subspan(header_size);
  if (check_sum(content) != number_at<std::uint64_t>(bytes, magic.size() + sizeof(std::uint32_t)))
    damaged(fmt::format("the check sum over {} bytes differs", content.size()));
  levels_.push_back({"", 0, {}, parse(content, "the saved state")});
}

std::string_view archive::name_of(type t) {
  if ((static_cast<std::uint8_t>(t) & static_cast<std::uint8_t>(type::list)) != 0) return "a list of other numbers";
  constexpr std::array<std::string_view, 13> names{"nothing",
                                                   "a truth value",
                                                   "a number of 8 bits",
                                                   "a whole number of 32 bits",
                                                   "a whole number of 32 bits without sign",
                                                   "a whole number",
                                                   "a whole number without sign",
                                                   "a floating-point number of 32 bits",
                                                   "a floating-point number",
                                                   "a time",
                                                   "a text",
                                                   "a group of fields",
                                                   "a table"};
  const auto i = static_cast<std::size_t>(t);
  return i < names.size() ? names[i] : "of an unknown type";
}

// Each entry: length of the name (16 bits), name, type (8 bits), length of the content (64 bits), content.
std::vector<archive::entry> archive::parse(std::span<const std::byte> bytes, const std::string& where) {
  std::vector<entry> entries;
  std::size_t at = 0;
  auto take = [&](std::uint64_t size) {
    if (size > bytes.size() - at) damaged(fmt::format("{} ends in the middle of a field", where));
    const auto part = bytes.subspan(at, size);
    at += size;
    return part;
  };
  while (at < bytes.size()) {
    const auto name = take(number_at<std::uint16_t>(take(sizeof(std::uint16_t)), 0));
    const auto kind = static_cast<type>(take(1).front());
    const auto content = take(number_at<std::uint64_t>(take(sizeof(std::uint64_t)), 0));
    entries.push_back({{reinterpret_cast<const char*>(name.data()), name.size()}, kind, content, false});
  }
  return entries;
}

std::string archive::path_of(std::string_view name) const {
  std::string path;
  for (std::size_t i = 1; i < levels_.size(); ++i)
    path += levels_[i].name + ".";
  return path + std::string(name);
}

void archive::refuse(std::string_view name, std::string_view why) const {
  throw archive_error(fmt::format("the saved state does not fit: '{}' {}", path_of(name), why));
}

void archive::refuse_length(std::string_view name, std::size_t length, std::size_t needed) const {
  refuse(name, fmt::format("has {} elements, but must have {}", length, needed));
}

void archive::put(std::string_view name, type t, std::span<const std::byte> content) {
  auto& names = levels_.back().names;
  if (std::ranges::find(names, name) != names.end())
    throw std::logic_error(fmt::format("two fields of one class are named '{}'", path_of(name)));
  names.emplace_back(name);
  append(saved_, static_cast<std::uint16_t>(name.size()));
  const auto text = std::as_bytes(std::span(name));
  saved_.insert(saved_.end(), text.begin(), text.end());
  append(saved_, t);
  append(saved_, std::uint64_t{content.size()});
  saved_.insert(saved_.end(), content.begin(), content.end());
}

archive::entry& archive::find(std::string_view name) {
  auto& entries = levels_.back().entries;
  const auto found = std::ranges::find(entries, name, &entry::name);
  if (found != entries.end()) return *found;
  std::vector<std::string_view> names;
  names.reserve(entries.size());
  for (const auto& e : entries)
    names.push_back(e.name);
  refuse(name,
         fmt::format("is missing; it has: {}", names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", "))));
}

std::span<const std::byte> archive::get(std::string_view name, type t) {
  auto& found = find(name);
  if (found.kind != t) refuse(name, fmt::format("is {}, but must be {}", name_of(found.kind), name_of(t)));
  found.used = true;
  return found.content;
}

void archive::enter(std::string_view name) {
  if (saves_) {
    put(name, type::object, {});
    levels_.push_back({std::string(name), saved_.size(), {}, {}});
  } else {
    auto entries = parse(get(name, type::object), "'" + path_of(name) + "'");
    levels_.push_back({std::string(name), 0, {}, std::move(entries)});
  }
}

void archive::leave() {
  if (saves_) {
    const auto first = levels_.back().first;
    const std::uint64_t size = saved_.size() - first;
    std::memcpy(saved_.data() + first - sizeof(size), &size, sizeof(size));
  } else {
    check_all_used();
  }
  levels_.pop_back();
}

void archive::check_all_used() const {
  for (const auto& e : levels_.back().entries)
    if (!e.used) refuse(e.name, "is unknown to this program");
}

std::vector<std::byte> archive::finish() {
  if (!saves_) {
    check_all_used();
    return {};
  }
  const auto sum = check_sum(std::span<const std::byte>(saved_).subspan(header_size));
  std::memcpy(saved_.data(), magic.data(), magic.size());
  std::memcpy(saved_.data() + magic.size(), &version, sizeof(version));
  std::memcpy(saved_.data() + magic.size() + sizeof(version), &sum, sizeof(sum));
  return std::move(saved_);
}

void archive::plain(std::string_view name, type t, void* member, std::size_t size) {
  if (saves_) return put(name, t, {static_cast<const std::byte*>(member), size});
  const auto content = get(name, t);
  if (content.size() != size)
    damaged(fmt::format("'{}' has {} bytes instead of {}", path_of(name), content.size(), size));
  if (t == type::truth && content.front() > std::byte{1})
    damaged(fmt::format("'{}' is neither true nor false", path_of(name)));
  std::memcpy(member, content.data(), size);
}

void archive::text(std::string_view name, std::string& member) {
  if (saves_) return put(name, type::text, std::as_bytes(std::span(member)));
  const auto content = get(name, type::text);
  member.assign(reinterpret_cast<const char*>(content.data()), content.size());
}

void archive::table(std::string_view name, std::size_t rows, std::size_t columns, const row_function& get_row,
                    const row_function& put_row) {
  std::vector<std::uint64_t> numbers(columns);
  if (saves_) {
    put(name, type::table, {});
    const auto first = saved_.size();
    append_count(saved_, rows);
    append_count(saved_, columns);
    for (std::size_t r = 0; r < rows; ++r) {
      get_row(r, numbers);
      for (auto n : numbers)
        append_count(saved_, n);
    }
    const std::uint64_t size = saved_.size() - first;
    std::memcpy(saved_.data() + first - sizeof(size), &size, sizeof(size));
    return;
  }
  auto content = get(name, type::table);
  auto take = [&] {
    const auto n = take_count(content);
    if (!n) damaged(fmt::format("a number in the table '{}' is cut off", path_of(name)));
    return *n;
  };
  const auto saved_rows = take();
  const auto saved_columns = take();
  if (saved_rows != rows || saved_columns != columns)
    refuse(name,
           fmt::format("has {} rows of {} counts, but must have {} of {}", saved_rows, saved_columns, rows, columns));
  for (std::size_t r = 0; r < rows; ++r) {
    std::ranges::generate(numbers, take);
    put_row(r, numbers);
  }
  if (!content.empty()) damaged(fmt::format("the table '{}' goes on behind its end", path_of(name)));
}

void archive::numbers(std::string_view name, values& v) {
  if (saves_) return std::visit([&](auto& list) { field(name, list); }, v);
  const auto kind = find(name).kind;
  if (kind == list_of(type::floating_64))
    v = std::vector<double>();
  else if (kind == list_of(type::floating_32))
    v = std::vector<float>();
  else if (kind == list_of(type::whole_64))
    v = std::vector<std::int64_t>();
  else if (kind == list_of(type::whole_32))
    v = std::vector<std::int32_t>();
  else
    refuse(name, fmt::format("is {}, but must be a list of numbers", name_of(kind)));
  std::visit([&](auto& list) { field(name, list); }, v);
}

void archive::parts(variable& v) {
  field("dims", v.dims);
  field("shape", v.shape);
  field("unit", v.unit);
  field("numbers", v.data);
  if (loading())
    if (auto wrong = inconsistency(v)) refuse("numbers", *wrong);
}

void archive::parts(data_array& a) {
  field("name", a.name);
  field("data", a.data);
  field("variances", a.variances);
  field("coords", a.coords);
  if (loading() && a.variances && size_of(*a.variances) != size_of(a.data.data))
    refuse("variances", "differ in number from the values");
}

void archive::parts(std::pair<std::string, variable>& coord) {
  field("name", coord.first);
  field("value", coord.second);
}

} // namespace livedata
