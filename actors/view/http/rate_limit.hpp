// How often each address may ask: so many at once, and so many a second.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace livedata {

class rate_limit {
public:
  // Remembers at most `most_addresses`; beyond that, those that have asked longest ago are forgotten.
  rate_limit(double at_once, double per_second, std::size_t most_addresses = 1000)
    : at_once_(at_once), per_second_(per_second), most_addresses_(most_addresses) {}

  // Whether one more is allowed at that time, in seconds of a clock that never goes back.
  bool admit(std::string_view address, double now) {
    auto at = left_.find(address);
    if (at == left_.end()) {
      if (left_.size() >= most_addresses_) forget_oldest();
      at = left_.emplace(std::string(address), allowance{at_once_, now}).first;
    }
    auto& a = at->second;
    a.left = std::min(at_once_, a.left + std::max(0.0, now - a.time) * per_second_);
    a.time = now;
    if (a.left < 1) return false;
    a.left -= 1;
    return true;
  }

  std::size_t addresses() const noexcept { return left_.size(); }

private:
  struct allowance {
    double left;
    double time;
  };

  void forget_oldest() {
    left_.erase(std::min_element(left_.begin(), left_.end(),
                                 [](const auto& a, const auto& b) { return a.second.time < b.second.time; }));
  }

  double at_once_;
  double per_second_;
  std::size_t most_addresses_;
  std::map<std::string, allowance, std::less<>> left_;
};

} // namespace livedata
