#include "actors/publisher/png_image.hpp"

#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <span>

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

// --- pictures

struct picture {
  std::size_t width;
  std::size_t height;
  std::vector<rgb> pixels;

  picture(std::size_t w, std::size_t h, rgb background) : width(w), height(h), pixels(w * h, background) {}

  void fill(std::size_t x, std::size_t y, std::size_t w, std::size_t h, rgb colour) {
    for (std::size_t row = y; row < y + h; ++row)
      std::fill_n(pixels.begin() + static_cast<std::ptrdiff_t>(row * width + x), w, colour);
  }
};

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

picture draw_map(const grid& g, cell_size cell, bool upwards) {
  picture p(g.columns * cell.width, g.rows * cell.height, colour_of_zero);
  colour_scale colour_of(g.values);
  for (std::size_t r = 0; r < g.rows; ++r)
    for (std::size_t c = 0; c < g.columns; ++c)
      p.fill(c * cell.width, (upwards ? g.rows - 1 - r : r) * cell.height, cell.width, cell.height,
             colour_of(g.at(r, c)));
  return p;
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

picture draw_steps(const grid& g) {
  auto step = divide_up(least_length, g.columns);
  picture p(g.columns * step + 2 * plot_margin, plot_height + 2 * plot_margin, colour_of_zero);
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
  return p;
}

// --- encoding

struct text_chunk {
  std::string keyword;
  std::string text;
};

struct encoder {
  std::vector<std::byte> out;
  std::string error;
};

encoder& encoder_of(png_structp png) {
  return *static_cast<encoder*>(png_get_io_ptr(png));
}

void on_write(png_structp png, png_bytep data, std::size_t n) {
  auto bytes = std::as_bytes(std::span(data, n));
  auto& out = encoder_of(png).out;
  out.insert(out.end(), bytes.begin(), bytes.end());
}

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
  static_cast<encoder*>(png_get_error_ptr(png))->error = message;
  png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}

// Leaves by longjmp on errors, so nothing here may need a destructor.
bool encode(encoder& e, png_uint_32 width, png_uint_32 height, png_bytepp rows, png_textp texts, int text_count) {
  auto* png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &e, on_error, on_warning);
  if (png == nullptr) return false;
  auto* info = png_create_info_struct(png);
  if (info == nullptr || setjmp(png_jmpbuf(png)) != 0) {
    png_destroy_write_struct(&png, &info);
    return false;
  }
  png_set_write_fn(png, &e, on_write, nullptr);
  png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_set_text(png, info, texts, text_count);
  png_write_info(png, info);
  png_write_image(png, rows);
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return true;
}

result<std::vector<std::byte>> encode(picture& p, std::vector<text_chunk>& chunks) {
  static_assert(sizeof(rgb) == 3);
  std::vector<png_bytep> rows;
  for (std::size_t y = 0; y < p.height; ++y)
    rows.push_back(reinterpret_cast<png_bytep>(p.pixels.data() + y * p.width));
  std::vector<png_text> texts;
  for (auto& c : chunks) {
    if (c.text.empty()) continue;
    png_text t{};
    t.compression = PNG_ITXT_COMPRESSION_NONE;
    t.key = c.keyword.data();
    t.text = c.text.data();
    texts.push_back(t);
  }
  encoder e;
  if (!encode(e, static_cast<png_uint_32>(p.width), static_cast<png_uint_32>(p.height), rows.data(), texts.data(),
              static_cast<int>(texts.size())))
    return failure{"encoding", fmt::format("the image could not be encoded: {}", e.error)};
  return std::move(e.out);
}

} // namespace

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

result<std::vector<std::byte>> to_png(const data_array& array, const image_labels& labels) {
  const auto& v = array.data;
  if (auto text = inconsistency(v)) return failure{"shape", *text};
  if (v.dims.empty() || v.dims.size() > 2)
    return failure{"dimensions",
                   fmt::format("an array of {} dimensions cannot be drawn; give one of 1 or 2", v.dims.size())};
  if (size_of(v.data) == 0)
    return failure{"empty", "an array without values cannot be drawn; give a size of 1 or more"};

  auto flat = v.dims.size() == 1;
  grid all{flat ? 1 : static_cast<std::size_t>(v.shape[0]), static_cast<std::size_t>(v.shape.back()),
           as_doubles(v.data)};
  auto places = v.dims.front() == "y" && v.dims.back() == "x";
  auto g = reduced(all);
  auto cells = [&] { return places ? cells_for_places(g, height_over_width(array, g)) : cells_for_table(g); };
  auto p = flat ? draw_steps(g) : draw_map(g, cells(), v.dims.front() == "y");
  std::vector<text_chunk> chunks{{"Title", array.name},
                                 {"Source", labels.source},
                                 {"Workflow", labels.workflow},
                                 {"Unit", v.unit.value_or("")},
                                 {"Maximum", fmt::format("{}", largest(all.values))}};
  return encode(p, chunks);
}

} // namespace livedata
