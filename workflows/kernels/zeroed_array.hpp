// A large array of numbers that starts as zeros. The system gives its memory page by page, when it is first written to:
// bins without events cost nothing. Large arrays use huge pages if the system has some, because inner loops reach into
// them at random.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

namespace livedata {

// Huge pages are for arrays that inner loops reach into at random; the array must be large enough for them, and the
// system must have some. Ordinary pages are for arrays that are touched here and there.
enum class page_kind : std::uint8_t { huge, ordinary };

// `bytes` of zeros, at least one. Throws std::bad_alloc.
void* take_zeroed_memory(std::size_t bytes, page_kind pages);

// Gives it back.
void release_zeroed_memory(void* memory, std::size_t bytes, page_kind pages) noexcept;

template <class T>
class zeroed_array {
  static_assert(std::is_arithmetic_v<T>);

public:
  // Throws std::bad_alloc.
  explicit zeroed_array(std::size_t size, page_kind pages = page_kind::huge)
    : data_(static_cast<T*>(take_zeroed_memory(bytes_of(size), pages)), {bytes_of(size), pages}), size_(size) {}

  std::size_t size() const noexcept { return size_; }

  T* data() noexcept { return data_.get(); }

  const T* data() const noexcept { return data_.get(); }

  const T* begin() const noexcept { return data_.get(); }

  const T* end() const noexcept { return data_.get() + size_; }

private:
  static std::size_t bytes_of(std::size_t size) { return std::max<std::size_t>(size, 1) * sizeof(T); }

  struct release {
    std::size_t bytes;
    page_kind pages;

    void operator()(T* memory) const noexcept { release_zeroed_memory(memory, bytes, pages); }
  };

  std::unique_ptr<T[], release> data_;
  std::size_t size_;
};

} // namespace livedata
