#include "workflows/detector_view/detector_view.hpp"

#include "workflows/detector_view/view_counting.hpp"
#include "workflows/geometry/beamline.hpp"
#include "workflows/kernels/as_double.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace livedata {

namespace {

spectral_bins bins_of(const detector_view_params& params) {
  if (params.over == quantity::wavelength) return value_bins(edges_in_base(params.edges, params.over));
  return time_bins(edges_in_ns(params.edges));
}

// Puts numbers in the place of others of the same type.
void put_numbers(values& to, std::vector<double> numbers) {
  if (auto* single = std::get_if<std::vector<float>>(&to)) {
    single->resize(numbers.size());
    std::transform(numbers.begin(), numbers.end(), single->begin(), [](double x) { return static_cast<float>(x); });
  } else {
    std::get<std::vector<double>>(to) = std::move(numbers);
  }
}

void put_number(values& to, std::uint64_t n) {
  std::visit([n]<class Number>(std::vector<Number>& v) { v.assign(1, static_cast<Number>(static_cast<double>(n))); },
             to);
}

} // namespace

parameter_model detector_view_model(bool has_table) {
  auto model = events_model(has_table);
  model.insert(model.begin() + 1, weighting_group());
  return model;
}

detector_view_params to_view_params(const json& completed) {
  auto spectral = to_spectral_params(completed);
  return {std::move(spectral.edges), std::move(spectral.range),
          completed.at("pixel_weighting").at("enabled").get<bool>(), spectral.over};
}

std::shared_ptr<const event_wavelengths> view_beam::wavelengths(const std::vector<vec3>& positions) const {
  const auto paths = flight_paths(source, sample, positions);
  if (auto covers = check_covers(*table, paths, "the flight paths of " + detector); !covers)
    throw parameter_error(covers.error().message);
  try {
    auto numbered = by_number(numbers, paths);
    return std::make_shared<const event_wavelengths>(table, std::move(numbered.values), numbered.first);
  } catch (const std::invalid_argument& e) {
    throw parameter_error(fmt::format("detector {}: {}", detector, e.what()));
  }
}

detector_view::detector_view(screen s, const detector_view_params& params, view_features features)
  : screen_(std::move(s)), weighted_(params.pixel_weighting), features_(std::move(features)),
    dimension_(dimension_of(params.over)), edges_(make_vector(dimension_, params.edges.values(), params.edges.unit)),
    counts_(screen_.bins(), bins_of(params), bins_in_range(params.edges, params.range, params.over)) {
  if (params.over == quantity::time_of_arrival) edges_ns_ = make_vector(dimension_, edges_in_ns(params.edges), "ns");
  make_tables();
  if (features_.regions) {
    counts_.allow_regrouping();
    regions_.emplace(screen_, counts_.time_size(), features_.regions_memory,
                     [this](std::uint64_t bytes) { take_for_regions(bytes); });
  }
  if (features_.spectrum) {
    auto target = features_.spectrum->target();
    std::vector<std::uint32_t> group_of;
    group_of.reserve(target.size());
    for (auto t : target)
      group_of.push_back(static_cast<std::uint32_t>(t + 1));
    auto elements = static_cast<std::size_t>(volume(features_.spectrum->dims()));
    counts_.group(view_counts::purpose::spectrum, std::move(group_of), elements + 1);
  }
}

detector_view::detector_view(screen s, const detector_view_params& params, view_features features,
                             const detector_geometry& placed)
  : detector_view(std::move(s), params, std::move(features)) {
  take_wavelengths(placed);
  if (features_.beam && !wavelengths_) throw parameter_error(no_wavelengths_);
}

detector_view::detector_view(moving_screen moving, screen unplaced, const detector_view_params& params,
                             view_features features)
  : detector_view(std::move(unplaced), params, std::move(features)) {
  moving_ = std::move(moving);
}

void detector_view::accumulate(const job_data& data) {
  if (data.primary.empty()) return;
  check_events(data);
  if (moving_) follow_positions();
  const auto mapping = next_mapping(data);
  go_to_next_replica();
  for (const auto& stream : data.primary)
    counts_.add(chunks_of(stream), mapping, tally_);
  window_.extend(data.start, data.end);
}

std::unique_ptr<divided_work> detector_view::divide(const job_data& data, std::size_t pieces) {
  check_events(data);
  if (moving_) follow_positions();
  auto work = divide_counting(
    counts_, data, next_mapping(data), pieces, [this](std::uint64_t bytes) { return may_take_for_parts(bytes); },
    [this](const event_tally& tally) { tally_ += tally; });
  if (!work) return nullptr;
  go_to_next_replica();
  window_.extend(data.start, data.end);
  return work;
}

bool detector_view::may_take_for_parts(std::uint64_t bytes) {
  if (bytes > features_.regions_memory) return false;
  try {
    features_.use(bytes_of_regions_ + bytes);
  } catch (const parameter_error&) {
    return false;
  }
  bytes_of_parts_ = bytes;
  return true;
}

