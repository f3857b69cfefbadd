// Must hold: whatever happens in whatever order, the actors do what a plain model of the job semantics does: the same
// answers, results and states, in the same order, after every step, for any number of threads.
//
// LIVEDATA_MODEL_SEQUENCES and LIVEDATA_MODEL_SEED change how many sequences are played and which.
#include "support/model_engine.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <random>
#include <spdlog/spdlog.h>

namespace model_test {

using namespace livedata;
using namespace livedata::test;

namespace {

using sequence = std::vector<model_step>;

std::uint64_t number_from(const char* variable, std::uint64_t standard) {
  const auto* text = std::getenv(variable);
  return text == nullptr ? standard : std::stoull(text);
}

// Makes up sequences of things that happen.
class generator {
public:
  explicit generator(std::uint64_t seed) : rng_(seed) {}

  // In half of the sequences results come less often than batches.
  std::int64_t publish_interval() { return one_in(2) ? 0 : one_in(2) ? 200 : 350; }

  sequence make() {
    clock_ = 1000;
    sample_time_ = 0;
    message_ = 0;
    sequence s;
    auto steps = 3 + below(10);
    for (std::uint64_t i = 0; i < steps; ++i)
      s.push_back(step(i == 0));
    return s;
  }

private:
  std::uint64_t below(std::uint64_t n) { return rng_() % n; }

  bool one_in(std::uint64_t n) { return below(n) == 0; }

  model_step step(bool first) {
    model_step s;
    auto commands = first ? 1 + below(3) : one_in(2) ? 0 : 1 + below(2);
    for (std::uint64_t i = 0; i < commands; ++i)
      s.control.push_back(control(first));
    if (!one_in(4)) s.batch = batch();
    return s;
  }

  control_message control(bool first) {
    auto what = first ? 0 : below(10);
    if (what < 4) return start();
    if (what < 8) return command();
    auto near = timestamp{clock_ + static_cast<std::int64_t>(below(300)) - 100};
    if (what == 8) return run_stop{"run", near};
    return run_start{"run", near, one_in(2) ? std::optional(timestamp{near.ns + 150}) : std::nullopt};
  }

  std::string next_message() { return fmt::format("m{}", message_++); }

  std::pair<std::string, job_id> job() {
    static const std::vector<std::pair<const char*, const char*>> pool{
      {"plain", "bank0"},    {"plain", "bank1"},  {"gated", "bank1"}, {"gated", "bank2"},
      {"stubborn", "bank0"}, {"paired", "bank0"}, {"noted", "bank1"}, {"logger", "motor"}};
    const auto& [workflow, source] = pool[below(pool.size())];
    // Few numbers, so that jobs get replaced and commands meet jobs.
    return {workflow, {source, uuid_from_name(std::to_string(below(2)))}};
  }

  start_command start() {
    start_command c;
    c.message_id = next_message();
    auto [workflow, id] = job();
    c.workflow = {"model", one_in(20) ? "unknown" : workflow, 1};
    c.job = id;
    if (one_in(3)) c.schedule.start = timestamp{clock_ + static_cast<std::int64_t>(below(400)) - 200};
    if (one_in(4))
      c.schedule.end =
        timestamp{(c.schedule.start ? c.schedule.start->ns + 1 : clock_) + static_cast<std::int64_t>(below(400))};
    if (one_in(12)) c.params["fail_build"] = true;
    return c;
  }

  job_command command() {
    job_command c;
    c.message_id = next_message();
    c.action = std::array{job_action::stop,   job_action::reset, job_action::pause,
                          job_action::resume, job_action::reset, job_action::resume}[below(6)];
    auto [workflow, id] = job();
    if (one_in(2))
      c.job = id;
    else if (one_in(2))
      c.workflow = workflow_id{"model", workflow, 1};
    return c;
  }

  fed_batch batch() {
    fed_batch b;
    b.start = clock_;
    if (one_in(12)) b.start -= 500;       // late data alone
    if (one_in(25)) b.start += 1'000'000; // one absurd time
    b.end = b.start + 100;
    if (b.start == clock_) clock_ = b.end + (one_in(8) ? 200 : 0);
    for (const auto* stream : {"bank0", "bank1", "bank2", "m1"})
      if (one_in(2)) b.events.push_back({stream, codes()});
    for (const auto* log : {"motor", "carriage"})
      if (one_in(5)) b.samples.push_back({log, sample_time(), one_in(6) ? -1.0 : static_cast<double>(below(100))});
    return b;
  }

  std::int64_t sample_time() {
    if (one_in(6)) return sample_time_ - static_cast<std::int64_t>(below(20)); // again, or late
    return sample_time_ += 10;
  }

  std::vector<std::int32_t> codes() {
    std::vector<std::int32_t> out(below(4), code::plain);
    if (one_in(8)) out.push_back(code::poison);
    if (one_in(6)) out.insert(out.end(), 1 + below(2), code::breaks);
    if (one_in(10)) out.push_back(code::empties);
    if (one_in(40)) out.push_back(code::kills);
    return out;
  }

