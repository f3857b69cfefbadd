// Jobs that catch up: what they hold stays within the limit, they share readers of the past or wait for their turn, and
// what they are not given is told.
#include "actors/backfill/catch_up.hpp"
#include "actors/service/commands.hpp"
#include "messages/codec/ev44.hpp"
#include "support/model_workflow.hpp"
#include "support/test_config.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <optional>
#include <set>

namespace catch_up_test {

using namespace livedata;
using namespace livedata::test;

namespace {

constexpr std::int64_t s = 1'000'000'000;
constexpr std::int64_t first_second = 100;
constexpr std::int64_t messages_per_second = 10;
constexpr std::int32_t events_per_message = 1000;
constexpr std::size_t bytes_per_message = 9000;

// Bytes of payloads that exist, and the most that ever did.
struct memory {
  std::atomic<std::size_t> now = 0;
  std::atomic<std::size_t> most = 0;
};

class counted_payload final : public payload {
public:
  counted_payload(std::vector<std::byte> bytes, memory& m) : bytes_(std::move(bytes)), memory_(m) {
    auto now = memory_.now += bytes_.size();
    for (auto most = memory_.most.load(); now > most && !memory_.most.compare_exchange_weak(most, now);) {
    }
  }

  ~counted_payload() override { memory_.now -= bytes_.size(); }

  std::span<const std::byte> bytes() const noexcept override { return bytes_; }

private:
  std::vector<std::byte> bytes_;
  memory& memory_;
};

// Message n: its number is the pixel of all its events. Two lanes take turns.
raw_message numbered(std::int64_t n, memory& m) {
  timestamp time{first_second * s + n * s / messages_per_second};
  std::vector<std::int64_t> reference{time.ns};
  std::vector<std::int32_t> index{0};
  std::vector<std::int32_t> times(events_per_message);
  std::vector<std::int32_t> pixels(events_per_message, static_cast<std::int32_t>(n));
  auto bytes = ev44::write("caen", n, reference, index, times, pixels);
  return {"model_detector",
          time,
          std::make_shared<counted_payload>(std::move(bytes), m),
          true,
          {static_cast<std::uint32_t>(n % 2), n / 2}};
}

std::shared_ptr<const instrument> addressed_instrument() {
  auto inst = std::make_shared<instrument>(*model_instrument());
  inst->detectors[0].addresses = {{"model_detector", "caen"}};
  return inst;
}

class numbered_past final : public past_reader {
public:
  explicit numbered_past(memory& m) : memory_(m) {}

  result<portion> read(const lane_offsets& until, std::size_t most_messages, std::size_t most_bytes) override {
    portion out;
    std::size_t bytes = 0;
    for (; out.messages.size() < most_messages && bytes < most_bytes; ++next_) {
      auto end = until.find(static_cast<std::uint32_t>(next_ % 2));
      if (end == until.end() || next_ / 2 >= end->second) {
        out.done = true;
        break;
      }
      out.messages.push_back(numbered(next_, memory_));
      bytes += out.messages.back().content->bytes().size();
    }
    return out;
  }

private:
  memory& memory_;
  std::int64_t next_ = 0;
};

struct late_job {
  std::string name;
  std::int64_t start_second = first_second;
  // Begins to catch up with this batch; the batches for which it is paused: [from, to).
  std::int64_t begins = 0;
  std::int64_t paused_from = 0;
  std::int64_t paused_to = 0;
};

struct setting {
  std::vector<late_job> jobs;
  backfill_limits limits;
  // Seconds that lie in the past when the first job begins, and those that come meanwhile.
  std::int64_t past_seconds = 0;
  std::int64_t live_seconds = 0;
  // Tasks are not answered before all batches have come.
  bool jobs_wait = false;
  // No past before that.
  std::int64_t kept_from = 0;
};

// What became of a job.
struct outcome {
  std::map<std::int32_t, std::int64_t> events;
  std::vector<std::string> statuses;
  std::uint64_t lost = 0;
  std::string loss;
  std::optional<std::string> failure;
};

struct world {
  setting what;
  memory bytes;
  std::atomic<std::size_t> opened = 0;
  std::atomic<bool> jobs_may_work = true;
  std::map<job_id, outcome> outcomes;
  std::size_t still_out = 0;
};

// Counts events by number; all events of a message have the same.
struct counting_job_state {
  static inline const char* name = "livedata.test.counting_job";

