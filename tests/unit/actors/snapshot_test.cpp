// Snapshots as values, as bytes, and in a folder; and how a service goes on from one.
#include "actors/error_text.hpp"
#include "actors/job/job.hpp"
#include "actors/job/job_table.hpp"
#include "actors/snapshot/held_again.hpp"
#include "actors/snapshot/resume_plan.hpp"
#include "messages/random_uuid.hpp"
#include "support/job_tasks.hpp"
#include "support/scripted_workflow.hpp"
#include "transport/snapshots/directory_store.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>

namespace snapshot_test {

using namespace livedata;
using namespace livedata::test;

namespace {

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto* p = reinterpret_cast<const std::byte*>(text.data());
  return {p, p + text.size()};
}

std::shared_ptr<const std::vector<std::byte>> joined(const service_snapshot& s) {
  auto out = std::make_shared<std::vector<std::byte>>();
  const auto written = write(s);
  for (const auto& p : written.parts)
    out->insert(out->end(), p.begin(), p.end());
  CHECK(out->size() == written.size);
  return out;
}

job_spec a_spec(const std::string& source, const std::string& number = "n") {
  job_spec spec;
  spec.job = {source, uuid_from_name(number)};
  spec.workflow = {"small", "scripted", 1};
  spec.params = json{{"x", 0.1}};
  spec.schedule.start = timestamp{5};
  return spec;
}

service_snapshot a_snapshot() {
  service_snapshot s;
  s.instrument = "small";
  s.service = "detector_data";
  s.taken = {12};
  s.batches = 3;
  s.messages = 40;
  s.events = 5000;
  s.data_clock = timestamp{77};
  s.lanes = {{0, {"small_detector", 0}, 100}, {3, {"small_motion", 1}, 7}};
  s.held = {{{stream_kind::detector_events, "bank0"}, {70}, {0, 98}, {}},
            {{stream_kind::log, "temperature"}, {71}, {3, 6}, log_sample{{71}, 4.5, 1.0, true}}};
  s.configured = {a_spec("bank0")};
  saved_job with{a_spec("bank0"), "file:3", 1, {1, 2, 3}, "", {}};
  const auto work = std::make_shared<const saved_work>(saved_work{bytes_of("job"), bytes_of("workflow")});
  with.work = {work->job, work->workflow, work};
  s.jobs = {with, {a_spec("bank1", "m"), "command", 2, {4}, "it was too slow", {}}};
  s.context = bytes_of("context");
  s.batching = bytes_of("batching");
  return s;
}

class folder {
public:
  folder() { std::filesystem::create_directories(path); }

  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;

  ~folder() { std::filesystem::remove_all(path); }

  std::vector<std::string> files() const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(path))
      out.push_back(entry.path().filename().string());
    std::ranges::sort(out);
    return out;
  }

  std::filesystem::path path =
    std::filesystem::temp_directory_path() / ("livedata-snapshots-" + to_string(random_uuid()));
};

std::unique_ptr<snapshot_store> open_store(const folder& f, std::size_t kept = 3) {
  auto opened = open_directory_store(f.path, "small.detector_data", kept);
  REQUIRE(opened);
  return std::move(*opened);
}

status save(snapshot_store& store, const std::string& text) {
  const auto content = bytes_of(text);
  const std::array<snapshot_store::bytes, 2> parts{snapshot_store::bytes(content).first(1),
                                                   snapshot_store::bytes(content).subspan(1)};
  return store.save(parts);
}

// The text of the newest that is taken; what was passed over is in `why`.
std::string newest(const snapshot_store& store, std::vector<std::string>* why = nullptr,
                   const std::string& refused = "") {
  auto search = store.newest([&](const snapshot_store::found& f) -> status {
    const std::string text(reinterpret_cast<const char*>(f.content->data()), f.content->size());
    if (text == refused) return failure{"snapshot", "not wanted"};
    return nothing{};
  });
  REQUIRE(search);
  if (why != nullptr) *why = search->passed_over;
  if (!search->snapshot) return "none";
  const auto& content = *search->snapshot->content;
  return {reinterpret_cast<const char*>(content.data()), content.size()};
}

