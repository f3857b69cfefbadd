// Which sources that the instrument does not know have been named in the log. Names come from outside: only so many are
// kept. Plain code.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace livedata {

class strangers {
public:
  static constexpr std::size_t most_named = 20;

  // Named before, or passed over; not named yet; not named yet, and one more than are named.
  enum class meeting { known, first, last };

  meeting meet(std::string_view topic, std::string_view source) {
    if (full_) return meeting::known;
    std::pair<std::string, std::string> name{topic, source};
    if (named_.contains(name)) return meeting::known;
    if (named_.size() == most_named) {
      full_ = true;
      return meeting::last;
    }
    named_.insert(std::move(name));
    return meeting::first;
  }

private:
  std::set<std::pair<std::string, std::string>> named_;
  bool full_ = false;
};

} // namespace livedata
