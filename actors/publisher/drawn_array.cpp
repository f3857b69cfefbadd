#include "actors/publisher/drawn_array.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <optional>

namespace livedata {

namespace {

constexpr std::size_t least_length = 400;
constexpr std::size_t most_length = 4096;
// A picture that is flatter or narrower than this is hard to read, unless it shows places.
constexpr std::size_t most_aspect = 4;
// A circle that is drawn this much too flat still looks like one.
constexpr double most_distortion = 0.02;
// Values that differ by less than a decade do not use all colours, so that mere noise stays pale.
const double least_scale_span = std::log(10.0);

constexpr std::size_t plot_height = 240;
constexpr std::size_t plot_margin = 8;
constexpr rgb frame_colour{150, 150, 160};

constexpr auto not_a_number = std::numeric_limits<double>::quiet_NaN();

// Values in rows; a one-dimensional array is one row.
struct grid {
  std::size_t rows;
  std::size_t columns;
  std::vector<double> values;

  double at(std::size_t row, std::size_t column) const { return values[row * columns + column]; }
};

std::vector<double> as_doubles(const values& v) {
  return std::visit([](const auto& numbers) { return std::vector<double>(numbers.begin(), numbers.end()); }, v);
}

std::size_t divide_up(std::size_t a, std::size_t b) {
  return (a + b - 1) / b;
}

// Averages of what is finite in each block.
grid reduced(const grid& g) {
  auto row_step = divide_up(g.rows, most_length);
  auto column_step = divide_up(g.columns, most_length);
  if (row_step == 1 && column_step == 1) return g;
  grid small{divide_up(g.rows, row_step), divide_up(g.columns, column_step), {}};
  std::vector<double> counts(small.rows * small.columns);
  small.values.resize(counts.size());
  for (std::size_t r = 0; r < g.rows; ++r)
    for (std::size_t c = 0; c < g.columns; ++c)
      if (auto v = g.at(r, c); std::isfinite(v)) {
        auto i = r / row_step * small.columns + c / column_step;
        small.values[i] += v;
        ++counts[i];
      }
  for (std::size_t i = 0; i < counts.size(); ++i)
    small.values[i] = counts[i] > 0 ? small.values[i] / counts[i] : not_a_number;
  return small;
}

// The largest finite value, or NaN.
double largest(const std::vector<double>& numbers) {
  auto most = not_a_number;
  for (auto v : numbers)
    if (std::isfinite(v) && !(v <= most)) most = v;
  return most;
}

// --- two dimensions

struct cell_size {
  std::size_t width;
  std::size_t height;
};

// Of a coordinate from its first to its last value; NaN if it is no vector of bin edges along that dimension.
double extent_of(const data_array& array, const std::string& dim, std::int64_t bins) {
  const auto* c = array.coord(dim);
  if (c == nullptr || c->dims != std::vector{dim} || size_of(c->data) != static_cast<std::size_t>(bins) + 1)
    return not_a_number;
  return std::visit(
    [](const auto& edges) { return std::abs(static_cast<double>(edges.back()) - static_cast<double>(edges.front())); },
    c->data);
}

// Height of a bin relative to its width, of an array over y and x: by the edges if they tell, else as if square.
double height_over_width(const data_array& array, const grid& g) {
  const auto* y = array.coord("y");
  const auto* x = array.coord("x");
  if (y == nullptr || x == nullptr || y->unit != x->unit) return 1;
  auto height = extent_of(array, "y", array.data.shape[0]) / static_cast<double>(g.rows);
  auto width = extent_of(array, "x", array.data.shape[1]) / static_cast<double>(g.columns);
  auto ratio = height / width;
  return ratio > 0 ? ratio : 1;
}

// The smallest cells of whole pixels that have the proportions and make the picture large enough.
cell_size cells_for_places(const grid& g, double proportions) {
  auto factor = divide_up(least_length, std::max(g.rows, g.columns));
  cell_size best{factor, factor};
  auto flat = proportions < 1;
  auto ratio = flat ? 1 / proportions : proportions;
  auto off = std::numeric_limits<double>::infinity();
  for (std::size_t shorter = 1; off > most_distortion && shorter <= most_length; ++shorter) {
    auto exact = static_cast<double>(shorter) * ratio;
    if (exact > most_length) break;
    auto longer = static_cast<std::size_t>(std::lround(exact));
    cell_size cell = flat ? cell_size{longer, shorter} : cell_size{shorter, longer};
    auto length = std::max(g.columns * cell.width, g.rows * cell.height);
    if (length > most_length) break;
    if (auto error = std::abs(static_cast<double>(longer) / exact - 1); length >= least_length && error < off) {
      best = cell;
      off = error;
    }
  }
  return best;
}

cell_size cells_for_table(const grid& g) {
  auto factor = divide_up(least_length, std::max(g.rows, g.columns));
  cell_size cell{factor, factor};
  cell.height = std::max(factor, divide_up(g.columns * factor, most_aspect * g.rows));
  cell.width = std::max(factor, divide_up(g.rows * factor, most_aspect * g.columns));
  return cell;
}

// From the smallest to the largest positive value.
class colour_scale {
public:
  explicit colour_scale(const std::vector<double>& numbers) {
    auto least = std::numeric_limits<double>::infinity();
    auto most = 0.0;
    for (auto v : numbers)
      if (std::isfinite(v) && v > 0) {
        least = std::min(least, v);
        most = std::max(most, v);
      }
    high_ = std::log1p(most);
    low_ = std::max(0.0, std::min(std::log1p(least), high_ - least_scale_span));
  }

