#include "actors/source/topic_choice.hpp"
#include "support/routed_instrument.hpp"

#include <doctest/doctest.h>

namespace topic_choice_test {

using namespace livedata;
using namespace std::chrono_literals;

namespace {

using names = std::vector<std::string>;

const topic_choice::time_point start{};
constexpr auto patience = 60s;

route_table routes() {
  return {test::routed_instrument(), names{"detector_data", "data_reduction"}, {}};
}

} // namespace

TEST_CASE("of the topics with pulses those are read that a job needs, of the others all") {
  const auto r = routes();
  CHECK(r.topics() == names{"small_area", "small_beam_monitor", "small_detector_a", "small_detector_b",
                            "small_livedata_commands", "small_livedata_roi", "small_motion"});
  CHECK(r.topics_for({}) == names{"small_livedata_commands", "small_livedata_roi", "small_motion"});
  CHECK(r.topics_for({{}, {"bank0"}}) ==
        names{"small_detector_a", "small_livedata_commands", "small_livedata_roi", "small_motion"});
  CHECK(r.streams_of("small_beam_monitor") == names{"m2", "m3"});
  CHECK(r.streams_of("no_such_topic").empty());
}

TEST_CASE("a topic is missing from when one coordinator needs it until it is read") {
  const auto r = routes();
  topic_choice c(r, {{}, {}}, patience);
  CHECK_FALSE(c.reads_pulses());
  CHECK(c.missing().empty());
  c.need(1, {"bank0", "m2"}, start);
  CHECK(c.missing() == names{"small_beam_monitor", "small_detector_a"});
  // Whoever reads them has not succeeded yet.
  CHECK_FALSE(c.reads_pulses());
  CHECK(c.missing().size() == 2);
  c.all_read();
  CHECK(c.missing().empty());
  CHECK(c.reads_pulses());
}

TEST_CASE("a topic that no coordinator needs is read for a while yet") {
  const auto r = routes();
  topic_choice c(r, {{"bank0"}, {"bank0", "m2"}}, patience);
  c.need(1, {}, start);
  CHECK(c.take_unneeded(start + patience - 1s).empty());
  // The first still needs the bank.
  CHECK(c.take_unneeded(start + patience) == names{"small_beam_monitor"});
  CHECK(c.take_unneeded(start + 2 * patience).empty());
  c.need(0, {}, start + 100s);
  c.need(1, {"bank0"}, start + 110s);
  // Somebody needs it again.
  CHECK(c.take_unneeded(start + 1000s).empty());
  c.need(1, {"bank0", "m3"}, start + 1000s);
  CHECK(c.missing() == names{"small_beam_monitor"});
}

} // namespace topic_choice_test
