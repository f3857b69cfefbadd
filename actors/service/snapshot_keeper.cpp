#include "actors/service/snapshot_keeper.hpp"

#include "actors/error_text.hpp"
#include "actors/metrics.hpp"
#include "messages/log_line.hpp"
#include "messages/wall_clock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <span>
#include <spdlog/spdlog.h>
#include <utility>

namespace livedata {

namespace {

// A change of the jobs is saved this soon.
constexpr auto soon_after_change = std::chrono::seconds(1);
// A job that is behind for more intervals than this is saved without what it has.
constexpr int intervals_for_those_behind = 3;
// The same for one whose actor died, and that is on its way back, but not before so much time has passed.
constexpr auto longest_return = std::chrono::seconds(30);
// The last snapshot is waited for at the end, and messages that were held after a start.
constexpr auto longest_ending = std::chrono::seconds(30);
constexpr auto longest_gathering = std::chrono::seconds(60);

metric_labels of_service(const std::string& service) {
  return {{"service", service}};
}

} // namespace

snapshot_keeper::snapshot_keeper(coordinator_actor::pointer self, const coordinator_settings& settings,
                                 saved_members members, std::function<void()> go_on, std::function<void()> resumed)
  : self_(self), settings_(settings), members_(members), go_on_(std::move(go_on)), resumed_(std::move(resumed)),
    begun_(steady::now()),
    taken_(counter(self->system(), "snapshots", "Snapshots that were taken.", of_service(settings.name()))),
    failures_(counter(self->system(), "snapshot-failures", "Snapshots that could not be written.",
                      of_service(settings.name()))),
    bytes_(gauge(self->system(), "snapshot.bytes", "Size of the last snapshot.", of_service(settings.name()))),
    seconds_(duration_histogram(self->system(), "snapshot.time",
                                "Time from the moment of a snapshot until it is on the disk.",
                                of_service(settings.name()))),
    last_time_(time_gauge(self->system(), "snapshot.last-time", "When the last snapshot was taken; 0: none yet.",
                          of_service(settings.name()))),
    before_messages_(gauge(self->system(), "resumed.messages",
                           "Messages processed in the runs that this one goes on from.", of_service(settings.name()))),
    before_events_(gauge(self->system(), "resumed.events", "Events processed in the runs that this one goes on from.",
                         of_service(settings.name()))),
    missing_(counter(self->system(), "resumed.messages-missing",
                     "Messages that waited for their batch in a former run and could not be read again.",
                     of_service(settings.name()))) {}

// --- taking snapshots

void snapshot_keeper::came(const message_portion& portion) {
  if (portion.reached) begin_at(*portion.reached);
}

void snapshot_keeper::booked(std::uint64_t messages, std::uint64_t events) {
  messages_ += messages;
  events_ += events;
}

bool snapshot_keeper::due() const {
  if (!wanted_.empty()) return true;
  const auto since = steady::now() - begun_;
  const auto changed = members_.jobs.table().revision() != revision_;
  return since >= settings_.snapshots.interval || (changed && since >= soon_after_change);
}

bool snapshot_keeper::possible() {
  if (making_ || gathers() || !members_.first.held().empty()) return false;
  const auto since = steady::now() - begun_;
  const auto intervals = intervals_for_those_behind * settings_.snapshots.interval;
  if (members_.jobs.any_returning()) return since >= std::max<std::chrono::nanoseconds>(intervals, longest_return);
  return !members_.jobs.any_behind() || since >= intervals;
}

// A command that waits for a workflow to be built is read again only if it lies behind the snapshot.
void snapshot_keeper::look() {
  if (settings_.snapshots && ending_ == ending::no && due() && possible() && !members_.todo.has_commands()) begin();
}

void snapshot_keeper::want(std::function<void(const std::string&)> tell) {
  if (!settings_.snapshots) return tell("no snapshots are kept");
  // The one that it goes on from is as good, until all is back.
  if (gathers()) return tell({});
  wanted_.push_back(std::move(tell));
}

bool snapshot_keeper::ends() {
  if (!settings_.snapshots || ending_ == ending::over) return false;
  if (making_) return true;
  // What is not here again, or is of a job that is not, is in the snapshot before.
  if (incomplete_ || !members_.first.held().empty() || members_.jobs.any_returning()) {
    ending_ = ending::over;
    return false;
  }
  ending_ = ending::begun;
  self_->run_delayed(longest_ending, [this] {
    if (std::exchange(ending_, ending::over) == ending::over) return;
    spdlog::error(log_line("snapshot_not_waited_for",
                           {{"service", log_word{settings_.name()}},
                            {"text", "the last snapshot was not written in time; the one before stays"}}));
    go_on_();
  });
  begin();
  return ending_ != ending::over;
}

void snapshot_keeper::begin() {
  making_ = true;
  begun_ = steady::now();
  revision_ = members_.jobs.table().revision();
  answers_ = std::exchange(wanted_, {});
  auto s = std::make_shared<service_snapshot>();
  try {
    s->instrument = settings_.inst->name;
    s->service = settings_.name();
    s->taken = system_wall_clock().now();
    s->batches = members_.batches;
    s->messages = messages_;
    s->events = events_;
    s->data_clock = members_.data_clock;
    s->lanes = lanes();
    s->configured = settings_.snapshots.configured;
    archive context;
    context_state(context);
    s->context = context.finish();
    held_messages held;
    s->batching = save_batching(held);
    s->held = held.list();
  } catch (const std::exception& e) {
    return written(std::nullopt, e.what());
  }
  members_.jobs.save([this, s](std::vector<saved_job> jobs) {
    s->jobs = std::move(jobs);
    write(s);
  });
}

void snapshot_keeper::write(const std::shared_ptr<service_snapshot>& s) {
  ask(self_, settings_.snapshots.writer, snapshot_ptr(s))
    .then(
      [this, taken = s->taken](std::uint64_t bytes) {
        last_time_->value(taken.seconds_since_1970());
        written(bytes, {});
      },
      [this](const caf::error& e) { written(std::nullopt, text_of(e)); });
}

void snapshot_keeper::written(std::optional<std::uint64_t> bytes, const std::string& problem) {
  making_ = false;
  if (bytes) {
    taken_->inc();
    bytes_->value(static_cast<std::int64_t>(*bytes));
    seconds_->observe(std::chrono::duration<double>(steady::now() - begun_).count());
    if (!std::exchange(problem_, {}).empty())
      spdlog::info(log_line("snapshots_work_again", {{"service", log_word{settings_.name()}}}));
  } else {
    failures_->inc();
    // Each interval would say the same.
    if (std::exchange(problem_, problem) != problem)
      spdlog::error(log_line("snapshot_failed", {{"service", log_word{settings_.name()}}, {"text", problem}}));
  }
  for (const auto& tell : std::exchange(answers_, {}))
    tell(problem);
  if (ending_ == ending::begun) ending_ = ending::over;
  go_on_();
}

std::vector<saved_lane> snapshot_keeper::lanes() const {
  std::vector<saved_lane> out;
  for (const auto& [lane, next] : reached_)
    if (auto name = settings_.snapshots.lane_name_of ? settings_.snapshots.lane_name_of(lane) : std::nullopt)
      out.push_back({lane, std::move(*name), next});
  return out;
}

std::vector<std::byte> snapshot_keeper::save_batching(held_messages& held) {
  archive a;
  std::uint64_t waiting = members_.todo.batches();
  a.field("batches", waiting);
  std::uint64_t number = 0;
  members_.todo.each_batch([&](ready_batch& b) { batch_state(a, number++, b, held); });
  fields::group(a, "batcher", [&](archive& inner) { members_.windows->state(inner, held, {}); });
  return a.finish();
}

void snapshot_keeper::batch_state(archive& a, std::uint64_t number, ready_batch& b, held_messages& held) {
  fields::group(a, fmt::format("batch {}", number), [&](archive& inner) {
    inner.field("start", b.content.start);
    inner.field("end", b.content.end);
    held.field(inner, "messages", b.content.messages);
    inner.field("completed", b.completed);
    inner.field("last", b.last);
    inner.field("after_silence", b.after_silence);
  });
}

// --- both

// Each section is bytes of its own: one that a later version does not understand does not take the others with it.
template <class F>
void snapshot_keeper::section(archive& a, std::string_view name, F&& f) {
  std::vector<std::uint8_t> bytes;
  if (!a.loading()) {
    archive inner;
    f(inner);
    bytes = fields::numbers_of(inner.finish());
  }
  a.field(name, bytes);
  if (!a.loading()) return;
  try {
    archive inner(std::as_bytes(std::span(bytes)));
    f(inner);
    inner.finish();
  } catch (const std::exception& e) {
    spdlog::error(
      log_line("snapshot_part_not_loaded",
               {{"service", log_word{settings_.name()}}, {"part", log_word{std::string(name)}}, {"text", e.what()}}));
  }
}

void snapshot_keeper::context_state(archive& a) {
  const auto own_lanes = from_ ? from_->lanes : std::map<std::uint32_t, std::uint32_t>();
  section(a, "synthesizer", [&](archive& inner) { members_.synthesizer.state(inner); });
  section(a, "memory", [&](archive& inner) {
    for (const auto& stream : members_.memory.state(inner))
      spdlog::warn(log_line("stream_not_resumed", {{"stream", stream}, {"text", "it is kept otherwise now"}}));
  });
  section(a, "cadence", [&](archive& inner) { members_.cadence.state(inner); });
  section(a, "first_pulse", [&](archive& inner) { members_.first.state(inner); });
  section(a, "commands", [&](archive& inner) { members_.commands.state(inner); });
  section(a, "jobs", [&](archive& inner) { members_.jobs.state(inner, own_lanes); });
}

// --- going on from one

void snapshot_keeper::resume(const resumed_ptr& from, std::function<void()> done) {
  from_ = from;
  reached_ = from->given.until;
  auto given = from->given;
  if (!from->from) {
    members_.jobs.past().go_on_behind(given);
    return done();
  }
  const auto& s = *from->from;
  messages_ = s.messages;
  events_ = s.events;
  before_messages_->value(static_cast<std::int64_t>(messages_));
  before_events_->value(static_cast<std::int64_t>(events_));
  members_.batches = s.batches;
  members_.data_clock = s.data_clock;
  for (const auto& m : s.held)
    if (const auto lane = from->lanes.find(m.position.lane); m.sample && lane != from->lanes.end())
      given.held.emplace(message_position{lane->second, m.position.offset}, m.stream.name);
  load_context();
  members_.jobs.past().go_on_behind(given);
  again_.emplace(*from);
  by_value_ = again_->by_value();
  order_jobs(std::move(done));
}

void snapshot_keeper::load_context() {
  try {
    archive a(from_->from->context);
    context_state(a);
    a.finish();
  } catch (const std::exception& e) {
    spdlog::error(log_line("snapshot_part_not_loaded", {{"service", log_word{settings_.name()}}, {"text", e.what()}}));
  }
}

void snapshot_keeper::order_jobs(std::function<void()> done) {
  const auto& jobs = from_->from->jobs;
  orders_.assign(jobs.size(), nullptr);
  built_.assign(jobs.size(), nullptr);
  auto open = std::make_shared<std::size_t>(1);
  const auto one_done = [this, open, done = std::move(done)] {
    if (--*open > 0) return;
    enter_jobs();
    done();
  };
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto& spec = jobs[i].spec;
    auto recipe =
      settings_.recipes
        ? settings_.recipes({jobs[i].origin, spec.workflow, spec.job, spec.schedule, spec.auxiliary, spec.params})
        : std::nullopt;
    if (!recipe || !*recipe) {
      tell_not_resumed(i, recipe ? recipe->error().message : "this service has no such workflow any more");
      continue;
    }
    orders_[i] =
      std::make_shared<const job_order>(job_order{spec.job, **recipe, spec.schedule, jobs[i].origin, jobs[i].work});
    ++*open;
    members_.jobs.builds().add(orders_[i], [this, i, one_done](const built_ptr& b) {
      built_[i] = b;
      one_done();
    });
  }
  one_done();
}

