#include "support/events.hpp"
#include "support/outputs.hpp"
#include "workflows/detector_view/detector_view.hpp"
#include "workflows/detector_view/view_memory.hpp"

#include <doctest/doctest.h>

#include <array>
#include <numeric>
#include <random>

namespace detector_view_outputs_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// An instrument with a panel of 4 by 4 pixels, a monitor with five pixels and another without.
std::shared_ptr<const instrument> panel_instrument(json settings = json::object(), std::string kind = "logical_view",
                                                   std::string source = "panel") {
  auto inst = std::make_shared<instrument>();
  inst->name = "tiny";
  detector d;
  d.name = "panel";
  d.first_pixel = 1;
  d.sizes = {{"y", 4}, {"x", 4}};
  inst->detectors.push_back(d);
  monitor pixels;
  pixels.name = "with_pixels";
  pixels.pixels = {4, 8};
  inst->monitors.push_back(pixels);
  monitor plain;
  plain.name = "plain";
  inst->monitors.push_back(plain);
  workflow_declaration w;
  w.name = "view";
  w.service = "detector_data";
  w.kind = std::move(kind);
  w.sources = {std::move(source)};
  w.settings = std::move(settings);
  inst->workflows.push_back(w);
  return inst;
}

result<recipe_ptr> recipe_of(const std::shared_ptr<const instrument>& inst, const json& params = json::object(),
                             std::uint64_t memory = std::uint64_t{1} << 30) {
  auto registry = builtin_workflows();
  registry.limit({memory});
  return registry.recipe(inst, "view", inst->workflows[0].sources[0], params);
}

std::unique_ptr<workflow> view_of(json settings = json::object(), const json& params = json::object()) {
  return std::move(recipe_of(panel_instrument(std::move(settings)), params).value()->build().value());
}

std::vector<std::string> names(const std::vector<workflow_output>& outputs) {
  std::vector<std::string> all;
  for (const auto& o : outputs)
    all.push_back(o.name);
  return all;
}

double sum(const data_array& a) {
  return std::accumulate(numbers(a).begin(), numbers(a).end(), 0.0);
}

using sizes = std::vector<std::int64_t>;
using words = std::vector<std::string>;

// One event in each pixel and each of the given times.
job_data one_in_each(const std::vector<std::int32_t>& times, std::int32_t pixels = 16, timestamp start = {1000},
                     timestamp end = {2000}) {
  std::vector<event> events;
  for (std::int32_t p = 1; p <= pixels; ++p)
    for (auto t : times)
      events.push_back({t, p});
  return make_batch("panel", {make_chunk(events)}, start, end);
}

array_ptr rectangles(const std::vector<std::array<double, 5>>& list, std::optional<std::string> unit = {}) {
  std::vector<double> x;
  std::vector<double> y;
  std::vector<std::int32_t> index;
  for (const auto& [i, x0, x1, y0, y1] : list) {
    x.insert(x.end(), {x0, x1});
    y.insert(y.end(), {y0, y1});
    index.insert(index.end(), 2, static_cast<std::int32_t>(i));
  }
  auto a = std::make_shared<data_array>();
  a->data = make_vector("bounds", std::vector<std::int32_t>(x.size(), 1), "dimensionless");
  a->set_coord("x", make_vector("bounds", x, unit));
  a->set_coord("y", make_vector("bounds", y, unit));
  a->set_coord("roi_index", make_vector("bounds", index, "dimensionless"));
  return a;
}

array_ptr polygon(std::int32_t index, const std::vector<double>& x, const std::vector<double>& y) {
  auto a = std::make_shared<data_array>();
  a->data = make_vector("vertex", std::vector<std::int32_t>(x.size(), 1), "dimensionless");
  a->set_coord("x", make_vector("vertex", x, std::nullopt));
  a->set_coord("y", make_vector("vertex", y, std::nullopt));
  a->set_coord("roi_index", make_vector("vertex", std::vector<std::int32_t>(x.size(), index), "dimensionless"));
  return a;
}

const std::string ask_rectangle = "panel/00000000-0000-0000-0000-000000000000/roi_rectangle";
const std::string ask_polygon = "panel/00000000-0000-0000-0000-000000000000/roi_polygon";

// Ten bins of 10 µs.
const json ten_bins = {{"toa_edges", {{"start", 0}, {"stop", 100}, {"num_bins", 10}, {"unit", "us"}}}};

