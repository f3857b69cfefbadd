// Handles of the HDF5 library that close themselves.
#pragma once

#include <hdf5.h>
#include <utility>

namespace livedata {

class hdf5_handle {
public:
  using closer = herr_t (*)(hid_t);

  hdf5_handle() = default;

  hdf5_handle(hid_t id, closer close) : id_(id), close_(close) {}

  hdf5_handle(hdf5_handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}

  hdf5_handle& operator=(hdf5_handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }

  ~hdf5_handle() {
    if (id_ >= 0) close_(id_);
  }

  explicit operator bool() const noexcept { return id_ >= 0; }

  hid_t get() const noexcept { return id_; }

private:
  hid_t id_ = -1;
  closer close_ = nullptr;
};

} // namespace livedata
