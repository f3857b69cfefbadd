#include "transport/snapshots/directory_store.hpp"

#include "transport/snapshots/snapshot_frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <ranges>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace livedata {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view snapshot_extension = ".snapshot";
constexpr std::string_view unfinished_extension = ".part";
constexpr std::string_view lock_extension = ".lock";

std::error_code last_error() {
  return {errno != 0 ? errno : EIO, std::generic_category()};
}

// A descriptor that is closed at the end.
class open_file {
public:
  open_file(const fs::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}

  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;

  open_file(open_file&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

  ~open_file() {
    if (fd_ >= 0) ::close(fd_);
  }

  explicit operator bool() const noexcept { return fd_ >= 0; }

  bool write(snapshot_store::bytes bytes) const {
    while (!bytes.empty()) {
      const auto n = ::write(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return true;
  }

  // All of it; nothing on an error.
  std::optional<std::vector<std::byte>> read() const {
    struct stat about {};

    if (::fstat(fd_, &about) != 0) return std::nullopt;
    std::vector<std::byte> out(static_cast<std::size_t>(about.st_size));
    std::size_t at = 0;
    while (at < out.size()) {
      const auto n = ::read(fd_, out.data() + at, out.size() - at);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return std::nullopt;
      if (n == 0) break;
      at += static_cast<std::size_t>(n);
    }
    out.resize(at);
    return out;
  }

  bool flush() const { return ::fsync(fd_) == 0; }

  bool lock() const { return ::flock(fd_, LOCK_EX | LOCK_NB) == 0; }

private:
  int fd_;
};

// The content of a file that is whole.
result<snapshot_content> read_snapshot_file(const fs::path& file) {
  errno = 0;
  const open_file in(file, O_RDONLY);
  auto bytes = in ? in.read() : std::nullopt;
  if (!bytes) return failure{"read", fmt::format("{} cannot be read: {}", file.string(), last_error().message())};
  if (auto ok = check_snapshot_header(*bytes, file.string()); !ok) return ok.error();
  const auto content = snapshot_store::bytes(*bytes).subspan(snapshot_header_size);
  if (auto ok = check_snapshot_content(*bytes, {&content, 1}, file.string()); !ok) return ok.error();
  bytes->erase(bytes->begin(), bytes->begin() + static_cast<std::ptrdiff_t>(snapshot_header_size));
  return snapshot_content(std::make_shared<std::vector<std::byte>>(std::move(*bytes)));
}

class directory_store final : public snapshot_store {
public:
  directory_store(fs::path folder, std::string name, std::size_t kept, open_file lock)
    : folder_(std::move(folder)), name_(std::move(name)), kept_(std::max<std::size_t>(kept, 1)),
      lock_(std::move(lock)) {
    if (const auto all = generations(); !all.empty()) last_ = all.back();
  }

  status save(snapshot_parts parts) override {
    errno = 0;
    remove_unfinished();
    const auto target = file_of(last_ + 1);
    auto part = target;
    part += unfinished_extension;
    if (auto ok = write(part, parts); !ok) {
      std::error_code ignored;
      fs::remove(part, ignored);
      return ok;
    }
    std::error_code problem;
    fs::rename(part, target, problem);
    if (problem) return cannot_write(target, problem);
    ++last_;
    // The name is on the disk, too.
    const open_file folder(folder_, O_RDONLY | O_DIRECTORY);
    if (!folder || !folder.flush()) return cannot_write(target, last_error());
    remove_oldest();
    return nothing{};
  }

  result<search> newest(const std::function<status(const found&)>& accepts) const override {
    std::error_code problem;
    if (fs::directory_iterator(folder_, problem); problem)
      return failure{"read", fmt::format("{} cannot be read: {}", folder_.string(), problem.message())};
    const auto all = generations();
    std::vector<kept_generation> newest_first;
    for (auto number : std::views::reverse(all))
      newest_first.push_back(
        {number, file_of(number).string(), [file = file_of(number)] { return read_snapshot_file(file); }});
    return newest_of(newest_first, accepts);
  }

private:
  fs::path file_of(std::uint64_t generation) const {
    return folder_ / fmt::format("{}.{:012}{}", name_, generation, snapshot_extension);
  }

  // Calls f(name of the file behind our own name) for each file that is ours.
  template <class F>
  void each_file(F&& f) const {
    std::error_code problem;
    for (auto i = fs::directory_iterator(folder_, problem); !problem && i != fs::directory_iterator();
         i.increment(problem)) {
      const auto file = i->path().filename().string();
      if (file.starts_with(name_ + ".")) f(i->path(), std::string_view(file).substr(name_.size() + 1));
    }
  }

  // Ascending.
  std::vector<std::uint64_t> generations() const {
    std::vector<std::uint64_t> out;
    each_file([&](const fs::path&, std::string_view rest) {
      if (!rest.ends_with(snapshot_extension)) return;
      rest.remove_suffix(snapshot_extension.size());
      std::uint64_t number = 0;
      const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
      if (error == std::errc{} && end == rest.data() + rest.size()) out.push_back(number);
    });
    std::ranges::sort(out);
    return out;
  }

  static failure cannot_write(const fs::path& path, const std::error_code& why) {
    return {"write", fmt::format("the snapshot {} could not be written: {}; the one before stays. See that the disk is "
                                 "not full and that the folder may be written to",
                                 path.string(), why.message())};
  }

  static status write(const fs::path& path, snapshot_parts parts) {
    const open_file out(path, O_WRONLY | O_CREAT | O_TRUNC);
    auto ok = out && out.write(snapshot_header(parts));
    for (const auto& p : parts)
      ok = ok && out.write(p);
    if (!ok || !out.flush()) return cannot_write(path, last_error());
    return nothing{};
  }

  void remove_unfinished() const {
    std::vector<fs::path> left;
    each_file([&](const fs::path& path, std::string_view rest) {
      if (rest.ends_with(unfinished_extension)) left.push_back(path);
    });
    std::error_code ignored;
    for (const auto& path : left)
      fs::remove(path, ignored);
  }

  void remove_oldest() const {
    const auto all = generations();
    std::error_code ignored;
    for (std::size_t i = 0; i + kept_ < all.size(); ++i)
      fs::remove(file_of(all[i]), ignored);
  }

  fs::path folder_;
  std::string name_;
  std::size_t kept_;
  open_file lock_;
  std::uint64_t last_ = 0;
};

} // namespace

result<std::unique_ptr<snapshot_store>> open_directory_store(const fs::path& folder, const std::string& name,
                                                             std::size_t kept) {
  std::error_code problem;
  fs::create_directories(folder, problem);
  errno = 0;
  if (!problem && ::access(folder.c_str(), R_OK | W_OK | X_OK) != 0) problem = last_error();
  if (problem)
    return failure{"folder", fmt::format("snapshots cannot be kept in {}: {}; name a folder that may be written to",
                                         folder.string(), problem.message())};
  auto lock_path = folder / (name + std::string(lock_extension));
  open_file lock(lock_path, O_RDWR | O_CREAT);
  if (!lock)
    return failure{"folder", fmt::format("{} cannot be made: {}; name a folder that may be written to",
                                         lock_path.string(), last_error().message())};
  if (!lock.lock())
    return failure{"in_use", fmt::format("another process keeps its snapshots of {} in {}: end it, or name another "
                                         "folder",
                                         name, folder.string())};
  return std::unique_ptr<snapshot_store>(std::make_unique<directory_store>(folder, name, kept, std::move(lock)));
}

} // namespace livedata
