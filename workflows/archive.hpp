// The state of a workflow as bytes. A workflow names its members once, in one function, for saving and for loading:
//
//   void state(archive& a) override {
//     a.field("total", total_);
//     a.field("spectrum", spectrum_, bins_);
//   }
//
// The bytes have a format version and a check sum. Loading refuses bytes that are damaged or of a newer version, and
// names that are missing or that nobody asks for.
#pragma once

#include "messages/data_array.hpp"
#include "messages/timestamp.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace livedata {

// A saved state that cannot be loaded. The text says what is wrong, and at which name.
class archive_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

class archive {
public:
  // The format that is written, and the newest that is read.
  static constexpr std::uint32_t version = 1;

  // Saves: fields are written.
  archive();
  // Loads: fields are read from `bytes`, which must outlive the archive. Throws archive_error if they are damaged or of
  // a newer version.
  explicit archive(std::span<const std::byte> bytes);

  // Whether fields take what was saved. Then a workflow may have to work out anew what follows from them.
  bool loading() const noexcept { return !saves_; }

  // Saves a member under a name, or loads it. Names differ within a class. Types: bool, whole and floating-point
  // numbers, texts, timestamps, data arrays, any class with a function `void state(archive&)`, and std::optional and
  // std::vector of these. Throws archive_error if there is no field of that name, or one of another type.
  template <class T>
  void field(std::string_view name, T& member);

  // The same for a list whose length follows from the parameters: any other length is refused.
  template <class T>
  void field(std::string_view name, std::vector<T>& list, std::size_t length) {
    if (saves_) return field(name, list);
    std::vector<T> loaded;
    field(name, loaded);
    if (loaded.size() != length) refuse_length(name, loaded.size(), length);
    list = std::move(loaded);
  }

  // Reads or writes one row of a table.
  using row_function = std::function<void(std::size_t row, std::span<std::uint64_t> numbers)>;

  // A table of counts, row by row: `get` fills in a row that is saved, `put` takes one that was loaded. Small counts
  // take few bytes. A table of another shape is refused.
  void table(std::string_view name, std::size_t rows, std::size_t columns, const row_function& get,
             const row_function& put);

  // For a workflow that finds a loaded value impossible: throws archive_error that names the field.
  [[noreturn]] void refuse(std::string_view name, std::string_view why) const;

  // After the last field. What was saved; empty if this archive loads. Throws archive_error if a field was loaded that
  // nobody asked for.
  std::vector<std::byte> finish();

private:
  enum class type : std::uint8_t {
    nothing,
    truth,
    whole_8,
    whole_32,
    unsigned_32,
    whole_64,
    unsigned_64,
    floating_32,
    floating_64,
    time,
    text,
    object,
    table,
    // Added to the type of its elements.
    list = 0x80
  };

  struct entry {
    std::string_view name;
    type kind;
    std::span<const std::byte> content;
    bool used;
  };

  // One class in another, from the outermost to the one in work.
  struct level {
    std::string name;
    // Saving: where its fields begin, and their names.
    std::size_t first;
    std::vector<std::string> names;
    // Loading.
    std::vector<entry> entries;
  };

  template <class T>
  static constexpr type type_of() {
    if constexpr (std::same_as<T, bool>)
      return type::truth;
    else if constexpr (std::same_as<T, timestamp>)
      return type::time;
    else if constexpr (std::same_as<T, float>)
      return type::floating_32;
    else if constexpr (std::same_as<T, double>)
      return type::floating_64;
    else if constexpr (std::same_as<T, std::uint8_t>)
      return type::whole_8;
    else if constexpr (std::integral<T> && sizeof(T) == 4)
      return std::is_signed_v<T> ? type::whole_32 : type::unsigned_32;
    else if constexpr (std::integral<T> && sizeof(T) == 8)
      return std::is_signed_v<T> ? type::whole_64 : type::unsigned_64;
    else
      return type::nothing;
  }

  static constexpr type list_of(type t) {
    return static_cast<type>(static_cast<std::uint8_t>(t) | static_cast<std::uint8_t>(type::list));
  }

  template <class T>
  static constexpr bool is_plain = type_of<T>() != type::nothing;

  template <class T>
  struct part_of {};

  template <class T>
  struct part_of<std::optional<T>> {
    using value = T;
    static constexpr bool is_list = false;
  };

  template <class T>
  struct part_of<std::vector<T>> {
    using value = T;
    static constexpr bool is_list = true;
  };

  static std::string_view name_of(type t);
  static std::vector<entry> parse(std::span<const std::byte> bytes, const std::string& where);

  std::string path_of(std::string_view name) const;
  [[noreturn]] void refuse_length(std::string_view name, std::size_t length, std::size_t needed) const;
  void put(std::string_view name, type t, std::span<const std::byte> content);
  entry& find(std::string_view name);
  std::span<const std::byte> get(std::string_view name, type t);
  void enter(std::string_view name);
  void leave();
  void check_all_used() const;

  void plain(std::string_view name, type t, void* member, std::size_t size);
  void text(std::string_view name, std::string& member);
  void numbers(std::string_view name, values& v);
  void parts(variable& v);
  void parts(data_array& a);
  void parts(std::pair<std::string, variable>& coord);

  template <class T>

  requires requires(T& t, archive& a) { t.state(a); }

  void parts(T& member) { member.state(*this); }

  template <class T>
  void list(std::string_view name, std::vector<T>& member);

  bool saves_;
  std::vector<std::byte> saved_;
  std::vector<level> levels_;
};

template <class T>
void archive::field(std::string_view name, T& member) {
  if constexpr (is_plain<T>) {
    plain(name, type_of<T>(), &member, sizeof(T));
  } else if constexpr (std::same_as<T, std::string>) {
    text(name, member);
  } else if constexpr (std::same_as<T, values>) {
    numbers(name, member);
  } else if constexpr (requires { typename part_of<T>::value; }) {
    if constexpr (part_of<T>::is_list) {
      list(name, member);
    } else {
      if (saves_ && !member) return put(name, type::nothing, {});
      if (!saves_) {
        if (auto& found = find(name); found.kind == type::nothing) {
          found.used = true;
          member.reset();
          return;
        }
        member.emplace();
      }
      field(name, *member);
    }
  } else {
    enter(name);
    parts(member);
    leave();
  }
}

template <class T>
void archive::list(std::string_view name, std::vector<T>& member) {
  if constexpr (is_plain<T>) {
    static_assert(std::is_trivially_copyable_v<T> && !std::same_as<T, bool>);
    if (saves_) return put(name, list_of(type_of<T>()), std::as_bytes(std::span(member)));
    const auto content = get(name, list_of(type_of<T>()));
    if (content.size() % sizeof(T) != 0) refuse(name, "has part of a number at its end");
    member.resize(content.size() / sizeof(T));
    std::copy(content.begin(), content.end(), std::as_writable_bytes(std::span(member)).begin());
  } else {
    enter(name);
    if (!saves_) member.assign(levels_.back().entries.size(), T());
    for (std::size_t i = 0; i < member.size(); ++i)
      field(std::to_string(i), member[i]);
    leave();
  }
}

} // namespace livedata
