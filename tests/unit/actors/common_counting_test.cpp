// Views whose events are counted in common give what they give when each counts by itself, whoever gets what when.
#include "actors/coordinator/counting_pool.hpp"
#include "support/events.hpp"
#include "support/random_screen.hpp"
#include "workflows/detector_view/detector_view.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr std::size_t bank_pixels = 300;
constexpr std::size_t most_jobs = 7;

array_ptr random_rectangle(std::mt19937_64& rng) {
  auto range = [&] {
    auto low = std::uniform_real_distribution<double>(0, 3)(rng);
    return std::vector<double>{low, low + std::uniform_real_distribution<double>(0.1, 3)(rng)};
  };
  auto a = std::make_shared<data_array>();
  a->data = make_vector("bounds", std::vector<std::int32_t>{1, 1}, "dimensionless");
  a->set_coord("x", make_vector("bounds", range(), std::nullopt));
  a->set_coord("y", make_vector("bounds", range(), std::nullopt));
  a->set_coord("roi_index", make_vector("bounds", std::vector<std::int32_t>{2, 2}, "dimensionless"));
  return a;
}

// A job twice: one that may count in common, and one that counts by itself.
struct twin {
  twin(const screen& s, int bins, const std::string& key)
    : common(s, params(bins), features(key)), alone(s, params(bins), features({})) {}

  static detector_view_params params(int bins) {
    return to_view_params(complete_parameters(
      detector_view_model(), {{"toa_edges", {{"num_bins", bins}}}, {"toa_range", {{"enabled", true}, {"stop", 40}}}}));
  }

  static view_features features(const std::string& key) {
    view_features f;
    f.regions = true;
    f.counting_key = key;
    return f;
  }

  detector_view common;
  detector_view alone;
};

struct common_jobs {
  explicit common_jobs(std::uint64_t seed) : rng(seed) {
    auto s = random_screen(rng, bank_pixels, 3);
    for (std::size_t i = 0; i < most_jobs; ++i)
      add(s, i % 4 == 3 ? 11 : 7);
    other = s;
  }

  void add(const screen& s, int bins) {
    twins.push_back(std::make_unique<twin>(s, bins, std::to_string(bins)));
    ids.push_back({"bank", uuid_from_name(std::to_string(ids.size()))});
    offers.emplace_back();
    keep_offer(twins.size() - 1);
  }

  std::size_t upto(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n)(rng); }

  job_data random_data() {
    std::vector<event_chunk> chunks;
    for (std::size_t i = upto(3); i > 0; --i)
      chunks.push_back(make_chunk(random_events(rng, upto(2) == 0 ? upto(4) : upto(200), -5, bank_pixels + 5)));
    ++second;
    auto data = make_batch("bank", std::move(chunks), {second}, {second + 1});
    if (upto(14) == 0) { // events without pixels
      static const std::vector<std::int32_t> times(3);
      auto bad = std::make_shared<event_batch>();
      bad->add({{}, std::span<const std::int32_t>(times), {}, nullptr});
      data.primary = {{"bank", events_ptr(std::move(bad))}};
    }
    return data;
  }

  std::size_t index_of(const job_id& id) const {
    return static_cast<std::size_t>(std::find(ids.begin(), ids.end(), id) - ids.begin());
  }

  void keep_offer(std::size_t i) { offers[i] = twins[i]->common.counting(); }

  // Lends counts to a job for what `f` does.
  template <class F>
  void lent(std::size_t i, const common_counts* counts, F&& f) {
    twins[i]->common.lend(counts);
    f();
    twins[i]->common.lend(nullptr);
    keep_offer(i);
  }

  void make(const counting_pool::pass& p, const job_data& data, std::string& failure) {
    auto counts = upto(9) == 0 ? p.counts->copy() : p.counts;
    try {
      auto work = counts->count(data, p.turn, 1 + upto(2));
      for (std::size_t i = 0; i < work->pieces(); ++i)
        work->run(i);
      work->join();
      counts->name(p.version);
    } catch (const std::invalid_argument& e) {
      failure = e.what();
    }
    pool.passed(p.group, counts);
    current = counts;
    ++passes;
  }

  void batch() {
    // Most jobs get the same events, some get others, some get nothing but have something to give out.
    auto data = random_data();
    auto private_data = random_data();
    std::vector<job_table::work_item> items;
    for (std::size_t i = 0; i < twins.size(); ++i) {
      auto kind = upto(11);
      if (kind == 0) continue;
      job_task task;
      task.data = kind == 1 ? private_data : data;
      if (kind == 2) task.data.primary.clear();
      task.hold = upto(4) == 0;
      if (upto(4) == 0) task.settings = {{"x/roi_rectangle", random_rectangle(rng)}};
      items.push_back({ids[i], task});
    }
    auto plan = pool.prepare(items, [&](const job_id& id) {
      const auto& offer = offers[index_of(id)];
      return offer ? &*offer : nullptr;
    });
    for (const auto& d : plan.leave) {
      auto i = index_of(d.job);
      lent(i, d.counts.get(), [&] { twins[i]->common.leave(); });
      ++departures;
    }
    std::vector<const common_counts*> loans(items.size());
    std::vector<std::string> failures(items.size());
    for (const auto& [i, counts] : plan.lend) {
      loans[i] = counts.get();
      ++lends;
    }
    std::set<std::size_t> seen;
    std::vector<std::shared_ptr<common_counts>> alive;
    for (const auto& p : plan.passes) {
      std::string failure;
      make(p, items[p.items.front()].task.data, failure);
      alive.push_back(current);
      for (auto i : p.items) {
        REQUIRE(seen.insert(i).second);
        REQUIRE(items[i].task.data.primary.front().value == items[p.items.front()].task.data.primary.front().value);
        loans[i] = current.get();
        failures[i] = failure;
        ++counted;
      }
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      auto job = index_of(items[i].job);
      lent(job, loans[i], [&] { work(*twins[job], items[i].task, failures[i]); });
    }
  }

  // Both must fail alike and give the same.
  static void work(twin& t, const job_task& task, const std::string& failure) {
    for (const auto& s : task.settings) {
      t.common.set_context(s.stream, s.value);
      t.alone.set_context(s.stream, s.value);
    }
    auto text = [&](detector_view& view) -> std::string {
      try {
        view.accumulate(task.data);
        return {};
      } catch (const std::invalid_argument& e) {
        return e.what();
      }
    };
    CHECK((failure.empty() ? text(t.common) : failure) == text(t.alone));
    CHECK(t.common.tally() == t.alone.tally());
    if (task.hold) return;
    auto a = t.common.finalize();
    auto b = t.alone.finalize();
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      CAPTURE(a[i].name);
      REQUIRE(a[i].value == b[i].value);
    }
  }

  std::mt19937_64 rng;
  screen other;
  std::int64_t second = 0;
  std::vector<std::unique_ptr<twin>> twins;
  std::vector<job_id> ids;
  std::vector<std::optional<counting_offer>> offers;
  counting_pool pool;
  std::shared_ptr<common_counts> current;
  std::size_t passes = 0;
  std::size_t counted = 0;
  std::size_t departures = 0;
  std::size_t lends = 0;
};