void change_byte(const std::filesystem::path& file, std::int64_t at) {
  std::fstream f(file, std::ios::in | std::ios::out | std::ios::binary);
  f.seekg(at < 0 ? static_cast<std::int64_t>(std::filesystem::file_size(file)) + at : at);
  const auto place = f.tellg();
  const auto c = static_cast<char>(f.get() ^ 1);
  f.seekp(place);
  f.put(c);
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a snapshot as bytes is the same snapshot when it is read") {
  const auto s = a_snapshot();
  const auto bytes = joined(s);
  auto read = read_snapshot(bytes);
  REQUIRE(read);
  CHECK(*joined(*read) == *bytes);
  CHECK(read->instrument == "small");
  CHECK(read->events == 5000);
  CHECK(read->data_clock == timestamp{77});
  CHECK(read->jobs.at(0).spec == s.jobs[0].spec);
  CHECK(read->configured == s.configured);
  CHECK(read->held.at(1).sample == s.held[1].sample);
  CHECK(std::ranges::equal(read->jobs[0].work.workflow, s.jobs[0].work.workflow));
  CHECK(read->jobs[1].work.empty());
  CHECK(read->jobs[1].without_work == "it was too slow");
}

TEST_CASE("a snapshot that is cut off anywhere, or damaged in its head, is refused") {
  const auto whole = joined(a_snapshot());
  for (std::size_t n = 0; n < whole->size(); ++n) {
    auto cut =
      std::make_shared<std::vector<std::byte>>(whole->begin(), whole->begin() + static_cast<std::ptrdiff_t>(n));
    CHECK_FALSE(read_snapshot(cut));
  }
  const auto head = whole->size() - std::string("contextbatchingjobworkflow").size();
  for (std::size_t i = 0; i < head; ++i) {
    auto damaged = std::make_shared<std::vector<std::byte>>(*whole);
    (*damaged)[i] ^= std::byte{0x40};
    CAPTURE(i);
    CHECK_FALSE(read_snapshot(damaged));
  }
}

TEST_CASE("snapshots in a folder: the newest is found, and so many generations are kept, also by the next process") {
  const folder f;
  {
    const auto store = open_store(f, 2);
    CHECK(newest(*store) == "none");
    for (const auto* text : {"one", "two", "three"})
      CHECK(save(*store, text));
    CHECK(newest(*store) == "three");
    CHECK(f.files() == std::vector<std::string>{"small.detector_data.000000000002.snapshot",
                                                "small.detector_data.000000000003.snapshot",
                                                "small.detector_data.lock"});
    auto second_process = open_directory_store(f.path, "small.detector_data", 2);
    REQUIRE_FALSE(second_process);
    CHECK(second_process.error().reason == "in_use");
    CHECK(open_directory_store(f.path, "small.monitor_data", 2));
  }
  const auto again = open_store(f, 2);
  CHECK(save(*again, "four"));
  CHECK(newest(*again) == "four");
  std::vector<std::string> why;
  CHECK(newest(*again, &why, "four") == "three");
  REQUIRE(why.size() == 1);
  CHECK(holds(why[0], "not wanted"));
}

TEST_CASE("damaged, cut off, newer and foreign files are passed over, each with the reason") {
  const folder f;
  const auto store = open_store(f, 10);
  const auto file = [&](int n) { return f.path / fmt::format("small.detector_data.{:012}.snapshot", n); };
  for (const auto* text : {"one", "two", "three", "four", "five"})
    CHECK(save(*store, text));
  change_byte(file(5), -1);
  std::filesystem::resize_file(file(4), 20);
  change_byte(file(3), 8);
  std::ofstream(file(6)) << "something else";
  std::ofstream(f.path / "small.detector_data.000000000007.snapshot.part") << "torn";
  std::ofstream(f.path / "small.detector_data.text.snapshot") << "no number";
  std::vector<std::string> why;
  CHECK(newest(*store, &why) == "two");
  REQUIRE(why.size() == 4);
  CHECK(holds(why[0], "no snapshot"));
  CHECK(holds(why[1], "check sum"));
  CHECK(holds(why[2], "cut short"));
  CHECK(holds(why[3], "version"));
  // What was left of an interrupted one goes.
  CHECK(save(*store, "six"));
  CHECK(std::ranges::none_of(f.files(), [](const auto& name) { return name.ends_with(".part"); }));
}

