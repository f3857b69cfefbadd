#include "actors/view/http/regions.hpp"

#include "messages/codec/da00.hpp"
#include "messages/units.hpp"
#include "workflows/parameter_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace livedata {

namespace {

constexpr std::int32_t first_polygon = 4;

std::string_view list_of(roi_shape shape) {
  return shape == roi_shape::rectangle ? "rectangles" : "polygons";
}

// What the last result says of regions of that shape.
std::optional<data_array> readback(const viewed_job& job, roi_shape shape) {
  if (!job.result) return std::nullopt;
  for (const auto& o : job.result->outputs)
    if (o.name == output_of(shape))
      if (auto read = da00::read(o.message->bytes())) return std::move(read->data);
  return std::nullopt;
}

json unit_or_null(const std::optional<std::string>& unit) {
  return unit ? json(*unit) : json(nullptr);
}

json region_json(const roi_request& request, const roi& r) {
  json out{{"index", r.index}};
  if (request.shape == roi_shape::rectangle) {
    out["x_min"] = r.x[0];
    out["x_max"] = r.x[1];
    out["y_min"] = r.y[0];
    out["y_max"] = r.y[1];
  } else {
    out["x"] = r.x;
    out["y"] = r.y;
  }
  out["x_unit"] = unit_or_null(request.x_unit);
  out["y_unit"] = unit_or_null(request.y_unit);
  return out;
}

// Reads the regions of one shape.
class region_reader {
public:
  region_reader(roi_shape shape, const viewed_job& now, std::vector<region_problem>& problems)
    : shape_(shape), problems_(problems) {
    if (auto there = readback(now, shape)) screen_ = std::move(*there);
  }

  data_array read(const json& wanted, std::int32_t first_index) {
    const auto empty = wanted.find(list_of(shape_)) == wanted.end();
    const auto& list = empty ? none_ : wanted.at(std::string(list_of(shape_)));
    if (!list.is_array()) {
      wrong(std::string(list_of(shape_)), "has to be a list");
      return {};
    }
    for (std::size_t i = 0; i < list.size(); ++i)
      add(list[i], fmt::format("{}.{}", list_of(shape_), i), first_index + static_cast<std::int32_t>(i));
    return array();
  }

private:
  void wrong(std::string path, std::string text) { problems_.push_back({std::move(path), std::move(text)}); }

  void add(const json& region, const std::string& path, std::int32_t index) {
    if (!region.is_object()) return wrong(path, "has to be an object");
    if (region.contains("index")) {
      const auto& given = region.at("index");
      if (!given.is_number_integer() || given.get<std::int64_t>() < 0 || given.get<std::int64_t>() > 1'000'000)
        return wrong(path + ".index", "has to be a whole number from 0 to 1000000");
      index = given.get<std::int32_t>();
    }
    if (!indices_.insert(index).second) return wrong(path + ".index", fmt::format("{} is taken", index));
    take_unit(region, "x_unit", path, x_unit_);
    take_unit(region, "y_unit", path, y_unit_);
    first_ = false;
    auto& [x, y] = regions_[index];
    if (shape_ == roi_shape::rectangle) {
      x = {number(region, "x_min", path), number(region, "x_max", path)};
      y = {number(region, "y_min", path), number(region, "y_max", path)};
      if (!(x[0] < x[1])) wrong(path + ".x_max", "has to be more than x_min");
      if (!(y[0] < y[1])) wrong(path + ".y_max", "has to be more than y_min");
    } else {
      x = numbers(region, "x", path);
      y = numbers(region, "y", path);
      if (x.size() != y.size()) wrong(path + ".y", "has to be as long as x");
      if (x.size() < 3) wrong(path + ".x", "a polygon needs at least 3 corners");
    }
  }

  // All regions of a request share one unit for each axis, which has to go with that of the picture.
  void take_unit(const json& region, const char* name, const std::string& path, std::optional<std::string>& unit) {
    std::optional<std::string> given;
    if (auto u = region.find(name); u != region.end() && !u->is_null()) {
      if (!u->is_string()) return wrong(path + "." + name, "has to be a text or null");
      given = u->get<std::string>();
    }
    if (!first_ && given != unit) return wrong(path + "." + name, "all regions of a shape need the same unit");
    unit = given;
    const auto* axis = screen_ ? screen_->coord(name[0] == 'x' ? "x" : "y") : nullptr;
    if (!given || axis == nullptr) return;
    if (!axis->unit) return wrong(path + "." + name, "the picture has no coordinate: regions are in numbers of bins");
    if (!scale_between(*given, *axis->unit))
      wrong(path + "." + name, fmt::format("{} cannot become {}, the unit of the picture", *given, *axis->unit));
  }

