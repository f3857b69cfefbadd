#include "workflows/detector_view/roi_request.hpp"

#include "workflows/parameter_model.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <map>
#include <string_view>

namespace livedata {

namespace {

constexpr std::size_t most_regions = 1000;

std::string_view dimension_of(roi_shape shape) {
  return shape == roi_shape::rectangle ? "bounds" : "vertex";
}

std::string_view name_of(roi_shape shape) {
  return shape == roi_shape::rectangle ? "rectangle" : "polygon";
}

[[noreturn]] void refuse(roi_shape shape, const std::string& what) {
  throw parameter_error(fmt::format("request for {}s refused, the former one stays: {}", name_of(shape), what));
}

std::vector<double> column(roi_shape shape, const data_array& array, const char* name, std::size_t size) {
  const auto* v = array.coord(name);
  if (v == nullptr) refuse(shape, fmt::format("it has no coordinate '{}'", name));
  if (v->dims != array.data.dims || size_of(v->data) != size)
    refuse(shape, fmt::format("coordinate '{}' is not as long as the signal ({})", name, size));
  return std::visit([](const auto& x) { return std::vector<double>(x.begin(), x.end()); }, v->data);
}

void check(const roi_request& request, const roi& r) {
  auto fail = [&](const std::string& what) {
    refuse(request.shape, fmt::format("{} {} {}", name_of(request.shape), r.index, what));
  };
  if (request.shape == roi_shape::polygon) {
    if (r.x.size() < 3) fail(fmt::format("has {} corners, but needs at least 3", r.x.size()));
    for (std::size_t i = 0; i < r.x.size(); ++i)
      if (!std::isfinite(r.x[i]) || !std::isfinite(r.y[i])) fail("has a corner that is not finite");
    return;
  }
  if (r.x.size() != 2) fail(fmt::format("has {} entries, but needs 2: least and greatest", r.x.size()));
  auto check_bounds = [&](const std::vector<double>& v, const std::optional<std::string>& unit, const char* axis) {
    if (!(v[0] < v[1])) fail(fmt::format("goes from {} to {} in {}; it must go from less to more", v[0], v[1], axis));
    if (!unit && !(std::abs(v[0]) < 1e9 && std::abs(v[1]) < 1e9))
      fail(fmt::format("has bounds in {} that are no indices of bins: {} to {}", axis, v[0], v[1]));
  };
  check_bounds(r.x, request.x_unit, "x");
  check_bounds(r.y, request.y_unit, "y");
}

} // namespace

roi_request read_roi_request(roi_shape shape, const data_array& array) {
  if (array.data.dims.size() != 1 || array.data.dims[0] != dimension_of(shape))
    refuse(shape, fmt::format("its dimension must be '{}'", dimension_of(shape)));
  auto size = size_of(array.data.data);
  auto x = column(shape, array, "x", size);
  auto y = column(shape, array, "y", size);
  auto index = column(shape, array, "roi_index", size);
  roi_request request{shape, array.coord("x")->unit, array.coord("y")->unit, {}};
  std::map<std::int32_t, roi> regions;
  for (std::size_t i = 0; i < size; ++i) {
    if (!(std::abs(index[i]) <= std::numeric_limits<std::int32_t>::max()) || std::trunc(index[i]) != index[i])
      refuse(shape, fmt::format("roi_index {} is no index of a region", index[i]));
    auto& r = regions[static_cast<std::int32_t>(index[i])];
    r.index = static_cast<std::int32_t>(index[i]);
    r.x.push_back(x[i]);
    r.y.push_back(y[i]);
    if (regions.size() > most_regions) refuse(shape, fmt::format("it has more than {} regions", most_regions));
  }
  for (auto& [i, r] : regions) {
    check(request, r);
    request.regions.push_back(std::move(r));
  }
  return request;
}

data_array empty_roi_request(roi_shape shape, std::optional<std::string> x_unit, std::optional<std::string> y_unit) {
  std::string dim(dimension_of(shape));
  data_array array;
  array.data = make_vector(dim, std::vector<std::int32_t>{}, "dimensionless");
  array.set_coord("x", make_vector(dim, std::vector<double>{}, std::move(x_unit)));
  array.set_coord("y", make_vector(dim, std::vector<double>{}, std::move(y_unit)));
  array.set_coord("roi_index", make_vector(dim, std::vector<std::int32_t>{}, "dimensionless"));
  return array;
}

} // namespace livedata
