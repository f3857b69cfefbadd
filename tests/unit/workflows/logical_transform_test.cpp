#include "workflows/detector_view/logical_transform.hpp"
#include "workflows/detector_view/screen.hpp"
#include "workflows/parameter_model.hpp"

#include <doctest/doctest.h>

#include <numeric>
#include <random>

namespace logical_transform_test {

using namespace livedata;

namespace {

logical_transform made(const sized_dims& input, std::string_view steps,
                       const logical_transform::named_size& named = {}) {
  return {input, json::parse(steps), "settings.transform", named};
}

std::string refusal(const sized_dims& input, std::string_view steps) {
  try {
    made(input, steps);
  } catch (const parameter_error& e) {
    return e.what();
  }
  return "none";
}

// Calls f(index) for every element of an array, row-major.
template <class F>
void for_each_index(const sized_dims& dims, F&& f) {
  std::vector<std::int64_t> index(dims.size(), 0);
  for (std::int64_t n = 0; n < volume(dims); ++n) {
    f(static_cast<std::size_t>(n), index);
    for (auto i = dims.size(); i-- > 0;) {
      if (++index[i] < dims[i].second) break;
      index[i] = 0;
    }
  }
}

} // namespace

TEST_CASE("34: a folded view has the dimensions of its fold") {
  auto t = made({{"detector_number", 16}}, R"([{"fold": "detector_number", "into": {"y": 4, "x": -1}}])");
  CHECK(t.dims() == sized_dims{{"y", 4}, {"x", 4}});
  std::vector<std::int32_t> same(16);
  std::iota(same.begin(), same.end(), 0);
  CHECK(t.target() == same);
  CHECK_FALSE(t.reduces());
}

TEST_CASE("no steps leave everything as it is") {
  auto t = logical_transform({{"y", 2}, {"x", 3}}, json(), "settings.transform");
  CHECK(t.dims() == sized_dims{{"y", 2}, {"x", 3}});
  CHECK(t.target() == std::vector<std::int32_t>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("a transposition moves elements as their indices say") {
  sized_dims dims{{"a", 2}, {"b", 3}, {"c", 4}};
  auto t = made(dims, R"([{"transpose": ["c", "a", "b"]}])");
  CHECK(t.dims() == sized_dims{{"c", 4}, {"a", 2}, {"b", 3}});
  auto target = t.target();
  for_each_index(dims, [&](std::size_t n, const auto& i) { REQUIRE(target[n] == (i[2] * 2 + i[0]) * 3 + i[1]); });
}

TEST_CASE("the front layer of a mantle: folded, transposed, sliced and flattened") {
  auto t = made({{"wire", 4}, {"module", 2}, {"segment", 3}, {"strip", 8}, {"counter", 2}}, R"([
    {"transpose": ["wire", "module", "segment", "counter", "strip"]},
    {"slice": "wire", "index": 1},
    {"flatten": ["module", "segment", "counter"], "into": "mod/seg/cntr"}])");
  CHECK(t.dims() == sized_dims{{"mod/seg/cntr", 12}, {"strip", 8}});
  CHECK_FALSE(t.reduces());
  auto target = t.target();
  for_each_index({{"wire", 4}, {"module", 2}, {"segment", 3}, {"strip", 8}, {"counter", 2}},
                 [&](std::size_t n, const auto& i) {
                   REQUIRE(target[n] == (i[0] != 1 ? -1 : ((i[1] * 3 + i[2]) * 2 + i[4]) * 8 + i[3]));
                 });
}

TEST_CASE("a camera is brought to fewer pixels by folding both axes and adding up the parts") {
  auto t = made({{"dim_0", 12}, {"dim_1", 20}}, R"([
    {"rename": {"dim_0": "x", "dim_1": "y"}},
    {"fold": "x", "into": {"x": 3, "x_bin": -1}},
    {"fold": "y", "into": {"y": 5, "y_bin": -1}},
    {"reduce": ["x_bin", "y_bin"]}])");
  CHECK(t.dims() == sized_dims{{"x", 3}, {"y", 5}});
  CHECK(t.reduces());
  auto target = t.target();
  for_each_index({{"x", 12}, {"y", 20}},
                 [&](std::size_t n, const auto& i) { REQUIRE(target[n] == i[0] / 4 * 5 + i[1] / 4); });
}

TEST_CASE(
  "124: a bank of 12 panels of 1000 by 1000 pixels as 250 by 250 bins has 192 pixels in each, a panel view 64") {
  sized_dims bank{{"panel", 12}, {"y", 1000}, {"x", 1000}};
  auto whole =
    made(bank, R"([{"fold": "y", "into": {"y": 250, "y_bin": 4}}, {"fold": "x", "into": {"x": 250, "x_bin": 4}},
                              {"reduce": ["panel", "y_bin", "x_bin"]}])");
  CHECK(whole.dims() == sized_dims{{"y", 250}, {"x", 250}});
  auto s = logical_screen({"bank", bank, 1}, whole);
  CHECK(s.weights == std::vector<double>(62500, 192.0));
  auto panels =
    made(bank, R"([{"fold": "y", "into": {"y": 125, "y_bin": 8}}, {"fold": "x", "into": {"x": 125, "x_bin": 8}},
                               {"reduce": ["y_bin", "x_bin"]}])");
  CHECK(panels.dims() == sized_dims{{"panel", 12}, {"y", 125}, {"x", 125}});
  CHECK(logical_screen({"bank", bank, 1}, panels).weights == std::vector<double>(187500, 64.0));
}

