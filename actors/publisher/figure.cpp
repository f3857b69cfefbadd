#include "actors/publisher/figure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cairo.h>
#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>

namespace livedata {

namespace {

constexpr double figure_bottom = 58;
constexpr double figure_right = 28;
constexpr double least_height = 120;
constexpr double least_width = 420;
constexpr double bar_gap = 22;
constexpr double bar_width = 18;
constexpr double bar_room = 96;
constexpr double mark_length = 5;
constexpr double pixels_per_x_mark = 90;
constexpr double pixels_per_y_mark = 50;
constexpr const char* figure_font = "sans-serif";

using cairo_context = std::unique_ptr<cairo_t, decltype(&cairo_destroy)>;
using cairo_surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;

enum class text_align : std::uint8_t { left, middle, right };

// A sheet of paper to write on.
class figure_sheet {
public:
  figure_sheet(double width, double height)
    : surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(std::ceil(width)),
                                          static_cast<int>(std::ceil(height))),
               &cairo_surface_destroy),
      c_(cairo_create(surface_.get()), &cairo_destroy) {
    cairo_set_source_rgb(c_.get(), 1, 1, 1);
    cairo_paint(c_.get());
    cairo_set_antialias(c_.get(), CAIRO_ANTIALIAS_GRAY);
    ink(0.13);
  }

  void ink(double grey) { cairo_set_source_rgb(c_.get(), grey, grey, grey); }

