// What a workflow gives out does not depend on whether it was saved and loaded on the way. A new kind of workflow is
// among the kinds that are tested as soon as it is registered and an instrument declares it.
#include "support/built_in_instruments.hpp"
#include "support/golden_instruments.hpp"
#include "support/random_screen.hpp"
#include "support/random_steps.hpp"
#include "support/saved_state.hpp"
#include "workflows/detector_view/detector_view.hpp"
#include "workflows/registry.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <utility>

namespace saved_state_test {

using namespace livedata;
using namespace livedata::test;

namespace {

std::size_t random_place(const std::vector<workflow_step>& steps, std::uint64_t seed) {
  return std::mt19937_64(seed)() % (steps.size() + 1);
}

constexpr std::int32_t pixels = 60;

// A view with everything that a view may have, on a small screen.
std::unique_ptr<workflow> small_view(std::uint64_t number) {
  std::mt19937_64 rng(9);
  auto s = random_screen(rng, pixels, 3);
  for (std::size_t i = 0; i < s.weights.size(); ++i)
    s.weights[i] = static_cast<double>(i % 3 + 1);
  view_features features;
  features.regions = number % 4 != 0;
  features.single_precision = number % 3 == 0;
  if (number % 2 == 0) features.spectrum = logical_transform(s.dims, json::parse(R"([{"reduce": ["y"]}])"), "spectrum");
  json params{{"pixel_weighting", {{"enabled", number % 5 == 0}}}};
  return std::make_unique<detector_view>(std::move(s),
                                         to_view_params(complete_parameters(detector_view_model(), params)), features);
}

// Batches, some of them in pieces, requests for regions, results and resets.
std::vector<workflow_step> view_steps(std::uint64_t seed) {
  std::mt19937_64 rng(seed);
  std::vector<workflow_step> steps;
  using outputs = std::vector<workflow_output>;
  for (int i = 0; i < 40; ++i) {
    const auto what = rng() % 20;
    if (what < 10) {
      const auto events = rng() % 3 == 0 ? std::size_t{2000} : std::size_t{20};
      const auto data =
        make_batch("bank", {make_chunk(random_events(rng, events, 0, pixels + 1))}, {1000 + i}, {1001 + i});
      const auto pieces = what < 4 ? std::size_t{3} : std::size_t{1};
      steps.push_back([data, pieces](workflow& w) {
        auto work = dynamic_cast<divisible&>(w).divide(data, pieces);
        if (!work) {
          w.accumulate(data);
          return outputs{};
        }
        for (std::size_t p = 0; p < work->pieces(); ++p)
          work->run(p);
        work->join();
        return outputs{};
      });
    } else if (what < 13) {
      const auto polygons = rng() % 2 == 0;
      steps.push_back([polygons, wanted = random_regions(rng, polygons)](workflow& w) {
        w.set_context(polygons ? "bank/number/roi_polygon" : "bank/number/roi_rectangle", wanted);
        return outputs{};
      });
    } else if (what < 14) {
      steps.push_back([](workflow& w) {
        w.clear();
        return outputs{};
      });
    } else {
      steps.push_back([](workflow& w) { return w.finalize(); });
    }
  }
  return steps;
}

// Forgets to save one of its members.
class forgetful final : public workflow {
public:
  enum class member : std::uint8_t { none, total, window, offset };

  explicit forgetful(member forgotten) : forgotten_(forgotten) {}

  void accumulate(const job_data&) override {
    ++total_;
    ++window_;
  }

  void set_context(std::string_view, const stream_value&) override { ++offset_; }

  std::vector<workflow_output> finalize() override {
    const std::array numbers{total_, std::exchange(window_, 0), offset_};
    std::vector<workflow_output> out;
    for (auto n : numbers)
      out.push_back({"output", data_array{{}, make_scalar(n, "counts"), {}, {}}});
    return out;
  }

  void clear() override { total_ = window_ = 0; }

