#include "actors/view/terminal/report_line.hpp"
#include "actors/view/terminal/report_table.hpp"
#include "actors/view/terminal/text.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
#include <sstream>

namespace report_table_test {

using namespace livedata;

namespace {

run_report report_of(std::size_t jobs) {
  run_report r;
  for (std::size_t i = 0; i < jobs; ++i) {
    job_line j;
    j.label = std::make_shared<job_label>(
      job_label{"detector_data", "detector_xy_projection", "loki_detector_" + std::to_string(i), ""});
    j.state = job_state::active;
    j.events_per_second = 123456;
    j.seconds = 0.0123;
    j.processing = {0.01, 0.0456, 0.1};
    j.lag_seconds = 0.789;
    r.jobs.push_back(j);
  }
  r.jobs_active = jobs;
  r.elapsed_seconds = 83;
  r.events_received = 2'000'000;
  r.events_processed = 1'660'000;
  r.received_per_second = 30'000;
  r.events_per_second = 20'000;
  r.batches = 83;
  r.results = 996;
  r.lag = {1.7, 1.8, 1.9};
  r.recent_lag = {0.7, 0.8, 0.9};
  r.batch = {0.02, 0.03, 0.04};
  r.cpu_share = 0.85;
  r.rss_bytes = 123'000'000;
  r.max_rss_bytes = 456'000'000;
  return r;
}

void give_trouble(run_report& r, std::size_t job, job_state state, std::string text) {
  r.jobs[job].state = state;
  r.jobs[job].text = std::move(text);
  --r.jobs_active;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

std::string without_colours(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\x1b')
      i = text.find('m', i);
    else
      out += text[i];
  return out;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The first line in which the part stands.
std::string line_with(const std::string& text, const std::string& part) {
  for (const auto& line : lines_of(text))
    if (has(line, part)) return line;
  return "";
}

std::size_t place(const std::string& text, const std::string& part) {
  auto at = text.find(part);
  REQUIRE_MESSAGE(at != std::string::npos, part);
  return at;
}

} // namespace

TEST_CASE("numbers for people have three digits and a suffix") {
  CHECK(si(0.0) == "0");
  CHECK(si(57.0) == "57");
  CHECK(si(0.25) == "0.25");
  CHECK(si(999.0) == "999");
  CHECK(si(999.6) == "1.00 k");
  CHECK(si(1234.0) == "1.23 k");
  CHECK(si(99'960.0) == "100 k");
  CHECK(si(12'345'678.0) == "12.3 M");
  CHECK(si(-1500.0) == "-1.50 k");
  CHECK(si(std::uint64_t{18'446'744'073'709'551'615U}) == "18.4 E");
  CHECK(digits(9.996) == "10.0");
  CHECK(digits(99.96) == "100");
  CHECK(clock_time(59.9) == "00:59");
  CHECK(clock_time(3723) == "1:02:03");
}

TEST_CASE("names are cut to a width at whole letters") {
  CHECK(fit("abc", 5) == "abc  ");
  CHECK(fit("abcdef", 5) == "abc..");
  CHECK(fit_end("abcdef", 5) == "..def");
  CHECK(fit("äöüäöü", 5) == "äöü..");
  CHECK(fit_end("äöüäöü", 5) == "..äöü");
  CHECK(fit("abc", 2) == "ab");
  CHECK(fit("abc", 0).empty());
}

TEST_CASE("a table is never wider or longer than asked for") {
  auto calm = report_of(23);
  auto bad = report_of(23);
  give_trouble(bad, 20, job_state::error, std::string(300, 'x') + " " + std::string(300, 'y'));
  give_trouble(bad, 3, job_state::pending_context, "");
  bad.messages_dropped = 7;
  bad.results_failed = 9;
  bad.rejected = {{"too_small", 3}, {"unknown_schema", 4'000'000}};
  bad.jobs[0].lag_seconds = 1.7e9;
  bad.jobs[0].seconds = 5e6;
  for (const auto& r : {calm, bad, report_of(0), report_of(1)})
    for (int columns = 20; columns <= 140; columns += 3)
      for (int rows = 0; rows <= 45; ++rows) {
        auto lines = lines_of(without_colours(render_table(r, columns, rows, true)));
        auto widest =
          std::max_element(lines.begin(), lines.end(), [](auto& a, auto& b) { return width(a) < width(b); });
        CAPTURE(columns);
        CAPTURE(rows);
        REQUIRE(static_cast<int>(lines.size()) <= rows);
        if (!lines.empty()) REQUIRE_MESSAGE(width(*widest) <= columns, *widest);
      }
}

TEST_CASE("a table says everything about jobs and the run if there is room") {
  auto text = render_table(report_of(3), 120, 40);
  CHECK(has(text, "01:23  3 jobs, 3 active"));
  std::istringstream row(line_with(text, "loki_detector_1"));
  std::vector<std::string> cells{std::istream_iterator<std::string>(row), {}};
  CHECK(cells == std::vector<std::string>{"detector_xy_projection", "loki_detector_1", "active", "123", "k", "12.3",
                                          "45.6", "0.79"});
  CHECK(has(text, "received 2.00 M (30.0 k/s)"));
  CHECK(has(text, "processed 1.66 M (20.0 k/s, mean 20.0 k/s)"));
  CHECK(has(line_with(text, "batches"), "83, 996 results"));
  CHECK(has(line_with(text, "lag  "), "p50 0.70 s, p99 0.80 s, max 0.90 s"));
  CHECK(has(line_with(text, "process "), "cpu 85 %, memory 123 MB, at most 456 MB"));
  CHECK(has(text, "none dropped, none rejected"));
}

TEST_CASE("a header stands above its numbers") {
  auto lines = lines_of(render_table(report_of(1), 100, 40));
  REQUIRE(lines.size() > 3);
  CHECK(lines[1].size() == lines[2].size());
  CHECK(lines[1].find("source") == lines[2].find("loki_detector_0"));
  CHECK(lines[1].find("lag s") + 5 == lines[2].find("0.79") + 4);
}

TEST_CASE("jobs that fit keep their order, whatever their state") {
  auto r = report_of(4);
  give_trouble(r, 2, job_state::error, "broken");
  auto text = render_table(r, 100, 40);
  CHECK(place(text, "loki_detector_1") < place(text, "loki_detector_2"));
  CHECK(place(text, "loki_detector_2") < place(text, "loki_detector_3"));
  CHECK(!has(text, "more jobs"));
}

TEST_CASE("of more jobs than rows, those with trouble come first, and the others are counted") {
  auto r = report_of(50);
  give_trouble(r, 30, job_state::warning, "odd");
  give_trouble(r, 40, job_state::error, "broken");
  auto text = render_table(r, 100, 24);
  CHECK(place(text, "loki_detector_40") < place(text, "loki_detector_30"));
  CHECK(place(text, "loki_detector_30") < place(text, "loki_detector_0"));
  std::size_t shown = 0;
  for (const auto& line : lines_of(text))
    if (line.starts_with("detector_xy")) ++shown;
  CHECK(shown > 5);
  CHECK(has(text, "and " + std::to_string(50 - shown) + " more jobs"));
}

TEST_CASE("when it gets narrow, sources keep their numbers and columns go from the right") {
  auto text = render_table(report_of(3), 60, 40);
  CHECK(has(text, "detector_2  active"));
  CHECK(has(text, "events/s"));
  CHECK(!has(text, "lag s"));
}

TEST_CASE("states have colours only if colour is on") {
  auto r = report_of(3);
  give_trouble(r, 1, job_state::warning, "odd");
  give_trouble(r, 2, job_state::error, "broken");
  auto text = render_table(r, 100, 40, true);
  CHECK(has(line_with(text, "loki_detector_0"), "\x1b[32mactive"));
  CHECK(has(line_with(text, "loki_detector_1"), "\x1b[33mwarning"));
  CHECK(has(line_with(text, "loki_detector_2"), "31merror"));
  CHECK(without_colours(text) == render_table(r, 100, 40, false));
  CHECK(!has(render_table(r, 100, 40, false), "\x1b"));
}

TEST_CASE("losses are loud, and only if there are any") {
  auto r = report_of(1);
  CHECK(!has(render_table(r, 100, 40, true), "31m"));
  r.messages_dropped = 12;
  r.events_dropped = 3400;
  r.rejected = {{"too_small", 3}, {"unknown_schema", 4}};
  r.results_failed = 5;
  auto text = render_table(r, 100, 40, true);
  CHECK(has(line_with(text, "DROPPED"), "31m"));
  CHECK(has(line_with(text, "DROPPED"), "12 messages, 3.40 k events"));
  CHECK(has(line_with(text, "REJECTED"), "31m"));
  CHECK(has(line_with(text, "REJECTED"), "7 messages: too_small 3, unknown_schema 4"));
  CHECK(has(line_with(text, "FAILED"), "5 results"));
}

TEST_CASE("losses and troubles are what a short terminal shows last") {
  auto r = report_of(30);
  give_trouble(r, 7, job_state::error, "broken");
  r.messages_dropped = 12;
  auto text = render_table(r, 100, 8);
  CHECK(has(text, "loki_detector_7"));
  CHECK(has(text, "broken"));
  CHECK(has(text, "DROPPED"));
  CHECK(!has(text, "process"));
}

TEST_CASE("the first error is told, or else the first warning") {
  auto r = report_of(5);
  CHECK(first_trouble(r) == nullptr);
  give_trouble(r, 1, job_state::warning, "odd");
  give_trouble(r, 2, job_state::warning, "odd too");
  CHECK(first_trouble(r) == &r.jobs[1]);
  give_trouble(r, 3, job_state::error, "broken");
  give_trouble(r, 4, job_state::error, "broken too");
  CHECK(first_trouble(r) == &r.jobs[3]);
  CHECK(has(render_table(r, 100, 40), "detector_xy_projection loki_detector_3: broken"));
}

TEST_CASE("names and texts give no commands to the terminal") {
  CHECK(one_line("a\x1b[2Jb\r\n\n c\td\x7f") == "a [2Jb c d");
  CHECK(one_line("u\xC2\x9B"
                 "31m") == "u 31m");
  CHECK(one_line("größer") == "größer");
  auto r = report_of(1);
  give_trouble(r, 0, job_state::error, "one\x1b[H\ntwo");
  r.jobs[0].label = std::make_shared<job_label>(job_label{"s", "w\x1b[1m", "s\nt", ""});
  r.rejected = {{"r\n", 1}};
  CHECK(!has(render_table(r, 100, 40), "\x1b"));
  CHECK(!has(render_line(r), "\x1b"));
  CHECK(!has(render_line(r), "\n"));
}

TEST_CASE("a line says the same in words that can be split at spaces") {
  auto r = report_of(3);
  auto line = render_line(r);
  CHECK(
    has(line, "elapsed=83.0s jobs_active=3/3 received=30.0k/s processed=20.0k/s events=1.66M batches=83 results=996"));
  CHECK(has(line, "lag_5min_p99=0.80s"));
  CHECK(has(line, "memory=123MB"));
  CHECK(!has(line, "DROPPED"));
  r.messages_dropped = 12;
  r.events_dropped = 3400;
  r.rejected = {{"too_small", 3}};
  r.results_failed = 5;
  give_trouble(r, 1, job_state::error, "broken\nhere");
  line = render_line(r);
  CHECK(has(line, " DROPPED_messages=12 DROPPED_events=3400 REJECTED_too_small=3 FAILED_results=5"));
  CHECK(has(line, "error=\"detector_xy_projection loki_detector_1: broken here\""));
}

TEST_CASE("what is waited for stands in the first line and below, and in the line of text") {
  auto r = report_of(3);
  CHECK_FALSE(has(render_table(r, 100, 40), "WAITING"));
  CHECK_FALSE(has(render_line(r), "AWAITS"));
  r.awaits = "Kafka broker broker1:9092 has been away for 7 s";
  auto table = render_table(r, 100, 40);
  CHECK(has(lines_of(table)[0], "WAITING"));
  CHECK(has(line_with(table, "waiting"), r.awaits));
  CHECK(has(lines_of(render_table(r, 40, 1))[0], "WAITING"));
  CHECK(has(render_table(r, 100, 8), r.awaits));
  CHECK(has(render_line(r), "AWAITS=\"" + r.awaits + "\""));
}

TEST_CASE("where data have stopped, their age stands in place of a lag, in title, rows and below") {
  auto r = report_of(3);
  r.silent = {{"loki_detector_1", 48.4}};
  r.jobs[1].silent_seconds = 48.4;
  auto table = render_table(r, 100, 40);
  CHECK(has(lines_of(table)[0], "1 source silent"));
  CHECK_FALSE(has(table, "NO DATA"));
  CHECK(has(line_with(table, "projection loki_detector_1"), "48s old"));
  CHECK(has(line_with(table, "projection loki_detector_2"), "0.79"));
  CHECK(has(line_with(table, "silent  "), "loki_detector_1 for 48 s"));
  CHECK(has(line_with(table, "lag  "), "last 5 min: p50 0.70 s, p99 0.80 s"));
  CHECK(has(render_line(r), "SILENT_loki_detector_1=48s"));
  r.no_data_seconds = 48.4;
  table = render_table(r, 100, 40, true);
  CHECK(has(lines_of(table)[0], "NO DATA for 48 s"));
  CHECK(has(lines_of(table)[0], "31m"));
  CHECK(has(table, "now none, as there are no data"));
  CHECK(has(lines_of(render_table(r, 40, 1))[0], "NO DATA for 48 s"));
  CHECK(has(render_line(r), "lag=none"));
  CHECK(has(render_line(r), "NO_DATA=48s"));
  r.jobs[1].silent_seconds = 12 * 60 + 5;
  CHECK(has(render_table(r, 100, 40), "12m old"));
  r.jobs[1].silent_seconds = 1e9;
  CHECK(has(render_table(r, 100, 40), "99h old"));
}

TEST_CASE("jobs without data are counted in the title, and what they wait for is named") {
  auto r = report_of(3);
  for (std::size_t i : {0U, 1U}) {
    r.jobs[i].state = job_state::scheduled;
    r.jobs[i].awaits_data = true;
    --r.jobs_active;
  }
  auto table = render_table(r, 100, 40);
  CHECK(has(lines_of(table)[0], "3 jobs, 1 active, 2 scheduled"));
  CHECK(has(line_with(table, "no data"), "2 jobs wait for loki_detector_0, loki_detector_1"));
  CHECK(has(render_line(r), "jobs_scheduled=2"));
}

TEST_CASE("a refused command is told, and is no loss") {
  auto r = report_of(1);
  r.commands_refused = 2;
  auto table = render_table(r, 100, 40);
  CHECK_FALSE(has(table, "LOSSES"));
  CHECK(has(line_with(table, "commands"), "2 refused"));
  CHECK(has(render_line(r), "commands_refused=2"));
}

TEST_CASE("messages of sources that nobody knows are counted, but no loss") {
  auto r = report_of(3);
  r.rejected = {{"unknown_source", 1234}};
  auto table = render_table(r, 100, 40);
  CHECK_FALSE(has(table, "LOSSES"));
  CHECK_FALSE(has(table, "REJECTED"));
  CHECK(has(table, "none rejected"));
  CHECK(has(line_with(table, "unknown"), "1.23 k"));
  CHECK(has(render_line(r), "REJECTED_unknown_source=1234"));
  r.rejected["wrong_schema"] = 2;
  table = render_table(r, 100, 40);
  CHECK(has(lines_of(table)[0], "LOSSES"));
  CHECK(has(line_with(table, "REJECTED"), "2 messages: wrong_schema 2"));
}

} // namespace report_table_test
