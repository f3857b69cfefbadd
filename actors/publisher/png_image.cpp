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

constexpr std::size_t plot_height = 240;
constexpr std::size_t plot_margin = 8;
constexpr rgb frame_colour{150, 150, 160};

constexpr auto not_a_number = std::numeric_limits<double>::quiet_NaN();

// --- pictures
// ----------------------------------------------------------------------------------------------------------

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
// ----------------------------------------------------------------------------------------------------

struct cell_size {
  std::size_t width;
  std::size_t height;
};

cell_size size_of_cells(const grid& g, bool places) {
  auto factor = divide_up(least_length, std::max(g.rows, g.columns));
  cell_size cell{factor, factor};
  if (places) return cell;
  cell.height = std::max(factor, divide_up(g.columns * factor, most_aspect * g.rows));
  cell.width = std::max(factor, divide_up(g.rows * factor, most_aspect * g.columns));
  return cell;
}

rgb colour_of(double value, double scale) {
  if (!std::isfinite(value)) return colour_of_nan;
  if (value < 0) return colour_of_negative;
  if (value == 0) return colour_of_zero;
  return colour_map()[static_cast<std::size_t>(std::lround(std::log1p(value) / scale * 255))];
}

picture draw_map(const grid& g, bool places, bool upwards) {
  auto cell = size_of_cells(g, places);
  picture p(g.columns * cell.width, g.rows * cell.height, colour_of_zero);
  auto scale = std::log1p(largest(g.values));
  for (std::size_t r = 0; r < g.rows; ++r)
    for (std::size_t c = 0; c < g.columns; ++c)
      p.fill(c * cell.width, (upwards ? g.rows - 1 - r : r) * cell.height, cell.width, cell.height,
             colour_of(g.at(r, c), scale));
  return p;
}

// --- one dimension
// -----------------------------------------------------------------------------------------------------

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
// ----------------------------------------------------------------------------------------------------------

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
  auto p = flat ? draw_steps(g) : draw_map(g, places, v.dims.front() == "y");
  std::vector<text_chunk> chunks{{"Title", array.name},
                                 {"Source", labels.source},
                                 {"Workflow", labels.workflow},
                                 {"Unit", v.unit.value_or("")},
                                 {"Maximum", fmt::format("{}", largest(all.values))}};
  return encode(p, chunks);
}

} // namespace livedata