TEST_CASE("what an actor answers an error with is told in its own words, or in those of the library") {
  CHECK(text_of(caf::make_error(caf::sec::runtime_error, "no room on the disk")) == "no room on the disk");
  CHECK(text_of(caf::make_error(caf::sec::request_timeout)) == to_string(caf::make_error(caf::sec::request_timeout)));
}

TEST_CASE("a disk without room is told of, leaves what was there, and harms nothing that comes later") {
  const folder f;
  const auto store = open_store(f);
  CHECK(save(*store, "before"));
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  auto* handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1000, old.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const auto refused = save(*store, std::string(5000, 'x'));
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().reason == "write");
  CHECK(holds(refused.error().message, "File too large"));
  CHECK(newest(*store) == "before");
  CHECK(f.files().size() == 2);
  CHECK(save(*store, "after"));
  CHECK(newest(*store) == "after");
}

TEST_CASE("a folder that cannot be used is refused with a remedy") {
  auto opened = open_directory_store("/proc/nowhere", "small.detector_data", 3);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().reason == "folder");
  CHECK(holds(opened.error().message, "/proc/nowhere"));
}

TEST_CASE("reading goes on where the first thing that a service needs lies, and what was given does not come again") {
  const auto s = std::make_shared<const service_snapshot>(a_snapshot());
  const auto needed = needed_offsets(*s);
  CHECK(needed.at({"small_detector", 0}) == 98);
  // Samples are in the snapshot.
  CHECK(needed.at({"small_motion", 1}) == 7);
  const std::vector<present_lane> lanes{{0, {"small_detector", 0}, 10, 200, 200},
                                        {1, {"small_motion", 0}, 5, 50, 50},
                                        {2, {"small_motion", 1}, 0, 9, 9},
                                        {3, {"other", 0}, 0, 30, 30}};
  CHECK(begin_of(lanes[0], {s, nullptr}) == 98);
  CHECK(begin_of(lanes[1], {s}) == 5);
  CHECK(begin_of(lanes[2], {s}) == 7);
  CHECK(begin_of(lanes[3], {s}) == 30);
  CHECK(begin_of(lanes[3], {nullptr}) == 30);
  const auto resumed = resume_at(s, lanes);
  CHECK(resumed.losses.empty());
  CHECK(resumed.lost_messages == 0);
  CHECK(resumed.service.lanes == std::map<std::uint32_t, std::uint32_t>{{0, 0}, {3, 2}});
  const auto& given = resumed.service.given;
  CHECK(given.until == lane_offsets{{0, 100}, {2, 7}, {3, 30}});
  const auto at = [](std::uint32_t lane, std::int64_t offset, const std::string& name) {
    return stream_message{{stream_kind::detector_events, name}, {0}, event_chunk{}, {lane, offset}};
  };
  CHECK(given.covers(at(0, 99, "bank0")));
  CHECK_FALSE(given.covers(at(0, 98, "bank0")));
  CHECK(given.covers(at(0, 98, "bank1")));
  CHECK_FALSE(given.covers(at(0, 100, "bank0")));
  CHECK_FALSE(given.covers(at(1, 6, "x")));
  CHECK(given.holds(message_position{0, 98}));
  CHECK_FALSE(given.holds(message_position{0, 97}));
}

TEST_CASE("what retention has deleted and topics that were made anew are told of") {
  const auto s = std::make_shared<const service_snapshot>(a_snapshot());
  const std::vector<present_lane> lanes{{0, {"small_detector", 0}, 150, 200, 200}, {1, {"small_motion", 1}, 0, 3, 3}};
  CHECK(begin_of(lanes[0], {s}) == 150);
  CHECK(begin_of(lanes[1], {s}) == 0);
  const auto resumed = resume_at(s, lanes);
  REQUIRE(resumed.losses.size() == 3);
  CHECK(holds(resumed.losses[0], "lost 50 messages"));
  CHECK(holds(resumed.losses[1], "made anew"));
  CHECK(holds(resumed.losses[2], "1 messages that waited"));
  CHECK(resumed.lost_messages == 51);
  CHECK(resumed.service.lost == std::vector<std::uint64_t>{0});
  CHECK(held_again(resumed.service).complete());
}