  counting_job_state(job_actor::pointer me, world* where, outcome* into) : self(me), w(where), out(into) {}

  job_actor::behavior_type make_behavior() {
    return {[this](const task_ptr& task) {
              auto promise = self->make_response_promise<reply_ptr>();
              work(task, promise);
              return promise;
            },
            [](clear_atom) {}, [](save_atom) -> saved_work_ptr { return std::make_shared<const saved_work>(); },
            [](own_thread_atom) {}};
  }

  void work(const task_ptr& task, caf::typed_response_promise<reply_ptr> promise) {
    if (!w->jobs_may_work) {
      self->run_delayed(std::chrono::milliseconds(1), [this, task, promise] { work(task, promise); });
      return;
    }
    auto reply = std::make_shared<job_reply>();
    reply->push = step::ok;
    reply->took_primary = !task->data.primary.empty();
    for (const auto& d : task->data.primary)
      for (const auto& chunk : std::get<events_ptr>(d.value)->chunks)
        out->events[chunk.pixel_id[0]] += static_cast<std::int64_t>(chunk.size());
    promise.deliver(reply_ptr(std::move(reply)));
  }

  job_actor::pointer self;
  world* w;
  outcome* out;
};

// In place of a service: gives a batch whenever it is told end_atom, and has the jobs catch up.
class host_state {
public:
  static inline const char* name = "livedata.test.host";

  host_state(coordinator_actor::pointer self, world* w)
    : self_(self), w_(w), inst_(addressed_instrument()),
      routes_(std::make_shared<const adapter>(
        route_table(*inst_, std::vector<std::string>{"data_reduction"}, {false, false}))),
      preprocessor_(*inst_, "data_reduction"),
      catch_up_(
        self, w->what.limits, [this](auto& system, const auto& request) { return open(system, request); },
        [this](const std::string& stream) { return preprocessor_.context(stream); }, [this] { return seen_.cut(); },
        {[](const job_id&, const job_reply&) {}, [](const job_id&, const caf::error&) {},
         [this](const job_id& id, const backfill_run& run) {
           of(id).loss = run.record().value().missing;
           --w_->still_out;
         },
         [this](const job_id& id, const std::string& why) {
           of(id).failure = why;
           --w_->still_out;
         },
         [this](const job_id& id, const std::string& status) { of(id).statuses.push_back(status); },
         [this](const job_id& id, std::uint64_t events) { of(id).lost += events; }, [] {}}) {
    for (std::int64_t i = 0; i < w->what.past_seconds; ++i)
      give_batch();
    w->still_out = w->what.jobs.size();
  }

  coordinator_actor::behavior_type make_behavior() {
    return {[](const portion_ptr&) {},
            [](const command_ptr&) { return std::string{}; },
            [](const resumed_ptr&) {},
            [](save_atom) { return std::string{}; },
            [](const statistics_ptr&) {},
            [](status_atom) { return job_statuses_ptr{}; },
            [this](end_atom) { live(); },
            [](end_atom, const std::string&) {},
            [this](finish_atom) {
              finish_ = self_->make_response_promise<std::uint32_t>();
              return *finish_;
            }};
  }

private:
  outcome& of(const job_id& id) { return w_->outcomes[id]; }

  static job_id id_of(const late_job& j) { return {"bank0", uuid_from_name(j.name)}; }

  past_actor open(caf::actor_system& system, const backfill_request& request) {
    ++w_->opened;
    return spawn_past_reader(
      system,
      [w = w_](const past_topics& wanted) -> result<std::unique_ptr<past_reader>> {
        if (wanted.from < timestamp{w->what.kept_from * s}) return failure{"gone", "deleted long ago"};
        return std::unique_ptr<past_reader>(std::make_unique<numbered_past>(w->bytes));
      },
      routes_, request);
  }