  void state(archive& a) override {
    if (forgotten_ != member::total) a.field("total", total_);
    if (forgotten_ != member::window) a.field("window", window_);
    if (forgotten_ != member::offset) a.field("offset", offset_);
  }

private:
  member forgotten_;
  std::int64_t total_ = 0;
  std::int64_t window_ = 0;
  std::int64_t offset_ = 0;
};

// Workflows that need files of their instrument: the golden case that has them, and the source to test.
struct filed_workflow {
  const char* instrument;
  const char* workflow;
  const char* golden_case;
  const char* source;
};

constexpr std::array filed_workflows{
  filed_workflow{"loki", "i_of_q", "loki_i_of_q_current_run", "loki_detector_1"},
  filed_workflow{"loki", "i_of_q", "loki_i_of_q_current_run", "loki_detector_0"},
  filed_workflow{"dream", "powder_reduction", "dream_powder", "sans_detector"},
  filed_workflow{"dream", "powder_reduction_with_vanadium", "dream_powder_vanadium", "sans_detector"},
  filed_workflow{"bifrost", "qmap", "bifrost_qmaps", "unified_detector"},
  filed_workflow{"bifrost", "elastic_qmap", "bifrost_qmaps", "unified_detector"},
  filed_workflow{"bifrost", "elastic_qmap_custom", "bifrost_qmaps", "unified_detector"},
  filed_workflow{"estia", "reflectometry_reduction", "estia_reflectometry", "multiblade_detector"}};

bool needs_files(const std::string& instrument, const std::string& workflow) {
  return std::ranges::any_of(filed_workflows,
                             [&](const auto& w) { return w.instrument == instrument && w.workflow == workflow; });
}

} // namespace

TEST_CASE("a reduction goes on bit by bit where it was saved and loaded") {
  for (const auto& w : filed_workflows) {
    CAPTURE(w.workflow);
    CAPTURE(w.source);
    const auto folder = golden_folder(w.golden_case);
    const auto inst = instrument_with(w.instrument, folder);
    const auto registry = workflows_with(folder);
    const auto recipe = registry.recipe(inst, w.workflow, w.source, json::object()).value();
    const job_id job{w.source, uuid_from_name("saved")};
    const auto make = [&] { return std::move(recipe->build().value()); };
    const auto steps = random_steps(*inst, *recipe, job, 25, 1);
    const auto difference = difference_after_loading(make, steps, random_place(steps, 1));
    CHECK_MESSAGE(!difference, difference.value_or(""));
  }
}

TEST_CASE("a workflow of any kind, on any instrument, goes on bit by bit where it was saved and loaded") {
  const auto registry = builtin_workflows();
  std::set<std::string> tested;
  for (const auto& inst : built_in_instruments())
    for (const auto& declaration : inst->workflows) {
      if (needs_files(inst->name, declaration.name)) {
        tested.insert(declaration.kind);
        continue;
      }
      CAPTURE(inst->name);
      CAPTURE(declaration.name);
      const auto* kind = registry.find(declaration.kind);
      REQUIRE(kind != nullptr);
      const auto& source = smallest_source(*inst, declaration);
      const auto recipe = registry.recipe(inst, declaration.name, source, small_params(*kind, declaration)).value();
      const job_id job{source, uuid_from_name("saved")};
      const auto make = [&] { return std::move(recipe->build().value()); };
      const std::uint64_t rounds = pixels_of_source(*inst, source) > 100'000 ? 1 : 2;
      for (std::uint64_t seed = 0; seed < rounds; ++seed) {
        const auto steps = random_steps(*inst, *recipe, job, 12, seed);
        const auto difference = difference_after_loading(make, steps, random_place(steps, seed));
        CHECK_MESSAGE(!difference, difference.value_or(""));
      }
      tested.insert(declaration.kind);
    }
  for (const auto& kind : registry.kinds())
    CHECK_MESSAGE(tested.contains(kind), "no instrument declares a workflow of kind ", kind);
}

TEST_CASE("a detector view goes on bit by bit where it was saved and loaded") {
  for (std::uint64_t number = 0; number < 120; ++number) {
    CAPTURE(number);
    const auto steps = view_steps(number);
    const auto difference =
      difference_after_loading([number] { return small_view(number); }, steps, random_place(steps, number));
    REQUIRE_MESSAGE(!difference, difference.value_or(""));
  }
}

TEST_CASE("a workflow that leaves a member out of its state is found") {
  const auto inst = std::make_shared<const instrument>();
  const workflow_step batch = [](workflow& w) {
    w.accumulate({});
    return std::vector<workflow_output>{};
  };
  const workflow_step context = [](workflow& w) {
    w.set_context("", {});
    return std::vector<workflow_output>{};
  };
  const workflow_step result = [](workflow& w) { return w.finalize(); };
  const std::vector<workflow_step> steps{context, batch, result, batch, batch, result};
  using member = forgetful::member;
  for (auto forgotten : {member::none, member::total, member::window, member::offset})
    CHECK(difference_after_loading([&] { return std::make_unique<forgetful>(forgotten); }, steps, 4).has_value() ==
          (forgotten != member::none));
}

TEST_CASE("a workflow that refuses to load what was saved goes on as before") {
  for (std::uint64_t number = 0; number < 12; ++number) {
    CAPTURE(number);
    const auto steps = view_steps(number);
    const auto plain = small_view(number);
    const auto tried = small_view(number);
    // Of a view that has a spectrum where this one has none, or the other way round; and one without regions.
    const auto other = small_view(number + 1);
    for (const auto& step : steps)
      (void)outcome_of(*other, step);
    const auto foreign = other->save();
    auto broken = foreign;
    broken[broken.size() / 2] ^= std::byte{1};
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (i % 8 == 7) {
        CHECK_THROWS_AS(tried->load(foreign), archive_error);
        CHECK_THROWS_AS(tried->load(broken), archive_error);
      }
      REQUIRE(outcome_of(*plain, steps[i]) == outcome_of(*tried, steps[i]));
    }
  }
}

} // namespace saved_state_test
