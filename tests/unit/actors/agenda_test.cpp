#include "actors/service/agenda.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace livedata;

namespace {

// Runs what is ready, as a word for each: the name of an action, "batch", and "|" where a cycle ends.
std::string run(agenda& a, std::string& said) {
  for (auto next = a.take(); next; next = a.take()) {
    if (next->act)
      next->act();
    else
      said += "batch ";
    if (a.cycle_is_over()) said += "| ";
  }
  return said;
}

} // namespace

TEST_CASE("commands and batches are done in the order in which they came, cycle by cycle") {
  agenda a;
  std::string said;
  a.begin_cycle();
  a.add([&] { said += "one "; });
  a.add([&] { said += "two "; });
  a.add(ready_batch{});
  a.begin_cycle();
  a.add([&] { said += "three "; });
  a.begin_cycle();
  a.add(ready_batch{});
  CHECK(a.batches() == 2);
  CHECK(run(a, said) == "one two batch | three | batch | ");
  CHECK(a.batches() == 0);
  CHECK(a.empty());
  CHECK_FALSE(a.take());
}

TEST_CASE("what is behind a command that is not ready waits for it") {
  agenda a;
  std::string said;
  auto ready = false;
  a.begin_cycle();
  a.add([&] { said += "first "; });
  a.add_when([&] { return ready; }, [&] { said += "slow "; });
  a.begin_cycle();
  a.add(ready_batch{});
  CHECK(run(a, said) == "first ");
  CHECK_FALSE(a.cycle_is_over());
  CHECK(a.batches() == 1);
  ready = true;
  CHECK(run(a, said) == "first slow | batch | ");
}
