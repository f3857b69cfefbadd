// A large array of numbers that starts as zeros. Its memory is taken from the system page by page when it is first
// written to, so that bins that no event ever meets cost nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace livedata {

template <class T>
class zeroed_array {
  static_assert(std::is_arithmetic_v<T>);

public:
  // Throws std::bad_alloc.
  explicit zeroed_array(std::size_t size)
    : data_(static_cast<T*>(std::calloc(std::max<std::size_t>(size, 1), sizeof(T)))), size_(size) {
    if (!data_) throw std::bad_alloc();
  }

  std::size_t size() const noexcept { return size_; }

  T* data() noexcept { return data_.get(); }

  const T* data() const noexcept { return data_.get(); }

  const T* begin() const noexcept { return data_.get(); }

  const T* end() const noexcept { return data_.get() + size_; }

private:
  struct release {
    void operator()(T* memory) const noexcept { std::free(memory); }
  };

  std::unique_ptr<T[], release> data_;
  std::size_t size_;
};

} // namespace livedata
