// Counts bytes that are held at the same time, against a limit. Any thread may use it. Plain code.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace livedata {

// All copies of a budget count together.
class memory_budget {
  struct books {
    books(std::uint64_t most, std::shared_ptr<books> in) : limit(most), whole(std::move(in)) {}

    void add(std::uint64_t bytes) noexcept {
      used += bytes;
      if (whole) whole->add(bytes);
    }

    void take_away(std::uint64_t bytes) noexcept {
      used -= bytes;
      if (whole) whole->take_away(bytes);
    }

    bool reserve(std::uint64_t bytes) noexcept {
      auto now = used.load();
      do {
        if (limit != 0 && (now > limit || bytes > limit - now)) return false;
      } while (!used.compare_exchange_weak(now, now + bytes));
      if (whole) whole->add(bytes);
      return true;
    }

    const std::uint64_t limit;
    const std::shared_ptr<books> whole;
    std::atomic<std::uint64_t> used = 0;
  };

public:
  // `limit` in bytes; 0: none.
  explicit memory_budget(std::uint64_t limit = 0) : books_(std::make_shared<books>(limit, nullptr)) {}

  // What is counted here counts in `whole`, too.
  memory_budget(std::uint64_t limit, const memory_budget& whole)
    : books_(std::make_shared<books>(limit, whole.books_)) {}

  std::uint64_t limit() const noexcept { return books_->limit; }

  std::uint64_t used() const noexcept { return books_->used; }

  // Bytes over the limit.
  std::uint64_t excess() const noexcept {
    const auto now = used();
    return limit() == 0 || now <= limit() ? 0 : now - limit();
  }

  bool over() const noexcept { return excess() > 0; }

  // Bytes that may still be reserved; nothing without a limit.
  std::optional<std::uint64_t> left() const noexcept {
    if (limit() == 0) return std::nullopt;
    const auto now = used();
    return now < limit() ? limit() - now : 0;
  }

  // The same value, which counts with so many bytes until the last copy of the pointer is gone. So a value that several
  // owners share counts once.
  template <class T>
  std::shared_ptr<T> count(std::shared_ptr<T> value, std::uint64_t bytes) const {
    if (!value) return value;
    books_->add(bytes);
    auto* content = value.get();
    return {content, [value = std::move(value), bytes, b = books_](T*) mutable {
              value.reset();
              b->take_away(bytes);
            }};
  }

  // What an owner holds, whose amount changes. It ends with the object.
  class share {
  public:
    share() = default;

    explicit share(const memory_budget& of) : books_(of.books_) {}

    share(share&& other) noexcept : books_(std::move(other.books_)), bytes_(std::exchange(other.bytes_, 0)) {}

    share& operator=(share&& other) noexcept {
      if (this == &other) return *this;
      set(0);
      books_ = std::move(other.books_);
      bytes_ = std::exchange(other.bytes_, 0);
      return *this;
    }

    share(const share&) = delete;
    share& operator=(const share&) = delete;

    ~share() { set(0); }

    std::uint64_t bytes() const noexcept { return bytes_; }

    // The same, unless more than before goes beyond the limit: then nothing changes, and the answer is false.
    bool try_set(std::uint64_t bytes) noexcept {
      if (books_ && bytes > bytes_) {
        if (!books_->reserve(bytes - bytes_)) return false;
        bytes_ = bytes;
        return true;
      }
      set(bytes);
      return true;
    }

    void set(std::uint64_t bytes) noexcept {
      if (!books_) return;
      books_->add(bytes);
      books_->take_away(std::exchange(bytes_, bytes));
    }

  private:
    friend class memory_budget;
    std::shared_ptr<books> books_;
    std::uint64_t bytes_ = 0;
  };

  // So many bytes at once, if they do not go beyond the limit; else nothing.
  std::optional<share> reserve(std::uint64_t bytes) const {
    if (!books_->reserve(bytes)) return std::nullopt;
    share s(*this);
    s.bytes_ = bytes;
    return s;
  }

private:
  std::shared_ptr<books> books_;
};

} // namespace livedata
