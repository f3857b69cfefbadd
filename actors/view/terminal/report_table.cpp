#include "actors/view/terminal/report_table.hpp"

#include "actors/view/terminal/report_line.hpp"
#include "actors/view/terminal/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string_view>
#include <vector>

namespace livedata {

namespace {

constexpr int least_columns = 20;
constexpr int label_width = 10;
// Names of jobs narrower than this say little; then a column of numbers goes.
constexpr int least_name_width = 24;
constexpr std::size_t most_text_lines = 3;

constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view green = "\x1b[32m";
constexpr std::string_view yellow = "\x1b[33m";
constexpr std::string_view red = "\x1b[31m";
constexpr std::string_view bold_yellow = "\x1b[1;33m";
constexpr std::string_view bold_red = "\x1b[1;31m";
constexpr std::string_view plain = "\x1b[0m";

std::string_view colour_of(job_state s) {
  switch (s) {
  case job_state::active:
    return green;
  case job_state::waiting:
  case job_state::warning:
    return yellow;
  case job_state::error:
    return bold_red;
  default:
    return {};
  }
}

class painter {
public:
  explicit painter(bool on) : on_(on) {}

  std::string operator()(std::string_view colour, std::string text) const {
    return on_ && !colour.empty() && !text.empty() ? fmt::format("{}{}{}", colour, text, plain) : text;
  }

private:
  bool on_;
};

// --- the jobs
// ----------------------------------------------------------------------------------------------------------

struct number_column {
  std::string_view title;
  int width;
  std::function<std::string(const job_line&)> text;
};

// A number that keeps to its column even if clocks are years apart.
std::string narrow(double value) {
  return std::abs(value) < 99999.5 ? digits(value) : si(value);
}

// In place of a lag: how old the last data are. "48s old", "12m old", "5h old".
std::string age(double seconds) {
  constexpr double minute = 60;
  constexpr double hour = 3600;
  if (seconds < 2 * minute) return fmt::format("{:.0f}s old", std::min(std::floor(seconds), 99.0));
  if (seconds < 100 * minute) return fmt::format("{:.0f}m old", std::floor(seconds / minute));
  return fmt::format("{:.0f}h old", std::min(std::floor(seconds / hour), 99.0));
}

const std::array<number_column, 4>& number_columns() {
  // In the order in which they are kept when it gets narrow.
  static const std::array<number_column, 4> columns{{
    {"events/s", 8, [](const job_line& j) { return si(j.events_per_second); }},
    {"last ms", 7, [](const job_line& j) { return narrow(j.seconds * 1e3); }},
    {"p99 ms", 6, [](const job_line& j) { return narrow(j.processing.p99 * 1e3); }},
    {"lag s", 7, [](const job_line& j) { return j.silent_seconds ? age(*j.silent_seconds) : narrow(j.lag_seconds); }},
  }};
  return columns;
}

struct layout {
  int workflow = 0;
  int source = 0;
  int state = 0;
  std::size_t numbers = 0;

