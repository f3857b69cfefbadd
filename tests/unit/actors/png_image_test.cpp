#include "actors/publisher/drawn_array.hpp"
#include "actors/publisher/figure.hpp"
#include "actors/publisher/png_image.hpp"

#include <doctest/doctest.h>
#include <png.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <map>

namespace png_image_test {

using namespace livedata;

namespace {

constexpr auto not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr auto infinity = std::numeric_limits<double>::infinity();

data_array array_2d(std::string outer, std::int64_t rows, std::string inner, std::int64_t columns,
                    std::vector<double> numbers) {
  return {"Image", {{std::move(outer), std::move(inner)}, {rows, columns}, "counts", std::move(numbers)}, {}, {}};
}

data_array array_1d(std::vector<double> numbers) {
  return {"Histogram", make_vector<double>("time_of_arrival", std::move(numbers), "counts"), {}, {}};
}

struct decoded {
  std::size_t width = 0;
  std::size_t height = 0;
  std::vector<rgb> pixels;

  rgb at(std::size_t x, std::size_t y) const { return pixels.at(y * width + x); }
};

decoded decode(const std::vector<std::byte>& file) {
  ::png_image image{};
  image.version = PNG_IMAGE_VERSION;
  REQUIRE(png_image_begin_read_from_memory(&image, file.data(), file.size()) != 0);
  image.format = PNG_FORMAT_RGB;
  decoded d{image.width, image.height, std::vector<rgb>(std::size_t{image.width} * image.height)};
  REQUIRE(png_image_finish_read(&image, nullptr, d.pixels.data(), 0, nullptr) != 0);
  return d;
}

// Without what stands around it.
decoded draw(const data_array& a) {
  auto body = draw_array(a).value().body;
  return {body.width, body.height, std::move(body.pixels)};
}

std::string reason(const data_array& a) {
  auto r = to_png(a, {});
  REQUIRE(!r);
  CHECK(!r.error().message.empty());
  return std::string(r.error().reason);
}

// Texts by keyword, read chunk by chunk.
std::map<std::string, std::string> texts(const std::vector<std::byte>& file) {
  std::map<std::string, std::string> out;
  auto byte = [&](std::size_t i) { return std::to_integer<std::size_t>(file.at(i)); };
  for (std::size_t at = 8; at < file.size();) {
    auto size = byte(at) << 24U | byte(at + 1) << 16U | byte(at + 2) << 8U | byte(at + 3);
    std::string content(reinterpret_cast<const char*>(file.data()) + at + 4, size + 4);
    if (content.starts_with("iTXt")) {
      std::string keyword(content.c_str() + 4);
      auto text = content.substr(4 + keyword.size() + 3); // the end of the keyword, and two bytes about compression
      text.erase(0, text.find('\0') + 1);                 // language
      text.erase(0, text.find('\0') + 1);                 // keyword in that language
      out[keyword] = text;
    }
    at += size + 12;
  }
  return out;
}

struct lab {
  double l, a, b;
};

// By way of CIE XYZ and CIELAB, not the space in which the map was made.
lab cielab(rgb c) {
  auto linear = [](std::uint8_t v) {
    auto x = v / 255.0;
    return x <= 0.04045 ? x / 12.92 : std::pow((x + 0.055) / 1.055, 2.4);
  };
  auto r = linear(c.red);
  auto g = linear(c.green);
  auto b = linear(c.blue);
  auto f = [](double t) { return t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116; };
  auto x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
  auto y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
  auto z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

double distance(rgb a, rgb b) {
  auto p = cielab(a);
  auto q = cielab(b);
  return std::hypot(p.l - q.l, p.a - q.a, p.b - q.b);
}

} // namespace

TEST_CASE("the colour map gets lighter all the way, in even steps") {
  const auto& map = colour_map();
  double least = infinity;
  double most = 0;
  for (std::size_t i = 16; i < map.size(); i += 16) {
    CHECK(cielab(map[i]).l > cielab(map[i - 16]).l + 1);
    auto d = distance(map[i], map[i - 16]);
    least = std::min(least, d);
    most = std::max(most, d);
  }
  CHECK(most < 2 * least);
  CHECK(cielab(map.back()).l - cielab(map.front()).l > 60);
}

TEST_CASE("zero, NaN and negative values are told apart from any colour of the map") {
  for (auto special : {colour_of_zero, colour_of_nan, colour_of_negative}) {
    for (auto c : colour_map())
      CHECK(distance(special, c) > 10);
    CHECK(cielab(special).l < cielab(colour_map().back()).l);
  }
}

TEST_CASE("a value's colour goes by the logarithm of one more, from the smallest positive value to the largest") {
  auto most = std::expm1(5.0);
  auto p = draw(array_2d("a", 1, "b", 7, {0, std::expm1(1.0), std::expm1(2.5), most, not_a_number, -3, infinity}));
  auto cell = p.width / 7;
  auto colour = [&](std::size_t i) { return p.at(i * cell + cell / 2, p.height / 2); };
  CHECK(colour(0) == colour_of_zero);
  CHECK(colour(1) == colour_map()[0]);
  CHECK(colour(2) == colour_map()[96]);
  CHECK(colour(3) == colour_map()[255]);
  CHECK(colour(4) == colour_of_nan);
  CHECK(colour(5) == colour_of_negative);
  CHECK(colour(6) == colour_of_nan);
}

TEST_CASE("an empty picture is dark, and one without any number grey") {
  for (auto c : draw(array_2d("y", 2, "x", 2, {0, 0, 0, 0})).pixels)
    CHECK_MESSAGE(c == colour_of_zero, "zero");
  for (auto c : draw(array_2d("y", 1, "x", 2, {not_a_number, not_a_number})).pixels)
    CHECK_MESSAGE(c == colour_of_nan, "nan");
}

TEST_CASE("each value is a rectangle of whole pixels, all of one size") {
  std::vector<double> numbers;
  for (int i = 0; i < 4 * 56; ++i)
    numbers.push_back(i);
  auto p = draw(array_2d("layer", 4, "tube", 56, numbers));
  CHECK(p.width == 448);
  CHECK(p.height == 112);
  for (std::size_t y = 0; y < p.height; ++y)
    for (std::size_t x = 0; x < p.width; ++x) {
      auto expected = y / 28 * 56 + x / 8;
      auto colour = expected == 0 ? colour_of_zero
                                  : colour_map()[static_cast<std::size_t>(std::lround(
                                      std::log(static_cast<double>(expected + 1) / 2) / std::log(224.0 / 2) * 255))];
      REQUIRE(p.at(x, y) == colour);
    }
}

TEST_CASE("y points up, any other outer dimension down") {
  std::vector<double> numbers{1000, 0, 0, 0};
  auto up = draw(array_2d("y", 2, "x", 2, numbers));
  CHECK(up.at(0, up.height - 1) == colour_map()[255]);
  CHECK(up.at(0, 0) == colour_of_zero);
  auto down = draw(array_2d("tube", 2, "pixel", 2, numbers));
  CHECK(down.at(0, 0) == colour_map()[255]);
  CHECK(down.at(0, down.height - 1) == colour_of_zero);
}

TEST_CASE("small arrays are magnified to 400 pixels, places keep square cells, and others get a readable shape") {
  auto size = [](const char* outer, std::int64_t rows, const char* inner, std::int64_t columns) {
    auto p =
      draw(array_2d(outer, rows, inner, columns, std::vector<double>(static_cast<std::size_t>(rows * columns), 1)));
    return std::pair(p.width, p.height);
  };
  CHECK(size("y", 144, "x", 144) == std::pair<std::size_t, std::size_t>(432, 432));
  CHECK(size("y", 36, "x", 108) == std::pair<std::size_t, std::size_t>(432, 144));
  CHECK(size("y", 1, "x", 400) == std::pair<std::size_t, std::size_t>(400, 1));
  CHECK(size("tube", 200, "layer", 4) == std::pair<std::size_t, std::size_t>(100, 400));
  CHECK(size("a", 1, "b", 1) == std::pair<std::size_t, std::size_t>(400, 400));
  CHECK(size("a", 500, "b", 700) == std::pair<std::size_t, std::size_t>(700, 500));
}

TEST_CASE("high counts that differ are told apart, and mere noise on them stays pale") {
  auto lightness = [](double low, double high) {
    auto p = draw(array_2d("y", 1, "x", 2, {low, high}));
    return std::pair(cielab(p.at(0, 0)).l, cielab(p.at(p.width - 1, 0)).l);
  };
  auto [cold, hot] = lightness(10'000, 100'000);
  CHECK(hot > cold + 55);
  auto [less, more] = lightness(98'000, 100'000);
  CHECK(more > less);
  CHECK(more < less + 2);
  CHECK(draw(array_2d("y", 1, "x", 2, {0.5, 5})).at(0, 0) == colour_map()[58]); // ln 1.5 / ln 6
  CHECK(draw(array_2d("y", 1, "x", 2, {1e-300, 5e-324})).at(0, 0) == colour_map()[255]);
  auto most = std::numeric_limits<double>::max();
  CHECK(draw(array_2d("y", 1, "x", 2, {most, 1})).at(0, 0) == colour_map()[255]);
}

TEST_CASE("a picture of places has the proportions of its edges, so that a circle is round") {
  constexpr std::int64_t n = 144;
  auto edges = [](std::int64_t bins, double from, double to) {
    std::vector<double> e;
    for (std::int64_t i = 0; i <= bins; ++i)
      e.push_back(from + (to - from) * static_cast<double>(i) / static_cast<double>(bins));
    return e;
  };
  for (auto [height, width] : {std::pair(1.4, 1.0), {0.5, 1.2}, {3.0, 1.0}, {1.0, 1.0}, {1.0, 7.3}}) {
    // A disc of radius 0.2 about the origin.
    std::vector<double> numbers;
    for (std::int64_t r = 0; r < n; ++r)
      for (std::int64_t c = 0; c < n; ++c) {
        auto y = height * ((static_cast<double>(r) + 0.5) / n - 0.5);
        auto x = width * ((static_cast<double>(c) + 0.5) / n - 0.5);
        numbers.push_back(std::hypot(x, y) < 0.2 ? 1 : 0);
      }
    auto a = array_2d("y", n, "x", n, std::move(numbers));
    a.set_coord("y", make_vector("y", edges(n, -height / 2, height / 2), "m"));
    a.set_coord("x", make_vector("x", edges(n, width / 2, -width / 2), "m"));
    auto p = draw(a);
    CAPTURE(height);
    CAPTURE(width);
    auto proportions = static_cast<double>(p.height) / static_cast<double>(p.width);
    CHECK(proportions == doctest::Approx(height / width).epsilon(0.021));
    CHECK(std::max(p.width, p.height) >= 400);
    CHECK(std::max(p.width, p.height) <= 4096);
    double across = 0;
    double down = 0;
    for (std::size_t x = 0; x < p.width; ++x)
      if (p.at(x, p.height / 2) != colour_of_zero) ++across;
    for (std::size_t y = 0; y < p.height; ++y)
      if (p.at(p.width / 2, y) != colour_of_zero) ++down;
    auto cell = static_cast<double>(std::max(p.width, p.height) / n);
    CHECK(std::abs(across - down) <= 0.021 * across + 2 * cell);
  }
}

TEST_CASE("proportions do not make a large picture larger than 4096 pixels") {
  for (std::int64_t n : {1000, 1500}) {
    auto a = array_2d("y", n, "x", n, std::vector<double>(static_cast<std::size_t>(n * n), 1));
    std::vector<double> edges;
    for (std::int64_t i = 0; i <= n; ++i)
      edges.push_back(static_cast<double>(i));
    a.set_coord("x", make_vector("x", edges, "m"));
    for (auto& e : edges)
      e *= 1.4;
    a.set_coord("y", make_vector("y", edges, "m"));
    auto p = draw(a);
    CHECK(p.width == (n == 1000 ? 3000 : 1500));
    CHECK(p.height == (n == 1000 ? 4000 : 1500));
  }
}

TEST_CASE("edges that do not tell the proportions leave bins square") {
  auto size = [](std::vector<double> y, std::vector<double> x, const char* x_unit) {
    auto a = array_2d("y", 2, "x", 2, {1, 1, 1, 1});
    if (!y.empty()) a.set_coord("y", make_vector("y", std::move(y), "m"));
    a.set_coord("x", make_vector("x", std::move(x), x_unit));
    auto p = draw(a);
    return std::pair(p.width, p.height);
  };
  std::pair<std::size_t, std::size_t> square(400, 400);
  CHECK(size({0, 1, 2}, {0, 2, 4}, "m") == std::pair<std::size_t, std::size_t>(400, 200));
  CHECK(size({0, 1, 2}, {0, 2, 4}, "mm") == square);
  CHECK(size({}, {0, 2, 4}, "m") == square);
  CHECK(size({0, 1}, {0, 2, 4}, "m") == square);
  CHECK(size({0, 0, 0}, {0, 2, 4}, "m") == square);
  CHECK(size({0, 1, 2}, {0, 0, 0}, "m") == square);
  CHECK(size({0, 1, not_a_number}, {0, 2, 4}, "m") == square);
  CHECK(size({0, 1, infinity}, {0, 2, 4}, "m") == square);
  CHECK(size({0, 1, 1e9}, {0, 2, 4}, "m") == square);
}

TEST_CASE("large arrays are averaged, without what is not a number") {
  std::vector<double> numbers(2 * 10'000, 4);
  for (std::size_t i = 0; i < numbers.size(); i += 4)
    numbers[i] = not_a_number;
  numbers.back() = 8;
  auto p = draw(array_2d("a", 2, "b", 10'000, numbers));
  CHECK(p.width == 3334);
  CHECK(p.at(0, 0) == p.at(1000, 0));
  CHECK(p.at(p.width - 1, p.height - 1) == colour_map()[255]);
  CHECK(p.at(0, 0) != colour_of_nan);
}

TEST_CASE("a spectrum is a filled step plot in a frame") {
  auto p = draw(array_1d({0, 50, 100, not_a_number}));
  CHECK(p.width == 416);
  CHECK(p.height == 256);
  auto filled = [&](std::size_t bin) {
    std::size_t n = 0;
    for (std::size_t y = 8; y < 248; ++y)
      if (p.at(8 + bin * 100 + 50, y) != colour_of_zero) ++n;
    return n;
  };
  CHECK(filled(0) == 0);
  CHECK(filled(1) == 120);
  CHECK(filled(2) == 240);
  CHECK(p.at(8 + 150, 127) == colour_of_zero);
  CHECK(p.at(8 + 150, 200) != colour_of_zero);
  CHECK(p.at(8 + 350, 100) == colour_of_nan);
  CHECK(p.at(0, 0) == colour_of_zero);
  for (std::size_t x = 6; x < p.width - 6; ++x)
    REQUIRE(p.at(x, 6) == p.at(6, 6));
  CHECK(p.at(6, 6) == p.at(p.width - 7, p.height - 7));
  CHECK(p.at(6, 6) != colour_of_zero);
}

TEST_CASE("negative bins hang below a zero line, however large the numbers are") {
  auto most = std::numeric_limits<double>::max();
  for (auto scale : {1.0, 1e-300, most}) {
    auto p = draw(array_1d({scale, -scale}));
    CHECK(p.at(100, 60) != colour_of_zero);
    CHECK(p.at(100, 200) == colour_of_zero);
    CHECK(p.at(300, 60) == colour_of_zero);
    CHECK(p.at(300, 200) != colour_of_zero);
  }
}

TEST_CASE("values of every type can be drawn") {
  data_array a{"", {{"y", "x"}, {1, 2}, {}, std::vector<std::int32_t>{0, 7}}, {}, {}};
  auto expected = draw(array_2d("y", 1, "x", 2, {0, 7})).pixels;
  CHECK(draw(a).pixels == expected);
  a.data.data = std::vector<std::int64_t>{0, 7};
  CHECK(draw(a).pixels == expected);
  a.data.data = std::vector<float>{0, 7};
  CHECK(draw(a).pixels == expected);
}

TEST_CASE("the file says what it shows") {
  auto t = texts(to_png(array_2d("y", 1, "x", 3, {1, not_a_number, 2.5}), {"größe_0", "loki/tube_view/1"}).value());
  CHECK(t == std::map<std::string, std::string>{{"Title", "Image"},
                                                {"Source", "größe_0"},
                                                {"Workflow", "loki/tube_view/1"},
                                                {"Unit", "counts"},
                                                {"Maximum", "2.5"}});
  data_array bare{"", {{"y", "x"}, {1, 1}, {}, std::vector<double>{1}}, {}, {}};
  CHECK(texts(to_png(bare, {}).value()) == std::map<std::string, std::string>{{"Maximum", "1"}});
}

TEST_CASE("what cannot be drawn is refused with a reason") {
  CHECK(reason({"", {{"a", "b", "c"}, {1, 0, 1}, {}, std::vector<double>{}}, {}, {}}) == "empty");
  CHECK(draw_array({"", make_scalar(1.0, "counts"), {}, {}}).error().reason == "dimensions");
  CHECK(reason(array_2d("a", 0, "b", 5, {})) == "empty");
  CHECK(reason(array_1d({})) == "empty");
  CHECK(reason(array_2d("a", 2, "b", 5, {1, 2, 3})) == "shape");
}

TEST_CASE("of more than two dimensions counts are added up, anything else is averaged, and the title says so") {
  data_array a{"Volume", {{"z", "y", "x"}, {2, 1, 2}, "counts", std::vector<double>{1, 2, 10, not_a_number}}, {}, {}};
  a.set_coord("x", make_vector<double>("x", {-1, 0, 1}, "m"));
  const auto drawn = draw_array(a).value();
  CHECK(drawn.note == "sum of 2 along z");
  CHECK(drawn.largest == 11);
  CHECK(drawn.x.label == "x [m]");
  CHECK(drawn.x.edges == std::vector<double>{-1, 0, 1});
  CHECK(drawn.y.label == "y");
  CHECK(drawn.y.edges == std::vector<double>{0, 1});
  CHECK(drawn.upwards);
  const auto sum = draw(a);
  CHECK(sum.pixels == draw(array_2d("y", 1, "x", 2, {11, 2})).pixels);
  a.data.unit = "K";
  CHECK(draw_array(a).value().note == "mean of 2 along z");
  CHECK(draw_array(a).value().largest == 5.5);
  data_array four{"", {{"a", "b", "y", "x"}, {2, 3, 1, 1}, "counts", std::vector<double>(6, 1)}, {}, {}};
  CHECK(draw_array(four).value().note == "sum of 6 along a, b");
  CHECK(to_png(four, {}));
}

TEST_CASE("marks stand at round numbers, on falling axes too; at edges where bins are not equally wide") {
  const auto texts_of = [](const std::vector<axis_mark>& marks) {
    std::string out;
    for (const auto& m : marks)
      out += (out.empty() ? "" : " ") + m.text;
    return out;
  };
  std::vector<double> edges;
  for (int i = 0; i <= 100; ++i)
    edges.push_back(-0.72 + 0.0144 * i);
  const auto marks = marks_of(edges, 8);
  CHECK(texts_of(marks) == "-0.6 -0.4 -0.2 0 0.2 0.4 0.6");
  CHECK(marks[3].position == doctest::Approx(0.5));
  CHECK(texts_of(marks_of({3, 2, 1, 0}, 3)) == "0 1 2 3");
  CHECK(marks_of({3, 2, 1, 0}, 3).front().position == doctest::Approx(1));
  CHECK(texts_of(marks_of({1, 10, 100, 1000}, 2)) == "1 100");
  CHECK(marks_of({5, 5, 5}, 3).size() > 0);
  CHECK(marks_of({}, 3).empty());
  CHECK(texts_of(colour_marks(std::log1p(1.0), std::log1p(1000.0))) == "1 10 100 1000");
  CHECK(colour_marks(std::log1p(40.0), std::log1p(400.0)).size() >= 3);
  CHECK(colour_marks(std::log1p(98'000.0), std::log1p(99'000.0)).size() <= 9);
  CHECK(colour_marks(0, 0).empty());
}

TEST_CASE("around the picture stand title, axes and a colour bar with the unit") {
  std::vector<double> numbers;
  for (int i = 0; i < 144 * 144; ++i)
    numbers.push_back(i);
  auto a = array_2d("y", 144, "x", 144, numbers);
  std::vector<double> edges;
  for (int i = 0; i <= 144; ++i)
    edges.push_back(-0.72 + 0.01 * i);
  a.set_coord("x", make_vector("x", edges, "m"));
  a.set_coord("y", make_vector("y", edges, "m"));
  const auto p = decode(to_png(a, {"loki_detector_0", "loki/detector_xy_projection/1"}).value());
  const auto body = draw(a);
  CHECK(p.width > body.width + figure_left + 100);
  CHECK(p.height > body.height + figure_top + 40);
  for (std::size_t y = 0; y < body.height; y += 7)
    for (std::size_t x = 0; x < body.width; x += 7)
      REQUIRE(p.at(figure_left + x, figure_top + y) == body.at(x, y));
  // How much is written in a part of the figure.
  const auto written = [&](std::size_t left, std::size_t top, std::size_t right, std::size_t bottom) {
    std::size_t n = 0;
    for (auto y = top; y < bottom; ++y)
      for (auto x = left; x < right; ++x)
        if (p.at(x, y).red < 150) ++n;
    return n;
  };
  const auto right = figure_left + body.width;
  const auto bottom = figure_top + body.height;
  CHECK(written(0, 0, right, figure_top - 2) > 300);
  CHECK(written(0, figure_top, figure_left - 2, bottom) > 100);
  CHECK(written(figure_left, bottom + 2, right, p.height) > 100);
  CHECK(written(right + 45, figure_top, p.width, p.height) > 50);
  // The colour bar: the brightest above.
  CHECK(cielab(p.at(right + 30, figure_top + 4)).l > cielab(p.at(right + 30, bottom - 4)).l + 50);
  // And a number by itself.
  const auto number = decode(to_png({"Total", make_scalar(123.0, "counts"), {}, {}}, {"bank", ""}).value());
  CHECK(number.width >= 400);
  std::size_t dark = 0;
  for (auto c : number.pixels)
    if (c.red < 100) ++dark;
  CHECK(dark > 300);
}

} // namespace png_image_test