  double number(const json& region, const char* name, const std::string& path) {
    const auto v = region.find(name);
    if (v != region.end() && v->is_number() && std::isfinite(v->get<double>())) return v->get<double>();
    wrong(path + "." + name, "has to be a number");
    return std::nan("");
  }

  std::vector<double> numbers(const json& region, const char* name, const std::string& path) {
    const auto v = region.find(name);
    const auto good = [](const json& x) { return x.is_number() && std::isfinite(x.get<double>()); };
    if (v != region.end() && v->is_array() && std::ranges::all_of(*v, good)) return v->get<std::vector<double>>();
    wrong(path + "." + name, "has to be a list of numbers");
    return {};
  }

  data_array array() const {
    std::vector<double> x, y;
    std::vector<std::int32_t> index;
    for (const auto& [i, r] : regions_) {
      x.insert(x.end(), r.first.begin(), r.first.end());
      y.insert(y.end(), r.second.begin(), r.second.end());
      index.insert(index.end(), r.first.size(), i);
    }
    // As the dashboard does it.
    const auto none = index.empty();
    auto out = empty_roi_request(shape_, none ? "dimensionless" : x_unit_, none ? "dimensionless" : y_unit_);
    const auto dim = out.data.dims[0];
    out.data = make_vector(dim, std::vector<std::int32_t>(index.size(), 1), "dimensionless");
    out.set_coord("x", make_vector(dim, std::move(x), out.coord("x")->unit));
    out.set_coord("y", make_vector(dim, std::move(y), out.coord("y")->unit));
    out.set_coord("roi_index", make_vector(dim, std::move(index), "dimensionless"));
    return out;
  }

  roi_shape shape_;
  std::vector<region_problem>& problems_;
  std::optional<data_array> screen_;
  json none_ = json::array();
  bool first_ = true;
  std::optional<std::string> x_unit_;
  std::optional<std::string> y_unit_;
  std::set<std::int32_t> indices_;
  std::map<std::int32_t, std::pair<std::vector<double>, std::vector<double>>> regions_;
};

} // namespace

std::optional<json> regions_of(const viewed_job& job) {
  json out{{"rectangles", json::array()}, {"polygons", json::array()}};
  bool any = false;
  for (auto shape : {roi_shape::rectangle, roi_shape::polygon}) {
    const auto there = readback(job, shape);
    if (!there) continue;
    any = true;
    const auto axis = shape == roi_shape::rectangle ? "rectangle_axes" : "polygon_axes";
    const auto* x = there->coord("x");
    const auto* y = there->coord("y");
    out[axis] = {{"x_unit", unit_or_null(x ? x->unit : std::nullopt)},
                 {"y_unit", unit_or_null(y ? y->unit : std::nullopt)}};
    try {
      const auto request = read_roi_request(shape, *there);
      for (const auto& r : request.regions)
        out[std::string(list_of(shape))].push_back(region_json(request, r));
    } catch (const parameter_error&) {
      // A result has no such regions.
    }
  }
  return any ? std::optional(std::move(out)) : std::nullopt;
}

region_requests read_regions(const json& wanted, const viewed_job& now, std::vector<region_problem>& problems) {
  if (!wanted.is_object()) {
    problems.push_back({"", "regions have to be an object with the lists rectangles and polygons"});
    return {};
  }
  for (const auto& [name, value] : wanted.items())
    if (name != "rectangles" && name != "polygons" && name != "rectangle_axes" && name != "polygon_axes")
      problems.push_back({name, "is unknown; known here: rectangles, polygons"});
  region_requests out;
  out.rectangles = region_reader(roi_shape::rectangle, now, problems).read(wanted, 0);
  const auto list = wanted.find("rectangles");
  const auto count = list != wanted.end() && list->is_array() ? static_cast<std::int32_t>(list->size()) : 0;
  out.polygons = region_reader(roi_shape::polygon, now, problems).read(wanted, std::max(first_polygon, count));
  if (!problems.empty()) return out;
  for (const auto& [shape, array] :
       {std::pair(roi_shape::rectangle, &out.rectangles), {roi_shape::polygon, &out.polygons}})
    try {
      (void)read_roi_request(shape, *array);
    } catch (const parameter_error& e) {
      problems.push_back({std::string(list_of(shape)), e.what()});
    }
  return out;
}

std::pair<std::string, payload_ptr> region_message(const job_id& job, roi_shape shape, const data_array& request) {
  auto source = fmt::format("{}/{}", to_string(job), output_of(shape));
  // A request has no time of its own.
  auto bytes = da00::write(source, timestamp{0}, request);
  return {std::move(source), make_payload(std::move(bytes))};
}

} // namespace livedata
