// Writes random cases of everything that views and monitors compute, with the answers of this program, as JSON to the
// standard output: material for check_views.py, which computes the same with numpy. Arguments: seed, number of rounds.
#include "reference/cases.hpp"
#include "support/events.hpp"
#include "workflows/detector_view/detector_view.hpp"
#include "workflows/detector_view/roi_selection.hpp"
#include "workflows/detector_view/screen.hpp"
#include "workflows/geometry/transformation.hpp"
#include "workflows/monitor/monitor_histogram.hpp"
#include "workflows/value_models.hpp"

#include <numbers>
#include <random>
#include <string>

using namespace livedata;

namespace {

class case_writer {
public:
  explicit case_writer(std::uint64_t seed) : rng_(seed) {}

  json edges() {
    auto logarithmic = chance(0.5);
    auto start = logarithmic ? std::pow(10, real(-3, 3)) : real(-100, 100);
    auto stop = start + std::pow(10, real(-3, 4));
    edges_model e{start, stop, whole(1, 300), logarithmic, one_of({"ns", "\u00b5s", "ms", "s"})};
    return {{"start", e.start}, {"stop", e.stop},       {"num_bins", e.num_bins}, {"log", e.logarithmic},
            {"unit", e.unit},   {"values", e.values()}, {"ns", edges_in_ns(e)}};
  }

  json range() {
    edges_model e{real(0, 5), real(6, 80), whole(1, 60), false, "ms"};
    auto values = e.values();
    auto unit = one_of({"ns", "us", "ms", "s"});
    auto factor = nanoseconds_per("ms") / nanoseconds_per(unit);
    // Off the edges, where a rounding of the conversion would decide.
    auto low = real(-10, 90);
    auto high = low + real(0.01, 50);
    auto bins = bins_in_range(e, {low * factor, high * factor, true, unit});
    return {{"edges", values},  {"low", low * factor}, {"high", high * factor},
            {"per_ms", factor}, {"first", bins.first}, {"count", bins.count}};
  }

  json projection_case() {
    auto n = static_cast<std::size_t>(whole(1, 400));
    detector_geometry g;
    auto behind = chance(0.3) ? -1.0 : 1.0;
    for (std::size_t i = 0; i < n; ++i)
      g.positions.push_back({real(-1, 1), real(-1, 1), behind * real(1.5, 2.5)});
    g.shape = cylinder_shape{{0, real(0.001, 0.1), 0}, {real(0.001, 0.02), 0, 0}};
    if (chance(0.5)) { // any direction
      auto a = vec3{real(-1, 1), real(-1, 1), real(-1, 1)};
      auto b = vec3{real(-1, 1), real(-1, 1), real(-1, 1)};
      g.shape = cylinder_shape{
        {0.05 * a.x, 0.05 * a.y, 0.05 * a.z}, // at right angles to it
        {0.01 * (a.y * b.z - a.z * b.y), 0.01 * (a.z * b.x - a.x * b.z), 0.01 * (a.x * b.y - a.y * b.x)}};
    }
    auto kind = static_cast<projection_kind>(whole(0, 2));
    auto noise = static_cast<position_noise>(whole(0, 2));
    auto [first, second] = dimensions_of(kind);
    sized_dims resolution{{std::string(second), whole(1, 30)}, {std::string(first), whole(1, 30)}};
    if (chance(0.5)) std::swap(resolution[0], resolution[1]);
    projection how{kind, noise, 0.004, kind == projection_kind::xy_plane && chance(0.5), resolution};
    auto s = project({"bank", {{"pixel", static_cast<std::int64_t>(n)}}}, g, how);
    auto vectors = [](const std::vector<vec3>& list) {
      auto out = json::array();
      for (const auto& v : list)
        out.push_back({v.x, v.y, v.z});
      return out;
    };
    auto dims = json::array();
    for (const auto& [dim, size] : s.dims)
      dims.push_back({dim, size, std::get<std::vector<double>>(s.coord(dim)->data)});
    return {{"kind", whole_of(kind)},
            {"noise", whole_of(noise)},
            {"sigma", how.sigma},
            {"flip_x", how.flip_x},
            {"positions", vectors(g.positions)},
            {"axis", vectors({g.shape->axis})[0]},
            {"radius", vectors({g.shape->radius})[0]},
            {"dims", dims},
            {"maps", s.replicas},
            {"weights", s.weights}};
  }

