#include "actors/service/agenda.hpp"

#include <doctest/doctest.h>

#include <string>

namespace agenda_test {

using namespace livedata;

namespace {

const command_target bank0{job_id{"bank0", {}}, workflow_id{"small", "view", 1}};
const command_target bank1{job_id{"bank1", {}}, workflow_id{"small", "counts", 1}};

// An agenda whose actions say a word when they are done.
struct said_agenda {
  agenda todo;
  std::string said;

  agenda::action say(std::string word) {
    return [this, word = std::move(word)] { said += word + " "; };
  }

  // Does what can be done now.
  std::string run() {
    for (auto next = todo.take(); next; next = todo.take()) {
      if (next->act)
        next->act();
      else
        said += "batch ";
    }
    return std::exchange(said, {});
  }
};

} // namespace

TEST_CASE("commands and batches are done in the order in which they came") {
  said_agenda a;
  a.todo.add(a.say("one"));
  a.todo.add(a.say("two"));
  a.todo.add(ready_batch{});
  a.todo.add(a.say("three"));
  a.todo.add(ready_batch{});
  CHECK(a.todo.batches() == 2);
  CHECK(a.run() == "one two batch three batch ");
  CHECK(a.todo.batches() == 0);
  CHECK(a.todo.batches_begun() == 2);
  CHECK(a.todo.empty());
  CHECK_FALSE(a.todo.take());
}

TEST_CASE("a start whose workflow is not built lets batches and other commands pass, but none about its job") {
  said_agenda a;
  auto built = false;
  a.todo.add_start(
    a.say("start"), bank0, [&] { return built; }, std::nullopt);
  a.todo.add(a.say("other"), {job_id{"bank1", {}}, {}, false});
  a.todo.add(a.say("stop"), {job_id{"bank0", {}}, {}, false});
  a.todo.add(a.say("workflow"), {{}, workflow_id{"small", "view", 1}, false});
  a.todo.add(a.say("all"), {{}, {}, true});
  a.todo.add(a.say("nobody"));
  a.todo.add(ready_batch{});
  CHECK(a.run() == "other nobody batch ");
  CHECK_FALSE(a.todo.waits_for_build());
  built = true;
  CHECK(a.run() == "start stop workflow all ");
}

TEST_CASE("a start with a place is done before the batch of that number, which waits for it with all behind it") {
  said_agenda a;
  auto built = false;
  a.todo.add_start(
    a.say("first"), bank0, [&] { return built; }, 0);
  a.todo.add_start(
    a.say("second"), bank1, [] { return true; }, 2);
  for (int i = 0; i < 3; ++i)
    a.todo.add(ready_batch{});
  CHECK(a.run().empty());
  CHECK(a.todo.waits_for_build());
  built = true;
  CHECK(a.run() == "first batch batch second batch ");
}

TEST_CASE("what is left is given up in order, batches without a word") {
  said_agenda a;
  a.todo.add_start(
    a.say("start"), bank0, [] { return false; }, std::nullopt);
  a.todo.add(a.say("stop"), {job_id{"bank0", {}}, {}, false});
  CHECK(a.run().empty());
  for (auto& act : a.todo.abandon())
    act();
  CHECK(a.said == "start stop ");
  CHECK(a.todo.empty());
}

} // namespace agenda_test