  layout(const std::vector<const job_line*>& jobs, int columns) : workflow(8), source(6), state(6) {
    for (const auto* j : jobs) {
      workflow = std::max(workflow, width(one_line(j->label->workflow)));
      source = std::max(source, width(one_line(j->label->source)));
      state = std::max(state, static_cast<int>(to_string(j->state).size()));
    }
    state = std::min(state, columns / 3);
    auto names = columns - state - 2;
    for (const auto& c : number_columns())
      if (auto rest = names - c.width - 2; rest >= std::min(least_name_width, workflow + 1 + source)) {
        names = rest;
        ++numbers;
      } else {
        break;
      }
    shorten(std::max(names - 1, 0));
  }

private:
  // The longer of the two gives way first.
  void shorten(int names) {
    if (workflow + source <= names) return;
    auto shorter = std::min({workflow, source, names / 2});
    if (workflow < source) {
      workflow = shorter;
      source = names - shorter;
    } else {
      source = shorter;
      workflow = names - shorter;
    }
  }
};

std::string job_header(const layout& l) {
  auto line = fmt::format("{} {}  {}", fit("workflow", l.workflow), fit("source", l.source), fit("state", l.state));
  for (std::size_t i = 0; i < l.numbers; ++i)
    line += "  " + right(number_columns()[i].title, number_columns()[i].width);
  return line;
}

std::string job_row(const job_line& j, const layout& l, const painter& paint) {
  auto line =
    fmt::format("{} {}  {}", fit(one_line(j.label->workflow), l.workflow), fit_end(one_line(j.label->source), l.source),
                paint(colour_of(j.state), fit(to_string(j.state), l.state)));
  for (std::size_t i = 0; i < l.numbers; ++i)
    line += "  " + right(number_columns()[i].text(j), number_columns()[i].width);
  return line;
}

// Sources that nobody knows are daily fare and no loss.
constexpr std::string_view stranger = "unknown_source";

std::uint64_t rejected_in(const run_report& r) {
  std::uint64_t n = 0;
  for (const auto& [reason, messages] : r.rejected)
    if (reason != stranger) n += messages;
  return n;
}

// "NO DATA for 48 s", "2 sources silent", or nothing.
std::string silence_of(const run_report& r) {
  if (r.no_data_seconds) return fmt::format("NO DATA for {:.0f} s", *r.no_data_seconds);
  if (r.silent.empty()) return {};
  return fmt::format("{} source{} silent", r.silent.size(), r.silent.size() == 1 ? "" : "s");
}

// What is wrong comes first: it is not cut off, and stands there even if nothing else fits.
std::string title_of(const run_report& r, int columns, const painter& paint) {
  auto in = [&](job_state s) {
    return std::count_if(r.jobs.begin(), r.jobs.end(), [s](auto& j) { return j.state == s; });
  };
  auto errors = in(job_state::error);
  auto warnings = in(job_state::warning);
  auto losses = r.messages_dropped > 0 || r.results_failed > 0 || rejected_in(r) > 0;
  auto text = fmt::format("livedata  {}  ", clock_time(r.elapsed_seconds));
  const auto silent = silence_of(r);
  if (!silent.empty()) text += silent + ", ";
  if (losses) text += "LOSSES, ";
  if (!r.awaits.empty()) text += "WAITING, ";
  if (errors > 0) text += fmt::format("{} in error, ", errors);
  if (warnings > 0) text += fmt::format("{} with a warning, ", warnings);
  if (auto waiting = in(job_state::waiting); waiting > 0) text += fmt::format("{} waiting for an input, ", waiting);
  text += fmt::format("{} jobs, {} active", r.jobs.size(), r.jobs_active);
  for (auto state : {job_state::scheduled, job_state::pending_context})
    if (auto n = in(state); n > 0) text += fmt::format(", {} {}", n, to_string(state));
  return paint(losses || errors > 0 || r.no_data_seconds                ? bold_red
               : warnings > 0 || !r.awaits.empty() || !r.silent.empty() ? bold_yellow
                                                                        : bold,
               fit(text, std::min(width(text), columns)));
}

// Those shown in at most `rows` lines.
std::vector<const job_line*> choose_jobs(const run_report& r, int rows) {
  std::vector<const job_line*> jobs;
  for (const auto& j : r.jobs)
    jobs.push_back(&j);
  if (static_cast<int>(jobs.size()) <= rows) return jobs;
  auto urgency = [](const job_line* j) {
    switch (j->state) {
    case job_state::error:
      return 0;
    case job_state::warning:
      return 1;
    case job_state::waiting:
      return 2;
    default:
      return j->awaits_data || j->silent_seconds ? 3 : 4;
    }
  };
  std::stable_sort(jobs.begin(), jobs.end(), [&](auto a, auto b) { return urgency(a) < urgency(b); });
  jobs.resize(static_cast<std::size_t>(std::max(rows - 1, 0)));
  return jobs;
}

// --- below the jobs
// ----------------------------------------------------------------------------------------------------

struct note {
  // Smaller is kept longer.
  int rank;
  std::vector<std::string> lines;
};

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> out(1);
  for (char c : text)
    if (c == ' ')
      out.emplace_back();
    else
      out.back() += c;
  return out;
}

class notes {
public:
  notes(int columns, const painter& paint) : columns_(columns), paint_(paint) {}