TEST_CASE("all dimensions but some may be added up, in detectors that have others too") {
  for (const auto& dims :
       {sized_dims{{"wire", 2}, {"strip", 3}, {"counter", 2}}, sized_dims{{"strip", 3}, {"other", 5}}}) {
    auto t = made(dims, R"([{"keep": ["strip"]}])");
    CHECK(t.dims() == sized_dims{{"strip", 3}});
    CHECK(t.reduces());
    auto at = dims[0].first == "strip" ? 0U : 1U;
    auto target = t.target();
    for_each_index(dims, [&](std::size_t n, const auto& i) { REQUIRE(target[n] == i[at]); });
  }
  auto all = made({{"strip", 3}}, R"([{"keep": ["strip"]}])");
  CHECK_FALSE(all.reduces());
  CHECK(refusal({{"strip", 3}}, R"([{"keep": ["wire"]}])").find("names 'wire'") != std::string::npos);
}

TEST_CASE("sizes of a fold may be chosen by a user") {
  auto named = [](std::string_view name) { return name == "ppt" ? std::optional<std::int64_t>(5) : std::nullopt; };
  auto t =
    made({{"pixel", 20}}, R"([{"fold": "pixel", "into": {"pixel": "ppt", "rest": -1}}, {"reduce": ["rest"]}])", named);
  CHECK(t.dims() == sized_dims{{"pixel", 5}});
  CHECK(t.target()[7] == 1);
}

TEST_CASE("random chains of steps agree with moving the indices one by one") {
  std::mt19937_64 rng(21);
  auto upto = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(rng); };
  for (int round = 0; round < 300; ++round) {
    sized_dims dims{{"a", 1 + static_cast<std::int64_t>(upto(6))},
                    {"b", 1 + static_cast<std::int64_t>(upto(6))},
                    {"c", 1 + static_cast<std::int64_t>(upto(6))}};
    auto input = dims;
    auto steps = json::array();
    // Index of each element after the steps; empty if it is gone.
    std::vector<std::vector<std::int64_t>> at;
    for_each_index(dims, [&](std::size_t, const auto& i) { at.push_back(i); });
    std::vector<bool> gone(at.size(), false);
    for (std::size_t step = 0; step < 1 + upto(5); ++step) {
      auto d = upto(dims.size());
      auto put = static_cast<std::ptrdiff_t>(d);
      switch (upto(5)) {
      case 0: { // fold
        auto n = dims[d].second;
        std::int64_t inner = n % 3 == 0 ? 3 : n % 2 == 0 ? 2 : 1;
        auto name = dims[d].first;
        steps.push_back({{"fold", name}, {"into", {{name + "0", -1}, {name + "1", inner}}}});
        dims[d] = {name + "0", n / inner};
        dims.insert(dims.begin() + put + 1, {name + "1", inner});
        for (auto& i : at) {
          auto old = i[d];
          i[d] = old / inner;
          i.insert(i.begin() + put + 1, old % inner);
        }
        break;
      }
      case 1: { // flatten two neighbours
        if (d + 1 >= dims.size()) break;
        auto name = dims[d].first + dims[d + 1].first;
        auto inner = dims[d + 1].second;
        steps.push_back({{"flatten", {dims[d].first, dims[d + 1].first}}, {"into", name}});
        dims[d] = {name, dims[d].second * inner};
        dims.erase(dims.begin() + put + 1);
        for (auto& i : at) {
          i[d] = i[d] * inner + i[d + 1];
          i.erase(i.begin() + put + 1);
        }
        break;
      }
      case 2: { // transpose: bring one to the front
        std::rotate(dims.begin(), dims.begin() + put, dims.begin() + put + 1);
        auto names = json::array();
        for (const auto& x : dims)
          names.push_back(x.first);
        steps.push_back({{"transpose", names}});
        for (auto& i : at)
          std::rotate(i.begin(), i.begin() + put, i.begin() + put + 1);
        break;
      }
      case 3: { // slice
        if (dims.size() < 2) break;
        auto index = static_cast<std::int64_t>(upto(static_cast<std::size_t>(dims[d].second)));
        steps.push_back({{"slice", dims[d].first}, {"index", upto(2) == 0 ? index : index - dims[d].second}});
        for (std::size_t e = 0; e < at.size(); ++e) {
          if (at[e][d] != index) gone[e] = true;
          at[e].erase(at[e].begin() + put);
        }
        dims.erase(dims.begin() + put);
        break;
      }
      default: // reduce
        if (dims.size() < 2) break;
        steps.push_back({{"reduce", {dims[d].first}}});
        dims.erase(dims.begin() + put);
        for (auto& i : at)
          i.erase(i.begin() + put);
      }
    }
    CAPTURE(steps.dump());
    logical_transform t(input, steps, "transform");
    REQUIRE(t.dims() == dims);
    auto target = t.target();
    for (std::size_t e = 0; e < at.size(); ++e) {
      std::int64_t flat = 0;
      for (std::size_t i = 0; i < dims.size(); ++i)
        flat = flat * dims[i].second + at[e][i];
      REQUIRE(target[e] == (gone[e] ? -1 : flat));
    }
  }
}