TEST_CASE("a topic that is not read any more because no job needs it is no loss, nor is what was held of it") {
  auto s = a_snapshot();
  const std::vector<present_lane> lanes{{0, {"small_motion", 1}, 0, 9, 9}};
  for (const bool needed : {false, true}) {
    CAPTURE(needed);
    s.jobs.clear();
    if (needed) s.jobs = {{a_spec("bank0"), "", 1, {}, "", {}}};
    const auto resumed = resume_at(std::make_shared<const service_snapshot>(s), lanes);
    CHECK(resumed.losses.empty() == !needed);
    CHECK(resumed.lost_messages == (needed ? 1 : 0));
    const held_again again(resumed.service);
    CHECK(again.complete());
    CHECK(again.missing() == (needed ? 1 : 0));
  }
}

TEST_CASE("messages that were held are gathered from what is read again, and what has been passed is missing") {
  auto s = a_snapshot();
  s.held.push_back({{stream_kind::detector_events, "bank1"}, {70}, {0, 99}, {}});
  const auto resumed = resume_at(std::make_shared<const service_snapshot>(s),
                                 {{5, {"small_detector", 0}, 0, 200, 200}, {6, {"small_motion", 1}, 0, 9, 9}});
  held_again again(resumed.service);
  CHECK(again.by_value() == message_count{1, 0});
  const auto at = [](std::int64_t offset, const std::string& name) {
    return stream_message{{stream_kind::detector_events, name}, {0}, event_chunk{}, {5, offset}};
  };
  std::vector<stream_message> messages{at(98, "bank0"), at(98, "bank1"), at(100, "bank0")};
  const lane_offsets reached{{5, 99}};
  again.take(messages, &reached);
  CHECK(messages.size() == 2);
  CHECK_FALSE(again.complete());
  CHECK(again.there().messages == 2);
  const lane_offsets passed{{5, 100}};
  messages.clear();
  again.take(messages, &passed);
  CHECK(again.complete());
  CHECK(again.missing() == 1);
  CHECK(again.give_all().size() == 2);
}

TEST_CASE("the configuration is right where it has changed, and commands are where it has not") {
  const auto order = [](const std::string& source, json params = json::object()) {
    auto recipe = small_registry().recipe(small_instrument(), "scripted", source, std::move(params)).value();
    return std::make_shared<const job_order>(job_order{{source, uuid_from_name(source)}, recipe, {}, "file"});
  };
  const auto job_of = [](const order_ptr& o) { return saved_job{spec_of(*o), "", 1, {1}, "", {}}; };
  const auto names = [](const auto& jobs) {
    std::vector<std::string> out;
    for (const auto& j : jobs)
      out.push_back(j.spec.job.source_name);
    return out;
  };
  const auto bank0 = order("bank0");
  const auto bank1 = order("bank1");
  const auto bank2 = order("bank2");
  service_snapshot s;
  s.configured = {spec_of(*bank0), spec_of(*bank1)};
  s.jobs = {job_of(bank0), job_of(bank1), job_of(bank2)};

  SUBCASE("nothing has changed") {
    const auto r = resume_jobs(s, {bank0, bank1});
    CHECK(names(r.snapshot->jobs) == std::vector<std::string>{"bank0", "bank1", "bank2"});
    CHECK(r.orders.empty());
  }
  SUBCASE("a job of the configuration was stopped by a command, and another asked for otherwise") {
    s.jobs.erase(s.jobs.begin());
    s.jobs[0] = job_of(order("bank1", json{{"waits", true}}));
    const auto r = resume_jobs(s, {bank0, bank1});
    CHECK(names(r.snapshot->jobs) == std::vector<std::string>{"bank1", "bank2"});
    CHECK(r.orders.empty());
  }
  SUBCASE("a job is not listed any more, a new one is") {
    s.jobs.pop_back();
    const auto r = resume_jobs(s, {bank1, bank2});
    CHECK(names(r.snapshot->jobs) == std::vector<std::string>{"bank1"});
    REQUIRE(r.orders.size() == 1);
    CHECK(r.orders[0] == bank2);
  }
  SUBCASE("a job is listed otherwise") {
    const auto other = order("bank1", json{{"waits", true}});
    const auto r = resume_jobs(s, {bank0, other});
    CHECK(names(r.snapshot->jobs) == std::vector<std::string>{"bank0", "bank2"});
    REQUIRE(r.orders.size() == 1);
    CHECK(r.orders[0] == other);
    CHECK(r.snapshot->configured.at(1) == spec_of(*other));
  }
  SUBCASE("a command has started what is listed now") {
    const auto r = resume_jobs(s, {bank0, bank1, bank2});
    CHECK(names(r.snapshot->jobs).size() == 3);
    CHECK(r.orders.empty());
  }
}

