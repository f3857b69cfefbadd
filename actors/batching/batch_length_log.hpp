// Changes of the batch length, which depend on how fast the jobs are: noted for a recording, or done again as a
// recording says. Plain code.
#pragma once

#include "actors/batching/batcher.hpp"
#include "transport/recording/marks.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace livedata {

class batch_length_log {
public:
  using note = std::function<void(const length_mark&)>;

  // `planned`: of a recording, beginning with the length that the run began with; of no effect if that is not the one
  // of this batcher. `tell` hears of the changes; may be empty.
  batch_length_log(std::string service, const batcher& b, std::vector<length_mark> planned, note tell)
    : service_(std::move(service)), planned_(std::move(planned)), tell_(std::move(tell)), length_(b.batch_length()) {
    if (!planned_.empty() && planned_.front().length != length_) planned_.clear();
    if (tell_) tell_({service_, 0, length_});
  }

  // To be called before a portion is taken in.
  void before(std::uint64_t portion, batcher& b) {
    for (; next_ < planned_.size() && planned_[next_].portion < portion; ++next_)
      change(b);
    portion_ = portion;
  }

  // To be called before the last batch.
  void at_end(batcher& b) {
    for (; next_ < planned_.size(); ++next_)
      change(b);
  }

  // To be called whenever the batcher may have changed its length.
  void look(const batcher& b) {
    if (std::exchange(length_, b.batch_length()) != b.batch_length() && tell_) tell_({service_, portion_, length_});
  }

private:
  void change(batcher& b) {
    if (planned_[next_].length != b.batch_length()) b.set_batch_length(planned_[next_].length);
    look(b);
  }

  std::string service_;
  std::vector<length_mark> planned_;
  note tell_;
  std::size_t next_ = 0;
  duration length_;
  // The last one taken in.
  std::uint64_t portion_ = 0;
};

} // namespace livedata