  json region() {
    roi_screen screen{random_axis(), random_axis()};
    roi_request request;
    request.shape = chance(0.5) ? roi_shape::rectangle : roi_shape::polygon;
    request.x_unit = unit_for(screen.x);
    request.y_unit = unit_for(screen.y);
    roi r;
    auto corners = request.shape == roi_shape::rectangle ? 2 : whole(3, 9);
    for (std::int64_t i = 0; i < corners; ++i) {
      r.x.push_back(place_on(screen.x, request.x_unit));
      r.y.push_back(place_on(screen.y, request.y_unit));
    }
    if (request.shape == roi_shape::rectangle) {
      std::sort(r.x.begin(), r.x.end());
      std::sort(r.y.begin(), r.y.end());
    }
    auto axis = [](const roi_axis& a) {
      return json{{"bins", a.bins}, {"unit", a.unit ? json(*a.unit) : json()}, {"edges", a.edges}};
    };
    return {{"shape", request.shape == roi_shape::rectangle ? "rectangle" : "polygon"},
            {"x_unit", request.x_unit ? json(*request.x_unit) : json()},
            {"y_unit", request.y_unit ? json(*request.y_unit) : json()},
            {"screen_x", axis(screen.x)},
            {"screen_y", axis(screen.y)},
            {"x", r.x},
            {"y", r.y},
            {"bins", selected_bins(request, r, screen)}};
  }

  // A whole view: two results of random events, with weights, range and regions.
  json view() {
    sized_dims dims{{"y", whole(1, 12)}, {"x", whole(1, 12)}};
    auto pixels = whole(1, 300);
    screen s;
    s.dims = dims;
    s.first_pixel = static_cast<std::int32_t>(whole(-5, 1000));
    s.weights.assign(static_cast<std::size_t>(volume(dims)), 0);
    for (std::int64_t r = 0; r < 3; ++r) {
      pixel_map map(static_cast<std::size_t>(pixels));
      for (auto& bin : map) {
        bin = static_cast<std::int32_t>(whole(-1, volume(dims) - 1));
        if (bin >= 0) s.weights[static_cast<std::size_t>(bin)] += 1.0 / 3;
      }
      s.replicas.push_back(std::move(map));
    }
    detector_view_params params{{chance(0.5) ? 0.0 : 1.0, 71.43, whole(1, 40), false, "ms"},
                                {real(0, 30), real(31, 60), chance(0.5), "ms"},
                                chance(0.5)};
    if (params.edges.start > 0) params.edges.logarithmic = chance(0.5);
    view_features features;
    features.regions = true;
    features.spectrum = logical_transform(dims, json::array({{{"reduce", {"x"}}}}), "spectrum");
    detector_view v(s, params, features);
    auto result = json{{"first_pixel", s.first_pixel},
                       {"maps", s.replicas},
                       {"weights", s.weights},
                       {"y", dims[0].second},
                       {"x", dims[1].second},
                       {"edges_ns", edges_in_ns(params.edges)},
                       {"edges", params.edges.values()},
                       {"weighted", params.pixel_weighting},
                       {"range", params.range.enabled ? json{params.range.start, params.range.stop} : json()}};
    auto regions = json::array();
    auto request = std::make_shared<data_array>();
    std::vector<double> x;
    std::vector<double> y;
    std::vector<std::int32_t> index;
    for (std::int32_t i = 0; i < 4; ++i) {
      std::vector<double> xs{real(-2, 14), real(-2, 14)};
      std::vector<double> ys{real(-2, 14), real(-2, 14)};
      std::sort(xs.begin(), xs.end());
      std::sort(ys.begin(), ys.end());
      x.insert(x.end(), xs.begin(), xs.end());
      y.insert(y.end(), ys.begin(), ys.end());
      index.insert(index.end(), 2, i);
      regions.push_back({{"x", xs}, {"y", ys}});
    }
    request->data = make_vector("bounds", std::vector<std::int32_t>(x.size(), 1), "dimensionless");
    request->set_coord("x", make_vector("bounds", x, std::nullopt));
    request->set_coord("y", make_vector("bounds", y, std::nullopt));
    request->set_coord("roi_index", make_vector("bounds", index, "dimensionless"));
    result["regions"] = regions;
    // Sometimes between the batch and its result.
    auto late = chance(0.5);
    if (!late) v.set_context("bank/1/roi_rectangle", array_ptr(request));
    auto batches = json::array();
    for (int b = 0; b < 4; ++b) {
      auto events = test::random_events(rng_, static_cast<std::size_t>(whole(0, 800)), s.first_pixel - 3,
                                        s.first_pixel + static_cast<std::int32_t>(pixels) + 3);
      v.accumulate(test::make_batch("bank", {test::make_chunk(events)}));
      if (late && b == 1) v.set_context("bank/1/roi_rectangle", array_ptr(request));
      auto time = json::array();
      auto pixel = json::array();
      for (const auto& e : events) {
        time.push_back(e.time_of_arrival);
        pixel.push_back(e.pixel);
      }
      auto batch = json{{"time", time}, {"pixel", pixel}};
      if (b != 0) { // the first window is of two batches
        auto outputs = json::object();
        for (const auto& o : v.finalize())
          if (const auto* numbers = std::get_if<std::vector<double>>(&o.value->data.data)) outputs[o.name] = *numbers;
        batch["outputs"] = outputs;
      }
      batches.push_back(std::move(batch));
    }
    result["batches"] = batches;
    return result;
  }

