// NeXus files that are cut short, overwritten at random, or put together wrongly: errors, or a layout that is whole,
// but never a crash, a hang or a flood of memory.
#include "unit/workflows/nexus_sample.hpp"
#include "workflows/geometry/isolated.hpp"
#include "workflows/geometry/layout_bytes.hpp"
#include "workflows/geometry/nexus_detector.hpp"

#include <doctest/doctest.h>

#include <array>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <random>
#include <sys/wait.h>
#include <unistd.h>

namespace nexus_damage_test {

using namespace livedata;
using test::nexus_sample;
using test::write_bank;

namespace {

const std::string bank = "/entry/instrument/bank";

struct outcomes {
  int errors = 0;
  int whole = 0;
  // Of the library in the process of its own, which this one survives.
  int crashes = 0;
};

// As the program reads files: in a process of its own.
void read_damaged(std::span<const std::byte> image, outcomes& seen) {
  auto read = run_isolated(
    [&] {
      nexus_file file(image);
      file.groups_of("NXdetector");
      return to_bytes(read_nexus_layout(file, bank, 6));
    },
    std::chrono::seconds(5));
  if (!read) {
    CHECK(read.error().message.size() > 0);
    ++(read.error().reason == "refused" ? seen.errors : seen.crashes);
    return;
  }
  auto layout = layout_of_bytes(*read);
  CHECK(layout.local.positions.size() == 6);
  CHECK(layout.local.detector_numbers.size() == 6);
  ++seen.whole;
}

// Objects that a structural change may hit.
const std::vector<std::string> datasets{bank + "/detector_number",      bank + "/x_pixel_offset",
                                        bank + "/y_pixel_offset",       bank + "/depends_on",
                                        bank + "/transformations/turn", "/entry/instrument/carriage/value/value",
                                        bank + "/pixel_shape/vertices", bank + "/pixel_shape/cylinders"};
const std::vector<std::pair<std::string, const char*>> attributes{
  {bank, "NX_class"},
  {bank + "/x_pixel_offset", "units"},
  {bank + "/transformations/turn", "vector"},
  {bank + "/transformations/turn", "depends_on"},
  {bank + "/transformations/turn", "transformation_type"},
  {bank + "/transformations/turn", "units"},
  {"/entry/instrument/carriage/value", "offset"},
  {"/entry/instrument/carriage/value", "vector"},
  {"/entry/instrument/carriage/value", "depends_on"},
  {bank + "/pixel_shape", "NX_class"},
  {bank + "/pixel_shape/vertices", "units"}};

void change_structure(nexus_sample& file, std::mt19937_64& random) {
  auto pick = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const auto& dataset = datasets[pick(datasets.size())];
  const auto& [owner, attribute] = attributes[pick(attributes.size())];
  switch (pick(8)) {
  case 0:
    file.remove(dataset);
    break;
  case 1: { // another number of values, of another rank
    file.remove(dataset);
    std::vector<hsize_t> dims;
    hsize_t n = 1;
    for (auto rank = pick(4); rank > 0; --rank) {
      dims.push_back(pick(5));
      n *= dims.back();
    }
    file.numbers(dataset, std::vector<double>(n, 1e300 * static_cast<double>(pick(3))), dims, pick(2) == 0 ? "m" : "");
    break;
  }
  case 2:
    file.remove(dataset);
    file.text(dataset, std::string(pick(300), '/'));
    break;
  case 3:
    file.remove(dataset);
    file.group(dataset, "NXlog");
    break;
  case 4:
    file.remove_attribute(owner, attribute);
    break;
  case 5:
    file.remove_attribute(owner, attribute);
    file.attribute(owner, attribute, std::vector<double>(pick(6), 0.5));
    break;
  case 6: { // a chain that goes in circles, or nowhere
    const std::array<std::string, 5> targets{bank, bank + "/transformations/turn", "..", "a/b/c", "/"};
    file.remove_attribute(owner, attribute);
    file.attribute(owner, attribute, targets[pick(targets.size())]);
    break;
  }
  default: // a loop of hard links
    H5Lcreate_hard(file.id(), "/entry", file.id(), (bank + "/again").c_str(), H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/entry/nowhere", file.id(), (bank + "/soft").c_str(), H5P_DEFAULT, H5P_DEFAULT);
  }
}

std::vector<std::byte> sound_image() {
  nexus_sample file("damage.nxs");
  write_bank(file);
  return file.bytes();
}

} // namespace

TEST_CASE("a NeXus file cut short at any of 100 places is refused, or whole") {
  auto image = sound_image();
  outcomes seen;
  for (std::size_t i = 0; i < 100; ++i)
    read_damaged(std::span(image).first(image.size() * i / 100), seen);
  CHECK(seen.errors > 70);
  CHECK(seen.crashes == 0);
}

TEST_CASE("200 NeXus files with wrong structure are refused, or whole") {
  std::mt19937_64 random(5);
  outcomes seen;
  for (int round = 0; round < 200; ++round) {
    nexus_sample file("structure.nxs");
    write_bank(file);
    for (auto changes = random() % 3; changes <= 2; ++changes)
      change_structure(file, random);
    read_damaged(file.bytes(), seen);
  }
  CHECK(seen.errors > 65);
  CHECK(seen.crashes == 0);
  CHECK(seen.whole > 10);
}

TEST_CASE("200 NeXus files with bytes overwritten are refused, or whole") {
  auto image = sound_image();
  std::mt19937_64 random(6);
  outcomes seen;
  for (int round = 0; round < 200; ++round) {
    auto damaged = image;
    for (auto changes = random() % 8; changes <= 8; ++changes)
      damaged[random() % damaged.size()] = static_cast<std::byte>(random() % 256);
    read_damaged(damaged, seen);
  }
  CHECK(seen.errors + seen.whole + seen.crashes == 200);
  CHECK(seen.errors > 8);
  CHECK(seen.crashes < 20);
}

TEST_CASE("work in a process of its own may fail, crash or hang without harm") {
  auto text = [](const result<std::vector<std::byte>>& r) {
    return std::string(r.error().reason) + ": " + r.error().message;
  };
  CHECK(
    run_isolated([] { return std::vector<std::byte>(3'000'000, std::byte{7}); }, std::chrono::seconds(60))->size() ==
    3'000'000);
  CHECK(text(run_isolated([]() -> std::vector<std::byte> { throw std::runtime_error("no"); },
                          std::chrono::seconds(60))) == "refused: no");
  CHECK(text(run_isolated(
          []() -> std::vector<std::byte> {
            std::signal(SIGTERM, SIG_DFL);
            std::raise(SIGKILL);
            return {};
          },
          std::chrono::seconds(60))) == "crashed: signal 9");
  CHECK(text(run_isolated(
          []() -> std::vector<std::byte> {
            for (;;)
              pause();
          },
          std::chrono::milliseconds(50))) == "too_long: it took longer than 0 s");
}

TEST_CASE("a process of its own does not outlive the one that waits for it") {
  std::array<int, 2> ends{};
  REQUIRE(pipe2(ends.data(), O_CLOEXEC) == 0);
  char c = 0;
  auto waiting = fork();
  if (waiting == 0) {
    (void)run_isolated(
      [&]() -> std::vector<std::byte> {
        if (write(ends[1], &c, 1) == 1) sleep(60);
        return {};
      },
      std::chrono::seconds(100));
    _exit(0);
  }
  close(ends[1]);
  REQUIRE(read(ends[0], &c, 1) == 1);
  kill(waiting, SIGKILL);
  waitpid(waiting, nullptr, 0);
  // The end comes when nobody is left who could write.
  pollfd end{ends[0], POLLIN, 0};
  REQUIRE(poll(&end, 1, 30'000) == 1);
  CHECK(read(ends[0], &c, 1) == 0);
  close(ends[0]);
}

} // namespace nexus_damage_test
