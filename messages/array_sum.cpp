#include "messages/array_sum.hpp"

#include "messages/saturating.hpp"
#include "messages/units.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace livedata {

namespace {

constexpr std::size_t f64 = 0;
constexpr std::size_t f32 = 1;
constexpr std::size_t i64 = 2;
constexpr std::size_t i32 = 3;
static_assert(std::is_same_v<std::variant_alternative_t<f64, values>, std::vector<double>> &&
              std::is_same_v<std::variant_alternative_t<f32, values>, std::vector<float>> &&
              std::is_same_v<std::variant_alternative_t<i64, values>, std::vector<std::int64_t>> &&
              std::is_same_v<std::variant_alternative_t<i32, values>, std::vector<std::int32_t>>);

// The element type that holds all values of both.
std::optional<std::size_t> common_type(std::size_t a, std::size_t b) {
  if (a == b) return a;
  if (a != i64 && b != i64) return f64;
  return a == i32 || b == i32 ? std::optional(i64) : std::nullopt;
}

// In that type; whole numbers that have grown to 64 bits already stay so.
void widen(values& v, std::size_t type) {
  const auto is_narrower = type == f64 ? v.index() != f64 : type == i64 && v.index() == i32;
  if (!is_narrower) return;
  const auto before = std::exchange(v, {});
  std::visit(
    [&](const auto& numbers) {
      if (type == f64)
        v = std::vector<double>(numbers.begin(), numbers.end());
      else
        v = std::vector<std::int64_t>(numbers.begin(), numbers.end());
    },
    before);
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

// `sum` has a type that holds that of `term`.
void add_to(values& sum, const values& term) {
  if (auto* narrow = std::get_if<i32>(&sum))
    if (const auto* other = std::get_if<i32>(&term)) {
      if (add_exactly(*narrow, *other)) return;
      widen(sum, i64);
    }
  std::visit(
    [](auto& s, const auto& t) {
      using sum_element = typename std::decay_t<decltype(s)>::value_type;
      using element = typename std::decay_t<decltype(t)>::value_type;
      if constexpr (std::is_floating_point_v<sum_element>) {
        for (std::size_t i = 0; i < s.size(); ++i)
          s[i] += static_cast<sum_element>(t[i]);
      } else if constexpr (std::is_same_v<sum_element, std::int64_t> && std::is_integral_v<element>) {
        add_saturating(s, t);
      }
    },
    sum, term);
}

bool is_finite(const values& v) {
  return std::visit(
    [](const auto& numbers) {
      if constexpr (std::is_floating_point_v<typename std::decay_t<decltype(numbers)>::value_type>)
        return std::ranges::all_of(numbers, [](auto x) { return std::isfinite(x); });
      else
        return true;
    },
    v);
}

} // namespace

bool array_sum::fits(const data_array& array) const {
  if (!sum_) return false;
  const auto& mine = sum_->data;
  const auto& other = array.data;
  if (mine.dims != other.dims || mine.shape != other.shape || !same_unit_or_none(mine.unit, other.unit)) return false;
  if (!common_type(element_, other.data.index()) || size_of(other.data) != size_of(mine.data)) return false;
  if (sum_->variances.has_value() != array.variances.has_value()) return false;
  if (array.variances &&
      (array.variances->index() != other.data.index() || size_of(*array.variances) != size_of(*sum_->variances)))
    return false;
  return std::ranges::all_of(array.coords, [&](const auto& c) {
    const auto* known = sum_->coord(c.first);
    return known != nullptr && *known == c.second;
  });
}

bool array_sum::add(const array_ptr& array) {
  if (!fits(*array)) {
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
  element_ = *common_type(element_, array->data.data.index());
  widen(own_->data.data, element_);
  add_to(own_->data.data, array->data.data);
  if (array->variances) {
    widen(*own_->variances, element_);
    add_to(*own_->variances, *array->variances);
  }
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

void array_sums::add(const array_ptr& array) {
  if (apart_ && !is_finite(array->data.data)) {
    alone_.push_back(array);
    return;
  }
  // The structure of the last message is the most likely.
  const auto known = std::find_if(sums_.rbegin(), sums_.rend(), [&](const auto& s) { return s.fits(*array); });
  (known == sums_.rend() ? sums_.emplace_back() : *known).add(array);
}

std::vector<array_ptr> array_sums::take() {
  std::vector<array_ptr> out;
  for (const auto& s : std::exchange(sums_, {}))
    out.push_back(s.get());
  for (auto& a : std::exchange(alone_, {}))
    out.push_back(std::move(a));
  return out;
}

} // namespace livedata
