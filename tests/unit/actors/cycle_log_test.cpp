#include "actors/service/cycle_log.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

namespace cycle_log_test {

using namespace livedata;

namespace {

using kind = cycle_mark::kind;

const job_id bank0{"bank0", uuid_from_name("0")};
const job_id bank1{"bank1", uuid_from_name("1")};

} // namespace

TEST_CASE("what depends on speed in the cycles of a service is noted, and told again by a recording of it") {
  std::vector<cycle_mark> noted;
  cycle_log run("detector_data", {}, [&](const flow_mark& m) { noted.push_back(std::get<cycle_mark>(m)); });
  CHECK_FALSE(run.next_entry(bank0));
  run.entered(3, bank0);
  run.held(4);
  run.dropped(5, bank1);
  run.entered(7, bank0);
  CHECK(noted.front() == cycle_mark{"detector_data", 0, kind::begun, ""});
  REQUIRE(noted.size() == 5);

  cycle_log replay("detector_data", noted, {});
  CHECK(replay.next_entry(bank0) == 3);
  CHECK(replay.next_entry(bank0) == 7);
  CHECK(replay.was_held(4));
  CHECK_FALSE(replay.was_held(5));
  CHECK(replay.was_dropped(5, bank1));
  CHECK_FALSE(replay.was_dropped(5, bank0));
  CHECK_FALSE(replay.was_dropped(4, bank1));
}

TEST_CASE("a job that had not entered when the recorded run ended does not enter in its replay") {
  cycle_log replay("detector_data", {{"detector_data", 0, kind::begun}}, {});
  CHECK(replay.next_entry(bank0) == std::numeric_limits<std::uint64_t>::max());
}

} // namespace cycle_log_test
