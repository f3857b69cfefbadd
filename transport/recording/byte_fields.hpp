// Fields of a recording: little-endian numbers, and bytes or texts with their size before them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace livedata {

// Stands for the size of bytes that are null.
inline constexpr std::uint32_t null_size = 0xFFFF'FFFF;

class field_writer {
public:
  explicit field_writer(std::vector<std::byte>& out) : out_(out) {}

  template <class T>
  void number(T value) {
    auto bits = static_cast<std::make_unsigned_t<T>>(value);
    for (std::size_t i = 0; i < sizeof(T); ++i)
      out_.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(bits) >> (8 * i) & 0xFFU));
  }

  void bytes(std::span<const std::byte> data) {
    number(static_cast<std::uint32_t>(data.size()));
    out_.insert(out_.end(), data.begin(), data.end());
  }

  void text(std::string_view t) { bytes(std::as_bytes(std::span(t.data(), t.size()))); }

  void maybe_bytes(const std::optional<std::vector<std::byte>>& data) {
    if (data)
      bytes(*data);
    else
      number(null_size);
  }

private:
  std::vector<std::byte>& out_;
};

// Reading past the end gives zeros and empty texts, and good() is false from then on.
class field_reader {
public:
  explicit field_reader(std::span<const std::byte> in) : in_(in) {}

  template <class T>
  T number() {
    auto field = take(sizeof(T));
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < field.size(); ++i)
      bits |= static_cast<std::uint64_t>(field[i]) << (8 * i);
    return static_cast<T>(bits);
  }

  std::string text() {
    auto field = take(number<std::uint32_t>());
    return {reinterpret_cast<const char*>(field.data()), field.size()};
  }

  std::optional<std::vector<std::byte>> maybe_bytes() {
    auto size = number<std::uint32_t>();
    if (size == null_size) return std::nullopt;
    auto field = take(size);
    return std::vector<std::byte>(field.begin(), field.end());
  }

  std::span<const std::byte> rest() const { return in_; }

  bool good() const { return good_; }

private:
  std::span<const std::byte> take(std::size_t size) {
    if (size > in_.size()) {
      good_ = false;
      in_ = {};
      return {};
    }
    auto field = in_.first(size);
    in_ = in_.subspan(size);
    return field;
  }

  std::span<const std::byte> in_;
  bool good_ = true;
};

} // namespace livedata
