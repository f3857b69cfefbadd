#include "actors/reporter/statistics.hpp"
#include "actors/service/batch_cycle.hpp"
#include "support/events.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

namespace batch_reports_test {

using namespace livedata;

namespace {

constexpr timestamp begin{1'000'000'000'000};

struct reported_service {
  job_table table;
  std::map<job_id, std::shared_ptr<const job_label>> labels;
  std::vector<job_id> ids;

  void add(int number) {
    const auto source = std::string("bank").append(std::to_string(number));
    const job_id id{source, uuid_from_name(std::to_string(number))};
    table.add({id, {"small", "scripted", 1}});
    labels[id] = std::make_shared<const job_label>(job_label{"detector_data", "view", source, source});
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }

  label_lookup lookup() const {
    return [this](const job_id& id) { return labels.at(id); };
  }

  // A batch with data for these, of which so many events each; booked.
  batch_in_work work(std::int64_t second, const std::vector<job_id>& whom, std::uint64_t events, bool fails) {
    batch_in_work b;
    b.data.start = begin + duration{second * 1'000'000'000};
    b.data.end = b.data.start + duration{1'000'000'000};
    b.data.events = events;
    for (const auto& id : whom)
      b.data.streams.emplace(id.source_name, std::make_shared<const event_batch>());
    b.items = table.prepare(b.data, [](const std::string&) { return std::nullopt; }).work;
    for (const auto& item : b.items) {
      job_reply r;
      r.push = step::ok;
      r.took_primary = true;
      r.finalize = fails ? step::failed : step::ok;
      r.finalize_error = fails ? "cannot compute" : "";
      r.start = b.data.start;
      r.end = b.data.end;
      r.events.received = events;
      r.seconds = 0.25;
      table.book(item.job, r);
      b.replies.push_back(std::make_shared<const job_reply>(r));
    }
    return b;
  }
};

} // namespace

TEST_CASE("a batch after which nothing but work is to be told names only the jobs that worked") {
  reported_service s;
  for (int i = 0; i < 4; ++i)
    s.add(i);
  batch_reports reports;
  auto report = [&](const batch_in_work& b) { return reports.make(b, s.table, {}, s.lookup()); };
  auto first = report(s.work(0, {s.ids[1], s.ids[3]}, 10, false));
  CHECK(first.whole_table);
  REQUIRE(first.jobs.size() == 4);
  CHECK(first.jobs[1].label->source == "bank1");
  CHECK(first.jobs[1].worked);
  CHECK_FALSE(first.jobs[2].worked);

  auto second = report(s.work(1, {s.ids[3], s.ids[1]}, 20, false));
  CHECK_FALSE(second.whole_table);
  CHECK(second.places == std::vector<std::size_t>{1, 3});
  CHECK(second.jobs[1].events == 20);

  auto idle = report(s.work(2, {}, 0, false));
  CHECK_FALSE(idle.whole_table);
  CHECK(idle.jobs.empty());

  auto failed = report(s.work(3, {s.ids[1]}, 20, true));
  CHECK(failed.whole_table);
  CHECK(failed.jobs[1].state == job_state::error);

  s.add(2);
  CHECK(report(s.work(4, {s.ids[1]}, 20, true)).whole_table); // in the place of another
  CHECK_FALSE(report(s.work(5, {s.ids[1]}, 20, true)).whole_table);
  s.table.remove(s.ids[0]);
  auto fewer = report(s.work(6, {s.ids[1]}, 20, true));
  CHECK(fewer.whole_table);
  CHECK(fewer.jobs.size() == 3);
  CHECK(report(s.work(7, {s.ids[1]}, 20, true)).places == std::vector<std::size_t>{0});
}

TEST_CASE("what people see is the same whether tables are reported whole or not") {
  std::mt19937_64 rng(5);
  auto up_to = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n)(rng); };
  for (int round = 0; round < 20; ++round) {
    reported_service s;
    batch_reports reports;
    statistics some(begin);
    statistics all(begin);
    std::size_t parts = 0;
    for (int step = 0; step < 60; ++step) {
      switch (up_to(9)) {
      case 0:
        s.add(static_cast<int>(up_to(7)));
        break;
      case 1:
        if (!s.ids.empty()) s.table.remove(s.ids[up_to(s.ids.size() - 1)]);
        break;
      case 2:
        if (!s.ids.empty()) (void)s.table.pause(s.ids[up_to(s.ids.size() - 1)]);
        break;
      case 3:
        if (!s.ids.empty()) (void)s.table.resume(s.ids[up_to(s.ids.size() - 1)]);
        break;
      default:
        break;
      }
      std::vector<job_id> whom;
      for (const auto& id : s.ids)
        if (up_to(2) != 0) whom.push_back(id);
      auto done = s.work(step, whom, up_to(100), up_to(9) == 0);
      auto report = reports.make(done, s.table, {}, s.lookup());
      parts += report.whole_table ? 0 : 1;
      auto whole = batch_reports().make(done, s.table, {}, s.lookup());
      whole.fan_out_seconds = report.fan_out_seconds;
      some.add(report);
      all.add(whole);
      auto a = some.snapshot(begin + duration{(step + 1) * 1'000'000'000LL}, {});
      auto b = all.snapshot(begin + duration{(step + 1) * 1'000'000'000LL}, {});
      REQUIRE(a.jobs.size() == b.jobs.size());
      REQUIRE(a.events_processed == b.events_processed);
      for (std::size_t i = 0; i < a.jobs.size(); ++i) {
        REQUIRE(a.jobs[i].label == b.jobs[i].label);
        REQUIRE(a.jobs[i].state == b.jobs[i].state);
        REQUIRE(a.jobs[i].text == b.jobs[i].text);
        REQUIRE(a.jobs[i].events == b.jobs[i].events);
        REQUIRE(a.jobs[i].seconds == b.jobs[i].seconds);
        REQUIRE(a.jobs[i].processing.max == b.jobs[i].processing.max);
      }
    }
    CHECK(parts > 5);
  }
}

} // namespace batch_reports_test
