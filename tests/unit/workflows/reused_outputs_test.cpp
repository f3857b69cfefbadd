#include "support/events.hpp"
#include "support/outputs.hpp"
#include "support/random_screen.hpp"
#include "support/random_steps.hpp"
#include "workflows/detector_view/detector_view.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <random>

namespace reused_outputs_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr std::int32_t pixels = 60;
const std::string rectangle = "bank/number/roi_rectangle";
const std::string polygon = "bank/number/roi_polygon";

struct form {
  bool weighted = false;
  bool regions = true;
  bool spectrum = false;
  bool single_precision = false;
};

std::unique_ptr<detector_view> view_of(const form& f) {
  std::mt19937_64 rng(9);
  auto s = random_screen(rng, pixels, 3);
  for (std::size_t i = 0; i < s.weights.size(); ++i)
    s.weights[i] = static_cast<double>(i % 3 + 1);
  s.coords.emplace_back("x", make_vector("x", std::vector<double>{0, 1, 2, 3, 4, 5}, "m"));
  view_features features;
  features.regions = f.regions;
  features.single_precision = f.single_precision;
  if (f.spectrum) features.spectrum = logical_transform(s.dims, json::parse(R"([{"reduce": ["y"]}])"), "spectrum");
  json params{{"pixel_weighting", {{"enabled", f.weighted}}}};
  return std::make_unique<detector_view>(std::move(s),
                                         to_view_params(complete_parameters(detector_view_model(), params)), features);
}

void check_same(const std::vector<workflow_output>& a, const std::vector<workflow_output>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CAPTURE(a[i].name);
    REQUIRE(a[i].name == b[i].name);
    REQUIRE(a[i].value == b[i].value);
  }
}

// As a job leaves them.
std::vector<workflow_output> titled(std::vector<workflow_output> outputs) {
  for (auto& o : outputs)
    o.value->name = "Title of " + o.name;
  return outputs;
}

std::vector<workflow_output> untitled(std::vector<workflow_output> outputs) {
  for (auto& o : outputs)
    o.value->name.clear();
  return outputs;
}

} // namespace

TEST_CASE("outputs in the place of former ones are those of a view that makes them anew each time") {
  const std::vector<form> forms{{},
                                {.weighted = true},
                                {.regions = false},
                                {.spectrum = true},
                                {.weighted = true, .spectrum = true, .single_precision = true}};
  for (std::size_t number = 0; number < forms.size(); ++number) {
    const auto& f = forms[number];
    auto thrifty = view_of(f);
    auto plain = view_of(f);
    std::mt19937_64 rng(number);
    auto chance = [&](unsigned n) { return rng() % n == 0; };
    std::int64_t now = 1000;
    auto both = [&](auto&& what) {
      what(*thrifty);
      what(*plain);
    };
    for (int round = 0; round < 200; ++round) {
      CAPTURE(number);
      CAPTURE(round);
      // Also results of no batch at all, and of several.
      for (auto batches = rng() % 3; batches > 0; --batches) {
        const auto events = chance(3) ? std::size_t{2000} : std::size_t{20};
        const auto data =
          make_batch("bank", {make_chunk(random_events(rng, events, 0, pixels + 1, 0, 71'000'000))}, {now}, {now + 71});
        now += 71;
        both([&](detector_view& v) { v.accumulate(data); });
      }
      auto ask = [&] {
        if (!f.regions) return;
        const auto four = chance(2);
        const auto wanted = random_regions(rng, four, "m");
        both([&](detector_view& v) { v.set_context(four ? polygon : rectangle, wanted); });
      };
      if (chance(4)) ask();
      if (chance(10)) both([](detector_view& v) { v.clear(); });
      auto out = thrifty->finalize();
      check_same(untitled(out), plain->finalize());
      // Given back late, after the form has changed.
      if (chance(5)) ask();
      // Now and then somebody keeps them.
      if (!chance(5)) thrifty->reuse(titled(std::move(out)));
    }
  }
}

} // namespace reused_outputs_test
