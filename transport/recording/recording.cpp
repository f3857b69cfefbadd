#include "transport/recording/recording.hpp"

#include "messages/saturating.hpp"
#include "transport/recording/byte_fields.hpp"
#include "transport/stamp_units.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <zlib.h>

namespace livedata {

namespace {

constexpr std::string_view magic = "livedrec";
constexpr std::uint32_t version = 4;
// The first version has messages only, and no kind before them.
constexpr std::uint32_t first_version = 1;
constexpr std::size_t header_size = 16;
// Size and checksum before each record.
constexpr std::size_t prefix_size = 8;
// In place of a size.
constexpr std::uint32_t end_mark = 0xFFFF'FFFF;

// zlib starts anew when it is given a null pointer, which is what the beginning of nothing may be.
std::uint32_t checksum(std::uint32_t before, std::span<const std::byte> data) {
  if (data.empty()) return before;
  return static_cast<std::uint32_t>(crc32_z(before, reinterpret_cast<const unsigned char*>(data.data()), data.size()));
}

std::string system_error() {
  return std::system_category().message(errno);
}

} // namespace

// --- writing

result<std::unique_ptr<recording_writer>> recording_writer::create(const std::filesystem::path& path) {
  errno = 0;
  auto* file = std::fopen(path.c_str(), "wbe");
  if (file == nullptr)
    return failure{"value", fmt::format("recording {} cannot be written: {}", path.string(), system_error())};
  std::unique_ptr<recording_writer> writer(new recording_writer(file, path));
  std::vector<std::byte> header;
  for (char c : magic)
    header.push_back(static_cast<std::byte>(c));
  field_writer fields(header);
  fields.number(version);
  fields.number(std::uint32_t{0});
  if (!writer->put(header)) return writer->broken();
  return writer;
}

recording_writer::recording_writer(std::FILE* file, std::filesystem::path path) : file_(file), path_(std::move(path)) {
  constexpr std::size_t buffer = 1U << 20U;
  (void)std::setvbuf(file, nullptr, _IOFBF, buffer);
}

recording_writer::~recording_writer() {
  (void)finish();
}

status recording_writer::write(const std::string& topic, const envelope& around, std::span<const std::byte> content) {
  if (broken_ || file_ == nullptr) return broken();
  head_.clear();
  field_writer fields(head_);
  fields.number(static_cast<std::uint32_t>(record_kind::message));
  fields.number(around.time.ns / ns_per_ms);
  fields.number(static_cast<std::uint32_t>(around.type));
  fields.number(around.partition);
  fields.number(around.offset);
  fields.text(topic);
  fields.maybe_bytes(around.key);
  fields.number(static_cast<std::uint32_t>(around.headers.size()));
  for (const auto& [name, value] : around.headers) {
    fields.text(name);
    fields.maybe_bytes(value);
  }
  if (auto ok = put_record(content); !ok) return ok;
  ++messages_;
  return nothing{};
}

status recording_writer::write(const flow_mark& m) {
  if (broken_ || file_ == nullptr) return broken();
  head_.clear();
  field_writer fields(head_);
  write_mark(fields, m);
  return put_record({});
}

status recording_writer::put_record(std::span<const std::byte> content) {
  std::vector<std::byte> prefix;
  field_writer sizes(prefix);
  sizes.number(static_cast<std::uint32_t>(head_.size() + content.size()));
  sizes.number(checksum(checksum(0, head_), content));
  if (!put(prefix) || !put(head_) || !put(content)) return broken();
  return nothing{};
}

status recording_writer::finish() {
  if (file_ == nullptr) return nothing{};
  std::vector<std::byte> count;
  field_writer(count).number(messages_);
  std::vector<std::byte> end;
  field_writer fields(end);
  fields.number(end_mark);
  fields.number(checksum(0, count));
  auto written = !broken_ && put(end) && put(count);
  errno = 0;
  auto closed = std::fclose(std::exchange(file_, nullptr)) == 0;
  if (!closed) breaks();
  if (!written || !closed) return broken();
  return nothing{};
}

bool recording_writer::put(std::span<const std::byte> bytes) {
  if (bytes.empty()) return !broken_;
  errno = 0;
  if (broken_) return false;
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) breaks();
  bytes_ += bytes.size();
  return !broken_;
}

// What fails later, as when the file is closed, tells nothing new.
void recording_writer::breaks() {
  if (!std::exchange(broken_, true)) why_ = errno != 0 ? system_error() : "not all was written";
}

failure recording_writer::broken() const {
  return {"recording", fmt::format("recording {} could not be written on after {} messages: {}", path_.string(),
                                   messages_, why_.empty() ? "it is closed" : why_)};
}

// --- reading

class recording_reader::mapping {
public:
  mapping(const std::byte* data, std::size_t size, std::filesystem::path path)
    : data_(data), size_(size), path_(std::move(path)) {}

  mapping(const mapping&) = delete;
  mapping& operator=(const mapping&) = delete;

  ~mapping() { munmap(const_cast<std::byte*>(data_), size_); }

  std::span<const std::byte> bytes() const { return {data_, size_}; }

  std::string name() const { return path_.string(); }

private:
  const std::byte* data_;
  std::size_t size_;
  std::filesystem::path path_;
};

namespace {

class mapped_payload final : public payload {
public:
  mapped_payload(std::span<const std::byte> bytes, std::shared_ptr<const void> file)
    : bytes_(bytes), file_(std::move(file)) {}