void detector_view::take_for_regions(std::uint64_t bytes) {
  features_.use(bytes + bytes_of_parts_);
  bytes_of_regions_ = bytes;
}

void detector_view::clear_counts() {
  counts_.clear();
  bytes_of_parts_ = 0;
  features_.use(bytes_of_regions_);
}

event_mapping detector_view::next_mapping(const job_data& data) {
  const auto& table = present_table();
  if (edges_ns_) return table;
  if (!wavelengths_) throw std::runtime_error(no_wavelengths_);
  std::vector<event_chunk> chunks;
  for (const auto& stream : data.primary) {
    const auto more = chunks_of(stream);
    chunks.insert(chunks.end(), more.begin(), more.end());
  }
  return {table, wavelengths_, wavelengths_->frames_of(chunks)};
}

void detector_view::take_wavelengths(const detector_geometry& placed) {
  if (!features_.beam) return;
  wavelengths_ = nullptr;
  try {
    wavelengths_ = features_.beam->wavelengths(placed.positions);
  } catch (const parameter_error& e) {
    no_wavelengths_ = e.what();
  }
}

// Turns come in order.
const pixel_table& detector_view::present_table() {
  while (tables_.size() <= next_replica_)
    tables_.emplace_back(make_map_(tables_.size()), screen_.first_pixel);
  if (tables_.size() == replicas_) make_map_ = nullptr;
  return tables_[next_replica_];
}

void detector_view::make_tables() {
  forget_forms();
  tables_.clear();
  for (const auto& map : screen_.replicas)
    tables_.emplace_back(map, screen_.first_pixel);
  replicas_ = tables_.size();
  make_map_ = nullptr;
  // From now on the tables stand for them.
  screen_.replicas = {};
}

// Weights are known when all maps are.
void detector_view::make_tables_later(unmapped_screen& placed) {
  if (weighted_) {
    screen_ = with_maps(std::move(placed));
    return make_tables();
  }
  forget_forms();
  screen_ = std::move(placed.bare);
  tables_.clear();
  replicas_ = placed.replicas;
  make_map_ = std::move(placed.make_map);
}

void detector_view::follow_positions() {
  unmapped_screen placed;
  std::shared_ptr<const detector_geometry> where;
  auto change = moving_->update(placed, where);
  if (change == moving_screen::change::none) return;
  next_replica_ = 0;
  if (change == moving_screen::change::same) return;
  take_wavelengths(*where);
  make_tables_later(placed);
  clear_counts();
  if (regions_) {
    regions_->place(screen_);
    group_regions();
  }
}

void detector_view::set_context(std::string_view stream, const stream_value& value) {
  if (moving_ && moving_->takes(stream)) {
    moving_->set(stream, value);
    return;
  }
  auto rectangles = stream.ends_with("/roi_rectangle");
  if (!regions_ || !(rectangles || stream.ends_with("/roi_polygon"))) {
    workflow::set_context(stream, value);
    return;
  }
  const auto* array = std::get_if<array_ptr>(&value);
  if (array == nullptr || !*array)
    throw std::invalid_argument(fmt::format("stream '{}' brings no request for regions", stream));
  regions_->request(rectangles ? roi_shape::rectangle : roi_shape::polygon, *array);
  group_regions();
}

void detector_view::group_regions() {
  forget_forms();
  if (regions_->empty())
    counts_.ungroup(view_counts::purpose::regions);
  else
    counts_.group(view_counts::purpose::regions, regions_->group_of(), regions_->groups());
}

// --- outputs

variable detector_view::form_of_counts(sized_dims dims) const {
  variable v;
  for (auto& [dim, size] : dims) {
    v.dims.push_back(std::move(dim));
    v.shape.push_back(size);
  }
  v.unit = "counts";
  if (features_.single_precision)
    v.data = std::vector<float>();
  else
    v.data = std::vector<double>();
  return v;
}

data_array detector_view::form_of_regions() const {
  const auto& indices = regions_->indices();
  data_array a;
  a.data = form_of_counts(
    {{"roi", static_cast<std::int64_t>(indices.size())}, {dimension_, static_cast<std::int64_t>(counts_.time_size())}});
  auto regions = make_vector("roi", indices, "dimensionless");
  // Types and order as clients know them.
  if (indices.empty()) {
    a.data.data = std::vector<double>();
    a.set_coord("roi", std::move(regions));
    a.set_coord(dimension_, edges_);
  } else {
    if (edges_ns_) a.set_coord("event_time_offset", *edges_ns_);
    a.set_coord(dimension_, edges_);
    a.set_coord("roi", std::move(regions));
  }
  return a;
}

