#include "messages/array_sum.hpp"

#include "messages/saturating.hpp"
#include "messages/units.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace livedata {

namespace {

template <class T>
void add_floating(std::vector<T>& sum, const std::vector<T>& term) {
  for (std::size_t i = 0; i < sum.size(); ++i)
    sum[i] += term[i];
}

// Whether every element fitted; if not, `sum` is as before.
bool add_exactly(std::vector<std::int32_t>& sum, const std::vector<std::int32_t>& term) {
  std::uint32_t overflow = 0;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    auto a = static_cast<std::uint32_t>(sum[i]);
    auto b = static_cast<std::uint32_t>(term[i]);
    auto s = a + b;
    overflow |= (a ^ s) & (b ^ s);
    sum[i] = static_cast<std::int32_t>(s);
  }
  if (overflow >> 31 == 0) return true;
  for (std::size_t i = 0; i < sum.size(); ++i)
    sum[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sum[i]) - static_cast<std::uint32_t>(term[i]));
  return false;
}

template <class T>
void add_saturating(std::vector<std::int64_t>& sum, const std::vector<T>& term) {
  for (std::size_t i = 0; i < sum.size(); ++i)
    sum[i] = saturated_sum(sum[i], term[i]);
}

// `sum` has the element type of `term`, or 64 bits where that has 32.
void add_to(values& sum, const values& term) {
  std::visit(
    [&](const auto& t) {
      using element = typename std::decay_t<decltype(t)>::value_type;
      if constexpr (std::is_floating_point_v<element>) {
        add_floating(std::get<std::vector<element>>(sum), t);
      } else {
        if constexpr (std::is_same_v<element, std::int32_t>) {
          if (auto* narrow = std::get_if<std::vector<std::int32_t>>(&sum)) {
            if (add_exactly(*narrow, t)) return;
            sum = std::vector<std::int64_t>(narrow->begin(), narrow->end());
          }
        }
        add_saturating(std::get<std::vector<std::int64_t>>(sum), t);
      }
    },
    term);
}

} // namespace

bool array_sum::fits(const data_array& array) const {
  const auto& mine = sum_->data;
  const auto& other = array.data;
  if (mine.dims != other.dims || mine.shape != other.shape || !same_unit_or_none(mine.unit, other.unit)) return false;
  if (other.data.index() != element_ || size_of(other.data) != size_of(mine.data)) return false;
  if (sum_->variances.has_value() != array.variances.has_value()) return false;
  if (array.variances &&
      (array.variances->index() != sum_->variances->index() || size_of(*array.variances) != size_of(*sum_->variances)))
    return false;
  return std::ranges::all_of(array.coords, [&](const auto& c) {
    const auto* known = sum_->coord(c.first);
    return known != nullptr && *known == c.second;
  });
}

bool array_sum::add(const array_ptr& array) {
  if (!sum_ || !fits(*array)) {
    auto first = sum_ == nullptr;
    clear();
    sum_ = array;
    element_ = array->data.data.index();
    count_ = 1;
    return first;
  }
  // Two owners: the pointers here. More: somebody reads it.
  if (!own_ || own_.use_count() > 2) {
    own_ = std::make_shared<data_array>(*sum_);
    sum_ = own_;
  }
  add_to(own_->data.data, array->data.data);
  if (array->variances) add_to(*own_->variances, *array->variances);
  ++count_;
  return true;
}

void array_sum::restore(array_ptr sum, std::size_t element, std::uint64_t count) {
  sum_ = std::move(sum);
  own_.reset();
  element_ = element;
  count_ = count;
}

void array_sum::clear() {
  sum_.reset();
  own_.reset();
  count_ = 0;
}

} // namespace livedata
