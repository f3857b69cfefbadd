#include "workflows/area_detector/area_detector_view.hpp"

#include "messages/saturating.hpp"
#include "workflows/declared_settings.hpp"
#include "workflows/partly_refused.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <variant>

namespace livedata {

namespace {

// Two sums, and what is published of them. Sums may become wider than the frames.
constexpr std::size_t arrays_of_a_frame = 4;
constexpr std::size_t widest_element = 8;

// Whole numbers stop at the ends of their type.
template <class Number>
void add(Number& sum, Number n) {
  if constexpr (std::is_integral_v<Number>)
    sum = static_cast<Number>(std::clamp<std::int64_t>(saturated_sum(sum, n), std::numeric_limits<Number>::min(),
                                                       std::numeric_limits<Number>::max()));
  else
    sum += n;
}

using narrow = std::vector<std::int32_t>;
using wide = std::vector<std::int64_t>;

sized_dims sizes_of(const variable& v) {
  sized_dims out;
  for (std::size_t i = 0; i < v.dims.size(); ++i)
    out.emplace_back(v.dims[i], v.shape[i]);
  return out;
}

// As 32 bits, if they hold all.
void make_narrow(values& v) {
  const auto& w = std::get<wide>(v);
  const auto fits = std::ranges::all_of(w, [](auto x) {
    return x >= std::numeric_limits<std::int32_t>::min() && x <= std::numeric_limits<std::int32_t>::max();
  });
  if (!fits) return;
  narrow n(w.size());
  std::ranges::transform(w, n.begin(), [](auto x) { return static_cast<std::int32_t>(x); });
  v = std::move(n);
}

values widened(const values& v) {
  if (const auto* n = std::get_if<narrow>(&v)) return wide(n->begin(), n->end());
  return v;
}

struct saved_sum {
  std::optional<data_array> array;
  std::size_t element = 0;
  std::uint64_t count = 0;