std::vector<workflow_output> detector_view::forms() const {
  std::vector<workflow_output> out;
  out.reserve(11);
  auto add = [&](std::string_view name, data_array a) { out.push_back({std::string(name), std::move(a)}); };
  auto coords_of_images = screen_.coords;
  if (weighted_)
    coords_of_images.insert(coords_of_images.end(), screen_.weighted_coords.begin(), screen_.weighted_coords.end());
  for (const auto* image : {"cumulative", "current"})
    add(image, {{}, form_of_counts(screen_.dims), {}, coords_of_images});
  for (const auto* total :
       {"counts_total", "counts_in_toa_range", "counts_total_cumulative", "counts_in_toa_range_cumulative"})
    add(total, {{}, form_of_counts({}), {}, {}});
  if (features_.spectrum) {
    auto dims = features_.spectrum->dims();
    dims.emplace_back(dimension_, static_cast<std::int64_t>(counts_.time_size()));
    data_array form{{}, form_of_counts(std::move(dims)), {}, {}};
    if (edges_ns_) form.coords.emplace_back("event_time_offset", *edges_ns_);
    form.coords.emplace_back(dimension_, edges_);
    add("spectrum_view", std::move(form));
  }
  if (regions_) {
    add("roi_spectra_cumulative", form_of_regions());
    add("roi_spectra_current", form_of_regions());
    for (auto shape : {roi_shape::rectangle, roi_shape::polygon})
      add(output_of(shape), regions_->readback(shape));
  }
  return out;
}

void detector_view::forget_forms() {
  former_.clear();
  forms_given_ = false;
}

void detector_view::reuse(std::vector<workflow_output> outputs) {
  if (forms_given_) former_ = std::move(outputs);
}

void detector_view::put_images(values& window, values& all) const {
  auto put = [&]<class Number>(std::vector<Number>& of_window) {
    auto& of_all = std::get<std::vector<Number>>(all);
    of_window.resize(counts_.screen_size());
    of_all.resize(counts_.screen_size());
    auto* w = of_window.data();
    auto* a = of_all.data();
    const auto* weights = screen_.weights.data();
    if (weighted_)
      counts_.each_image_bin([=](std::size_t s, std::uint64_t in_window, std::uint64_t in_all) {
        w[s] = static_cast<Number>(as_double(in_window) / weights[s]);
        a[s] = static_cast<Number>(as_double(in_all) / weights[s]);
      });
    else
      counts_.each_image_bin([=](std::size_t s, std::uint64_t in_window, std::uint64_t in_all) {
        w[s] = static_cast<Number>(as_double(in_window));
        a[s] = static_cast<Number>(as_double(in_all));
      });
  };
  if (features_.single_precision)
    put(std::get<std::vector<float>>(window));
  else
    put(std::get<std::vector<double>>(window));
}

std::vector<double> detector_view::spectra_of_elements() const {
  std::vector<double> all;
  for (std::size_t g = 1; g <= static_cast<std::size_t>(volume(features_.spectrum->dims())); ++g) {
    auto one = counts_.cumulative_spectrum(view_counts::purpose::spectrum, g);
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

std::vector<workflow_output> detector_view::finalize() {
  counts_.settle();
  auto window = counts_.window_totals();
  auto all = counts_.cumulative_totals();
  // Without a time there is none to be written over the former one.
  auto out = window_.open() ? std::exchange(former_, {}) : std::vector<workflow_output>{};
  if (out.empty()) out = forms();
  auto next = out.begin();
  auto numbers = [&]() -> values& { return (next++)->value->data.data; };
  auto numbers_of_window = [&]() -> values& {
    window_.stamp(*next->value);
    return numbers();
  };
  auto& image = numbers();
  put_images(numbers_of_window(), image);
  put_number(numbers_of_window(), window.all);
  put_number(numbers_of_window(), window.in_range);
  put_number(numbers(), all.all);
  put_number(numbers(), all.in_range);
  if (features_.spectrum) put_numbers(numbers(), spectra_of_elements());
  if (regions_) {
    put_numbers(numbers(), regions_->spectra(counts_, false));
    put_numbers(numbers_of_window(), regions_->spectra(counts_, true));
  }
  counts_.close_window();
  window_.close();
  forms_given_ = true;
  return out;
}

void detector_view::clear() {
  clear_counts();
  window_.close();
}

void detector_view::state(archive& a) {
  if (a.loading()) {
    clear_counts();
    forget_forms();
  }
  if (moving_) {
    detector_geometry placed;
    moving_->state(a, screen_, placed);
    if (a.loading()) {
      wavelengths_ = nullptr;
      if (!placed.positions.empty()) take_wavelengths(placed);
      make_tables();
    }
  }
  if (regions_) {
    if (a.loading()) regions_->place(screen_);
    a.field("regions", *regions_);
    if (a.loading()) group_regions();
  }
  a.field("counts", counts_);
  a.field("next_replica", next_replica_);
  if (next_replica_ >= replicas_)
    a.refuse("next_replica", fmt::format("is {}, but there are {} replicas", next_replica_, replicas_));
  a.field("tally", tally_);
  a.field("window", window_);
}

} // namespace livedata