  void add(int rank, std::string_view label, const std::vector<std::string>& items, std::string_view colour = {}) {
    put(rank, label, flow(items, ", ", label_width, columns_), colour);
  }

  // Breaks the text between words, and leaves out its end if it is long.
  void add_text(int rank, std::string_view label, const std::string& text, std::string_view colour) {
    auto lines = flow(words(text), " ", label_width, columns_);
    if (lines.size() > most_text_lines) {
      lines.resize(most_text_lines);
      auto& last = lines.back();
      while (width(last) > columns_ - 3 && last.find_last_of(' ') >= label_width)
        last.resize(last.find_last_of(' '));
      last = fit(last, std::min(width(last), columns_ - 3)) + " ..";
    }
    put(rank, label, std::move(lines), colour);
  }

  // The lines of the most important notes that fit into `rows`.
  std::vector<std::string> lines(int rows) {
    while (!all_.empty() && size() > rows)
      all_.erase(std::max_element(all_.begin(), all_.end(), [](auto& a, auto& b) { return a.rank < b.rank; }));
    std::vector<std::string> out;
    for (const auto& n : all_)
      out.insert(out.end(), n.lines.begin(), n.lines.end());
    return out;
  }

private:
  void put(int rank, std::string_view label, std::vector<std::string> lines, std::string_view colour) {
    if (!lines.empty()) lines.front().replace(0, label.size(), label);
    for (auto& line : lines)
      line = paint_(colour, std::move(line));
    all_.push_back({rank, std::move(lines)});
  }

  int size() const {
    int n = 0;
    for (const auto& a : all_)
      n += static_cast<int>(a.lines.size());
    return n;
  }

