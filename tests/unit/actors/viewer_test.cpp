// What a viewer of updates is sent, and when.
#include "actors/view/http/viewer.hpp"
#include "support/view_fixture.hpp"

#include <doctest/doctest.h>

#include <cstring>

namespace viewer_test {

using namespace livedata;
using namespace livedata::test;

namespace {

const job_id bank = job_named("bank0");

std::string show(const std::string& output, const std::string& more = {}) {
  return R"({"show": [{"job": ")" + to_string(bank) + R"(", "output": ")" + output + "\"" + more + "}]}";
}

struct sent {
  json header;
  payload_ptr body;
};

// A viewer whose time is told by hand.
struct viewing {
  view_fixture f;
  std::shared_ptr<view_api> api = f.api();
  scaled_outputs scaled;
  viewer who;
  double now = 100;
  double wait = 0;

  void publish(double n) { f.publish(result_of(bank, {{"image", image_of({n, n, n, n}, 2, 2)}})); }

  // Everything that is to be sent now; texts by their type, frames by their header.
  std::vector<json> all() {
    std::vector<json> out;
    while (auto frame = who.next(*api, scaled, now, wait)) {
      out.push_back(frame->binary ? header(*frame) : json::parse(frame->head).at("type"));
      last = *frame;
    }
    return out;
  }

  static json header(const view_frame& frame) {
    std::uint32_t n = 0;
    std::memcpy(&n, frame.head.data(), 4);
    CHECK(frame.head.size() == 4 + n);
    return json::parse(frame.head.substr(4));
  }

  view_frame last;
};

} // namespace

TEST_CASE("a viewer gets the status and the jobs once a second, and outputs only when he asks for them") {
  viewing v;
  v.publish(1);
  CHECK(v.all() == std::vector<json>{"status", "jobs"});
  CHECK(v.all().empty());
  v.now += 1;
  // Nothing has changed in the list of jobs.
  CHECK(v.all() == std::vector<json>{"status"});
}

TEST_CASE("an output is sent once for each result, and of several results only the last") {
  viewing v;
  (void)v.all();
  REQUIRE(v.who.take(show("image")));
  CHECK(v.all().empty());
  v.publish(1);
  auto frames = v.all();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].at("job") == to_string(bank));
  CHECK(frames[0].at("scaled").is_null());
  CHECK(v.last.body == v.f.latest->output(bank, "image")->message);
  CHECK(v.all().empty());
  v.now += 0.5;
  v.publish(2);
  v.publish(3);
  frames = v.all();
  REQUIRE(frames.size() == 1);
  CHECK(std::get<std::vector<double>>(da00::read(v.last.body->bytes())->data.data.data)[0] == 3);
}

TEST_CASE("updates come ten times a second at most, or as seldom as a viewer wants, and he is told how long to wait") {
  viewing v;
  (void)v.all();
  REQUIRE(v.who.take(show("image")));
  v.publish(1);
  CHECK(v.all().size() == 1);
  v.publish(2);
  v.now += 0.05;
  CHECK(v.all().empty());
  CHECK(v.wait == doctest::Approx(0.05));
  v.now += 0.06;
  CHECK(v.all().size() == 1);
  REQUIRE(v.who.take(R"({"most_per_s": 2})"));
  v.publish(3);
  v.now += 0.2;
  CHECK(v.all().empty());
  v.now += 0.31;
  CHECK(v.all().size() == 1);
}

TEST_CASE("a large output is scaled to the view; viewers of the same size share the work, in bounded memory") {
  viewing v;
  (void)v.all();
  v.publish(1);
  REQUIRE(v.who.take(show("image", ", \"max_size\": [1, 1]")));
  const auto frames = v.all();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].at("scaled") == json{2, 2});
  const auto first = v.last.body;
  viewer second;
  REQUIRE(second.take(show("image", ", \"max_size\": [1, 1]")));
  double wait = 0;
  while (auto frame = second.next(*v.api, v.scaled, v.now, wait))
    if (frame->binary) CHECK(frame->body == first);
  CHECK(v.scaled.bytes() == first->bytes().size());
  scaled_outputs small(100);
  const auto latest = *v.f.latest->output(bank, "image");
  for (int i = 1; i <= 20; ++i)
    REQUIRE(small.get(job_named("b", std::to_string(i)), "image", latest, view_size{1, 1}));
  CHECK(small.bytes() <= first->bytes().size());
}

TEST_CASE("each of many outputs gets its turn, and what was seen is not sent again when the choice changes") {
  viewing v;
  (void)v.all();
  const auto two = R"({"show": [{"job": ")" + to_string(bank) + R"(", "output": "a"}, {"job": ")" + to_string(bank) +
                   R"(", "output": "b"}]})";
  REQUIRE(v.who.take(two));
  const auto publish = [&] { v.f.publish(result_of(bank, {{"a", image_of({1}, 1, 1)}, {"b", image_of({1}, 1, 1)}})); };
  publish();
  // The list of jobs comes first.
  double wait = 0;
  std::vector<std::string> order;
  for (int i = 0; i < 6; ++i) {
    if (auto frame = v.who.next(*v.api, v.scaled, v.now, wait); frame && frame->binary)
      order.push_back(viewing::header(*frame).at("output"));
    publish();
    v.now += 0.2;
  }
  CHECK(std::count(order.begin(), order.end(), "a") >= 2);
  CHECK(std::count(order.begin(), order.end(), "b") >= 2);
  (void)v.all();
  REQUIRE(v.who.take(two));
  CHECK(v.all().empty());
}

TEST_CASE("what a viewer says that makes no sense changes nothing") {
  viewing v;
  (void)v.all();
  REQUIRE(v.who.take(show("image")));
  for (const auto& wrong :
       {std::string("{"), std::string("[]"), std::string(R"({"show": 1})"), std::string(R"({"show": [1]})"),
        std::string(R"({"show": [{"job": "x", "output": "y"}]})"), show("image", ", \"max_size\": [0, 1]"),
        show("image", ", \"max_size\": [1]"), show("image", ", \"max_size\": \"a\""),
        std::string(R"({"most_per_s": 0})"), std::string(R"({"most_per_s": "a"})")})
    CHECK_MESSAGE(!v.who.take(wrong), wrong);
  v.publish(1);
  CHECK(v.all().size() == 1);
}

} // namespace viewer_test
