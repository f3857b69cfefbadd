#include "actors/view/http/series_history.hpp"

#include <algorithm>
#include <string>
#include <variant>

namespace livedata {

namespace {

using sample_times = std::vector<std::int64_t>;

// The times of a series; nullptr if it is none.
const sample_times* times_of(const data_array& a) {
  if (a.data.dims.size() != 1) return nullptr;
  const auto* c = a.coord(a.data.dims[0]);
  const auto* times = c == nullptr ? nullptr : std::get_if<sample_times>(&c->data);
  return times != nullptr && times->size() == size_of(a.data.data) ? times : nullptr;
}

bool alike(const variable& a, const variable& b) {
  return a.dims == b.dims && a.unit == b.unit;
}

bool alike(const data_array& a, const data_array& b) {
  const auto same_coord = [](const auto& x, const auto& y) { return x.first == y.first && alike(x.second, y.second); };
  return alike(a.data, b.data) && a.variances.has_value() == b.variances.has_value() &&
         std::ranges::equal(a.coords, b.coords, same_coord);
}

void make_doubles(values& v) {
  v = std::visit([](const auto& numbers) { return std::vector<double>(numbers.begin(), numbers.end()); }, v);
}

// The first `keep` numbers of `to`, and behind them those of `from`.
void join(values& to, std::size_t keep, values from) {
  if (to.index() != from.index()) {
    make_doubles(to);
    make_doubles(from);
  }
  std::visit(
    [&]<class T>(std::vector<T>& numbers) {
      const auto& more = std::get<std::vector<T>>(from);
      numbers.resize(keep);
      numbers.insert(numbers.end(), more.begin(), more.end());
    },
    to);
}

values from_on(const values& v, std::size_t first) {
  return std::visit(
    [&]<class T>(const std::vector<T>& numbers) -> values {
      return std::vector<T>(numbers.begin() + static_cast<std::ptrdiff_t>(first), numbers.end());
    },
    v);
}

// Calls f with everything that has one number for each sample.
template <class Array, class F>
void each_column(Array& a, F&& f) {
  f(a.data.data);
  if (a.variances) f(*a.variances);
  for (auto& [name, c] : a.coords)
    if (c.dims == a.data.dims) f(c.data);
}

void set_length(data_array& a, std::size_t n) {
  a.data.shape = {static_cast<std::int64_t>(n)};
  for (auto& [name, c] : a.coords)
    if (c.dims == a.data.dims) c.shape = a.data.shape;
}

// Without the first samples.
void drop_first(data_array& a, std::size_t n) {
  each_column(a, [&](values& v) { v = from_on(v, n); });
  set_length(a, size_of(a.data.data));
}

} // namespace

bool is_series(const da00::outline& o) {
  return o.dims.size() == 1 && std::ranges::find(o.time_axes, o.dims[0]) != o.time_axes.end();
}

void series_history::add(const da00::message& part, std::uint64_t sequence, std::size_t most) {
  const auto* times = times_of(part.data);
  if (times == nullptr || times->empty()) return;
  auto& mine = samples_.data;
  if (!alike(mine, part.data)) {
    brought_by_.clear();
    mine = part.data;
  } else {
    const auto& known = *times_of(mine);
    const auto keep = static_cast<std::size_t>(std::ranges::lower_bound(known, times->front()) - known.begin());
    std::vector<const values*> columns;
    each_column(part.data, [&](const values& v) { columns.push_back(&v); });
    auto column = columns.begin();
    each_column(mine, [&](values& v) { join(v, keep, **column++); });
    brought_by_.resize(keep);
    mine.name = part.data.name;
  }
  samples_.source_name = part.source_name;
  samples_.time = part.time;
  brought_by_.resize(size_of(mine.data.data), sequence);
  // Not with each sample: everything that stays is moved.
  if (const auto n = brought_by_.size(); n > most + most / 4) {
    brought_by_.erase(brought_by_.begin(), brought_by_.end() - static_cast<std::ptrdiff_t>(most));
    drop_first(mine, n - most);
  }
  set_length(mine, brought_by_.size());
}

std::optional<da00::message> series_history::after(std::uint64_t sequence) const {
  const auto first = std::ranges::find_if(brought_by_, [&](auto s) { return s > sequence; });
  if (first == brought_by_.end()) return std::nullopt;
  auto out = samples_;
  drop_first(out.data, static_cast<std::size_t>(first - brought_by_.begin()));
  return out;
}

} // namespace livedata