  void font_size(double size, bool bold = false) {
    cairo_select_font_face(c_.get(), figure_font, CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(c_.get(), size);
  }

  double width_of(const std::string& text) {
    cairo_text_extents_t e{};
    cairo_text_extents(c_.get(), text.c_str(), &e);
    return e.x_advance;
  }

  // With its base line at y.
  void text(double x, double y, const std::string& what, text_align how = text_align::left) {
    const auto share = how == text_align::left ? 0.0 : how == text_align::middle ? 0.5 : 1.0;
    cairo_move_to(c_.get(), x - share * width_of(what), y);
    cairo_show_text(c_.get(), what.c_str());
  }

  // From below, with its middle at y.
  void upright_text(double x, double y, const std::string& what) {
    cairo_save(c_.get());
    cairo_translate(c_.get(), x, y);
    cairo_rotate(c_.get(), -std::acos(0.0));
    text(0, 0, what, text_align::middle);
    cairo_restore(c_.get());
  }

  void line(double x, double y, double dx, double dy) {
    cairo_set_line_width(c_.get(), 1);
    cairo_move_to(c_.get(), std::floor(x) + 0.5, std::floor(y) + 0.5);
    cairo_rel_line_to(c_.get(), dx, dy);
    cairo_stroke(c_.get());
  }

  void frame(double x, double y, double w, double h) {
    cairo_set_line_width(c_.get(), 1);
    cairo_rectangle(c_.get(), x - 0.5, y - 0.5, w + 1, h + 1);
    cairo_stroke(c_.get());
  }

  // The sheet with that picture put on it.
  picture with(const picture& body, std::size_t left, std::size_t top) {
    cairo_surface_flush(surface_.get());
    picture out(static_cast<std::size_t>(cairo_image_surface_get_width(surface_.get())),
                static_cast<std::size_t>(cairo_image_surface_get_height(surface_.get())), {255, 255, 255});
    const auto* bytes = cairo_image_surface_get_data(surface_.get());
    const auto stride = static_cast<std::size_t>(cairo_image_surface_get_stride(surface_.get()));
    if (bytes != nullptr)
      for (std::size_t y = 0; y < out.height; ++y)
        for (std::size_t x = 0; x < out.width; ++x) {
          // A number of 32 bits for each pixel.
          const auto pixel = *reinterpret_cast<const std::uint32_t*>(bytes + y * stride + 4 * x);
          out.pixels[y * out.width + x] = {static_cast<std::uint8_t>(pixel >> 16U & 0xffU),
                                           static_cast<std::uint8_t>(pixel >> 8U & 0xffU),
                                           static_cast<std::uint8_t>(pixel & 0xffU)};
        }
    for (std::size_t y = 0; y < body.height; ++y)
      std::copy_n(body.pixels.begin() + static_cast<std::ptrdiff_t>(y * body.width), body.width,
                  out.pixels.begin() + static_cast<std::ptrdiff_t>((top + y) * out.width + left));
    return out;
  }

private:
  cairo_surface surface_;
  cairo_context c_;
};

// 1, 2 or 5 times a power of ten, so that the span has about `count` of them.
double round_step(double span, std::size_t count) {
  const auto raw = span / static_cast<double>(std::max<std::size_t>(count, 1));
  const auto power = std::pow(10.0, std::floor(std::log10(raw)));
  const auto digit = raw / power;
  return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

std::string mark_text(double value, double step) {
  // What is no number but a trace of rounding is none.
  return fmt::format("{:.6g}", std::abs(value) < step * 1e-9 ? 0.0 : value);
}

bool equally_wide(const std::vector<double>& edges) {
  const auto n = edges.size() - 1;
  const auto span = edges.back() - edges.front();
  for (std::size_t i = 0; i < edges.size(); ++i)
    if (std::abs(edges[i] - edges.front() - span * static_cast<double>(i) / static_cast<double>(n)) >
        1e-6 * std::abs(span))
      return false;
  return span != 0;
}

// At round numbers from `from` to `to`, which may be the lesser.
std::vector<axis_mark> round_marks(double from, double to, std::size_t count) {
  std::vector<axis_mark> out;
  const auto span = to - from;
  if (!(std::abs(span) > 0) || !std::isfinite(span)) return out;
  const auto step = round_step(std::abs(span), count);
  const auto low = std::min(from, to);
  const auto high = std::max(from, to);
  for (auto k = std::ceil(low / step - 1e-9); k * step <= high + step * 1e-9 && out.size() < 100; ++k)
    out.push_back({(k * step - from) / span, mark_text(k * step, step)});
  return out;
}

std::size_t marks_for(double pixels, double per_mark) {
  return std::max<std::size_t>(2, static_cast<std::size_t>(pixels / per_mark));
}

void write_title(figure_sheet& s, const figure_labels& labels, const std::string& note) {
  s.font_size(15, true);
  s.text(12, 22, labels.source.empty() ? labels.output : labels.source);
  auto below = text_with_unit(labels.output, labels.unit);
  if (!note.empty()) below += (below.empty() ? "" : ", ") + note;
  if (!labels.workflow.empty()) below += (below.empty() ? "" : "; ") + labels.workflow;
  s.font_size(12);
  s.ink(0.35);
  s.text(12, 41, below);
  s.ink(0.13);
}

// Of a sheet wide enough for the title.
double width_for(double wanted, const figure_labels& labels, const std::string& note) {
  figure_sheet trial(1, 1);
  trial.font_size(12);
  const auto text = text_with_unit(labels.output, labels.unit) + note + labels.workflow + "MMMM";
  return std::max({wanted, least_width, trial.width_of(text) + 24});
}

// Horizontal and vertical extent of what is drawn.
struct plot_area {
  double left;
  double top;
  double width;
  double height;
};

void draw_x_axis(figure_sheet& s, const plot_area& a, const drawn_axis& axis) {
  const auto y = a.top + a.height;
  for (const auto& m : marks_of(axis.edges, marks_for(a.width, pixels_per_x_mark))) {
    const auto x = a.left + m.position * a.width;
    s.line(x, y, 0, mark_length);
    s.text(x, y + 19, m.text, text_align::middle);
  }
  s.text(a.left + a.width / 2, y + 40, axis.label, text_align::middle);
}

void draw_y_marks(figure_sheet& s, const plot_area& a, const std::vector<axis_mark>& marks, bool upwards,
                  const std::string& label) {
  for (const auto& m : marks) {
    const auto y = a.top + (upwards ? 1 - m.position : m.position) * a.height;
    s.line(a.left - mark_length, y, mark_length, 0);
    s.text(a.left - mark_length - 4, y + 4, m.text, text_align::right);
  }
  s.upright_text(18, a.top + a.height / 2, label);
}

void draw_colour_bar(figure_sheet& s, picture& body, const plot_area& bar, const drawn_array& drawn,
                     const std::optional<std::string>& unit) {
  body = picture(static_cast<std::size_t>(bar.width), static_cast<std::size_t>(bar.height), colour_of_zero);
  for (std::size_t y = 0; y < body.height; ++y) {
    const auto share = 1 - (static_cast<double>(y) + 0.5) / static_cast<double>(body.height);
    body.fill(0, y, body.width, 1, colour_map()[static_cast<std::size_t>(std::lround(share * 255))]);
  }
  s.frame(bar.left, bar.top, bar.width, bar.height);
  for (const auto& m : colour_marks(drawn.low, drawn.high)) {
    const auto y = bar.top + (1 - m.position) * bar.height;
    s.line(bar.left + bar.width, y, mark_length, 0);
    s.text(bar.left + bar.width + mark_length + 4, y + 4, m.text);
  }
  if (unit) s.text(bar.left, bar.top + bar.height + 19, *unit);
}

void copy_onto(picture& on, const picture& what, std::size_t left, std::size_t top) {
  for (std::size_t y = 0; y < what.height; ++y)
    std::copy_n(what.pixels.begin() + static_cast<std::ptrdiff_t>(y * what.width), what.width,
                on.pixels.begin() + static_cast<std::ptrdiff_t>((top + y) * on.width + left));
}

} // namespace

std::vector<axis_mark> marks_of(const std::vector<double>& edges, std::size_t count) {
  if (edges.size() < 2) return {};
  if (equally_wide(edges)) return round_marks(edges.front(), edges.back(), count);
  std::vector<axis_mark> out;
  const auto bins = edges.size() - 1;
  const auto between = std::max<std::size_t>(1, (bins + count - 1) / std::max<std::size_t>(count, 1));
  for (std::size_t i = 0; i <= bins; i += between)
    out.push_back({static_cast<double>(i) / static_cast<double>(bins), fmt::format("{:.3g}", edges[i])});
  return out;
}

std::vector<axis_mark> colour_marks(double low, double high) {
  std::vector<axis_mark> out;
  if (!(high > low)) return out;
  const auto add = [&](double value) {
    const auto position = (std::log1p(value) - low) / (high - low);
    if (position >= -1e-9 && position <= 1 + 1e-9) out.push_back({position, fmt::format("{:.6g}", value)});
  };
  const auto first = static_cast<int>(std::floor(std::log10(std::max(std::expm1(low), std::expm1(high) * 1e-6))));
  const auto last = static_cast<int>(std::ceil(std::log10(std::expm1(high))));
  for (auto digits : {std::vector{1.0}, {1.0, 2.0, 5.0}, {1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0}}) {
    out.clear();
    for (auto k = first; k <= last; ++k)
      for (auto digit : digits)
        add(digit * std::pow(10.0, k));
    if (out.size() >= 3) break;
  }
  return out;
}

picture figure_of(const drawn_array& drawn, const figure_labels& labels) {
  const auto margin = static_cast<double>(drawn.margin);
  const auto& body = drawn.body;
  const plot_area a{figure_left + margin, figure_top + margin, static_cast<double>(body.width) - 2 * margin,
                    static_cast<double>(body.height) - 2 * margin};
  const auto beside = drawn.has_colours ? bar_gap + bar_width + bar_room : figure_right;
  const auto width = width_for(figure_left + static_cast<double>(body.width) + beside, labels, drawn.note);
  const auto below = std::max(static_cast<double>(body.height), drawn.has_colours ? least_height : 0.0);
  figure_sheet s(width, figure_top + below + figure_bottom);
  write_title(s, labels, drawn.note);
  draw_x_axis(s, a, drawn.x);
  const auto y_marks = marks_for(a.height, pixels_per_y_mark);
  if (!drawn.has_colours) {
    draw_y_marks(s, a, round_marks(drawn.low, drawn.high, y_marks), true, text_with_unit(labels.output, labels.unit));
    return s.with(body, figure_left, figure_top);
  }
  s.frame(a.left, a.top, a.width, a.height);
  draw_y_marks(s, a, marks_of(drawn.y.edges, y_marks), drawn.upwards, drawn.y.label);
  const plot_area bar{a.left + a.width + bar_gap, a.top, bar_width, below};
  picture colours;
  draw_colour_bar(s, colours, bar, drawn, labels.unit);
  auto out = s.with(body, figure_left, figure_top);
  copy_onto(out, colours, static_cast<std::size_t>(bar.left), static_cast<std::size_t>(bar.top));
  return out;
}

picture figure_of_number(double value, const figure_labels& labels) {
  figure_sheet s(width_for(0, labels, {}), 150);
  write_title(s, labels, {});
  s.font_size(34, true);
  s.text(24, 108, fmt::format("{:.12g}{}", value, labels.unit ? " " + *labels.unit : ""));
  return s.with({}, 0, 0);
}

} // namespace livedata