void snapshot_keeper::tell_not_resumed(std::size_t job, const std::string& why) const {
  spdlog::error(log_line("job_not_resumed", {{"job", to_string(from_->from->jobs[job].spec.job)}, {"text", why}}));
}

void snapshot_keeper::enter_jobs() {
  for (std::size_t i = 0; i < built_.size(); ++i) {
    if (!built_[i]) continue;
    if (built_[i]->problem.empty())
      members_.jobs.enter_saved(orders_[i], built_[i], from_->from->jobs[i], from_->from->taken);
    else
      tell_not_resumed(i, built_[i]->problem);
  }
  orders_.clear();
  built_.clear();
  jobs_are_there_ = true;
  if (again_->complete()) open();
}

void snapshot_keeper::gather(const message_portion& portion) {
  if (waiting_.empty())
    self_->run_delayed(longest_gathering, [this] {
      if (gathers()) (void)give_up();
    });
  waiting_.push_back(portion);
  again_->take(waiting_.back().messages, portion.reached.get());
  if (jobs_are_there_ && again_->complete()) open();
}

bool snapshot_keeper::give_up() {
  incomplete_ = true;
  again_->give_up();
  open();
  return true;
}

void snapshot_keeper::open() {
  came_again_ = again_->there();
  came_again_.messages -= by_value_.messages;
  came_again_.events -= by_value_.events;
  if (const auto n = again_->missing(); n > 0) {
    missing_->inc(static_cast<std::int64_t>(n));
    spdlog::error(log_line("held_messages_missing",
                           {{"service", log_word{settings_.name()}},
                            {"messages", n},
                            {"text", "they waited for their batch in the former run and could not be read again"}}));
  }
  load_batching();
  again_.reset();
  spdlog::info(log_line("service_resumed", {{"service", log_word{settings_.name()}},
                                            {"taken", log_word{to_string(from_->from->taken)}},
                                            {"jobs", members_.jobs.table().jobs().size()},
                                            {"batches", members_.batches},
                                            {"events", events_}}));
  resumed_();
}

void snapshot_keeper::load_batching() {
  auto windows = batcher_for(settings_);
  auto held = again_->give();
  const auto now = settings_.data_time_is_wall_time ? duration{steady::now().time_since_epoch().count()} : duration{};
  try {
    archive a(from_->from->batching);
    std::uint64_t waiting = 0;
    a.field("batches", waiting);
    std::vector<ready_batch> ready;
    for (std::uint64_t i = 0; i < waiting; ++i)
      batch_state(a, i, ready.emplace_back(), held);
    fields::group(a, "batcher", [&](archive& inner) { windows->state(inner, held, now); });
    a.finish();
    const auto adapts = settings_.batch_adaptive || settings_.make_batcher;
    if (!adapts && windows->batch_length() != settings_.batch_length) windows->set_batch_length(settings_.batch_length);
    for (auto& b : ready)
      members_.todo.add(std::move(b));
    members_.windows = std::move(windows);
  } catch (const std::exception& e) {
    // Another kind of batches, say: what was held goes through it anew.
    spdlog::warn(log_line("batches_begin_anew", {{"service", log_word{settings_.name()}}, {"text", e.what()}}));
    displaced_ = again_->give_all();
  }
}

} // namespace livedata