job_table::work_item item_of(const job_id& id, const job_data& data) {
  job_task task;
  task.data = data;
  return {id, task};
}

} // namespace

TEST_CASE(
  "views counted in common give what they give alone, as jobs come, miss batches, fail, hold, and are cleared") {
  std::size_t passes = 0;
  std::size_t departures = 0;
  std::size_t lends = 0;
  for (std::uint64_t round = 0; round < 40; ++round) {
    common_jobs s(round);
    for (int step = 0; step < 40; ++step) {
      s.batch();
      if (s.upto(9) == 0) {
        auto i = s.upto(s.twins.size() - 1);
        s.twins[i]->common.clear();
        s.twins[i]->alone.clear();
        s.keep_offer(i);
      }
      if (s.upto(14) == 0) s.add(s.other, 7);
    }
    CHECK(s.counted > s.passes);
    CHECK(s.pool.size() <= 6); // two keys, three turns
    passes += s.passes;
    departures += s.departures;
    lends += s.lends;
  }
  CHECK(passes > 1000);
  CHECK(departures > 100);
  CHECK(lends > 100);
}

TEST_CASE("nothing is counted in common for one job, for jobs that count otherwise, or that get other events") {
  common_jobs s(5);
  auto lookup = [&](const job_id& id) -> const counting_offer* {
    const auto& offer = s.offers[s.index_of(id)];
    return offer ? &*offer : nullptr;
  };
  auto events = [&] { return make_batch("bank", {make_chunk(random_events(s.rng, 9, 1, bank_pixels))}); };
  auto data = events();
  CHECK(s.pool.prepare({}, lookup).passes.empty());
  CHECK(s.pool.prepare({item_of(s.ids[0], data)}, lookup).passes.empty());
  CHECK(s.pool.prepare({item_of(s.ids[0], data), item_of(s.ids[3], data)}, lookup).passes.empty());
  CHECK(s.pool.prepare({item_of(s.ids[0], data), item_of(s.ids[1], events())}, lookup).passes.empty());
  s.offers[1]->turn = 1;
  CHECK(s.pool.prepare({item_of(s.ids[0], data), item_of(s.ids[1], data)}, lookup).passes.empty());
  s.offers[1].reset();
  CHECK(s.pool.prepare({item_of(s.ids[0], data), item_of(s.ids[1], data)}, lookup).passes.empty());
  CHECK(s.pool.size() == 0);
  auto plan = s.pool.prepare({item_of(s.ids[0], data), item_of(s.ids[2], data)}, lookup);
  REQUIRE(plan.passes.size() == 1);
  CHECK(plan.passes.front().items == std::vector<std::size_t>{0, 1});
}

TEST_CASE("counts on which nobody rests any more are dropped") {
  common_jobs s(6);
  while (s.pool.size() == 0)
    s.batch();
  for (auto& o : s.offers)
    o->follows = 0;
  s.pool.prepare({}, [&](const job_id& id) { return &*s.offers[s.index_of(id)]; });
  CHECK(s.pool.size() == 0);
}