  void give_batch() {
    message_batch b{{(first_second + second_) * s}, {(first_second + second_ + 1) * s}, {}};
    for (std::int64_t i = 0; i < messages_per_second; ++i) {
      auto raw = numbered(second_ * messages_per_second + i, w_->bytes);
      auto adapted = routes_->adapt(raw).value();
      auto& m = std::get<routed_message>(adapted).message;
      m.position = raw.position;
      b.messages.push_back(m);
    }
    seen_.came(b.messages);
    windows_.add(b);
    seen_.left(b);
    ++second_;
    catch_up_.wait_behind(preprocessor_.process(std::move(b)), [this](const job_id& id) {
      return std::ranges::any_of(w_->what.jobs, [&](const auto& j) {
        return id_of(j) == id && batch_ >= j.paused_from && batch_ < j.paused_to;
      });
    });
  }

  void live() {
    for (const auto& j : w_->what.jobs)
      if (j.begins == batch_) begin(j);
    if (batch_ < w_->what.live_seconds) give_batch();
    ++batch_;
    if (batch_ >= w_->what.live_seconds) w_->jobs_may_work = true;
    if (batch_ >= w_->what.live_seconds && w_->still_out == 0)
      finish_->deliver(std::uint32_t{0});
    else
      self_->run_delayed(std::chrono::milliseconds(2), [this] { live(); });
  }

  void begin(const late_job& j) {
    auto id = id_of(j);
    timestamp start{j.start_second * s};
    auto recipe = model_registry().recipe(inst_, "plain", "bank0", json::object()).value();
    auto run = std::make_unique<backfill_run>(make_entry(id, *recipe, {start, {}}), *inst_, "data_reduction", windows_,
                                              seen_.cut(), std::vector<timestamp>{});
    auto worker = self_->system().spawn<caf::stateful_actor<counting_job_state, job_actor::impl>>(w_, &of(id));
    catch_up_.begin(id, std::move(run), {start, {"bank0"}, {}}, worker);
  }

