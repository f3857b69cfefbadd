#include "actors/publisher/png_image.hpp"

#include "actors/publisher/drawn_array.hpp"
#include "actors/publisher/figure.hpp"

#include <fmt/format.h>
#include <png.h>

#include <span>
#include <utility>

namespace livedata {

namespace {

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

double first_number(const values& v) {
  return std::visit([](const auto& numbers) { return static_cast<double>(numbers.at(0)); }, v);
}

} // namespace

result<std::vector<std::byte>> to_png(const data_array& array, const image_labels& labels) {
  figure_labels around{labels.source, labels.workflow, array.name, array.data.unit};
  picture p;
  double most = 0;
  if (array.data.dims.empty() && !inconsistency(array.data)) {
    most = first_number(array.data.data);
    p = figure_of_number(most, around);
  } else {
    const auto drawn = draw_array(array);
    if (!drawn) return drawn.error();
    most = drawn->largest;
    p = figure_of(*drawn, around);
  }
  std::vector<text_chunk> chunks{{"Title", array.name},
                                 {"Source", labels.source},
                                 {"Workflow", labels.workflow},
                                 {"Unit", array.data.unit.value_or("")},
                                 {"Maximum", fmt::format("{}", most)}};
  return encode(p, chunks);
}

} // namespace livedata