std::vector<std::int32_t> middle_of_bins() {
  std::vector<std::int32_t> t;
  for (std::int32_t k = 0; k < 10; ++k)
    t.push_back(10'000 * k + 5000);
  return t;
}

} // namespace

TEST_CASE("7: a view has ten outputs, six without regions, one more with a spectrum, in the order of publication") {
  words six{"cumulative",
            "current",
            "counts_total",
            "counts_in_toa_range",
            "counts_total_cumulative",
            "counts_in_toa_range_cumulative"};
  words regions{"roi_spectra_cumulative", "roi_spectra_current", "roi_rectangle", "roi_polygon"};
  auto spectrum = json::parse(R"([{"reduce": ["y"]}])");
  auto outputs_with = [&](const json& settings) {
    auto inst = panel_instrument(settings);
    auto recipe = recipe_of(inst).value();
    auto view = std::move(recipe->build().value());
    view->accumulate(one_in_each({1}));
    auto found = names(view->finalize());
    words declared;
    for (const auto& o : recipe->outputs())
      declared.push_back(o.name);
    CHECK(declared == found);
    return found;
  };
  auto with = [](words a, const words& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  };
  CHECK(outputs_with(json::object()) == with(six, regions));
  CHECK(outputs_with({{"roi", false}}) == six);
  CHECK(outputs_with({{"spectrum", spectrum}}) == with(with(six, {"spectrum_view"}), regions));
  CHECK(outputs_with({{"spectrum", spectrum}, {"roi", false}}) == with(six, {"spectrum_view"}));
}

TEST_CASE("titles are those that clients know, and others where the number of dimensions is declared") {
  auto plain = recipe_of(panel_instrument({{"spectrum", json::array()}})).value();
  CHECK(plain->title_of("cumulative") == "Image");
  CHECK(plain->title_of("current") == "Image update");
  CHECK(plain->title_of("counts_total") == "Total (update)");
  CHECK(plain->title_of("counts_in_toa_range") == "Total in range (update)");
  CHECK(plain->title_of("counts_total_cumulative") == "Total");
  CHECK(plain->title_of("counts_in_toa_range_cumulative") == "Total in range");
  CHECK(plain->title_of("spectrum_view") == "Spectrum View");
  CHECK(plain->title_of("roi_spectra_cumulative") == "ROI spectra");
  CHECK(plain->title_of("roi_spectra_current") == "ROI spectra update");
  CHECK(plain->title_of("roi_rectangle") == "ROI Rectangles (readback)");
  CHECK(plain->title_of("roi_polygon") == "ROI Polygons (readback)");
  auto declared = recipe_of(panel_instrument({{"output_ndim", 2}})).value();
  CHECK(declared->title_of("cumulative") == "Image (cumulative)");
  CHECK(declared->title_of("current") == "Image (current)");
}

TEST_CASE("33: window outputs carry the times of their window, cumulative ones leave that to the job") {
  auto view = view_of();
  view->accumulate(one_in_each({1}, 16, {1000}, {1500}));
  view->accumulate(one_in_each({1}, 16, {1500}, {2000}));
  auto out = view->finalize();
  for (const auto* name : {"current", "counts_total", "counts_in_toa_range", "roi_spectra_current"}) {
    CHECK(*output(out, name).coord("start_time") == make_scalar<std::int64_t>(1000, "ns"));
    CHECK(*output(out, name).coord("time") == make_scalar<std::int64_t>(2000, "ns"));
  }
  for (const auto* name : {"cumulative", "counts_total_cumulative", "counts_in_toa_range_cumulative",
                           "roi_spectra_cumulative", "roi_rectangle", "roi_polygon"}) {
    CHECK(output(out, name).coord("start_time") == nullptr);
    CHECK(output(out, name).coord("time") == nullptr);
  }
}

TEST_CASE("35: two equal batches double the cumulative image, and leave the current one") {
  auto view = view_of();
  view->accumulate(one_in_each({1, 2}));
  auto first = view->finalize();
  view->accumulate(one_in_each({1, 2}));
  auto second = view->finalize();
  CHECK(numbers(output(first, "cumulative")) == std::vector<double>(16, 2));
  CHECK(numbers(output(second, "cumulative")) == std::vector<double>(16, 4));
  CHECK(numbers(output(second, "current")) == std::vector<double>(16, 2));
}

