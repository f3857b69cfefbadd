// Random calls for the workflow of any job of any instrument, by what its streams are.
#pragma once

#include "support/events.hpp"
#include "support/saved_state.hpp"
#include "workflows/registry.hpp"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace livedata::test {

// Regions in bins of the screen: rectangles of two bounds, or polygons of four corners. `x_unit`: of their coordinate
// x.
inline array_ptr random_regions(std::mt19937_64& rng, bool polygons, const std::optional<std::string>& x_unit = {}) {
  auto below = [&](int n) { return std::uniform_int_distribution(0, n)(rng); };
  const auto corners = polygons ? std::size_t{4} : std::size_t{2};
  std::vector<double> x;
  std::vector<double> y;
  std::vector<std::int32_t> index;
  for (std::int32_t n = below(2), i = 0; i < n; ++i) {
    const double x0 = below(3);
    const double y0 = below(2);
    const double x1 = x0 + 1 + below(60);
    const double y1 = y0 + 1 + below(60);
    x.insert(x.end(), {x0, x1});
    y.insert(y.end(), polygons ? std::initializer_list<double>{y0, y0} : std::initializer_list<double>{y0, y1});
    if (polygons) {
      x.insert(x.end(), {x1, x0});
      y.insert(y.end(), {y1, y1});
    }
    index.insert(index.end(), corners, i + (polygons ? 4 : 0));
  }
  const auto* dim = polygons ? "vertex" : "bounds";
  auto a = std::make_shared<data_array>();
  a->data = make_vector(dim, std::vector<std::int32_t>(x.size(), 1), "dimensionless");
  a->set_coord("x", make_vector(dim, x, x_unit));
  a->set_coord("y", make_vector(dim, y, std::nullopt));
  a->set_coord("roi_index", make_vector(dim, index, "dimensionless"));
  return a;
}

// What streams of an instrument may bring, one value after the other.
class random_streams {
public:
  random_streams(const instrument& inst, std::uint64_t seed) : inst_(inst), rng_(seed) {}

  std::size_t below(std::size_t n) { return rng_() % n; }

  stream_value next(const std::string& stream) {
    if (stream.ends_with("/roi_rectangle") || stream.ends_with("/roi_polygon"))
      return random_regions(rng_, stream.ends_with("/roi_polygon"));
    if (const auto* d = inst_.find_detector(stream)) return events_of(*d);
    if (const auto* m = inst_.find_monitor(stream)) {
      if (below(4) == 0) return histogram();
      return m->pixels ? events(m->pixels->first, m->pixels->second) : events(1, 1);
    }
    if (const auto* area = inst_.find_area_detector(stream)) return frame(*area);
    return series(stream);
  }

private:
  // Many of them now and then.
  std::size_t number_of_events() { return below(4) == 0 ? 3000 : below(30); }

  stream_value events(std::int32_t first, std::int32_t last) {
    return batch_of(random_events(rng_, number_of_events(), first - 1, last + 1));
  }

  stream_value events_of(const detector& d) {
    if (d.numbers == nullptr)
      return events(d.first_pixel, d.first_pixel + static_cast<std::int32_t>(d.pixel_count()) - 1);
    auto list = random_events(rng_, number_of_events(), 0, 0);
    for (auto& e : list)
      e.pixel = (*d.numbers)[below(d.numbers->size())];
    return batch_of(list);
  }

  static stream_value batch_of(const std::vector<event>& list) {
    auto batch = std::make_shared<event_batch>();
    const auto half = list.size() / 2;
    batch->add(make_chunk(std::span(list).first(half)));
    batch->add(make_chunk(std::span(list).subspan(half)));
    return events_ptr(std::move(batch));
  }

  stream_value histogram() {
    std::vector<double> counts(3);
    for (auto& c : counts)
      c = static_cast<double>(below(1000)) / 8;
    auto a = std::make_shared<data_array>();
    a->data = make_vector("tof", std::move(counts), "counts");
    a->set_coord("tof", make_vector("tof", std::vector<double>{0, 1.1e7, 3.7e7, 6e7}, "ns"));
    return array_ptr(std::move(a));
  }