  int columns_;
  painter paint_;
  std::vector<note> all_;
};

void add_losses(notes& below, const run_report& r) {
  if (r.messages_dropped > 0)
    below.add(1, "DROPPED",
              {si(r.messages_dropped) + " messages", si(r.events_dropped) + " events, because the jobs fell behind"},
              bold_red);
  std::vector<std::string> reasons;
  for (const auto& [reason, n] : r.rejected)
    if (n > 0 && reason != stranger) reasons.push_back(one_line(reason) + " " + si(n));
  auto rejected = rejected_in(r);
  if (rejected > 0) {
    reasons.front() = si(rejected) + " messages: " + reasons.front();
    below.add(2, "REJECTED", reasons, bold_red);
  }
  if (r.commands_refused > 0)
    below.add(7, "commands", {si(r.commands_refused) + " refused; their answers and the log say why"});
  if (r.results_failed > 0)
    below.add(1, "FAILED", {si(r.results_failed) + " results could not be handed over"}, bold_red);
  if (r.messages_dropped == 0 && rejected == 0) below.add(5, "losses", {"none dropped", "none rejected"});
  if (auto strangers = r.rejected.find(std::string(stranger)); strangers != r.rejected.end() && strangers->second > 0)
    below.add(8, "unknown", {si(strangers->second) + " messages of sources that the instrument does not know"});
}

// Which sources are silent, and which jobs have never had data.
void add_silence(notes& below, const run_report& r) {
  std::vector<std::string> silent;
  for (const auto& s : r.silent)
    silent.push_back(fmt::format("{} for {:.0f} s", one_line(s.stream), s.seconds));
  if (!silent.empty()) below.add_text(1, "silent", fmt::format("{}", fmt::join(silent, ", ")), bold_yellow);
  std::vector<std::string> awaited;
  std::size_t jobs = 0;
  for (const auto& j : r.jobs)
    if (j.awaits_data) {
      ++jobs;
      auto source = one_line(j.label->source);
      if (std::ranges::find(awaited, source) == awaited.end()) awaited.push_back(std::move(source));
    }
  if (jobs > 0)
    below.add_text(
      1, "no data",
      fmt::format("{} job{} wait{} for {}", jobs, jobs == 1 ? "" : "s", jobs == 1 ? "s" : "", fmt::join(awaited, ", ")),
      yellow);
}

notes notes_of(const run_report& r, int columns, const painter& paint) {
  auto ms = [](double seconds) { return digits(seconds * 1e3) + " ms"; };
  auto s = [](double seconds) { return digits(seconds) + " s"; };
  auto mean = r.elapsed_seconds > 0 ? static_cast<double>(r.events_processed) / r.elapsed_seconds : 0.0;
  notes below(columns, paint);
  below.add(3, "events",
            {fmt::format("received {} ({}/s)", si(r.events_received), si(r.received_per_second)),
             fmt::format("processed {} ({}/s, mean {}/s)", si(r.events_processed), si(r.events_per_second), si(mean))});
  below.add(6, "batches",
            {fmt::format("{}, {} results", si(r.batches), si(r.results)), "jobs took p50 " + ms(r.batch.p50),
             "p99 " + ms(r.batch.p99), "max " + ms(r.batch.max)});
  below.add(4, "lag",
            {"now " + (r.no_data_seconds ? std::string("none, as there are no data") : s(r.lag_seconds)),
             fmt::format("last {} min: p50 {}", recent_minutes, s(r.recent_lag.p50)), "p99 " + s(r.recent_lag.p99),
             "max " + s(r.recent_lag.max)});
  below.add(7, "process",
            {fmt::format("cpu {:.0f} %", r.cpu_share * 100), fmt::format("memory {}B", si(r.rss_bytes)),
             fmt::format("at most {}B", si(r.max_rss_bytes))});
  add_losses(below, r);
  add_silence(below, r);
  if (!r.awaits.empty()) below.add_text(0, "waiting", one_line(r.awaits), bold_yellow);
  if (const auto* job = first_trouble(r))
    below.add_text(0, to_string(job->state), describe_trouble(*job), job->state == job_state::error ? red : yellow);
  return below;
}

} // namespace

std::string render_table(const run_report& r, int columns, int rows, bool colour) {
  columns = std::max(columns, least_columns);
  painter paint(colour);
  auto below = notes_of(r, columns, paint);

  // Two lines above, an empty one below, and room for some jobs.
  constexpr int above = 2;
  auto wanted = std::min(static_cast<int>(r.jobs.size()), 3);
  auto footer = below.lines(std::max(rows - above - 1 - wanted, 0));
  auto rows_for_jobs = rows - above - (footer.empty() ? 0 : 1 + static_cast<int>(footer.size()));
  auto jobs = choose_jobs(r, std::max(rows_for_jobs, 0));

  std::vector<std::string> lines;
  lines.push_back(title_of(r, columns, paint));
  layout l(jobs, columns);
  auto cut = [&](const std::string& line) { return fit(line, std::min(width(line), columns)); };
  lines.push_back(paint(bold, cut(job_header(l))));
  for (const auto* j : jobs)
    lines.push_back(job_row(*j, l, paint));
  if (jobs.size() < r.jobs.size()) lines.push_back(cut(fmt::format("and {} more jobs", r.jobs.size() - jobs.size())));
  if (!footer.empty()) lines.emplace_back();
  lines.insert(lines.end(), footer.begin(), footer.end());

  std::string out;
  for (std::size_t i = 0; i < lines.size() && static_cast<int>(i) < rows; ++i)
    out += lines[i] + "\n";
  return out;
}

} // namespace livedata
