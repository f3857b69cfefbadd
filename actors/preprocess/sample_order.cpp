#include "actors/preprocess/sample_order.hpp"

#include "workflows/archive.hpp"

namespace livedata {

sample_order::verdict sample_order::judge(timestamp t) {
  if (!newest_ || t > *newest_) {
    before_ = newest_;
    newest_ = t;
    witness_.reset();
    witnesses_ = 0;
    return verdict::newer;
  }
  if (t == *newest_) return verdict::same;
  if (!is_far(*newest_, t)) return verdict::late;
  // What follows the one before the newest fits in; the newest alone does not.
  if (!before_ || t >= *before_) return go_back_to(t);
  witnesses_ = witness_ && t > *witness_ ? witnesses_ + 1 : 1;
  witness_ = t;
  return witnesses_ < needed_witnesses ? verdict::late : go_back_to(t);
}

void sample_order::state(archive& a) {
  a.field("newest", newest_);
  a.field("before", before_);
  a.field("witness", witness_);
  std::int64_t witnesses = witnesses_;
  a.field("witnesses", witnesses);
  witnesses_ = static_cast<int>(witnesses);
}

sample_order::verdict sample_order::go_back_to(timestamp t) {
  if (before_ && *before_ >= t) before_.reset();
  newest_ = t;
  witness_.reset();
  witnesses_ = 0;
  return verdict::went_back;
}

} // namespace livedata