  // Events and histograms of a monitor, with the cumulative histogram after all of them.
  json monitor() {
    edges_model e{real(0, 20), real(30, 80), whole(1, 60), chance(0.3), one_of({"ns", "us", "ms"})};
    if (e.logarithmic) e.start += 1;
    monitor_histogram m(e, {});
    auto batches = json::array();
    for (int b = 0; b < 3; ++b) {
      if (chance(0.5)) {
        auto factor = static_cast<std::int32_t>(nanoseconds_per(e.unit));
        auto events = test::random_events(rng_, static_cast<std::size_t>(whole(0, 300)), 1, 2, 0, 90 * factor);
        m.accumulate(test::make_batch("monitor", {test::make_chunk(events)}));
        auto time = json::array();
        for (const auto& event : events)
          time.push_back(event.time_of_arrival);
        batches.push_back({{"time", time}});
        continue;
      }
      auto histogram = std::make_shared<data_array>();
      auto n = static_cast<std::size_t>(whole(1, 40));
      std::vector<double> edges{real(-10, 50)};
      std::vector<double> counts;
      std::vector<double> variances;
      for (std::size_t i = 0; i < n; ++i) {
        edges.push_back(edges.back() + real(0.01, 5));
        counts.push_back(real(0, 1e6));
        variances.push_back(real(0, 1e6));
      }
      histogram->data = make_vector("frame_time", counts, "counts");
      auto with_variances = chance(0.5);
      if (with_variances) histogram->variances = variances;
      histogram->set_coord("frame_time", make_vector("frame_time", edges, e.unit));
      m.accumulate({{0}, {1}, {{"monitor", array_ptr(histogram)}}, {}});
      batches.push_back(
        {{"edges", edges}, {"counts", counts}, {"variances", with_variances ? json(variances) : json(counts)}});
    }
    auto out = m.finalize().at(0).value.value();
    return {{"edges", e.values()},
            {"edges_ns", edges_in_ns(e)},
            {"batches", batches},
            {"cumulative", std::get<std::vector<double>>(out.data.data)},
            {"variances", std::get<std::vector<double>>(*out.variances)}};
  }

