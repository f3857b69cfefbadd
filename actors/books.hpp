// The books of what comes in: at any moment all that was received is in exactly one place, or has been dropped or
// processed. Each actor keeps those of what passes through its hands. Plain code.
#pragma once

#include "actors/message_count.hpp"

namespace livedata {

class books {
public:
  void received(const message_count& n) noexcept { in_ += n; }

  // Handed on, processed or dropped: not here any more.
  void gone(const message_count& n) noexcept { out_ += n; }

  const message_count& in() const noexcept { return in_; }

  const message_count& out() const noexcept { return out_; }

  // By how much the books are wrong if that is here, counted one by one.
  message_count difference(const message_count& here) const noexcept {
    auto known = out_;
    known += here;
    return apart(in_, known);
  }

private:
  message_count in_;
  message_count out_;
};

} // namespace livedata
