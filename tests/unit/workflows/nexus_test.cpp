// Geometry from NeXus files: what is read, what is refused, and that what is written reads back the same.
#include "unit/workflows/nexus_sample.hpp"
#include "workflows/detector_view/screen.hpp"
#include "workflows/geometry/geometry_files.hpp"
#include "workflows/geometry/nexus_detector.hpp"
#include "workflows/geometry/nexus_writer.hpp"
#include "workflows/parameter_model.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <functional>
#include <places.hpp>
#include <sys/file.h>

namespace nexus_test {

using namespace livedata;
using test::nexus_sample;
using test::write_bank;
namespace fs = std::filesystem;

namespace {

detector bank_of(const nexus_sample& file) {
  return {.name = "bank",
          .title = "Bank",
          .first_pixel = 1,
          .sizes = {{"tube", 3}, {"pixel", 2}},
          .geometry = {{"kind", "nexus"}, {"file", file.path().string()}},
          .nexus_group = "/entry/instrument/bank"};
}

// The layout of the bank after a change of the file.
result<detector_layout> layout_after(const std::function<void(nexus_sample&)>& change) {
  nexus_sample file("layout.nxs");
  write_bank(file);
  change(file);
  file.close();
  return make_layout(bank_of(file));
}

std::string error_after(const std::function<void(nexus_sample&)>& change) {
  auto made = layout_after(change);
  return made ? std::string() : made.error().message;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

void check_near(const vec3& a, const vec3& b) {
  CHECK(a.x == doctest::Approx(b.x).epsilon(1e-12));
  CHECK(a.y == doctest::Approx(b.y).epsilon(1e-12));
  CHECK(a.z == doctest::Approx(b.z).epsilon(1e-12));
}

void check_same(const detector_geometry& a, const detector_geometry& b) {
  REQUIRE(a.positions.size() == b.positions.size());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < a.positions.size(); ++i)
    if (!(a.positions[i] == b.positions[i])) ++wrong;
  CHECK(wrong == 0);
  REQUIRE(a.shape.has_value() == b.shape.has_value());
  if (a.shape) {
    check_near(a.shape->axis, b.shape->axis);
    check_near(a.shape->radius, b.shape->radius);
  }
}

const std::string bank = "/entry/instrument/bank";
const std::string turn = bank + "/transformations/turn";
const std::string carriage = "/entry/instrument/carriage/value";

} // namespace

TEST_CASE("a bank is read with offsets in their units, its numbers, its shape and its chain") {
  auto layout = layout_after([](auto&) {}).value();
  CHECK(layout.local.detector_numbers == std::vector<std::int32_t>{1, 2, 3, 4, 5, 6});
  check_near(layout.local.positions[0], {-0.1, -0.1, 0});
  check_near(layout.local.positions[3], {0.1, 0, 0});
  REQUIRE(layout.local.shape);
  check_near(layout.local.shape->axis, {0.2, 0, 0});
  check_near(layout.local.shape->radius, {0, 0.004, 0});
  CHECK(layout.chain.open_entries() == std::vector<std::string>{carriage});

  std::vector<entry_value> at{{carriage, -1000, "mm"}};
  auto placed = place(layout, at).value();
  check_near(placed.positions[0], {0.1, -0.1, 4});
  check_near(placed.shape->axis, {0, 0.2, 0});
}

TEST_CASE("120: a log of length 1 is static, one of length 0 or 2 has no value of its own") {
  for (std::size_t n : {0, 1, 2}) {
    auto layout = layout_after([&](nexus_sample& file) {
                    file.remove(carriage + "/value");
                    file.numbers(carriage + "/value", std::vector<double>(n, 250), {n}, "mm");
                  }).value();
    if (n == 1) {
      check_near(place(layout)->positions[0], {0.1, -0.1, 5.25});
    } else {
      auto placed = place(layout);
      REQUIRE_FALSE(placed);
      CHECK(contains(placed.error().message, "\"" + carriage + "\" moves while data is taken"));
    }
  }
}

TEST_CASE("offsets may stand for each pixel, for one dimension, for all, or for none") {
  auto layout = layout_after([](nexus_sample& file) {
                  file.remove(bank + "/x_pixel_offset");
                  file.numbers(bank + "/x_pixel_offset", {1, 2, 3, 4, 5, 6}, {3, 2}, "cm");
                  file.numbers(bank + "/z_pixel_offset", {7}, {1}, "m");
                  file.remove(bank + "/y_pixel_offset");
                }).value();
  check_near(layout.local.positions[5], {0.06, 0, 7});
}

TEST_CASE("a detector without depends_on stands where its offsets say") {
  auto layout = layout_after([](nexus_sample& file) { file.remove(bank + "/depends_on"); }).value();
  check_near(place(layout)->positions[0], {-0.1, -0.1, 0});
}

TEST_CASE("positions come from the centres of eight vertices a pixel if there are no offsets") {
  auto layout = layout_after([](nexus_sample& file) {
                  std::vector<double> vertices;
                  for (int pixel = 0; pixel < 6; ++pixel)
                    for (int corner = 0; corner < 8; ++corner)
                      vertices.insert(vertices.end(),
                                      {10.0 * pixel + (corner & 1), double((corner >> 1) & 1), double(corner >> 2)});
                  test::replace_offsets_by_mesh(file, vertices);
                }).value();
  CHECK_FALSE(layout.local.shape);
  check_near(layout.local.positions[2], {0.0205, 0.0005, 0.0005});
}

TEST_CASE("what is wrong in a file is refused with the file, the place and the reason") {
  struct fault {
    std::function<void(nexus_sample&)> change;
    std::string text;
  };

  auto without = [](const std::string& path) { return [path](nexus_sample& f) { f.remove(path); }; };
  auto without_attribute = [](const std::string& path, const char* name) {
    return [path, name](nexus_sample& f) { f.remove_attribute(path, name); };
  };
  for (const auto& [change, text] : std::vector<fault>{
         {without(bank), "there is no group /entry/instrument/bank; detectors in the file: none"},
         {without(bank + "/detector_number"), bank + "/detector_number is missing"},
         {without(carriage), carriage + " is named by a depends_on, but is missing"},
         {without(turn), turn + " is named by a depends_on"},
         {without(carriage + "/value"), carriage + " is a transformation without a dataset \"value\""},
         {without_attribute(carriage, "offset_units"), carriage + " has an offset, but no attribute \"offset_units\""},
         {without_attribute(turn, "vector"), turn + " has no attribute \"vector\""},
         {without_attribute(turn, "units"), turn + " has no attribute \"units\""},
         {without_attribute(turn, "depends_on"), turn + " has no attribute \"depends_on\""},
         {without_attribute(turn, "transformation_type"), "transformation_type \"nothing\""},
         {without_attribute(bank + "/x_pixel_offset", "units"), "x_pixel_offset has no attribute \"units\""},
         {[](nexus_sample& f) {
            f.remove(bank + "/detector_number");
            f.integers(bank + "/detector_number", {1, 2, 3, 4}, {4});
          },
          "holds 4 numbers, but the instrument file says that it has 6 pixels"},
         {[](nexus_sample& f) {
            f.remove(bank + "/detector_number");
            f.numbers(bank + "/detector_number", {1, 2, 3, 4, 5, 6}, {6});
          },
          "detector_number holds no whole numbers"},
         {[](nexus_sample& f) {
            f.remove(bank + "/x_pixel_offset");
            f.numbers(bank + "/x_pixel_offset", {1, 2, 3, 4}, {4}, "m");
          },
          "x_pixel_offset holds 4 numbers, but the detector has 3 x 2 pixels"},
         {[](nexus_sample& f) {
            f.remove(bank + "/x_pixel_offset");
            f.numbers(bank + "/x_pixel_offset", {1, 2}, {2}, "kg");
          },
          "x_pixel_offset is in \"kg\"; allowed: a unit of length"},
         {[](nexus_sample& f) {
            f.remove_attribute(carriage, "depends_on");
            f.attribute(carriage, "depends_on", turn);
          },
          "the depends_on chain comes back to " + turn},
         {[](nexus_sample& f) {
            f.remove_attribute(turn, "vector");
            f.attribute(turn, "vector", std::vector<double>{0, 1});
          },
          "holds not three numbers"},
       }) {
    CAPTURE(text);
    auto message = error_after(change);
    CHECK_MESSAGE(contains(message, text), message);
    CHECK(contains(message, "geometry of detector \"bank\": "));
    CHECK(contains(message, "layout.nxs: "));
  }
}

TEST_CASE("a file that is absent, empty or something else is refused") {
  nexus_sample file("other.nxs");
  file.close();
  auto d = bank_of(file);
  fs::resize_file(file.path(), 0);
  CHECK(contains(make_layout(d).error().message, "cannot be opened as an HDF5 file"));
  std::ofstream(file.path()) << "no HDF5 in here";
  CHECK(contains(make_layout(d).error().message, "cannot be opened as an HDF5 file"));
  fs::remove(file.path());
  CHECK(contains(make_layout(d).error().message, "cannot be opened as an HDF5 file"));
}

TEST_CASE("paths of depends_on are absolute or relative") {
  CHECK(resolved_path("/entry/bank", "transformations/turn") == "/entry/bank/transformations/turn");
  CHECK(resolved_path("/entry/bank", "/entry/carriage") == "/entry/carriage");
  CHECK(resolved_path("/entry/bank/transformations", "../../carriage/./value") == "/entry/carriage/value");
  CHECK(resolved_path("/", "../..") == "/");
  CHECK(parent_path("/entry/bank") == "/entry");
  CHECK(parent_path("/entry") == "/");
}

TEST_CASE("a geometry that is written as a NeXus file reads back to the same positions") {
  for (const char* name : {"loki", "dream", "magic", "dummy", "estia", "tbl"}) {
    CAPTURE(name);
    auto inst = load_instrument(fs::path(LIVEDATA_SOURCE_DIR) / "instruments" / (std::string(name) + ".json")).value();
    nexus_sample place_for_it(std::string(name) + ".nxs");
    place_for_it.close();
    auto written = write_geometry_file(inst, place_for_it.path());
    REQUIRE_MESSAGE(written, (written ? "" : written.error().message));
    auto read = with_geometry_file(inst, place_for_it.path());
    REQUIRE_MESSAGE(read, (read ? "" : read.error().message));
    CHECK(read->note.empty());
    for (std::size_t i = 0; i < inst.detectors.size(); ++i) {
      const auto& d = inst.detectors[i];
      CAPTURE(d.name);
      CHECK(read->detectors[i].first_pixel == d.first_pixel);
      CHECK(read->detectors[i].numbers == nullptr);
      if (d.geometry.is_null()) continue;
      auto own = make_layout(d).value();
      auto from_file = make_layout(read->detectors[i]);
      REQUIRE_MESSAGE(from_file, (from_file ? "" : from_file.error().message));
      // What moves has no value in the file.
      std::vector<entry_value> values;
      for (const auto& t : own.chain.steps())
        if (!t.entry.empty()) values.push_back({t.entry, *t.value, t.unit});
      CHECK(from_file->chain.open_entries().size() == values.size());
      check_same(place(*from_file, values).value(), place(own, values).value());
    }
  }
}

TEST_CASE("a shape that cannot be read is missed only where one is needed") {
  for (const auto& [change, text] : std::vector<std::pair<std::function<void(nexus_sample&)>, std::string>>{
         {[](nexus_sample& f) { f.remove(bank + "/pixel_shape/vertices"); }, "/pixel_shape/vertices is missing"},
         {[](nexus_sample& f) {
            f.remove(bank + "/pixel_shape/cylinders");
            f.integers(bank + "/pixel_shape/cylinders", {0, 1, 3}, {1, 3});
          },
          "cylinders does not name the points 0, 1 and 2"},
         {[](nexus_sample& f) { f.remove(bank + "/pixel_shape"); }, "no pixel_shape"},
         {[](nexus_sample& f) {
            f.remove_attribute(bank + "/pixel_shape", "NX_class");
            f.attribute(bank + "/pixel_shape", "NX_class", std::string("NXoff_geometry"));
          },
          "is of class NXoff_geometry; needed: NXcylindrical_geometry"}}) {
    CAPTURE(text);
    auto layout = layout_after(change);
    REQUIRE_MESSAGE(layout, (layout ? "" : layout.error().message));
    CHECK_FALSE(layout->local.shape);
    auto placed = place(*layout, std::vector<entry_value>{{carriage, 0, "mm"}}).value();
    pixel_grid pixels{"bank", {{"tube", 3}, {"pixel", 2}}, 1};
    projection how{.resolution = {{"y", 3}, {"x", 2}}};
    CHECK(project(pixels, placed, how).bins() == 6);
    how.noise = position_noise::cylindrical;
    CHECK_THROWS_WITH_AS(project(pixels, placed, how), doctest::Contains(text.c_str()), parameter_error);
  }
}

TEST_CASE("a bank of a file that cannot be used costs jobs on itself only") {
  nexus_sample file("two_banks.nxs");
  write_bank(file);
  file.group("/entry/instrument/other", "NXdetector");
  file.integers("/entry/instrument/other/detector_number", {7, 8, 9}, {3});
  file.close();
  auto other = bank_of(file);
  other.name = "other";
  other.nexus_group = "/entry/instrument/other";
  instrument inst;
  inst.detectors = {bank_of(file), other};
  auto read = with_geometry_file(inst, file.path());
  REQUIRE(read);
  CHECK(read->detectors[0].unreadable.empty());
  CHECK(pixels_of(*read, "bank").pixel_count() == 6);
  CHECK(contains(read->detectors[1].unreadable, "holds 3 numbers, but the instrument file says that it has 6 pixels"));
  CHECK_THROWS_WITH_AS(pixels_of(*read, "other"), doctest::Contains("detector 'other': geometry file "),
                       parameter_error);
  inst.detectors.erase(inst.detectors.begin());
  CHECK(with_geometry_file(inst, file.path()).error().reason == "bad_geometry");
}

TEST_CASE("the length of a vector is a factor of the value, as other readers of the field have it") {
  auto layout = layout_after([](nexus_sample& file) {
                  for (const auto& [entry, vector] : {std::pair{turn, std::vector<double>{0, 0, 2}},
                                                      std::pair{carriage, std::vector<double>{0, 0, 3}}}) {
                    file.remove_attribute(entry, "vector");
                    file.attribute(entry, "vector", vector);
                  }
                }).value();
  // Half a turn, then 3 times 1 m behind the offset of 5 m.
  auto placed = place(layout, std::vector<entry_value>{{carriage, 1000, "mm"}}).value();
  check_near(placed.positions[0], {0.1, 0.1, 8});
}

TEST_CASE("a file that its writer has locked, or that is cut short or unreadable, is named so") {
  nexus_sample file("locked.nxs");
  write_bank(file);
  file.close();
  auto d = bank_of(file);
  auto locked = open(file.path().c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(flock(locked, LOCK_EX) == 0);
  auto message = make_layout(d).error().message;
  CHECK_MESSAGE(contains(message, "a program has it open for writing and has locked it"), message);
  close(locked);
  CHECK(make_layout(d));
  fs::resize_file(file.path(), fs::file_size(file.path()) - 100);
  message = make_layout(d).error().message;
  CHECK_MESSAGE(contains(message, "it is cut short"), message);
  fs::remove(file.path());
  message = make_layout(d).error().message;
  CHECK_MESSAGE(contains(message, "No such file or directory"), message);
}

TEST_CASE("a file that h5py has packed with lzf is read") {
  auto layout = make_layout(
    {.name = "bank",
     .title = "Bank",
     .first_pixel = 1,
     .sizes = {{"y", 64}, {"x", 64}},
     .geometry = {{"kind", "nexus"}, {"file", LIVEDATA_TEST_DATA "/lzf.nxs"}, {"group", "/entry/instrument/bank"}},
     .nexus_group = "/entry/instrument/bank"});
  REQUIRE_MESSAGE(layout, (layout ? "" : layout.error().message));
  CHECK(layout->local.detector_numbers.back() == 4096);
  check_near(layout->local.positions[65], {0.01, 0.01, 0});
}

TEST_CASE("a filter that is not installed is named, with what to do") {
  constexpr H5Z_filter_t number = 300;
  auto as_it_is = [](unsigned, std::size_t, const unsigned*, std::size_t bytes, std::size_t*, void**) { return bytes; };
  H5Z_class2_t filter{H5Z_CLASS_T_VERS, number, 1, 1, "strange", nullptr, nullptr, as_it_is};
  nexus_sample file("strange.nxs");
  write_bank(file);
  REQUIRE(H5Zregister(&filter) >= 0);
  file.remove(bank + "/detector_number");
  file.packed_integers(bank + "/detector_number", {1, 2, 3, 4, 5, 6}, {3, 2}, number);
  file.close();
  CHECK(make_layout(bank_of(file)));
  H5Zunregister(number);
  auto message = make_layout(bank_of(file)).error().message;
  CHECK_MESSAGE(contains(message, "it is packed with the filter \"strange\" (300), which is not installed here"),
                message);
  CHECK(contains(message, "h5repack"));
}

TEST_CASE("a detector that lies in several groups of a file is written so") {
  auto inst = load_instrument(LIVEDATA_SOURCE_DIR "/instruments/bifrost.json").value();
  nexus_sample place_for_it("bifrost.nxs");
  place_for_it.close();
  REQUIRE(write_geometry_file(inst, place_for_it.path()));
  nexus_file file(place_for_it.path());
  auto groups = file.groups_of("NXdetector");
  CHECK(groups.size() == 45);
  // Channel 2 of arc 3: tubes of 100 pixels, 900 apart.
  const std::string triplet = "/entry/instrument/154_channel_2_3_triplet/detector_number";
  CHECK(file.shape(triplet) == std::vector<std::size_t>{3, 100});
  auto numbers = file.integers(triplet, 300);
  CHECK(numbers[0] == 1 + 2 * 2700 + 100);
  CHECK(numbers[99] == numbers[0] + 99);
  CHECK(numbers[200] == numbers[0] + 1800);
}

TEST_CASE("detector numbers with gaps come with their file") {
  nexus_sample file("gaps.nxs");
  write_bank(file);
  file.remove(bank + "/detector_number");
  file.integers(bank + "/detector_number", {11, 12, 13, 21, 22, 23}, {3, 2});
  file.close();
  instrument inst;
  inst.detectors.push_back(bank_of(file));
  auto read = with_geometry_file(inst, file.path()).value();
  REQUIRE(read.detectors[0].numbers != nullptr);
  CHECK(*read.detectors[0].numbers == std::vector<std::int32_t>{11, 12, 13, 21, 22, 23});
}

TEST_CASE("a place that cannot be written is refused") {
  auto written = write_geometry_file(instrument{}, "/no/such/folder/geometry.nxs");
  REQUIRE_FALSE(written);
  CHECK(written.error().reason == "unwritable_file");
}

TEST_CASE("130: the geometry file of a date is the newest that is not younger") {
  auto load = [](const char* name) {
    return load_instrument(fs::path(LIVEDATA_SOURCE_DIR) / "instruments" / (std::string(name) + ".json")).value();
  };
  for (const char* name : {"loki", "dream"})
    CHECK(select_geometry_file(load(name), "2025-01-02")->name == "geometry-" + std::string(name) + "-2025-01-01.nxs");
  auto loki = load("loki");
  CHECK(select_geometry_file(loki, "2026-03-11")->name == "geometry-loki-2026-03-11.nxs");
  CHECK(select_geometry_file(loki, "2026-03-10")->name == "geometry-loki-2026-02-23.nxs");
  CHECK(select_geometry_file(loki, "9000-01-01")->name == "geometry-loki-2026-05-08.nxs");
  CHECK(contains(select_geometry_file(loki, "2020-01-01").error().message,
                 "No geometry file found for given date 2020-01-01"));
  CHECK(contains(select_geometry_file(load("dummy"), "2026-01-01").error().message,
                 "No geometry files found for instrument dummy"));
}

TEST_CASE("130: files are looked for in LIVEDATA_DATA_DIR if it is set, else in the cache, and asked for if missing") {
  auto inst = load_instrument(LIVEDATA_SOURCE_DIR "/instruments/loki.json").value();
  auto folder = fs::temp_directory_path() / ("livedata_geometry_" + std::to_string(getpid()));
  fs::create_directories(folder / "esslivedata");
  std::ofstream(folder / "esslivedata" / "geometry-loki-2025-01-01.nxs") << "x";
  const data_files cached(file_folders_from([&](const char* name) -> std::optional<std::string> {
    return std::string(name) == "XDG_CACHE_HOME" ? std::optional(folder.string()) : std::nullopt;
  }));
  auto other = find_geometry_file(inst, "2025-01-02", cached);
  REQUIRE_FALSE(other);
  CHECK(other.error().reason == "wrong_check_sum");
  CHECK(contains(other.error().message, "its md5 is 9dd4e461268c8034f5c8564e155c67a6"));
  inst.geometry_files.front().md5 = "9dd4e461268c8034f5c8564e155c67a6";
  CHECK(*find_geometry_file(inst, "2025-01-02", cached) == folder / "esslivedata" / "geometry-loki-2025-01-01.nxs");
  auto missing = find_geometry_file(inst, "2026-05-09", cached);
  CHECK(contains(missing.error().message, "geometry-loki-2026-05-08.nxs (md5 4edc75ba015e7916dfc23e8d78f9cca6)"));
  CHECK(contains(missing.error().message, "set the environment variable LIVEDATA_DATA_DIR"));

  const data_files chosen(file_folders_from([&](const char* name) -> std::optional<std::string> {
    return std::string(name) == "LIVEDATA_DATA_DIR" ? std::optional(folder.string()) : std::optional<std::string>("/h");
  }));
  CHECK(contains(find_geometry_file(inst, "2025-01-02", chosen).error().message,
                 "the folder in the environment variable LIVEDATA_DATA_DIR"));
  std::ofstream(folder / "geometry-loki-2025-01-01.nxs") << "a file of one's own";
  CHECK(*find_geometry_file(inst, "2025-01-02", chosen) == folder / "geometry-loki-2025-01-01.nxs");
  auto home = file_folders_from([](const char* name) -> std::optional<std::string> {
    return std::string(name) == "HOME" ? std::optional<std::string>("/home/me") : std::nullopt;
  });
  CHECK(home.cache == fs::path("/home/me/.cache/esslivedata"));
  fs::remove_all(folder);
}

} // namespace nexus_test
