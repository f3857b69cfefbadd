// Must hold: what the file writer says of runs, as it says it on the wire, resets jobs when their data reach its times.
#include "messages/codec/6s4t.hpp"
#include "messages/codec/ad00.hpp"
#include "messages/codec/pl72.hpp"
#include "support/scripted_service.hpp"

#include <doctest/doctest.h>

namespace run_control_test {

using namespace livedata;
using namespace livedata::test;

namespace {

// The dummy instrument; each step takes two seconds, and time goes on by its other detector, which no job takes.
class listening_service {
public:
  listening_service()
    : s_("dummy", {"detector_data"}, [](scripted_service& s) {
        std::vector<std::int64_t> shape{1, 1};
        std::vector<std::uint16_t> frame{0};
        s.receive("area_detector", ad00::write<std::uint16_t>("area_panel", 0, s.now(), shape, frame));
      }) {
    s_.configuration().run_control = true;
    s_.start("panel_0_xy", "panel_0");
  }

  // Seconds since the beginning of the data.
  void begin_run(const std::string& name, double start, std::optional<double> stop = {}) {
    pl72::message m;
    m.run_name = name;
    m.start_time = milliseconds(start);
    m.stop_time = stop ? milliseconds(*stop) : 0;
    s_.receive("filewriter", pl72::write(m));
  }

  void end_run(const std::string& name, double stop) {
    run_6s4t::message m;
    m.run_name = name;
    m.stop_time = milliseconds(stop);
    s_.receive("filewriter", run_6s4t::write(m));
  }

  void events(std::size_t count) {
    s_.events("detector", "panel_0", count, 1, 128 * 128);
    s_.step();
  }

  // What the job has counted, result by result.
  std::string counted() {
    s_.run();
    return s_.sums("cumulative");
  }

private:
  static std::uint64_t milliseconds(double second) {
    return static_cast<std::uint64_t>(first_pulse.ns / 1'000'000 + static_cast<std::int64_t>(second * 1000));
  }

  scripted_service s_;
};

} // namespace

TEST_CASE("on the wire: a start resets at its time, its announced stop at its own, told twice or not") {
  listening_service s;
  s.events(1);
  s.begin_run("one", 2, 6);
  s.begin_run("one", 2, 6);
  s.events(10);
  s.events(100);
  s.end_run("one", 6);
  s.events(1000);
  s.events(10'000);
  CHECK(s.counted() == "1 10 110 1000 11000");
}

TEST_CASE("on the wire: an earlier stop takes the place of the announced one, and so does a later one") {
  for (double stop : {4.0, 12.0}) {
    CAPTURE(stop);
    listening_service s;
    s.begin_run("one", 0, 8);
    s.events(1);
    s.end_run("one", stop);
    for (std::size_t n : {10U, 100U, 1000U, 10'000U, 100'000U, 1'000'000U})
      s.events(n);
    // One reset after the start, and none at 8 s.
    CHECK(s.counted() == (stop == 4 ? "1 11 100 1100 11100 111100 1111100" : "1 11 111 1111 11111 111111 1000000"));
  }
}

TEST_CASE("on the wire: a stop of a time that has passed resets with the next batch, and a stop at once does too") {
  listening_service late;
  late.events(1);
  late.events(10);
  late.end_run("unknown", 1);
  late.events(100);
  late.events(1000);
  CHECK(late.counted() == "1 11 100 1100");
}

} // namespace run_control_test