  // A chain of transformations and points that it moves.
  json chain() {
    std::vector<transformation> steps;
    auto told = json::array();
    auto length = whole(0, 6);
    for (std::int64_t i = 0; i < length; ++i) {
      transformation t;
      auto turns = chance(0.5);
      t.kind = turns ? transformation_kind::rotation : transformation_kind::translation;
      t.vector = {real(-1, 1), real(-1, 1), real(-1, 1)};
      if (chance(0.5)) t.offset = {real(-5, 5), real(-5, 5), real(-5, 5)};
      t.value = real(-200, 200);
      t.unit = turns ? one_of({"deg", "rad"}) : one_of({"m", "mm", "cm"});
      told.push_back({{"rotation", turns},
                      {"vector", {t.vector.x, t.vector.y, t.vector.z}},
                      {"offset", {t.offset.x, t.offset.y, t.offset.z}},
                      {"value", *t.value},
                      {"unit", t.unit}});
      steps.push_back(t);
    }
    auto whole_chain = transformation_chain(steps).at().value();
    auto points = json::array();
    auto moved = json::array();
    for (int i = 0; i < 5; ++i) {
      vec3 x{real(-2, 2), real(-2, 2), real(-2, 2)};
      auto y = whole_chain.point(x);
      points.push_back({x.x, x.y, x.z});
      moved.push_back({y.x, y.y, y.z});
    }
    return {{"steps", told}, {"points", points}, {"moved", moved}};
  }

  json transform() {
    sized_dims input{{"a", 2 * whole(1, 3)}, {"b", 3 * whole(1, 2)}, {"c", whole(1, 4)}};
    auto index = whole(0, input[2].second - 1);
    json steps =
      chance(0.5)
        ? json::parse(R"([{"transpose": ["c", "a", "b"]}, {"fold": "a", "into": {"a0": 2, "a1": -1}},
                                     {"flatten": ["a1", "b"], "into": "ab"}])")
        : json::parse(R"([{"fold": "b", "into": {"b0": -1, "b1": 3}}, {"transpose": ["b1", "c", "a", "b0"]}])");
    steps.push_back({{"slice", "c"}, {"index", index}});
    auto fold_a = steps[0].contains("transpose");
    if (chance(0.5)) steps.push_back({{"reduce", {fold_a ? "a0" : "b1"}}});
    logical_transform t(input, steps, "transform");
    auto sizes = json::array();
    for (const auto& [dim, size] : input)
      sizes.push_back(size);
    return {
      {"sizes", sizes}, {"first_form", fold_a}, {"index", index}, {"reduces", t.reduces()}, {"target", t.target()}};
  }

private:
  double real(double low, double high) { return std::uniform_real_distribution(low, high)(rng_); }

  std::int64_t whole(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(rng_);
  }

  bool chance(double p) { return std::bernoulli_distribution(p)(rng_); }

  std::string one_of(std::initializer_list<const char*> words) {
    return *(words.begin() + whole(0, static_cast<std::int64_t>(words.size()) - 1));
  }

  template <class E>
  static int whole_of(E e) {
    return static_cast<int>(e);
  }

  roi_axis random_axis() {
    roi_axis a{whole(1, 25), std::nullopt, {}};
    if (chance(0.4)) return a;
    a.unit = "m";
    auto low = real(-1, 1);
    auto high = low + real(0.1, 2);
    for (std::int64_t i = 0; i <= a.bins; ++i)
      a.edges.push_back(low + static_cast<double>(i) * (high - low) / static_cast<double>(a.bins));
    return a;
  }

  std::optional<std::string> unit_for(const roi_axis& a) {
    if (!a.unit || chance(0.3)) return std::nullopt;
    return chance(0.5) ? "m" : "mm";
  }

  double place_on(const roi_axis& a, const std::optional<std::string>& unit) {
    if (!unit) return real(-5, static_cast<double>(a.bins) + 5);
    auto x = real(a.edges.front() - 0.3, a.edges.back() + 0.3);
    return unit == "mm" ? x * 1000 : x;
  }

  std::mt19937_64 rng_;
};

} // namespace

int main(int argc, char** argv) {
  return livedata::test::write_cases<case_writer>(argc, argv,
                                                  {{"edges", [](case_writer& w) { return w.edges(); }},
                                                   {"ranges", [](case_writer& w) { return w.range(); }},
                                                   {"projections", [](case_writer& w) { return w.projection_case(); }},
                                                   {"regions", [](case_writer& w) { return w.region(); }},
                                                   {"views", [](case_writer& w) { return w.view(); }},
                                                   {"transforms", [](case_writer& w) { return w.transform(); }},
                                                   {"monitors", [](case_writer& w) { return w.monitor(); }},
                                                   {"chains", [](case_writer& w) { return w.chain(); }}});
}