  double low() const noexcept { return low_; }

  double high() const noexcept { return high_; }

  rgb operator()(double value) const {
    if (!std::isfinite(value)) return colour_of_nan;
    if (value < 0) return colour_of_negative;
    if (value == 0) return colour_of_zero;
    return colour_map()[static_cast<std::size_t>(std::lround((std::log1p(value) - low_) / (high_ - low_) * 255))];
  }

private:
  double low_;
  double high_;
};

void draw_map(drawn_array& out, const grid& g, cell_size cell) {
  auto& p = out.body = picture(g.columns * cell.width, g.rows * cell.height, colour_of_zero);
  const colour_scale colour_of(g.values);
  out.low = colour_of.low();
  out.high = colour_of.high();
  for (std::size_t r = 0; r < g.rows; ++r)
    for (std::size_t c = 0; c < g.columns; ++c)
      p.fill(c * cell.width, (out.upwards ? g.rows - 1 - r : r) * cell.height, cell.width, cell.height,
             colour_of(g.at(r, c)));
}

// --- one dimension

void draw_frame(picture& p) {
  constexpr auto at = plot_margin - 2;
  auto w = p.width - 2 * at;
  auto h = p.height - 2 * at;
  p.fill(at, at, w, 1, frame_colour);
  p.fill(at, at + h - 1, w, 1, frame_colour);
  p.fill(at, at, 1, h, frame_colour);
  p.fill(at + w - 1, at, 1, h, frame_colour);
}

void draw_steps(drawn_array& out, const grid& g) {
  auto step = divide_up(least_length, g.columns);
  out.margin = plot_margin;
  auto& p = out.body = picture(g.columns * step + 2 * plot_margin, plot_height + 2 * plot_margin, colour_of_zero);
  double low = 0;
  double high = 0;
  for (auto v : g.values)
    if (std::isfinite(v)) {
      low = std::min(low, v);
      high = std::max(high, v);
    }
  // Halved, because the difference of two numbers may be too large for a number.
  auto range = high / 2 - low / 2;
  auto height_of = [&](double v) {
    return range > 0
             ? static_cast<std::size_t>(std::lround((v / 2 - low / 2) / range * static_cast<double>(plot_height)))
             : 0;
  };
  const auto body = colour_map()[110];
  const auto edge = colour_map()[220];
  const auto bottom = plot_margin + plot_height;
  const auto zero = height_of(0);
  for (std::size_t i = 0; i < g.columns; ++i) {
    auto x = plot_margin + i * step;
    auto v = g.values[i];
    if (!std::isfinite(v)) {
      p.fill(x, plot_margin, step, plot_height, colour_of_nan);
      continue;
    }
    auto to = height_of(v);
    auto upper = std::max(to, zero);
    auto lower = std::min(to, zero);
    p.fill(x, bottom - upper, step, upper - lower, body);
    if (auto thickness = std::min<std::size_t>(2, upper - lower); thickness > 0)
      p.fill(x, to > zero ? bottom - upper : bottom - lower - thickness, step, thickness, edge);
  }
  draw_frame(p);
  out.low = low;
  out.high = high;
}

// --- axes

bool is_finite(const std::vector<double>& numbers) {
  return std::ranges::all_of(numbers, [](double v) { return std::isfinite(v); });
}

// Edges of bins of which the middles are given.
std::vector<double> edges_around(const std::vector<double>& points) {
  const auto n = points.size();
  const auto first = n > 1 ? points[1] - points[0] : 1;
  const auto last = n > 1 ? points[n - 1] - points[n - 2] : 1;
  std::vector<double> edges{points[0] - first / 2};
  for (std::size_t i = 1; i < n; ++i)
    edges.push_back((points[i - 1] + points[i]) / 2);
  edges.push_back(points[n - 1] + last / 2);
  return edges;
}

drawn_axis axis_of(const data_array& a, std::size_t dimension) {
  const auto& dim = a.data.dims[dimension];
  const auto bins = static_cast<std::size_t>(a.data.shape[dimension]);
  const auto* c = a.coord(dim);
  if (c != nullptr && c->dims == std::vector{dim}) {
    auto edges = as_doubles(c->data);
    if (edges.size() == bins) edges = edges_around(edges);
    if (edges.size() == bins + 1 && is_finite(edges)) return {text_with_unit(dim, c->unit), std::move(edges)};
  }
  std::vector<double> numbers(bins + 1);
  std::iota(numbers.begin(), numbers.end(), 0.0);
  return {dim, std::move(numbers)};
}

// --- more than two dimensions

// What of an array can be drawn: itself, or its outer dimensions put together.
struct flattened_array {
  data_array array;
  std::string note;
};

flattened_array flattened(const data_array& a) {
  const auto rank = a.data.dims.size();
  if (rank <= 2) return {a, {}};
  const auto outer = static_cast<std::ptrdiff_t>(rank - 2);
  const auto numbers = as_doubles(a.data.data);
  const auto size = static_cast<std::size_t>(a.data.shape[rank - 2] * a.data.shape[rank - 1]);
  const auto layers = numbers.size() / size;
  const bool counts = a.data.unit == "counts";
  std::vector<double> sums(size, 0);
  std::vector<std::size_t> finite(size, 0);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (std::isfinite(numbers[i])) {
      sums[i % size] += numbers[i];
      ++finite[i % size];
    }
  for (std::size_t i = 0; i < size; ++i)
    if (finite[i] == 0)
      sums[i] = not_a_number;
    else if (!counts)
      sums[i] /= static_cast<double>(finite[i]);
  data_array out;
  out.name = a.name;
  out.data = {{a.data.dims.begin() + outer, a.data.dims.end()},
              {a.data.shape.begin() + outer, a.data.shape.end()},
              a.data.unit,
              std::move(sums)};
  for (const auto& dim : out.data.dims)
    if (const auto* c = a.coord(dim)) out.set_coord(dim, *c);
  return {std::move(out), fmt::format("{} of {} along {}", counts ? "sum" : "mean", layers,
                                      fmt::join(a.data.dims.begin(), a.data.dims.begin() + outer, ", "))};
}

} // namespace

std::string text_with_unit(const std::string& name, const std::optional<std::string>& unit) {
  const bool none = !unit || unit->empty() || *unit == "dimensionless" || *unit == "one";
  return none ? name : fmt::format("{} [{}]", name, *unit);
}

result<drawn_array> draw_array(const data_array& array) {
  if (auto text = inconsistency(array.data)) return failure{"shape", *text};
  if (array.data.dims.empty())
    return failure{"dimensions", "a single number is no picture; give an array of one dimension or more"};
  if (size_of(array.data.data) == 0)
    return failure{"empty", "an array without values cannot be drawn; give a size of 1 or more"};
  const auto [flat, note] = flattened(array);
  const auto& v = flat.data;
  const bool curve = v.dims.size() == 1;
  drawn_array out;
  out.note = note;
  out.has_colours = !curve;
  out.upwards = v.dims.front() == "y";
  const grid all{curve ? 1 : static_cast<std::size_t>(v.shape[0]), static_cast<std::size_t>(v.shape.back()),
                 as_doubles(v.data)};
  out.largest = largest(all.values);
  const auto g = reduced(all);
  out.x = axis_of(flat, v.dims.size() - 1);
  if (curve) {
    draw_steps(out, g);
    return out;
  }
  out.y = axis_of(flat, 0);
  const bool places = v.dims.front() == "y" && v.dims.back() == "x";
  draw_map(out, g, places ? cells_for_places(g, height_over_width(flat, g)) : cells_for_table(g));
  return out;
}

const std::array<rgb, 256>& colour_map() {
  static const auto colours = [] {
    std::array<rgb, 256> map{};
    // An even path through the OKLab colour space: lightness rises, hue turns, chroma stays.
    constexpr double chroma = 0.1;
    for (std::size_t i = 0; i < map.size(); ++i) {
      auto t = static_cast<double>(i) / 255;
      auto lightness = 0.32 + 0.60 * t;
      auto hue = (305 - 200 * t) * std::numbers::pi / 180;
      auto a = chroma * std::cos(hue);
      auto b = chroma * std::sin(hue);
      auto l = std::pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
      auto m = std::pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
      auto s = std::pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3);
      auto channel = [](double linear) {
        auto v = linear <= 0.0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1 / 2.4) - 0.055;
        return static_cast<std::uint8_t>(std::lround(std::clamp(v, 0.0, 1.0) * 255));
      };
      map[i] = {channel(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
                channel(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
                channel(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s)};
    }
    return map;
  }();
  return colours;
}

} // namespace livedata
