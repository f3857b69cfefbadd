#include "actors/backfill/catch_up.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>
#include <vector>

namespace livedata {

namespace {

// Complete windows that are read ahead of a job, and batches that wait behind the past before it is read on instead.
constexpr std::size_t most_windows = 4;
constexpr std::size_t most_batches = 32;
// Bytes of a portion; less if the memory is small.
constexpr std::size_t most_bytes_of_a_portion = 8'000'000;
// Jobs that are started together come one by one.
constexpr auto gathering = std::chrono::milliseconds(100);

// One half of the memory is for what is read, the other for batches that wait.
std::size_t half_of(const backfill_limits& limits) {
  return limits.memory / 2;
}

std::size_t portion_of(const backfill_limits& limits) {
  return std::clamp<std::size_t>(half_of(limits) / 8, 1, most_bytes_of_a_portion);
}

void append(std::vector<std::string>& to, const std::vector<std::string>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

} // namespace

catch_up::catch_up(coordinator_actor::pointer self, backfill_limits limits, past_spawner spawn, context_lookup latest,
                   std::function<backfill_cut()> cut, listener l)
  : self_(self), limits_(limits), spawn_(std::move(spawn)), latest_(std::move(latest)), cut_(std::move(cut)),
    listener_(std::move(l)), past_(limits_.in_flight) {}

// --- jobs come and go

void catch_up::begin(const job_id& id, std::unique_ptr<backfill_run> run, backfill_request request, job_actor worker) {
  cancel(id);
  effort e;
  e.number = ++last_number_;
  e.run = std::move(run);
  e.request = std::move(request);
  e.worker = std::move(worker);
  tell_progress(id, efforts_.emplace(id, std::move(e)).first->second);
  go_on_later();
}

void catch_up::cancel(const job_id& id) {
  if (efforts_.erase(id) == 0) return;
  end_readers();
  // Others may get its reader, or its memory.
  go_on_later();
}

void catch_up::cancel_all() {
  efforts_.clear();
  end_readers();
}

catch_up::effort* catch_up::find(const job_id& id, std::uint64_t number) {
  auto i = efforts_.find(id);
  return i == efforts_.end() || i->second.number != number ? nullptr : &i->second;
}

void catch_up::tell_progress(const job_id& id, const effort& e) const {
  listener_.progress(id, e.reader == 0 ? "Catching up with the past: waits for its turn to read the past."
                                       : e.run->progress());
}

void catch_up::go_on_later() {
  self_->run_delayed(gathering, [this] {
    start_readers();
    go_on();
    listener_.eased();
  });
}

// Keeps readers and jobs at work. May end efforts.
void catch_up::go_on() {
  for (auto& [id, e] : efforts_)
    work(id, e);
  for (auto& [number, r] : readers_)
    read(number, r, false);
  if (is_stuck())
    make_room();
  else
    was_stuck_ = false;
  std::vector<job_id> done;
  auto is_done = [](const effort& e) { return !e.works && (e.run->done() || e.run->finished()); };
  for (const auto& [id, e] : efforts_)
    if (is_done(e)) done.push_back(id);
  for (const auto& id : done) {
    // The listener may have changed something meanwhile.
    auto i = efforts_.find(id);
    if (i == efforts_.end() || !is_done(i->second)) continue;
    auto run = std::move(i->second.run);
    cancel(id);
    listener_.caught_up(id, *run);
  }
}

// --- batches come meanwhile

void catch_up::wait_behind(const batch_data& batch, const std::function<bool(const job_id&)>& paused) {
  batch_data counted{batch.start, batch.end, {}, 0, 0, {}};
  auto taken = [&](const auto& name) {
    return std::ranges::any_of(efforts_, [&](const auto& e) { return e.second.run->takes(name); });
  };
  for (const auto& [name, value] : batch.streams)
    if (taken(name)) counted.streams.emplace(name, waiting_.count(value));
  for (const auto& [name, more] : batch.further)
    if (taken(name))
      for (const auto& value : more)
        counted.further[name].push_back(waiting_.count(value));
  auto is_full = [this] { return waiting_.get() > half_of(limits_); };
  // Cuts of jobs that share a reader move together, so that none has to hold back what another needs. A job without a
  // reader has read nothing: all comes from the past.
  std::set<std::uint64_t> moving{0};
  for (auto& [id, e] : efforts_)
    if (!e.run->cut_is_fixed() && (is_full() || e.run->waiting_batches() >= most_batches)) moving.insert(e.reader);
  auto moves = [&](const effort& e) { return !e.run->cut_is_fixed() && moving.contains(e.reader); };
  for (auto& [id, e] : efforts_)
    if (paused(id))
      e.run->skip();
    else if (moves(e))
      e.run->move_cut(cut_());
  for (auto& [id, e] : efforts_) {
    if (paused(id) || moves(e)) continue;
    if (is_full()) {
      listener_.lost(id, e.run->lose(batch));
      tell_progress(id, e);
    } else {
      e.run->wait_behind(counted);
    }
  }
  counted.streams.clear();
  counted.further.clear();
  go_on();
}

void catch_up::expect_run_transition(timestamp t) {
  for (auto& [id, e] : efforts_)
    e.run->expect_run_transition(t);
}

void catch_up::forget_run_transition(timestamp t) {
  for (auto& [id, e] : efforts_)
    e.run->forget_run_transition(t);
}

bool catch_up::is_behind() const {
  return waiting_.get() > half_of(limits_) / 2 || std::ranges::any_of(efforts_, [](const auto& e) {
           return e.second.reader == 0 || e.second.run->waiting_batches() >= most_batches / 2;
         });
}

// --- reading

// All jobs that wait get one reader together, if there may be one more.
void catch_up::start_readers() {
  while (readers_.size() < limits_.readers) {
    backfill_request request{{saturating::highest}, {}, {}, portion_of(limits_), past_};
    auto number = last_number_ + 1;
    auto has_members = false;
    auto alone = false;
    for (auto& [id, e] : efforts_) {
      if (e.reader != 0 || alone || (e.reads_alone && has_members)) continue;
      has_members = true;
      alone = e.reads_alone;
      e.reader = number;
      request.from = std::min(request.from, e.request.from);
      append(request.data_streams, e.request.data_streams);
      append(request.context_streams, e.request.context_streams);
      tell_progress(id, e);
    }
    if (!has_members) break;
    last_number_ = number;
    readers_.emplace(number, reading{spawn_(self_->system(), request)});
  }
}

void catch_up::end_readers() {
  std::erase_if(readers_, [this](const auto& r) {
    if (std::ranges::any_of(efforts_, [&](const auto& e) { return e.second.reader == r.first; })) return false;
    caf::anon_send_exit(r.second.actor, caf::exit_reason::user_shutdown);
    return true;
  });
}

// Asks for the next portion, if it is wanted and there is memory for it. `urgent`: in any case.
void catch_up::read(std::uint64_t number, reading& r, bool urgent) {
  if (r.reads) return;
  auto portion = portion_of(limits_);
  auto on_their_way = static_cast<std::size_t>(std::ranges::count_if(readers_, [](auto& x) { return x.second.reads; }));
  auto is_wanted = urgent;
  // Up to the earliest cut: the job of a fixed cut is done before the others.
  const lane_offsets* until = nullptr;
  for (const auto& [id, e] : efforts_) {
    if (e.reader != number || !e.run->is_reading()) continue;
    is_wanted = is_wanted || e.run->backlog() < most_windows;
    if (until == nullptr || e.run->cut().until < *until) until = &e.run->cut().until;
  }
  if (until == nullptr || !is_wanted) return;
  if (!urgent && past_.get() + (on_their_way + 1) * portion > half_of(limits_)) return;
  r.reads = true;
  auto asked = std::make_shared<const past_request>(past_request{*until});
  ask(self_, r.actor, past_request_ptr(asked))
    .then([this, number, asked](past_portion_ptr& got) { took(number, *asked, std::move(got)); },
          [this, number](const caf::error& why) { fail(number, to_string(why)); });
}

// Whether nothing comes any more, because what is held fills the memory and no job can work on it.
bool catch_up::is_stuck() const {
  return !std::ranges::any_of(efforts_, [](const auto& e) { return e.second.works; }) &&
         !std::ranges::any_of(readers_, [](const auto& r) { return r.second.reads; }) &&
         std::ranges::any_of(efforts_,
                             [](const auto& e) { return e.second.reader != 0 && e.second.run->is_reading(); });
}

// First windows are closed early. What is held back is dropped next; then the cut can move no more. All else that is
// held does not go away by waiting, so that reading goes on.
void catch_up::make_room() {
  for (auto& [id, e] : efforts_) {
    e.run->close_oldest();
    work(id, e);
  }
  if (!is_stuck()) return;
  // A job may not have let go yet of what it has worked on.
  if (!std::exchange(was_stuck_, true)) {
    go_on_later();
    return;
  }
  for (auto& [id, e] : efforts_)
    if (e.run->holds_back()) e.run->fix_cut();
  for (auto& [number, r] : readers_)
    read(number, r, false);
  if (!is_stuck()) return;
  for (auto& [number, r] : readers_)
    read(number, r, true);
}

void catch_up::took(std::uint64_t number, const past_request& asked, past_portion_ptr portion) {
  auto r = readers_.find(number);
  if (r == readers_.end()) return;
  if (portion->failure) {
    fail(number, *portion->failure);
    return;
  }
  r->second.reads = false;
  r->second.has_read = true;
  for (auto& [id, e] : efforts_) {
    if (e.reader != number) continue;
    // A job whose past is complete may have to read on when its cut moves.
    if (e.run->is_reading() || !e.run->cut_is_fixed()) e.run->feed(portion->messages);
    if (portion->done && e.run->cut().until == asked.until) e.run->reading_done();
  }
  // What no job wants does not count any more.
  portion.reset();
  go_on();
}

// Jobs that wanted to share the reader try again alone: perhaps only the past of one of them is gone.
void catch_up::fail(std::uint64_t number, const std::string& why) {
  auto r = readers_.find(number);
  if (r == readers_.end()) return;
  std::vector<job_id> members;
  for (const auto& [id, e] : efforts_)
    if (e.reader == number) members.push_back(id);
  auto again = members.size() > 1 && !r->second.has_read;
  for (const auto& id : members) {
    efforts_.at(id).reader = 0;
    efforts_.at(id).reads_alone = true;
    if (!again) efforts_.erase(id);
  }
  end_readers();
  go_on_later();
  if (again) return;
  for (const auto& id : members)
    listener_.failed(id, why);
}

// --- the work

void catch_up::work(const job_id& id, effort& e) {
  if (e.works) return;
  auto step = e.run->next(latest_);
  while (step && !step->task) {
    tell(self_, e.worker, clear_atom_v);
    step = e.run->next(latest_);
  }
  if (!step) return;
  if (step->reset) tell(self_, e.worker, clear_atom_v);
  e.works = true;
  ask(self_, e.worker, std::make_shared<const job_task>(std::move(*step->task)))
    .then(
      [this, id, number = e.number](const reply_ptr& reply) {
        auto* mine = find(id, number);
        if (mine == nullptr) return;
        mine->works = false;
        mine->run->book(*reply);
        tell_progress(id, *mine);
        listener_.worked(id, *reply);
        go_on();
      },
      [this, id, number = e.number](const caf::error& why) {
        if (find(id, number) == nullptr) return;
        cancel(id);
        listener_.silent(id, why);
      });
}

} // namespace livedata
