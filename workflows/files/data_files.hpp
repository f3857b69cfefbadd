// The files that an instrument needs beside its instrument file: geometry, lookup tables, results of other runs. This
// is the one place that finds them, checks them, and keeps what was read from them, so that jobs which use the same
// file share its content. Nothing is ever downloaded: a file that is missing is asked for, with its name, its check sum
// and the folder to put it in.
#pragma once

#include "messages/result.hpp"
#include "workflows/instrument/instrument.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <typeindex>
#include <utility>

namespace livedata {

struct file_folders {
  // From the environment variable LIVEDATA_DATA_DIR. If set, files are looked for there and nowhere else. They are
  // taken as they are: this is the place for files of one's own under the names of the official ones.
  std::optional<std::filesystem::path> data_dir;
  // The cache folder of the field's own software, where its downloads end up. Files here must have their check sum.
  std::filesystem::path cache;
};

// `get` looks up an environment variable. The cache is $XDG_CACHE_HOME/esslivedata, or ~/.cache/esslivedata.
template <class Get>
file_folders file_folders_from(Get get) {
  file_folders folders;
  if (auto dir = get("LIVEDATA_DATA_DIR"); dir && !dir->empty()) folders.data_dir = *dir;
  auto cache = get("XDG_CACHE_HOME");
  auto home = get("HOME");
  folders.cache =
    (cache && !cache->empty() ? std::filesystem::path(*cache) : std::filesystem::path(home.value_or("")) / ".cache") /
    "esslivedata";
  return folders;
}

// Any thread may call any function.
class data_files {
public:
  explicit data_files(file_folders folders = {}) : folders_(std::move(folders)) {}

  data_files(const data_files&) = delete;
  data_files& operator=(const data_files&) = delete;

  // Whether files are looked for in a folder of the user's own (LIVEDATA_DATA_DIR).
  bool own_folder() const noexcept { return folders_.data_dir.has_value(); }

  // Where a file lies. `what` names it in messages: "the lookup table of instrument loki". Failures: "missing_file",
  // with what to put where; "wrong_check_sum".
  result<std::filesystem::path> find(const data_file& file, std::string_view what) const;

  // What `read(path)` (a T) makes of a file: what another job still holds, or else read now. A file that has changed
  // since is read again; whoever holds the former content keeps it. `part` tells apart different things of one type
  // that are read from one file. What `read` throws is passed on. Waits if another thread is reading the same.
  template <class T, class Read>
  std::shared_ptr<const T> get(const std::filesystem::path& file, std::string_view part, Read&& read) {
    auto& slot = slot_of({file.string(), std::type_index(typeid(T)), std::string(part)});
    std::lock_guard lock(slot.mutex);
    const auto now = stamp_of(file);
    auto content = std::static_pointer_cast<const T>(slot.content.lock());
    if (!content || slot.stamp != now) {
      content = std::make_shared<const T>(std::forward<Read>(read)(file));
      slot.content = content;
      slot.stamp = now;
    }
    return content;
  }

  // Has a file of that name be there with a content (a T) that `make` gives when it is asked for: for data that are
  // made up, which need tables to match. A file in a folder of the user's own is preferred, one in the cache is not.
  // Before any other thread knows the files.
  template <class T, class Make>
  void make_up(const std::string& name, Make make) {
    made_up_[{name, std::type_index(typeid(T))}] = [make = std::move(make)]() -> std::shared_ptr<const void> {
      return std::make_shared<const T>(make());
    };
  }

  // What is made up under the name of that file, shared with others who hold it; nullptr if nothing is. What `make`
  // throws is passed on.
  template <class T>
  std::shared_ptr<const T> made_up(const data_file& file) {
    const auto known = made_up_.find({file.name, std::type_index(typeid(T))});
    if (known == made_up_.end() || is_in_own_folder(file)) return nullptr;
    auto& slot = slot_of({file.name, std::type_index(typeid(T)), "made up"});
    std::lock_guard lock(slot.mutex);
    auto content = std::static_pointer_cast<const T>(slot.content.lock());
    if (!content) {
      content = std::static_pointer_cast<const T>(known->second());
      slot.content = content;
    }
    return content;
  }

private:
  // By which a change is noticed.
  struct file_stamp {
    std::uintmax_t size = 0;
    std::filesystem::file_time_type written;

    friend bool operator==(const file_stamp&, const file_stamp&) = default;
  };

  using key = std::tuple<std::string, std::type_index, std::string>;

  struct kept {
    std::mutex mutex;
    std::weak_ptr<const void> content;
    file_stamp stamp;
  };

  bool is_in_own_folder(const data_file& file) const;
  static file_stamp stamp_of(const std::filesystem::path& file);
  kept& slot_of(key k);
  std::optional<std::string> check_sum_of(const std::filesystem::path& file) const;

  file_folders folders_;
  std::map<std::pair<std::string, std::type_index>, std::function<std::shared_ptr<const void>()>> made_up_;
  mutable std::mutex mutex_;
  std::map<key, kept> kept_;
  mutable std::map<std::string, std::pair<file_stamp, std::string>> check_sums_;
};

} // namespace livedata