  coordinator_actor::pointer self_;
  world* w_;
  std::shared_ptr<const instrument> inst_;
  std::shared_ptr<const adapter> routes_;
  preprocessor preprocessor_;
  arrivals seen_{lane_offsets{{0, 0}, {1, 0}}};
  batch_windows windows_{{s}};
  catch_up catch_up_;
  std::int64_t second_ = 0;
  std::int64_t batch_ = 0;
  std::optional<caf::typed_response_promise<std::uint32_t>> finish_;
};

// Runs until all jobs have caught up or failed.
void run(world& w) {
  w.jobs_may_work = !w.what.jobs_wait;
  test_config config(2);
  caf::actor_system system(config);
  auto host = system.spawn<caf::stateful_actor<host_state, coordinator_actor::impl>>(&w);
  caf::scoped_actor self(system);
  auto done = ask(self.ptr(), host, finish_atom_v);
  tell(self.ptr(), host, end_atom_v);
  std::move(done).receive([](std::uint32_t) {}, [](const caf::error& e) { FAIL(to_string(e)); });
  caf::anon_send_exit(host, caf::exit_reason::user_shutdown);
}

// How often the job got message `n`.
std::int64_t times(const outcome& job, std::int64_t n) {
  auto i = job.events.find(static_cast<std::int32_t>(n));
  if (i == job.events.end()) return 0;
  CHECK(i->second % events_per_message == 0);
  return i->second / events_per_message;
}

// It got all messages from its start to its end, once each.
void check_complete(const outcome& job, std::int64_t start_second, std::int64_t seconds) {
  CHECK_FALSE(job.failure);
  CHECK(job.loss.empty());
  CHECK(job.lost == 0);
  std::size_t wrong = 0;
  // Batches after that by which it caught up are no concern of this.
  auto last = job.events.empty() ? 0 : job.events.rbegin()->first;
  CHECK(last + 1 >= seconds * messages_per_second);
  for (std::int64_t n = 0; n <= last; ++n)
    if (times(job, n) != (n >= (start_second - first_second) * messages_per_second ? 1 : 0)) ++wrong;
  CHECK(wrong == 0);
}

const outcome& outcome_of(const world& w, const std::string& name) {
  return w.outcomes.at({"bank0", uuid_from_name(name)});
}

bool said(const outcome& job, std::string_view text) {
  return std::ranges::any_of(job.statuses, [&](const auto& line) { return line.find(text) != std::string::npos; });
}

} // namespace

TEST_CASE(
  "a past much longer than the memory is read within it, by one job and by four at once, and all get all of it") {
  for (std::size_t jobs : {1, 4}) {
    CAPTURE(jobs);
    world w;
    w.what.limits.memory = 1'000'000;
    w.what.past_seconds = 400;
    w.what.live_seconds = 200;
    w.what.jobs_wait = true;
    for (std::size_t i = 0; i < jobs; ++i)
      w.what.jobs.push_back({"job" + std::to_string(i), first_second + static_cast<std::int64_t>(i) * 7});
    run(w);
    CHECK(w.opened == 1);
    for (const auto& j : w.what.jobs)
      check_complete(outcome_of(w, j.name), j.start_second, w.what.past_seconds);
    // Beside one batch of the service itself.
    CHECK(w.bytes.most <= w.what.limits.memory + messages_per_second * bytes_per_message);
    CHECK(w.bytes.most > w.what.limits.memory / 4);
  }
}

TEST_CASE("a window that does not fit into the memory is worked on in parts") {
  world w;
  // One second of data is 90 kB; a window is closed by messages three seconds later.
  w.what.limits.memory = 200'000;
  w.what.past_seconds = 50;
  w.what.jobs = {{"small"}};
  run(w);
  check_complete(outcome_of(w, "small"), first_second, w.what.past_seconds);
  CHECK(w.bytes.most <= w.what.limits.memory + messages_per_second * bytes_per_message);
}

TEST_CASE("a job that has to wait for its turn to read the past says so, and gets all of it later") {
  world w;
  w.what.limits.readers = 1;
  w.what.past_seconds = 20;
  // Jobs are gathered for a moment, and the first one keeps its reader until all batches have come.
  w.what.live_seconds = 300;
  w.what.jobs_wait = true;
  w.what.jobs = {{"first"}, {"second", first_second + 5, 200}, {"third", first_second + 9, 200}};
  run(w);
  CHECK(w.opened == 2);
  for (const auto& j : w.what.jobs)
    check_complete(outcome_of(w, j.name), j.start_second, w.what.past_seconds);
  for (const auto* name : {"second", "third"})
    CHECK(said(outcome_of(w, name), "waits for its turn to read the past"));
  CHECK(said(outcome_of(w, "second"), "has the data up to"));
}

TEST_CASE("a job whose past is gone does not take the past from the jobs that would share its reader") {
  world w;
  w.what.past_seconds = 20;
  w.what.kept_from = first_second + 3;
  w.what.jobs = {{"too early"}, {"in time", first_second + 3}, {"later", first_second + 8}};
  run(w);
  CHECK(outcome_of(w, "too early").failure == "deleted long ago");
  check_complete(outcome_of(w, "in time"), first_second + 3, w.what.past_seconds);
  check_complete(outcome_of(w, "later"), first_second + 8, w.what.past_seconds);
}

TEST_CASE(
  "batches that wait behind the past of a job that was paused stay within the memory, and what is lost is told") {
  world w;
  w.what.limits.memory = 1'000'000;
  w.what.past_seconds = 20;
  w.what.live_seconds = 300;
  w.what.jobs_wait = true;
  w.what.jobs = {{"paused", first_second, 0, 200, 210}, {"other"}};
  run(w);
  CHECK(w.bytes.most <= w.what.limits.memory + messages_per_second * bytes_per_message);
  check_complete(outcome_of(w, "other"), first_second, w.what.past_seconds + w.what.live_seconds);
  const auto& job = outcome_of(w, "paused");
  CHECK(job.lost > 0);
  CHECK(job.loss.find(std::to_string(job.lost) + " events") != std::string::npos);
  CHECK(said(job, "there was no memory for them"));
  std::uint64_t missing = 0;
  for (std::int64_t n = 0; n < (w.what.past_seconds + w.what.live_seconds) * messages_per_second; ++n) {
    auto batch = n / messages_per_second - w.what.past_seconds;
    auto got = times(job, n);
    if (batch < 200) CHECK(got == 1);
    if (batch >= 200 && batch < 210) CHECK(got == 0);
    CHECK(got <= 1);
    if (batch >= 210 && got == 0) missing += events_per_message;
  }
  CHECK(job.lost == missing);
}

} // namespace catch_up_test
