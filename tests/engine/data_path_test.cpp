// Must hold: every event arrives, none is copied on its way, and bad messages harm nobody.
#include "support/engine_run.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <mutex>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

namespace data_path_test {

using namespace livedata;
using namespace livedata::test;

namespace {

struct expected_counts {
  std::uint64_t in_range = 0;
  std::uint64_t sent = 0;
};

// Counts the events of a message that a view with default parameters takes.
expected_counts count_events(const raw_message& raw, std::int32_t first_pixel, std::int32_t pixels) {
  auto m = ev44::read(raw.content->bytes()).value();
  expected_counts c;
  for (std::size_t i = 0; i < m.time_of_flight.size(); ++i) {
    ++c.sent;
    auto t = m.time_of_flight[i];
    auto p = m.pixel_id[i];
    if (p >= first_pixel && p < first_pixel + pixels && t >= 0 && t < 71'430'000) ++c.in_range;
  }
  return c;
}

std::map<std::string, double> last_totals(const std::vector<da00::message>& results) {
  std::map<std::string, double> out;
  for (const auto& m : results) {
    if (m.source_name.find("counts_total_cumulative") == std::string::npos) continue;
    auto key = json::parse(m.source_name);
    out[key["workflow_id"]["name"].get<std::string>() + "/" + key["job_id"]["source_name"].get<std::string>()] =
      std::get<std::vector<double>>(m.data.data.data).at(0);
  }
  return out;
}

double sum_of_window_totals(const std::vector<da00::message>& results, std::string_view source) {
  double sum = 0;
  for (const auto& m : results)
    if (m.source_name.find("\"counts_total\"") != std::string::npos && m.source_name.find(source) != std::string::npos)
      sum += std::get<std::vector<double>>(m.data.data.data).at(0);
  return sum;
}

} // namespace

TEST_CASE("the totals of a bank's jobs are the events sent to it within range, exactly") {
  for (auto threads : {std::size_t{1}, std::size_t{2}}) {
    std::map<std::string, expected_counts> sent;
    engine_run::options o;
    o.threads = threads;
    o.services = {"detector_data", "monitor_data"};
    o.pulses = 14 * 20 + 5;
    o.jobs = {request("view", "bank0"), request("view", "bank1"), request("view", "bank2"),
              request("monitor_histogram", "m1")};
    o.pulse = [&](std::uint64_t k, timestamp t) {
      auto pulse = random_pulse(k, t);
      for (int b = 0; b < 3; ++b) {
        auto c = count_events(pulse[static_cast<std::size_t>(b)], 1 + 1000 * b, 1000);
        auto& all = sent[fmt::format("bank{}", b)];
        all.in_range += c.in_range;
        all.sent += c.sent;
      }
      return pulse;
    };
    engine_run run(o);
    auto report = run.run();
    auto totals = last_totals(run.results());
    std::uint64_t events = 3 * o.pulses;
    for (const auto& [bank, counts] : sent) {
      CHECK(counts.in_range > 0);
      CHECK(counts.in_range < counts.sent);
      CHECK(totals.at("view/" + bank) == static_cast<double>(counts.in_range));
      CHECK(sum_of_window_totals(run.results(), bank) == static_cast<double>(counts.in_range));
      CHECK(find_line(report, "view", bank)->events == counts.sent);
      events += counts.sent;
    }
    CHECK(totals.at("monitor_histogram/m1") == static_cast<double>(3 * o.pulses));
    CHECK(report.events_received == events);
    CHECK(report.events_processed == events);
    CHECK(report.events_dropped == 0);
    CHECK(report.messages_received == 4 * o.pulses);
  }
}

TEST_CASE("a workflow reads events in the memory of the message that was received") {
  std::mutex mutex;
  std::vector<std::pair<const std::byte*, const std::byte*>> messages;
  std::vector<payload_ptr> kept;
  engine_run::options o;
  o.record = std::make_shared<probe>();
  o.jobs = {request("scripted", "bank0"), request("scripted", "bank1")};
  o.pulses = 50;
  o.pulse = [&](std::uint64_t k, timestamp t) {
    auto pulse = random_pulse(k, t);
    std::lock_guard lock(mutex);
    for (const auto& raw : pulse) {
      auto bytes = raw.content->bytes();
      messages.emplace_back(bytes.data(), bytes.data() + bytes.size());
      kept.push_back(raw.content);
    }
    return pulse;
  };
  engine_run run(o);
  run.run();
  std::size_t looked_at = 0;
  for (const auto& call : o.record->calls())
    for (const auto* address : call.addresses) {
      ++looked_at;
      CHECK(std::any_of(messages.begin(), messages.end(),
                        [&](auto m) { return m.first <= address && address < m.second; }));
    }
  CHECK(looked_at == 2 * 50);
}

TEST_CASE("a payload is let go when the last job has read it") {
  std::vector<std::weak_ptr<const payload>> payloads;
  engine_run::options o;
  o.jobs = {request("view", "bank0"), request("scripted", "bank0")};
  o.pulses = 60;
  o.pulse = [&](std::uint64_t k, timestamp t) {
    auto pulse = random_pulse(k, t);
    for (const auto& raw : pulse)
      payloads.emplace_back(raw.content);
    return pulse;
  };
  engine_run run(o);
  run.run();
  CHECK(payloads.size() == 4 * 60);
  CHECK(std::all_of(payloads.begin(), payloads.end(), [](const auto& p) { return p.expired(); }));
}

TEST_CASE("malformed messages are counted by reason and the rest of the batch is unharmed") {
  auto good_events = std::make_shared<std::uint64_t>(0);
  auto cut = std::make_shared<std::uint64_t>(0);
  auto intact = std::make_shared<std::uint64_t>(0);
  engine_run::options o;
  o.jobs = {request("view", "bank0"), request("view", "bank1"), request("view", "bank2")};
  o.pulses = 200;
  o.pulse = [=](std::uint64_t k, timestamp t) {
    auto pulse = random_pulse(k, t);
    pulse.pop_back();
    for (int b = 0; b < 3; ++b)
      *good_events += count_events(pulse[static_cast<std::size_t>(b)], 1 + 1000 * b, 1000).in_range;
    auto bad = [&](std::vector<std::byte> bytes, std::string topic = "small_detector") {
      pulse.insert(pulse.begin() + static_cast<std::ptrdiff_t>(k % pulse.size()),
                   {std::move(topic), t, make_payload(std::move(bytes))});
    };
    std::vector<std::int64_t> one{t.ns};
    std::vector<std::int64_t> two{t.ns, t.ns + 1};
    std::vector<std::int32_t> zero{0};
    std::vector<std::int32_t> twice{0, 1};
    std::vector<std::int32_t> three{1, 2, 3};
    std::vector<std::int32_t> four{1, 2, 3, 4};
    auto whole = ev44::write("bank0", 0, one, zero, three, three);
    // Each length once.
    if (*cut < whole.size()) {
      whole.resize(*cut);
      ++*cut;
      // Without its last padding a message is still whole.
      if (ev44::read(whole)) {
        ++*intact;
        *good_events += 3;
      }
      bad(whole);
    }
    if (k == 0) {
      auto other = ev44::write("bank0", 0, one, zero, three, three);
      other[4] = std::byte{'d'};
      bad(other);
      bad(ev44::write("bank0", 0, one, zero, three, four));
      bad(ev44::write("bank0", 0, one, zero, four, three));
      bad(ev44::write("bank0", 0, two, twice, three, three));
      bad(ev44::write("bank7", 0, one, zero, three, three));
      bad(ev44::write("bank0", 0, one, zero, three, three), "elsewhere");
    }
    return pulse;
  };
  engine_run run(o);
  auto report = run.run();
  auto totals = last_totals(run.results());
  CHECK(totals.at("view/bank0") + totals.at("view/bank1") + totals.at("view/bank2") ==
        static_cast<double>(*good_events));
  CHECK(report.rejected.at("too_short") == 8);
  CHECK(report.rejected.at("wrong_schema") == 1);
  CHECK(report.rejected.at("length_mismatch") == 2);
  CHECK(report.rejected.at("several_pulses") == 1);
  CHECK(report.rejected.at("unknown_source") == 1);
  CHECK(report.rejected.at("unknown_topic") == 1);
  CHECK(*intact < 8);
  CHECK(report.rejected.at("invalid_buffer") == *cut - 8 - *intact);
  auto all = run.metrics_text();
  CHECK(all.find("livedata_source_messages_rejected_total{reason=\"unknown_source\"} 1") != std::string::npos);
}

TEST_CASE("pixel ids and times out of range, and absurd pulse times, are counted and harm nothing") {
  constexpr auto low = std::numeric_limits<std::int32_t>::min();
  constexpr auto high = std::numeric_limits<std::int32_t>::max();
  engine_run::options o;
  o.jobs = {request("view", "bank0")};
  o.pulses = 14 * 10;
  o.pulse = [=](std::uint64_t k, timestamp t) {
    std::vector<raw_message> pulse;
    pulse.push_back(bank_message(0, t, {0, -1, low, high, 71'430'000, 71'429'999, 5, 5, 5, 5, 5},
                                 {1, 1, 1, 1, 1, 1, 0, -1, 1001, low, high}));
    if (k == 30) pulse.push_back(bank_message(0, {std::numeric_limits<std::int64_t>::min()}, {5}, {1}));
    if (k == 40) pulse.push_back(bank_message(0, {-1}, {5}, {1}));
    return pulse;
  };
  engine_run run(o);
  auto report = run.run();
  CHECK(last_totals(run.results()).at("view/bank0") == static_cast<double>(2 * o.pulses + 2));
  CHECK(find_line(report, "view", "bank0")->state == job_state::active);
  auto all = run.metrics_text();
  auto metric = [&](const std::string& reason) {
    auto key = fmt::format("livedata_job_events_rejected_total{{reason=\"{}\",service=\"detector_data\",source="
                           "\"bank0\",workflow=\"view\"}} ",
                           reason);
    auto at = all.find(key);
    REQUIRE(at != std::string::npos);
    return std::stoull(all.substr(at + key.size()));
  };
  CHECK(metric("unknown_pixel") == 5 * o.pulses);
  CHECK(metric("out_of_range") == 4 * o.pulses);
}

TEST_CASE("a message from the absurd future does not stop the engine from ending, and is not lost") {
  engine_run::options o;
  o.jobs = {request("view", "bank0")};
  o.pulses = 14 * 5;
  o.pulse = [=](std::uint64_t k, timestamp t) {
    std::vector<raw_message> pulse{bank_message(0, t, {5}, {1})};
    if (k == 30) pulse.push_back(bank_message(0, {std::numeric_limits<std::int64_t>::max() - 7}, {5}, {1}));
    return pulse;
  };
  engine_run run(o);
  auto report = run.run();
  CHECK(last_totals(run.results()).at("view/bank0") == static_cast<double>(o.pulses + 1));
  CHECK(report.events_processed == o.pulses + 1);
}

TEST_CASE("a pulse that cannot be made is counted, and the next ones come") {
  engine_run::options o;
  o.jobs = {request("view", "bank0")};
  o.pulses = 60;
  o.pulse = [](std::uint64_t k, timestamp t) -> std::vector<raw_message> {
    if (k % 10 == 3) throw std::runtime_error("no pulse today");
    return {bank_message(0, t, {5}, {1})};
  };
  engine_run run(o);
  auto report = run.run();
  CHECK(report.rejected.at("source_failed") == 6);
  CHECK(last_totals(run.results()).at("view/bank0") == 54);
}

TEST_CASE(
  "when the jobs fall behind, the oldest messages are dropped, and every event is either processed or counted as "
  "dropped") {
  engine_run::options o;
  o.jobs = {request("scripted", "bank0")};
  o.pulses = 14 * 100;
  o.speed = 1000; // the pulses take a tenth of a second, the jobs many times that
  o.queue_limit = 30;
  o.hook = [](const std::string&, int) { std::this_thread::sleep_for(std::chrono::milliseconds(30)); };
  engine_run run(o);
  auto report = run.run();
  CHECK(report.messages_dropped > 0);
  CHECK(report.events_dropped > report.messages_dropped);
  CHECK(report.events_received == report.events_processed + report.events_dropped);
  CHECK(report.events_processed > 0);
  CHECK(find_line(report, "scripted", "bank0")->state == job_state::active);
  auto all = run.metrics_text();
  std::uint64_t dropped = 0;
  for (int bank = 0; bank < 3; ++bank) {
    auto key = fmt::format("livedata_source_messages_dropped_total{{stream=\"bank{}\"}} ", bank);
    auto at = all.find(key);
    REQUIRE(at != std::string::npos);
    dropped += std::stoull(all.substr(at + key.size()));
  }
  CHECK(dropped == report.messages_dropped);
}

TEST_CASE("when the jobs fall behind at full speed, the source waits and nothing is dropped") {
  engine_run::options o;
  o.jobs = {request("scripted", "bank0")};
  o.pulses = 14 * 20;
  o.queue_limit = 8;
  o.hook = [](const std::string&, int) { std::this_thread::sleep_for(std::chrono::milliseconds(10)); };
  engine_run run(o);
  auto report = run.run();
  CHECK(report.messages_dropped == 0);
  CHECK(report.events_received == report.events_processed);
}

TEST_CASE("sources that nobody knows are named once in the log, and their messages counted; others leave a line each") {
  std::ostringstream lines;
  auto before = spdlog::default_logger();
  spdlog::set_default_logger(
    std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines)));
  auto level = spdlog::get_level();
  spdlog::set_level(spdlog::level::debug);
  engine_run::options o;
  o.pulses = 20;
  o.pulse = [](std::uint64_t k, timestamp t) {
    std::vector<std::int64_t> reference{t.ns};
    std::vector<std::int32_t> index{0};
    auto pulse = random_pulse(k, t);
    pulse.push_back({"small_detector", t, make_payload(ev44::write("stranger", 0, reference, index, index, index))});
    if (k == 7) pulse.push_back({"small_detector", t, make_payload(std::vector<std::byte>(3))});
    return pulse;
  };
  auto report = engine_run(o).run();
  spdlog::set_level(level);
  spdlog::set_default_logger(before);
  CHECK(report.rejected == std::map<std::string, std::uint64_t>{{"unknown_source", 20}, {"too_short", 1}});
  std::istringstream log(lines.str());
  int named = 0;
  for (std::string line; std::getline(log, line);)
    named += line.find("stranger") != std::string::npos ? 1 : 0;
  CHECK(named == 1);
  CHECK(lines.str().find("message_rejected reason=too_short text=\"") != std::string::npos);
}

} // namespace data_path_test
