// The outcome of a call that may fail: a value, or a failure that says what was wrong.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace livedata {

// Why something was refused. `reason` is a short fixed word from a bounded set (it becomes the label of a metric);
// `message` says what was wrong, where, and what to do about it.
struct failure {
  std::string_view reason;
  std::string message;
};

template <class T>
class result {
public:
  result(T value) : content_(std::move(value)) {}

  result(failure f) : content_(std::move(f)) {}

  explicit operator bool() const noexcept { return content_.index() == 0; }

  bool has_value() const noexcept { return content_.index() == 0; }

  // Asking a failure for its value is an error of the program: throws std::logic_error.
  T& value() & { return const_cast<T&>(std::as_const(*this).value()); }

  const T& value() const& {
    if (!has_value()) throw std::logic_error("no value: " + error().message);
    return std::get<0>(content_);
  }

  T&& value() && { return std::move(value()); }

  T& operator*() & { return value(); }

  const T& operator*() const& { return value(); }

  T&& operator*() && { return std::move(*this).value(); }

  T* operator->() { return &value(); }

  const T* operator->() const { return &value(); }

  const failure& error() const { return std::get<1>(content_); }

private:
  std::variant<T, failure> content_;
};

// The value of a call that gives none.
struct nothing {};

using status = result<nothing>;

} // namespace livedata