  stream_value frame(const area_detector& d) {
    std::int64_t size = 1;
    auto a = std::make_shared<data_array>();
    for (std::size_t i = 0; i < d.simulated_shape.size(); ++i) {
      a->data.dims.push_back("dim_" + std::to_string(i));
      size *= d.simulated_shape[i];
    }
    a->data.shape = d.simulated_shape;
    std::vector<std::int32_t> elements(static_cast<std::size_t>(size), static_cast<std::int32_t>(below(2'000'000'000)));
    for (int i = 0; i < 100; ++i)
      elements[below(elements.size())] = static_cast<std::int32_t>(below(1000));
    a->data.data = std::move(elements);
    return array_ptr(std::move(a));
  }

  struct samples {
    std::vector<timestamp> time;
    std::vector<double> value;
    std::vector<double> target;
    std::vector<std::int32_t> idle;
    std::vector<std::int64_t> whole;
  };

  // What it had, perhaps without its oldest samples, and a few more.
  stream_value series(const std::string& stream) {
    auto& all = samples_[stream];
    const auto keep = [&](auto& list) {
      if (list.size() > 4) list.erase(list.begin(), list.end() - 4);
    };
    if (below(3) == 0)
      std::apply([&](auto&... lists) { (keep(lists), ...); },
                 std::tie(all.time, all.value, all.target, all.idle, all.whole));
    const auto is_device = inst_.find_device(stream) != nullptr;
    for (auto n = 1 + below(7); n > 0; --n) {
      all.time.push_back({++now_});
      all.whole.push_back(static_cast<std::int64_t>(below(3)));
      all.value.push_back(static_cast<double>(all.whole.back()));
      if (is_device) {
        all.target.push_back(all.value.back() + 1);
        all.idle.push_back(static_cast<std::int32_t>(below(2)));
      }
    }
    const auto owner = std::make_shared<const samples>(all);
    return std::make_shared<const log_series>(log_series{owner->time, owner->value, owner->target, owner->idle, true,
                                                         owner->whole, inst_.unit_of(stream), owner});
  }

  const instrument& inst_;
  std::mt19937_64 rng_;
  std::map<std::string, samples> samples_;
  std::int64_t now_ = 0;
};

// Each context stream has a value at first; then batches, results, context and resets come at random.
inline std::vector<workflow_step> random_steps(const instrument& inst, const workflow_recipe& recipe, const job_id& job,
                                               std::size_t number, std::uint64_t seed) {
  random_streams streams(inst, seed);
  const auto needs = recipe.needs(job);
  auto context = needs.gating;
  context.insert(context.end(), needs.context.begin(), needs.context.end());
  std::vector<workflow_step> steps;
  auto tell = [&](const std::string& stream) {
    steps.push_back([stream, value = streams.next(stream)](workflow& w) {
      w.set_context(stream, value);
      return std::vector<workflow_output>{};
    });
  };
  for (const auto& stream : context)
    tell(stream);
  std::int64_t now = 1000;
  while (steps.size() < number) {
    const auto what = streams.below(20);
    if (what < 11) {
      job_data data{{now}, {now + 71}, {{recipe.source(), streams.next(recipe.source())}}, {}};
      for (const auto& stream : needs.auxiliary)
        data.auxiliary.push_back({stream, streams.next(stream)});
      steps.push_back([data](workflow& w) {
        w.accumulate(data);
        return std::vector<workflow_output>{};
      });
      now += 71;
    } else if (what < 16) {
      steps.push_back([](workflow& w) { return w.finalize(); });
    } else if (what < 19 && !context.empty()) {
      tell(context[streams.below(context.size())]);
    } else if (what == 19) {
      steps.push_back([](workflow& w) {
        w.clear();
        return std::vector<workflow_output>{};
      });
    }
  }
  return steps;
}

} // namespace livedata::test