TEST_CASE("36, 49: without regions, spectra have none, and the full length in time") {
  for (int way = 0; way < 2; ++way) {
    auto view = view_of();
    if (way == 1) {
      view->set_context(ask_rectangle, rectangles({}, "dimensionless"));
      view->set_context(ask_polygon, polygon(4, {}, {}));
    }
    view->accumulate(one_in_each({1}));
    auto out = view->finalize();
    for (const auto* name : {"roi_spectra_cumulative", "roi_spectra_current"}) {
      const auto& a = output(out, name);
      CHECK(a.data.dims == words{"roi", "time_of_arrival"});
      CHECK(a.data.shape == sizes{0, 100});
      CHECK(a.data.unit == "counts");
      CHECK(a.coord("roi")->shape == sizes{0});
      CHECK(a.coord("time_of_arrival")->shape == sizes{101});
      CHECK(a.coord("event_time_offset") == nullptr);
    }
    for (const auto* name : {"roi_rectangle", "roi_polygon"}) {
      CHECK(output(out, name).data.shape == sizes{0});
      CHECK_FALSE(output(out, name).coord("x")->unit);
    }
  }
}

TEST_CASE("37, 39: a rectangle gives both spectra a row, and comes back with every result") {
  auto view = view_of();
  auto request = rectangles({{0, 0, 2, 1, 3}});
  view->set_context(ask_rectangle, request);
  for (int batch = 1; batch <= 2; ++batch) {
    view->accumulate(one_in_each({1, 2, 3}));
    auto out = view->finalize();
    CHECK(output(out, "roi_spectra_cumulative").data.shape == sizes{1, 100});
    CHECK(sum(output(out, "roi_spectra_cumulative")) == 12 * batch);
    CHECK(sum(output(out, "roi_spectra_current")) == 12);
    CHECK(output(out, "roi_rectangle") == *request);
  }
}

TEST_CASE("38: other regions are computed from everything that was accumulated, also between data and result") {
  auto view = view_of();
  view->set_context(ask_rectangle, rectangles({{0, 0, 1, 0, 1}}));
  view->accumulate(one_in_each({1}));
  view->finalize();
  view->accumulate(one_in_each({1, 2}));
  view->set_context(ask_rectangle, rectangles({{0, 0, 4, 0, 4}, {1, 1, 3, 1, 2}}));
  auto out = view->finalize();
  auto rows = [&](const char* name) {
    const auto& n = numbers(output(out, name));
    return std::pair{std::accumulate(n.begin(), n.begin() + 100, 0.0), std::accumulate(n.begin() + 100, n.end(), 0.0)};
  };
  CHECK(rows("roi_spectra_cumulative") == std::pair{48.0, 6.0});
  CHECK(rows("roi_spectra_current") == std::pair{32.0, 4.0});
  view->set_context(ask_rectangle, rectangles({}));
  view->accumulate(one_in_each({1}));
  CHECK(output(view->finalize(), "roi_spectra_current").data.shape == sizes{0, 100});
}

TEST_CASE("41, 62: requests reach the job under its own name only; without regions there are no such streams") {
  job_id job{"panel", parse_uuid("0f8fad5b-d9cb-469f-a165-70867728950e").value()};
  auto needs = recipe_of(panel_instrument()).value()->needs(job);
  CHECK(needs.context == words{"panel/0f8fad5b-d9cb-469f-a165-70867728950e/roi_rectangle",
                               "panel/0f8fad5b-d9cb-469f-a165-70867728950e/roi_polygon"});
  CHECK(needs.gating.empty());
  CHECK(recipe_of(panel_instrument({{"roi", false}})).value()->needs(job).context.empty());
  auto view = view_of();
  CHECK_THROWS_AS(view->set_context("roi_rectangle", rectangles({{0, 0, 1, 0, 1}})), std::invalid_argument);
  auto without = view_of({{"roi", false}});
  CHECK_THROWS_AS(without->set_context(ask_rectangle, rectangles({{0, 0, 1, 0, 1}})), std::invalid_argument);
}