TEST_CASE("a job gives the bytes that it would have given without being saved and loaded") {
  const auto make = [] {
    const json script{{"fail_finalize", {4}}, {"absent", {6}}, {"fail_accumulate", {3, 8}}};
    const auto recipe = small_registry().recipe(small_instrument(), "scripted", "bank0", script).value();
    auto j = std::make_unique<job>(job_id{"bank0", uuid_from_name("saved")}, recipe);
    REQUIRE(j->build().empty());
    return j;
  };
  const auto give = [](job& j, int n) {
    auto task = data(100 * n, 100 * n + 50, n % 4);
    task.hold = n % 3 == 1;
    task.pending = n % 3 == 2;
    if (n == 7) j.reset();
    const auto r = j.process(task);
    std::string text = fmt::format("{} {} {} {} {}", r.push_error, r.finalize_error, r.absent_outputs,
                                   r.start ? r.start->ns : -1, r.end ? r.end->ns : -1);
    text += fmt::format(" {}", r.events.received);
    if (r.result)
      for (const auto& o : r.result->outputs) {
        const auto b = o.message->bytes();
        text.append(reinterpret_cast<const char*>(b.data()), b.size());
      }
    return text;
  };
  for (int after = 0; after < 12; ++after) {
    CAPTURE(after);
    const auto plain = make();
    const auto loaded = make();
    for (int n = 0; n < 12; ++n) {
      if (n == after) {
        const auto saved = plain->save();
        loaded->load({saved.job, saved.workflow, std::make_shared<int>()});
        CHECK(loaded->save().job == saved.job);
        CHECK(loaded->save().workflow == saved.workflow);
      }
      const auto expected = give(*plain, n);
      if (n >= after) CHECK(give(*loaded, n) == expected);
    }
  }
}

TEST_CASE("a job that cannot take a state stays as it was") {
  const auto recipe = small_registry().recipe(small_instrument(), "scripted", "bank0", json::object()).value();
  job j({"bank0", uuid_from_name("kept")}, recipe);
  REQUIRE(j.build().empty());
  (void)j.process(data(100, 200));
  const auto before = j.save();
  job other({"bank0", uuid_from_name("other")}, recipe);
  REQUIRE(other.build().empty());
  (void)other.process(data(300, 400, 7));
  const auto saved = other.save();
  const auto damaged = std::vector<std::byte>(saved.workflow.begin(), saved.workflow.end() - 1);
  CHECK_THROWS_AS(j.load({saved.job, damaged, std::make_shared<int>()}), archive_error);
  CHECK(j.save().job == before.job);
  CHECK(j.save().workflow == before.workflow);
}

TEST_CASE("all that a job is known by outlives its process") {
  job_record r;
  r.current = job_record::phase::active;
  r.finishing = true;
  r.paused = true;
  r.pending = true;
  r.missing = "missing";
  r.died = "died";
  r.context_due = true;
  r.error = "error";
  r.warning = "warning";
  r.waits_for = {"one", "two"};
  r.refused_context = "refused";
  r.start = timestamp{3};
  r.end = timestamp{4};
  archive a;
  r.state(a);
  const auto bytes = a.finish();
  job_record loaded;
  archive b(bytes);
  loaded.state(b);
  b.finish();
  CHECK(loaded.current == r.current);
  CHECK(loaded.finishing);
  CHECK(loaded.paused);
  CHECK(loaded.pending);
  CHECK(loaded.context_due);
  CHECK(loaded.waits_for == r.waits_for);
  CHECK(loaded.warning_text() == r.warning_text());
  const auto h = loaded.heartbeat();
  const auto expected = r.heartbeat();
  CHECK(h.state == expected.state);
  CHECK(h.error == expected.error);
  CHECK(h.start == expected.start);
  CHECK(h.end == expected.end);
}

} // namespace snapshot_test
