#include "actors/backfill/catch_up.hpp"

#include <algorithm>
#include <utility>

namespace livedata {

namespace {

// Windows that are read ahead of the job, and batches that wait behind the past before it is read on instead.
constexpr std::size_t most_windows = 4;
constexpr std::size_t most_batches = 32;

void end(const past_actor& reader) {
  if (reader) caf::anon_send_exit(reader, caf::exit_reason::user_shutdown);
}

} // namespace

catch_up::~catch_up() {
  for (auto& [id, e] : efforts_)
    end(e.reader);
}

void catch_up::begin(const job_id& id, std::unique_ptr<backfill_run> run, past_actor reader, job_actor worker) {
  cancel(id);
  effort e;
  e.number = ++last_number_;
  e.run = std::move(run);
  e.reader = std::move(reader);
  e.worker = std::move(worker);
  efforts_.emplace(id, std::move(e));
  go_on(id);
}

void catch_up::cancel(const job_id& id) {
  auto i = efforts_.find(id);
  if (i == efforts_.end()) return;
  end(i->second.reader);
  efforts_.erase(i);
}

void catch_up::cancel_all() {
  for (auto& [id, e] : efforts_)
    end(e.reader);
  efforts_.clear();
}

const backfill_run* catch_up::find(const job_id& id) const {
  auto i = efforts_.find(id);
  return i == efforts_.end() ? nullptr : i->second.run.get();
}

catch_up::effort* catch_up::present(const job_id& id, std::uint64_t number) {
  auto i = efforts_.find(id);
  return i == efforts_.end() || i->second.number != number ? nullptr : &i->second;
}

void catch_up::wait_behind(const batch_data& batch, const std::function<backfill_cut()>& cut,
                           const std::function<bool(const job_id&)>& paused) {
  std::vector<job_id> ids;
  for (auto& [id, e] : efforts_) {
    if (paused(id)) {
      e.has_gap = true;
    } else if (e.run->waiting_batches() >= most_batches && e.run->is_reading() && !e.has_gap) {
      e.run->move_cut(cut());
      ++e.cuts;
    } else {
      e.run->wait_behind(batch);
    }
    ids.push_back(id);
  }
  for (const auto& id : ids)
    go_on(id);
}

void catch_up::expect_run_transition(timestamp t) {
  for (auto& [id, e] : efforts_)
    e.run->expect_run_transition(t);
}

bool catch_up::is_behind() const {
  return std::ranges::any_of(efforts_,
                             [](const auto& e) { return e.second.run->waiting_batches() >= most_batches / 2; });
}

// Keeps reader and job at work. May end the effort.
void catch_up::go_on(const job_id& id) {
  auto i = efforts_.find(id);
  if (i == efforts_.end()) return;
  auto& e = i->second;
  read(id, e);
  work(id, e);
  if (e.works || !(e.run->done() || e.run->finished())) return;
  auto run = std::move(e.run);
  cancel(id);
  listener_.caught_up(id, *run);
}

void catch_up::read(const job_id& id, effort& e) {
  if (e.reads || !e.run->is_reading() || e.run->backlog() >= most_windows) return;
  e.reads = true;
  auto pull = std::make_shared<const past_request>(past_request{e.run->cut().until});
  ask(self_, e.reader, past_request_ptr(std::move(pull)))
    .then(
      [this, id, number = e.number, cut = e.cuts](const past_portion_ptr& portion) { took(id, number, cut, *portion); },
      [this, id, number = e.number](const caf::error& why) { fail(id, number, to_string(why)); });
}

void catch_up::took(const job_id& id, std::uint64_t number, std::uint64_t cut, const past_portion& portion) {
  auto* e = present(id, number);
  if (e == nullptr) return;
  if (portion.failure) {
    fail(id, number, *portion.failure);
    return;
  }
  e->reads = false;
  e->run->feed(portion.messages);
  if (portion.done && cut == e->cuts) e->run->reading_done();
  go_on(id);
}

void catch_up::fail(const job_id& id, std::uint64_t number, const std::string& why) {
  if (present(id, number) == nullptr) return;
  cancel(id);
  listener_.failed(id, why);
}

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
        auto* mine = present(id, number);
        if (mine == nullptr) return;
        mine->works = false;
        mine->run->book(*reply);
        listener_.worked(id, *reply);
        go_on(id);
      },
      [this, id, number = e.number](const caf::error& why) {
        if (present(id, number) == nullptr) return;
        cancel(id);
        listener_.silent(id, why);
      });
}

} // namespace livedata