TEST_CASE("44, 48: rectangles and polygons together, rectangles first, with their indices") {
  auto view = view_of();
  view->set_context(ask_polygon, polygon(100, {-0.5, 1.5, 1.5, -0.5}, {-0.5, -0.5, 1.5, 1.5}));
  view->set_context(ask_rectangle, rectangles({{0, 0, 1, 0, 1}, {1, 1, 4, 1, 4}}));
  view->accumulate(one_in_each({1}));
  auto out = view->finalize();
  const auto& spectra = output(out, "roi_spectra_cumulative");
  CHECK(spectra.coord("roi")->data == values(std::vector<std::int32_t>{0, 1, 100}));
  const auto& n = numbers(spectra);
  CHECK(std::vector<double>{n[0], n[100], n[200]} == std::vector<double>{1, 9, 4});
}

TEST_CASE("50, 51: edges in μs work on events in ns; the coordinate has the user's unit, values and name") {
  auto view = view_of({{"spectrum", json::parse(R"([{"reduce": ["y", "x"]}])")}}, ten_bins);
  view->set_context(ask_rectangle, rectangles({{0, 0, 4, 0, 4}}));
  view->accumulate(one_in_each({9'999, 10'000, 99'999, 100'000}));
  auto out = view->finalize();
  const auto& spectrum = output(out, "roi_spectra_cumulative");
  CHECK(spectrum.data.dims == words{"roi", "time_of_arrival"});
  CHECK(numbers(spectrum) == std::vector<double>{16, 16, 0, 0, 0, 0, 0, 0, 0, 16});
  CHECK(spectrum.coord("time_of_arrival")->unit == "µs");
  CHECK(spectrum.coord("time_of_arrival")->data ==
        values(std::vector<double>{0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100}));
  CHECK(spectrum.coord("event_time_offset")->unit == "ns");
  CHECK(std::get<std::vector<double>>(spectrum.coord("event_time_offset")->data)[3] == 30'000);
  const auto& view_spectrum = output(out, "spectrum_view");
  CHECK(view_spectrum.data.dims == words{"time_of_arrival"});
  CHECK(view_spectrum.coord("time_of_arrival")->unit == "µs");
  CHECK(view_spectrum.coord("event_time_offset") != nullptr);
}

TEST_CASE("52: totals of one event in each of 4·4·10 bins are 160, and 80 in half of the range") {
  auto params = ten_bins;
  params["toa_range"] = {{"enabled", true}, {"start", 0}, {"stop", 50'000}, {"unit", "ns"}};
  auto view = view_of({}, params);
  view->accumulate(one_in_each(middle_of_bins()));
  auto out = view->finalize();
  for (const auto* suffix : {"", "_cumulative"}) {
    const auto& total = output(out, std::string("counts_total") + suffix);
    CHECK(numbers(total) == std::vector<double>{160});
    CHECK(total.data.unit == "counts");
    CHECK(numbers(output(out, std::string("counts_in_toa_range") + suffix)) == std::vector<double>{80});
  }
  CHECK(sum(output(out, "cumulative")) == 80);
  // Neither spectra of regions nor the spectrum view are filtered.
  view->set_context(ask_rectangle, rectangles({{0, 0, 4, 0, 4}}));
  view->accumulate(one_in_each(middle_of_bins()));
  CHECK(sum(output(view->finalize(), "roi_spectra_current")) == 160);
}

TEST_CASE("53: merging one dimension keeps all events in four bins, merging both in one") {
  for (const auto& [reduce, bins] : {std::pair{json{"y"}, 4.0}, std::pair{json{"y", "x"}, 1.0}}) {
    auto view = view_of({{"reduce", reduce}}, ten_bins);
    view->accumulate(one_in_each(middle_of_bins()));
    auto out = view->finalize();
    CHECK(numbers(output(out, "cumulative")) == std::vector<double>(static_cast<std::size_t>(bins), 160 / bins));
  }
}

TEST_CASE("54: a merged view has neither merged dimensions nor coordinates") {
  auto view = view_of({{"reduce", {"y"}}});
  view->accumulate(one_in_each({1}));
  auto out = view->finalize();
  CHECK(output(out, "cumulative").data.dims == words{"x"});
  CHECK(output(out, "cumulative").coords.empty());
  auto whole = view_of();
  whole->accumulate(one_in_each({1}));
  auto image = output(whole->finalize(), "cumulative");
  REQUIRE(image.coords.size() == 1);
  CHECK(image.coords[0].first == "detector_number");
  CHECK(image.coords[0].second.dims == words{"y", "x"});
  CHECK_FALSE(image.coords[0].second.unit);
}

TEST_CASE("detector numbers of a view are 64 bits wide, or 32 where a file gave them") {
  for (bool file : {false, true}) {
    auto inst = std::make_shared<instrument>(*panel_instrument());
    inst->detectors[0].numbers_from_file = file;
    auto view = std::move(recipe_of(inst).value()->build().value());
    view->accumulate(one_in_each({1}));
    auto image = output(view->finalize(), "cumulative");
    std::vector<std::int64_t> numbers(16);
    std::iota(numbers.begin(), numbers.end(), 1);
    if (file)
      CHECK(image.coord("detector_number")->data == values(std::vector<std::int32_t>(numbers.begin(), numbers.end())));
    else
      CHECK(image.coord("detector_number")->data == values(numbers));
  }
}

TEST_CASE("coordinates of spectra come in the order that clients know") {
  auto coords_of = [](const data_array& a) {
    words list;
    for (const auto& [name, v] : a.coords)
      list.push_back(name);
    return list;
  };
  auto view = view_of({{"spectrum", json::array()}}, ten_bins);
  view->accumulate(one_in_each({1}));
  auto without = view->finalize();
  CHECK(coords_of(output(without, "roi_spectra_cumulative")) == words{"roi", "time_of_arrival"});
  CHECK(coords_of(output(without, "spectrum_view")) == words{"event_time_offset", "time_of_arrival"});
  view->set_context(ask_rectangle, rectangles({{0, 0, 1, 0, 1}}));
  view->accumulate(one_in_each({1}));
  auto with = view->finalize();
  CHECK(coords_of(output(with, "roi_spectra_cumulative")) == words{"event_time_offset", "time_of_arrival", "roi"});
  CHECK(coords_of(output(with, "roi_spectra_current")) ==
        words{"event_time_offset", "time_of_arrival", "roi", "start_time", "time"});
}

TEST_CASE("60: results do not share memory with what is counted on, over several cycles and pushes") {
  auto view = view_of();
  std::vector<std::vector<workflow_output>> results;
  for (int cycle = 1; cycle <= 3; ++cycle) {
    for (int push = 0; push < 2; ++push)
      view->accumulate(one_in_each({1}));
    results.push_back(view->finalize());
  }
  for (std::size_t c = 0; c < 3; ++c) {
    CHECK(sum(output(results[c], "cumulative")) == 32.0 * static_cast<double>(c + 1));
    CHECK(sum(output(results[c], "current")) == 32);
  }
}

TEST_CASE("61: a spectrum view keeps the total of the image, and its dimensions are those of its steps") {
  auto summed = view_of({{"spectrum", json::parse(R"([{"reduce": ["y"]}])")}}, ten_bins);
  summed->accumulate(one_in_each(middle_of_bins()));
  auto out = summed->finalize();
  CHECK(output(out, "spectrum_view").data.dims == words{"x", "time_of_arrival"});
  CHECK(output(out, "spectrum_view").data.shape == sizes{4, 10});
  CHECK(numbers(output(out, "spectrum_view")) == std::vector<double>(40, 4));
  CHECK(sum(output(out, "spectrum_view")) == sum(output(out, "cumulative")));
  auto settings = json::parse(R"({
    "spectrum": [{"fold": "x", "into": {"x": "columns", "rest": -1}}, {"reduce": ["rest"]}],
    "parameters": {"spectrum_params": {"columns": {"default": 2, "allowed": [1, 2, 4]}}}})");
  auto halved = view_of(settings, ten_bins);
  halved->accumulate(one_in_each(middle_of_bins()));
  CHECK(output(halved->finalize(), "spectrum_view").data.shape == sizes{4, 2, 10});
  auto params = ten_bins;
  params["spectrum_params"] = {{"columns", 1}};
  auto narrow = view_of(settings, params);
  narrow->accumulate(one_in_each(middle_of_bins()));
  narrow->finalize();
  narrow->accumulate(one_in_each(middle_of_bins()));
  auto second = narrow->finalize();
  CHECK(output(second, "spectrum_view").data.shape == sizes{4, 1, 10});
  CHECK(sum(output(second, "spectrum_view")) == 320);
  params["spectrum_params"] = {{"columns", 3}};
  CHECK(recipe_of(panel_instrument(settings), params).error().message.find("one of: 1, 2, 4") != std::string::npos);
}

TEST_CASE("a view may give out all its counts in single precision, rounded once") {
  auto view = view_of({{"element_type", "float32"}, {"spectrum", json::array()}});
  view->set_context(ask_rectangle, rectangles({{0, 0, 1, 0, 1}}));
  view->accumulate(one_in_each({1}));
  auto out = view->finalize();
  for (std::size_t i = 0; i < 9; ++i)
    CHECK(std::holds_alternative<std::vector<float>>(out[i].value->data.data));
  CHECK(std::get<std::vector<float>>(output(out, "counts_total").data.data) == std::vector<float>{16});
  // Spectra of no regions are no sums of such counts.
  view->set_context(ask_rectangle, rectangles({}));
  auto none = view->finalize();
  CHECK(std::holds_alternative<std::vector<double>>(output(none, "roi_spectra_cumulative").data.data));
  CHECK(std::holds_alternative<std::vector<double>>(output(none, "roi_spectra_current").data.data));
  CHECK(std::holds_alternative<std::vector<float>>(output(none, "cumulative").data.data));
}

TEST_CASE("a monitor with pixels has a view of them; other ids are dropped, and a monitor without pixels has none") {
  auto inst = panel_instrument({{"roi", false}, {"output_ndim", 1}}, "logical_view", "with_pixels");
  auto view = std::move(recipe_of(inst).value()->build().value());
  view->accumulate(make_batch("with_pixels", {make_chunk(std::vector<event>{{1, 3}, {1, 4}, {2, 4}, {1, 8}, {1, 9}})}));
  auto image = output(view->finalize(), "cumulative");
  CHECK(image.data.dims == words{"detector_number"});
  CHECK(numbers(image) == std::vector<double>{2, 0, 0, 0, 1});
  CHECK(image.coord("detector_number")->data == values(std::vector<std::int64_t>{4, 5, 6, 7, 8}));
  CHECK(view->tally().unknown_pixel == 2);
  auto refused = recipe_of(panel_instrument({}, "logical_view", "plain")).value()->build();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("'plain' has no pixels") != std::string::npos);
}

TEST_CASE("weights of a logical view are the numbers of pixels that meet in a bin; totals are not weighted") {
  auto params = ten_bins;
  params["pixel_weighting"] = {{"enabled", true}};
  auto view = view_of({{"reduce", {"y"}}}, params);
  view->accumulate(one_in_each(middle_of_bins()));
  auto out = view->finalize();
  CHECK(numbers(output(out, "cumulative")) == std::vector<double>(4, 10));
  CHECK(numbers(output(out, "counts_total")) == std::vector<double>{160});
}

TEST_CASE("a view that would need too much memory is refused with what it would need, and nothing is allocated") {
  auto params = json{{"toa_edges", {{"num_bins", 10000}}}};
  auto refused = recipe_of(panel_instrument(), params, 600'000).value()->build();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().reason == "bad_parameter");
  CHECK(refused.error().message.find("16 bins on the screen by 10000 bins of time need 0.6 MB") != std::string::npos);
  CHECK(refused.error().message.find("limits.job-memory") != std::string::npos);
  CHECK(recipe_of(panel_instrument(), params, 700'000).value()->build());
  // A screen of 2·10⁹ bins by 10⁴ of time: were it allocated before it is checked, this test would not come to its end.
  auto huge = std::make_shared<instrument>(*panel_instrument());
  huge->detectors[0].sizes = {{"y", 40000}, {"x", 50000}};
  auto told = recipe_of(huge, params).value()->build();
  REQUIRE_FALSE(told);
  CHECK(told.error().message.find("MB, but a job may have 1073.7 MB") != std::string::npos);
  CHECK(memory_of({2'000'000'000, 10'000, 2'000'000'000, 1, 0}) > 8e13);
}

TEST_CASE("data that are no events are an error of the batch, and a batch of settings alone changes nothing") {
  auto view = view_of();
  job_data wrong{{1}, {2}, {{"panel", array_ptr(rectangles({}))}}, {}};
  CHECK_THROWS_WITH(view->accumulate(wrong), doctest::Contains("brings no events"));
  view->accumulate({{5}, {6}, {}, {{"other", array_ptr(rectangles({}))}}});
  view->accumulate(one_in_each({1}, 16, {10}, {20}));
  CHECK(*output(view->finalize(), "current").coord("start_time") == make_scalar<std::int64_t>(10, "ns"));
}

} // namespace detector_view_outputs_test