  std::mt19937_64 rng_;
  std::int64_t clock_ = 0;
  std::int64_t sample_time_ = 0;
  int message_ = 0;
};

std::vector<std::vector<std::string>> expected(const sequence& s, std::int64_t publish_interval) {
  job_model model(publish_interval);
  std::vector<std::vector<std::string>> out;
  for (const auto& step : s)
    out.push_back(model.play(step));
  return out;
}

// The smallest sequence that still fails, found by leaving out more and more.
template <class Fails>
sequence shrunk(sequence s, const Fails& fails) {
  for (auto size = s.size() / 2; size > 0; size /= 2)
    for (std::size_t i = 0; i + size <= s.size();) {
      auto less = s;
      less.erase(less.begin() + static_cast<std::ptrdiff_t>(i), less.begin() + static_cast<std::ptrdiff_t>(i + size));
      if (fails(less))
        s = std::move(less);
      else
        ++i;
    }
  auto without = [&](auto change) {
    for (std::size_t i = 0; i < s.size(); ++i)
      for (std::size_t k = 0;; ++k) {
        auto less = s;
        if (!change(less[i], k)) break;
        if (fails(less)) {
          s = std::move(less);
          --k;
        }
      }
  };
  auto drop = [](auto& list, std::size_t k) {
    if (k >= list.size()) return false;
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(k));
    return true;
  };
  without([&](model_step& step, std::size_t k) { return drop(step.control, k); });
  without([](model_step& step, std::size_t k) {
    if (k > 0 || !step.batch) return false;
    step.batch.reset();
    return true;
  });
  without([&](model_step& step, std::size_t k) { return step.batch && drop(step.batch->events, k); });
  without([&](model_step& step, std::size_t k) { return step.batch && drop(step.batch->samples, k); });
  return s;
}

std::string text_of(const control_message& c) {
  struct {
    std::string operator()(const start_command& x) const {
      return fmt::format("start {} {} {} from {} to {} {}", x.message_id, to_string(x.workflow), to_string(x.job),
                         livedata::test::text_of(x.schedule.start), livedata::test::text_of(x.schedule.end),
                         x.params.dump());
    }

    std::string operator()(const job_command& x) const {
      constexpr const char* names[] = {"stop", "reset", "pause", "resume"};
      return fmt::format("{} {} {}", names[static_cast<int>(x.action)], x.message_id,
                         x.job        ? to_string(*x.job)
                         : x.workflow ? to_string(*x.workflow)
                                      : "all");
    }

    std::string operator()(const run_start& x) const {
      return fmt::format("run start {} stop {}", x.start.ns, livedata::test::text_of(x.stop));
    }

    std::string operator()(const run_stop& x) const { return fmt::format("run stop {}", x.stop.ns); }
  } writer;

  return std::visit(writer, c);
}

std::string text_of(const model_step& step) {
  std::string text;
  for (const auto& c : step.control)
    text += fmt::format("    {}\n", text_of(c));
  if (!step.batch) return text;
  text += fmt::format("    batch {}..{}", step.batch->start, step.batch->end);
  for (const auto& e : step.batch->events)
    text += fmt::format(" {}[{}]", e.stream, fmt::join(e.codes, ","));
  for (const auto& x : step.batch->samples)
    text += fmt::format(" {}({})={}", x.log, x.time, x.value);
  return text + "\n";
}

std::string describe(const sequence& s, std::int64_t interval, model_engine& engine) {
  auto model = expected(s, interval);
  auto real = engine.play(s, interval);
  std::string text = fmt::format("results every {}\n", interval);
  for (std::size_t i = 0; i < s.size(); ++i) {
    text += fmt::format("step {}\n{}", i, text_of(s[i]));
    if (model[i] == real[i]) continue;
    text += fmt::format("  the model:\n    {}\n  the engine:\n    {}\n", fmt::join(model[i], "\n    "),
                        fmt::join(real[i], "\n    "));
    break;
  }
  return text;
}

} // namespace

TEST_CASE("the actors do what the model does, step by step, with 1, 2 and 8 threads") {
  auto level = spdlog::get_level();
  spdlog::set_level(spdlog::level::off);
  auto sequences = number_from("LIVEDATA_MODEL_SEQUENCES", 5'000);
  auto seed = number_from("LIVEDATA_MODEL_SEED", 1);
  model_engine one(1);
  model_engine two(2);
  model_engine eight(8);
  std::size_t lines = 0;
  auto failed = false;
  for (std::uint64_t i = 0; i < sequences && !failed; ++i) {
    generator make(seed * 1'000'003 + i);
    auto interval = make.publish_interval();
    auto s = make.make();
    auto model = expected(s, interval);
    for (const auto& step : model)
      lines += step.size();
    for (auto* engine : {&one, &two, &eight}) {
      if (engine->play(s, interval) == model) continue;
      failed = true;
      auto smallest = shrunk(s, [&](const sequence& x) { return engine->play(x, interval) != expected(x, interval); });
      FAIL_CHECK("seed " << seed << ", sequence " << i << " of the " << sequences << ":\n"
                         << describe(smallest, interval, *engine));
      break;
    }
  }
  // The sequences are not empty talk.
  CHECK((failed || lines > 20 * sequences));
  spdlog::set_level(level);
}

TEST_CASE("a difference between model and engine is found and shrunk to the steps that matter") {
  // As if the engine forgot to count a poisoned batch as lost: any sequence with such a batch for an active job
  // differs.
  auto fails = [](const sequence& s) {
    job_model model;
    for (const auto& step : s)
      for (const auto& line : model.play(step))
        if (line.find("poisoned") != std::string::npos) return true;
    return false;
  };
  for (std::uint64_t i = 0; i < 300; ++i) {
    auto s = generator(i).make();
    if (!fails(s)) continue;
    auto smallest = shrunk(s, fails);
    CHECK(fails(smallest));
    CHECK(smallest.size() <= 3);
    std::size_t events = 0;
    for (const auto& step : smallest)
      if (step.batch) events += step.batch->events.size() + step.batch->samples.size();
    CHECK(events <= 4);
  }
}

} // namespace model_test