  std::span<const std::byte> bytes() const noexcept override { return bytes_; }

private:
  std::span<const std::byte> bytes_;
  std::shared_ptr<const void> file_;
};

} // namespace

result<std::unique_ptr<recording_reader>> recording_reader::open(const std::filesystem::path& path) {
  auto refuse = [&](const std::string& why) {
    return failure{"value", fmt::format("recording {}: {}", path.string(), why)};
  };
  errno = 0;
  auto file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return refuse(system_error());

  struct stat about {};

  auto known = fstat(file, &about) == 0;
  auto size = static_cast<std::size_t>(about.st_size);
  if (!known || !S_ISREG(about.st_mode) || size < header_size) {
    close(file);
    return refuse("it is no recording; it is no file, or too short");
  }
  auto* data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  auto why = system_error();
  close(file);
  if (data == MAP_FAILED) return refuse(why);
  madvise(data, size, MADV_SEQUENTIAL);
  auto mapped = std::make_shared<const mapping>(static_cast<const std::byte*>(data), size, path);
  field_reader header(mapped->bytes().subspan(magic.size()));
  if (std::memcmp(data, magic.data(), magic.size()) != 0)
    return refuse("it is no recording; recordings begin with 'livedrec'");
  auto v = header.number<std::uint32_t>();
  if (v < first_version || v > version)
    return refuse(
      fmt::format("it has version {} of the format; this program reads versions {} to {}", v, first_version, version));
  std::unique_ptr<recording_reader> reader(new recording_reader(std::move(mapped)));
  reader->version_ = v;
  reader->rewind();
  return reader;
}

void recording_reader::rewind() noexcept {
  position_ = header_size;
  messages_ = 0;
  ended_ = false;
}

failure recording_reader::damaged(const std::string& what) const {
  return {"recording", fmt::format("recording {}: {} at byte {}, after {} messages; those were used", file_->name(),
                                   what, position_, messages_)};
}

result<std::optional<recorded_item>> recording_reader::next() {
  if (ended_) return std::optional<recorded_item>{};
  auto left = file_->bytes().subspan(position_);
  if (left.empty()) return damaged("it has no end; the recorder was stopped before it was done");
  if (left.size() < prefix_size) return damaged("it is cut off");
  field_reader prefix(left);
  auto size = prefix.number<std::uint32_t>();
  auto sum = prefix.number<std::uint32_t>();
  if (size == end_mark) {
    auto count = prefix.rest().first(std::min(prefix.rest().size(), sizeof(std::uint64_t)));
    if (count.size() < sizeof(std::uint64_t)) return damaged("it is cut off");
    if (checksum(0, count) != sum || prefix.number<std::uint64_t>() != messages_) return damaged("it is damaged");
    ended_ = true;
    return std::optional<recorded_item>{};
  }
  if (size > prefix.rest().size()) return damaged("it is cut off or damaged");
  auto body = prefix.rest().first(size);
  if (checksum(0, body) != sum) return damaged("it is damaged (wrong checksum)");
  auto item = read(body);
  if (!item) return damaged("it is damaged (a record that does not hold together)");
  position_ += prefix_size + size;
  if (std::holds_alternative<recorded_message>(*item)) ++messages_;
  return item;
}

std::optional<recorded_item> recording_reader::read(std::span<const std::byte> body) const {
  field_reader fields(body);
  auto kind = version_ == first_version ? record_kind::message : record_kind{fields.number<std::uint32_t>()};
  if (kind != record_kind::message) {
    auto mark = read_mark(kind, fields);
    return mark ? std::optional<recorded_item>(*mark) : std::nullopt;
  }
  recorded_message m;
  m.around.time = {saturated_product(fields.number<std::int64_t>(), ns_per_ms)};
  m.around.type = static_cast<envelope::time_type>(fields.number<std::uint32_t>());
  m.around.partition = fields.number<std::int32_t>();
  m.around.offset = fields.number<std::int64_t>();
  m.topic = fields.text();
  m.around.key = fields.maybe_bytes();
  for (auto n = fields.number<std::uint32_t>(); n > 0 && fields.good(); --n) {
    auto name = fields.text();
    m.around.headers.emplace_back(std::move(name), fields.maybe_bytes());
  }
  if (!fields.good()) return std::nullopt;
  m.content = std::make_shared<mapped_payload>(fields.rest(), file_);
  m.position = {0, static_cast<std::int64_t>(messages_)};
  return m;
}

result<std::optional<recorded_message>> recording_reader::next_message() {
  for (;;) {
    auto item = next();
    if (!item) return item.error();
    if (!*item) return std::optional<recorded_message>{};
    if (auto* m = std::get_if<recorded_message>(&**item)) return std::optional(std::move(*m));
  }
}

std::optional<setup_mark> setup_of_recording(const std::filesystem::path& file) {
  auto reader = recording_reader::open(file);
  if (!reader) return std::nullopt;
  // Only marks come before it.
  for (auto item = (*reader)->next(); item && *item; item = (*reader)->next()) {
    const auto* mark = std::get_if<flow_mark>(&**item);
    if (mark == nullptr) return std::nullopt;
    if (const auto* setup = std::get_if<setup_mark>(mark)) return *setup;
  }
  return std::nullopt;
}

} // namespace livedata