  void state(archive& a) {
    a.field("array", array);
    a.field("element", element);
    a.field("count", count);
    if (element >= std::variant_size_v<values>) a.refuse("element", "is no type of numbers");
  }
};

} // namespace

area_detector_view::area_detector_view(json transform, std::string path, std::uint64_t memory, memory_use use)
  : transform_(std::move(transform)), path_(std::move(path)), memory_(memory), use_(std::move(use)) {}

void area_detector_view::take_memory(const data_array& frame) const {
  const auto pixels = std::visit([](const auto& numbers) { return numbers.size(); }, frame.data.data);
  const auto needed = arrays_of_a_frame * pixels * widest_element;
  if (needed > memory_)
    throw parameter_error(fmt::format("frames of {} pixels need {:.1f} MB, but a job may have {:.1f} MB "
                                      "(limits.job-memory)",
                                      fmt::join(frame.data.shape, " x "), static_cast<double>(needed) / 1e6,
                                      static_cast<double>(memory_) / 1e6));
  use_(needed);
}

array_ptr area_detector_view::prepare(const array_ptr& array) {
  if (transform_.is_null()) return array;
  const auto& frame = *array;
  auto out = std::make_shared<data_array>();
  // Sums of pixels may need more bits than the pixels.
  out->data = {frame.data.dims, frame.data.shape, frame.data.unit, widened(frame.data.data)};
  auto sizes = sizes_of(frame.data);
  if (!mapping_ || mapping_->from != sizes) {
    logical_transform t(sizes, transform_, path_);
    mapping_ = {sizes, t.dims(), t.target()};
  }
  out->data.dims.clear();
  out->data.shape.clear();
  for (const auto& [dim, size] : mapping_->to) {
    out->data.dims.push_back(dim);
    out->data.shape.push_back(size);
  }
  std::visit(
    [&](auto& elements) {
      std::decay_t<decltype(elements)> sums(static_cast<std::size_t>(volume(mapping_->to)));
      for (std::size_t i = 0; i < elements.size(); ++i)
        if (auto to = mapping_->target[i]; to >= 0) add(sums[static_cast<std::size_t>(to)], elements[i]);
      elements = std::move(sums);
    },
    out->data.data);
  if (std::holds_alternative<narrow>(frame.data.data)) make_narrow(out->data.data);
  return out;
}

void area_detector_view::accumulate(const job_data& data) {
  std::vector<array_ptr> frames;
  std::string refused;
  auto left_out = [&](const std::string& why) { refused += (refused.empty() ? "" : "\n") + why; };
  for (const auto& stream : data.primary) {
    const auto* array = std::get_if<array_ptr>(&stream.value);
    if (array == nullptr || *array == nullptr || stream.stream != data.primary.front().stream)
      throw std::invalid_argument("an area-detector view takes the frames of exactly one stream");
    try {
      frames.push_back(prepare(*array));
    } catch (const parameter_error& e) {
      left_out(e.what());
    }
  }
  if (data.primary.empty()) throw std::invalid_argument("an area-detector view takes the frames of exactly one stream");
  if (frames.empty()) throw parameter_error(refused);
  if (std::ranges::none_of(frames, [&](const auto& f) { return all_.fits(*f); })) {
    // The newest frames tell how the detector is set now.
    take_memory(*frames.back());
    forget();
    std::ranges::rotate(frames, frames.end() - 1);
    all_.add(frames.front());
    window_.add(frames.front());
    frames.erase(frames.begin());
  }
  for (const auto& f : frames) {
    if (all_.fits(*f)) {
      all_.add(f);
      window_.add(f);
    } else {
      left_out("frames of another structure (shape, unit or coordinates) than the image came among others that go "
               "with it; they are left out");
    }
  }
  bounds_.extend(data.start, data.end);
  if (!refused.empty()) throw partly_refused(refused);
}

std::vector<workflow_output> area_detector_view::finalize() {
  if (!all_.get()) throw std::runtime_error("No frame has been added");
  auto nothing_new = window_.get() == nullptr;
  auto current = nothing_new ? *all_.get() : *window_.get();
  if (nothing_new) std::visit([](auto& v) { std::ranges::fill(v, 0); }, current.data.data);
  bounds_.stamp(current);
  std::vector<workflow_output> out;
  out.push_back({"cumulative", *all_.get()});
  out.push_back({"current", std::move(current)});
  window_.clear();
  bounds_.close();
  return out;
}

void area_detector_view::clear() {
  forget();
  use_(0);
}

void area_detector_view::forget() {
  all_.clear();
  window_.clear();
  bounds_.close();
}

void area_detector_view::state(archive& a) {
  auto sum = [&](std::string_view name, array_sum& s) {
    saved_sum saved{s.get() ? std::optional(*s.get()) : std::nullopt, s.element(), s.count()};
    a.field(name, saved);
    if (a.loading())
      s.restore(saved.array ? std::make_shared<const data_array>(std::move(*saved.array)) : nullptr, saved.element,
                saved.count);
  };
  sum("all", all_);
  sum("window", window_);
  a.field("bounds", bounds_);
  if (!a.loading()) return;
  if (all_.get())
    take_memory(*all_.get());
  else
    use_(0);
}

workflow_kind area_detector_kind() {
  workflow_kind kind;
  kind.outputs = [](const workflow_declaration&) -> std::vector<output_spec> {
    return {{"cumulative", "Image"}, {"current", "Image update"}};
  };
  kind.build = [](const build_request& request) -> std::unique_ptr<workflow> {
    auto steps = read_settings(request.declaration, [](const json_node& settings) {
      settings.allow_keys({"transform"});
      const auto transform = settings.find("transform");
      return transform ? transform->value() : json();
    });
    return std::make_unique<area_detector_view>(std::move(steps), "settings.transform", request.limits.job_memory,
                                                request.use);
  };
  kind.parameters = [](const workflow_declaration&) { return parameter_model{}; };
  return kind;
}

} // namespace livedata
