#include "workflows/files/check_sum.hpp"
#include "workflows/geometry/beamline.hpp"
#include "workflows/geometry/hdf5_writer.hpp"
#include "workflows/geometry/nexus_file.hpp"
#include "workflows/geometry/nexus_writer.hpp"
#include "workflows/parameter_model.hpp"
#include "workflows/wavelength/lookup_table.hpp"
#include "workflows/wavelength/scipp_file.hpp"
#include "workflows/wavelength/table_file.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <places.hpp>
#include <unistd.h>

namespace lookup_table_test {

using namespace livedata;
namespace fs = std::filesystem;

namespace {

constexpr auto nan_value = std::numeric_limits<double>::quiet_NaN();

// A folder that is gone afterwards.
struct own_folder {
  fs::path path = fs::temp_directory_path() / ("livedata_tables_" + std::to_string(getpid()));

  own_folder() {
    fs::remove_all(path);
    fs::create_directories(path);
  }

  own_folder(const own_folder&) = delete;
  own_folder& operator=(const own_folder&) = delete;

  ~own_folder() { fs::remove_all(path); }
};

lookup_table small_table() {
  lookup_table t;
  t.distance = {20, 20.5, 21};
  t.time = {0, 500'000, 1'000'000, 1'500'000};
  t.wavelength = {1, 2, nan_value, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  t.variance = std::vector<double>(12, 0.25);
  t.pulse_period = 1'500'000;
  t.distance_resolution = 0.5;
  t.time_resolution = 500'000;
  return t;
}

bool same(const lookup_table& a, const lookup_table& b) {
  const auto lists = [](const std::vector<double>& x, const std::vector<double>& y) {
    return std::ranges::equal(x, y, [](double p, double q) {
      return (std::isnan(p) && std::isnan(q)) || std::abs(p - q) <= 1e-15 * std::abs(q);
    });
  };
  return lists(a.distance, b.distance) && lists(a.time, b.time) && lists(a.wavelength, b.wavelength) &&
         lists(a.variance, b.variance) && std::abs(a.pulse_period - b.pulse_period) < 1e-6 &&
         a.pulse_stride == b.pulse_stride && a.distance_resolution == b.distance_resolution &&
         std::abs(a.time_resolution - b.time_resolution) < 1e-6;
}

std::string fault_of(const lookup_table& t) {
  const auto ok = check(t);
  return ok ? std::string() : ok.error().message;
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("tables of both file forms are read as the field's own software wrote them") {
  const fs::path golden = fs::path(LIVEDATA_TEST_DATA) / "golden";
  const auto array = read_lookup_table(golden / "event_wavelength_stride1" / "table.h5");
  REQUIRE(array);
  CHECK(array->distance.size() == 49);
  CHECK(array->time.size() == 121);
  CHECK(array->pulse_stride == 1);
  CHECK(array->pulse_period == doctest::Approx(1e9 / 14));
  CHECK(array->distance_resolution == 0.25);
  CHECK(array->time_resolution == doctest::Approx(595238.095));
  CHECK(array->variance.size() == array->wavelength.size());
  const auto group = read_lookup_table(golden / "event_wavelength_stride2" / "table.h5");
  REQUIRE(group);
  CHECK(group->pulse_stride == 2);
  CHECK(group->time.back() == doctest::Approx(2e9 / 14));
}

TEST_CASE("what is written is read again, in both forms, and by the names that the field's own software looks for") {
  const own_folder folder;
  auto t = small_table();
  for (auto form : {table_form::data_array, table_form::data_group}) {
    t.pulse_stride = form == table_form::data_array ? 1 : 2;
    const auto file = folder.path / "table.h5";
    REQUIRE(write_lookup_table(t, file, form));
    const auto again = read_lookup_table(file);
    REQUIRE_MESSAGE(again, again.error().message);
    CHECK(same(*again, t));
    CHECK_FALSE(fs::exists(folder.path / "table.h5.part"));
    const nexus_file content(file);
    const std::string array = form == table_form::data_array ? "" : "/entries/elem_000_array";
    CHECK(content.text_attribute("/", "scipp-type") == (array.empty() ? "DataArray" : "DataGroup"));
    const auto values = array + "/coords/elem_001_event_time_offset/values";
    CHECK(content.list_attribute(values, "dims") == std::vector<std::string>{"event_time_offset"});
    const auto unit = content.compound_attribute(values, "unit").value();
    CHECK(unit ==
          std::vector<std::pair<std::string, double>>{{"__version__", 2}, {"multiplier", 1e-6}, {"powers/s", 1}});
    CHECK(content.numbers(values, 10) == std::vector<double>{0, 500, 1000, 1500});
    CHECK(content.text_attribute(array + "/data/values", "dtype") == "float64");
  }
  CHECK(write_lookup_table(t, "/nowhere/at/all.h5").error().reason == "unwritable_file");
}

TEST_CASE("a table of any fault is refused with what is wrong") {
  CHECK(fault_of(small_table()).empty());
  const auto fault = [](auto&& change) {
    auto t = small_table();
    change(t);
    return fault_of(t);
  };
  CHECK(
    holds(fault([](auto& t) { t.time[2] = 1'100'000; }), "event_time_offset in the lookup table are not equidistant"));
  CHECK(holds(fault([](auto& t) { std::swap(t.distance[0], t.distance[2]); }), "distance"));
  CHECK(holds(fault([](auto& t) { t.distance[1] = nan_value; }), "not finite"));
  CHECK(holds(fault([](auto& t) { t.distance = {20}; }), "two at least"));
  CHECK(holds(fault([](auto& t) { t.wavelength.pop_back(); }), "3 distances by 4 times need 12"));
  CHECK(holds(fault([](auto& t) { t.variance.pop_back(); }), "variances"));
  CHECK(
    holds(fault([](auto& t) { t.wavelength.assign(12, nan_value); }), "all wavelengths of the lookup table are NaN"));
  CHECK(holds(fault([](auto& t) { t.wavelength[0] = -1; }), "below 0"));
  CHECK(holds(fault([](auto& t) { t.pulse_period = 0; }), "pulse_period"));
  CHECK(holds(fault([](auto& t) { t.pulse_stride = 0; }), "pulse_stride"));
}

TEST_CASE("a table that does not cover flight paths is an error with both ranges") {
  const auto t = small_table();
  CHECK(check_covers(t, std::vector<double>{20, nan_value, 21}, "x"));
  CHECK(check_covers(t, {}, "x"));
  const auto wrong = check_covers(t, std::vector<double>{19.5, 21}, "the flight paths of bank");
  REQUIRE_FALSE(wrong);
  CHECK(holds(wrong.error().message, "20.0000 to 21.0000 m, but the flight paths of bank are 19.5000 to 21.0000 m"));
}

TEST_CASE("files that are no tables are refused with their name: another format, other dimensions, other units") {
  const own_folder folder;
  const auto file = folder.path / "wrong.h5";
  const auto fault = [&] {
    const auto read = read_lookup_table(file);
    return read ? std::string("none") : read.error().message;
  };
  CHECK(holds(fault(), "wrong.h5"));
  std::ofstream(file) << "no HDF5";
  CHECK(holds(fault(), "cannot be opened as an HDF5 file"));
  {
    hdf5_writer out(file);
    out.plain_group("/coords");
  }
  CHECK(holds(fault(), "nothing of scipp"));
  REQUIRE(write_lookup_table(small_table(), file));
  CHECK(fault() == "none");
  {
    hdf5_writer out(file);
    out.attribute("/", "scipp-type", std::string("DataArray"));
    out.plain_group("/coords");
    const std::string coord = "/coords/elem_000_distance";
    out.plain_group(coord);
    out.attribute(coord, "name", std::string("distance"));
    out.numbers(coord + "/values", {1, 2}, {2});
    out.attribute(coord + "/values", "dims", std::vector<std::string>{"distance"});
    out.unit_attribute(coord + "/values", 1, "m");
  }
  CHECK(holds(fault(), "no coordinate \"event_time_offset\""));
  {
    hdf5_writer out(file);
    out.attribute("/", "scipp-type", std::string("DataArray"));
    out.plain_group("/coords");
    const std::string coord = "/coords/elem_000_distance";
    out.plain_group(coord);
    out.attribute(coord, "name", std::string("distance"));
    out.numbers(coord + "/values", {1, 2}, {2});
    out.attribute(coord + "/values", "dims", std::vector<std::string>{"distance"});
    out.attribute(coord + "/values", "unit", std::string("furlong"));
  }
  CHECK(holds(fault(), "furlong"));
}

TEST_CASE("units are converted without rounding where one is a whole multiple of the other") {
  CHECK(in_unit(71428.57142857143, 1e-6, 1e-9) == 71428.57142857143 * 1000);
  CHECK(in_unit(3, 1e-10, 1e-10) == 3);
  CHECK(in_unit(0.3, 1e-9, 1e-10) == 3);
  CHECK(in_unit(7, 1e-3, 1) == 7 / 1000.0);
}

TEST_CASE("jobs that use the same table share it; a table that has changed is read anew, the former one stays") {
  const own_folder folder;
  instrument inst;
  inst.name = "tiny";
  inst.files.emplace_back("table", data_file{"table.h5", ""});
  data_files files({folder.path, {}});
  CHECK_THROWS_WITH_AS(find_lookup_table(inst, "table", files), doctest::Contains("LIVEDATA_DATA_DIR"),
                       parameter_error);
  CHECK_THROWS_WITH_AS(find_lookup_table(inst, "other", files), doctest::Contains("no file \"other\""),
                       parameter_error);
  auto t = small_table();
  REQUIRE(write_lookup_table(t, folder.path / "table.h5"));
  const auto first = find_lookup_table(inst, "table", files);
  CHECK(find_lookup_table(inst, "table", files) == first);
  t.distance.push_back(21.5);
  t.wavelength.insert(t.wavelength.end(), {13, 14, 15, 16});
  t.variance.resize(16);
  REQUIRE(write_lookup_table(t, folder.path / "table.h5"));
  const auto second = find_lookup_table(inst, "table", files);
  CHECK(second != first);
  CHECK(second->distance.size() == 4);
  CHECK(first->distance.size() == 3);
  std::ofstream(folder.path / "table.h5") << "cut";
  CHECK_THROWS_WITH_AS(find_lookup_table(inst, "table", files), doctest::Contains("table.h5"), parameter_error);
}

TEST_CASE("a table in the cache must have its check sum") {
  const own_folder folder;
  instrument inst;
  inst.name = "tiny";
  inst.files.emplace_back("table", data_file{"table.h5", "0123456789abcdef0123456789abcdef"});
  REQUIRE(write_lookup_table(small_table(), folder.path / "table.h5"));
  data_files cache({std::nullopt, folder.path});
  CHECK_THROWS_WITH_AS(find_lookup_table(inst, "table", cache), doctest::Contains("its md5 is"), parameter_error);
  data_files own({folder.path, {}});
  CHECK_NOTHROW(find_lookup_table(inst, "table", own));
  inst.files.front().second.md5 = *md5_of(folder.path / "table.h5");
  CHECK_NOTHROW(find_lookup_table(inst, "table", cache));
}

TEST_CASE("source, sample, monitors and choppers that were written are read again") {
  const own_folder folder;
  for (const std::string name : {"loki", "bifrost"}) {
    CAPTURE(name);
    auto inst = load_instrument(LIVEDATA_SOURCE_DIR "/instruments/" + name + ".json").value();
    inst.detectors.clear();
    const auto described = read_beamline(inst);
    REQUIRE_MESSAGE(described, described.error().message);
    const auto file = folder.path / (name + ".nxs");
    REQUIRE(write_geometry_file(inst, file));
    inst.beamline = {{"kind", "nexus"}, {"file", file.string()}};
    const auto read = read_beamline(inst);
    REQUIRE_MESSAGE(read, read.error().message);
    const auto same_place = [](const result<vec3>& a, const result<vec3>& b) { return distance(*a, *b) < 1e-12; };
    CHECK(same_place(described->source_position(), read->source_position()));
    CHECK(same_place(described->sample_position(), read->sample_position()));
    CHECK(same_place(described->moderator_position(), read->moderator_position()));
    CHECK(read->moderator.has_value() == (name == "bifrost"));
    REQUIRE(read->monitors.size() == described->monitors.size());
    for (const auto& [monitor, chain] : described->monitors)
      CHECK(read->find_monitor(monitor)->at()->point({}).z == doctest::Approx(chain.at()->point({}).z));
    REQUIRE(read->choppers.size() == inst.choppers.size());
    for (const auto& c : inst.choppers) {
      const auto* a = described->find_chopper(c);
      const auto* b = read->find_chopper(c);
      REQUIRE(a != nullptr);
      REQUIRE(b != nullptr);
      CHECK(a->chain.at()->point({}).z == doctest::Approx(b->chain.at()->point({}).z));
      REQUIRE(a->slits.size() == b->slits.size());
      CHECK(a->slits[0].first == doctest::Approx(b->slits[0].first));
      CHECK(a->slits[0].second == doctest::Approx(b->slits[0].second));
    }
  }
}

TEST_CASE("a geometry without source or sample says what is missing and where to put it") {
  instrument inst;
  inst.name = "tiny";
  CHECK(read_beamline(inst).error().reason == "no_geometry");
  inst.beamline = json::parse(R"({"kind": "described", "sample": {"position": [0, 0, 0]}})");
  const auto b = read_beamline(inst).value();
  CHECK(b.sample_position());
  CHECK(holds(b.source_position().error().message, "has no source"));
  CHECK(holds(b.source_position().error().message, "beamline"));
  inst.beamline =
    json::parse(R"({"kind": "described", "choppers": {"c": {"position": [0, 0, 1], "slit_edges": [[9, 3]]}}})");
  CHECK(holds(read_beamline(inst).error().message, "slit_edges"));
  inst.beamline = json::parse(R"({"kind": "nexus", "file": "/nowhere.nxs"})");
  CHECK(holds(read_beamline(inst).error().message, "/nowhere.nxs"));
}

} // namespace lookup_table_test