TEST_CASE("a step that does not fit is refused by place, with what there is") {
  sized_dims dims{{"y", 6}, {"x", 4}};
  auto holds = [&](std::string_view steps, std::string_view a, std::string_view b = "") {
    auto text = refusal(dims, steps);
    CAPTURE(text);
    CHECK(text.find(a) != std::string::npos);
    CHECK(text.find(b) != std::string::npos);
  };
  holds(R"({"fold": "y"})", "settings.transform", "list of steps");
  holds(R"([5])", "settings.transform[0]", "object");
  holds(R"([{}])", "one of: fold, flatten, transpose");
  holds(R"([{"fold": "z", "into": {"a": 6}}])", "names 'z'", "(y 6, x 4)");
  holds(R"([{"fold": "y"}])", "no 'into'");
  holds(R"([{"fold": "y", "into": {"a": 4, "b": 2}}])", "cannot fold 'y' of size 6 into (a 4, b 2)");
  holds(R"([{"fold": "y", "into": {"a": 4, "b": -1}}])", "cannot fold");
  holds(R"([{"fold": "y", "into": {"a": -1, "b": -1}}])", "into.b", "-1 in one place");
  holds(R"([{"fold": "y", "into": {"a": "ppt", "b": -1}}])", "\"ppt\"", "no size");
  holds(R"([{"fold": "y", "into": {"a": 9223372036854775807, "b": 9223372036854775807}}])", "cannot fold");
  holds(R"([{"fold": "y", "into": {"x": 2, "a": 3}}])", "two dimensions 'x'");
  holds(R"([{"rename": {"y": "x"}}])", "two dimensions 'x'");
  holds(R"([{"flatten": ["x", "y"], "into": "a"}])", "side by side", "transpose first");
  holds(R"([{"flatten": ["y", "y"], "into": "a"}])", "twice");
  holds(R"([{"transpose": ["x"]}])", "all dimensions of (y 6, x 4)");
  holds(R"([{"slice": "y", "index": 6}])", "indices 0 to 5");
  holds(R"([{"slice": "y", "index": "a"}])", "indices 0 to 5");
  holds(R"([{"reduce": "y"}])", "list of dimensions");
  holds(R"([{"reduce": ["y"], "into": "a"}])", "unknown key 'into'");
  holds(R"([{"reduce": ["y"]}, {"reduce": ["y"]}])", "settings.transform[1].reduce", "(x 4)");
}

TEST_CASE("detector numbers with gaps and in any order find their pixels") {
  pixel_grid pixels{"bank", {{"p", 4}}, 1, {12, 7, 9, 30}, true};
  auto s = logical_screen(pixels, logical_transform(pixels.sizes, json(), "t"));
  CHECK(s.first_pixel == 7);
  REQUIRE(s.replicas[0].size() == 24);
  for (std::int32_t n = 7; n <= 30; ++n) {
    auto expected = n == 12 ? 0 : n == 7 ? 1 : n == 9 ? 2 : n == 30 ? 3 : -1;
    CHECK(s.replicas[0][static_cast<std::size_t>(n - 7)] == expected);
  }
  CHECK(s.coords[0].second.data == values(pixels.numbers));
  pixels.numbers[3] = 7;
  CHECK_THROWS_WITH_AS(logical_screen(pixels, logical_transform(pixels.sizes, json(), "t")),
                       doctest::Contains("7 of bank stands twice"), parameter_error);
  pixels.numbers[3] = 2'000'000'000;
  CHECK_THROWS_WITH_AS(logical_screen(pixels, logical_transform(pixels.sizes, json(), "t")),
                       doctest::Contains("too far"), parameter_error);
}

} // namespace logical_transform_test
