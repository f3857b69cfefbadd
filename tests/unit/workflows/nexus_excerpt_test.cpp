// Statement 131: what is copied from a full NeXus file, and what is left out.
#include "unit/workflows/nexus_sample.hpp"
#include "workflows/geometry/nexus_excerpt.hpp"
#include "workflows/geometry/nexus_file.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <functional>

namespace nexus_excerpt_test {

using namespace livedata;
using test::nexus_sample;
namespace fs = std::filesystem;

namespace {

using object = nexus_file::object;

const std::string bank = "/entry/instrument/bank";

// A bank on a carriage, with what a full file has beside: events, a monitor, a moderator, a chopper, logs with data.
void write_full(nexus_sample& file) {
  test::write_bank(file);
  file.attribute("/entry", "default", "bank");
  file.attribute(bank + "/x_pixel_offset", "long_name", std::string("across"));
  file.group(bank + "/events", "NXevent_data");
  file.numbers(bank + "/events/event_id", std::vector<double>(5000, 1), {5000});
  file.remove("/entry/instrument/carriage/value/value");
  file.numbers("/entry/instrument/carriage/value/value", {1, 2, 3}, {3}, "mm");
  file.numbers("/entry/instrument/carriage/speed", {1}, {1}, "mm/s");
  file.group("/entry/instrument/monitor", "NXmonitor");
  file.numbers("/entry/instrument/monitor/data", {1, 2}, {2});
  file.group("/entry/instrument/moderator", "NXmoderator");
  file.text("/entry/instrument/moderator/depends_on", "/entry/elsewhere/distance");
  file.group("/entry/elsewhere", "NXcollection");
  file.numbers("/entry/elsewhere/distance", {-25}, {}, "m");
  file.transformation("/entry/elsewhere/distance", "translation", {0, 0, 1}, "further");
  file.numbers("/entry/elsewhere/further", {1}, {}, "m");
  file.transformation("/entry/elsewhere/further", "translation", {0, 0, 1}, ".");
  file.numbers("/entry/elsewhere/unrelated", {1}, {});
  file.group("/entry/instrument/chopper", "NXdisk_chopper");
  file.numbers("/entry/instrument/chopper/slit_edges", {0, 10, 20, 30}, {4}, "deg");
  file.group("/entry/instrument/chopper/delay", "NXcollection");
  file.group("/entry/instrument/chopper/delay/log", "NXlog");
  file.numbers("/entry/instrument/chopper/delay/log/value", {1, 2, 3, 4, 5, 6}, {3, 2}, "ns");
  file.numbers("/entry/instrument/chopper/delay/log/average_value", {3}, {}, "ns");
  file.group("/entry/user", "NXuser");
}

class excerpt_of {
public:
  explicit excerpt_of(const std::function<void(nexus_sample&)>& change, const excerpt_options& options = {})
    : full_("full.nxs"), path_(full_.path().string() + ".excerpt") {
    write_full(full_);
    change(full_);
    full_.close();
    done_ = write_geometry_excerpt(full_.path(), path_, options);
  }

  excerpt_of(const excerpt_of&) = delete;
  excerpt_of& operator=(const excerpt_of&) = delete;

  ~excerpt_of() { fs::remove(path_); }

  const fs::path& path() const {
    REQUIRE_MESSAGE(done_, (done_ ? "" : done_.error().message));
    return path_;
  }

private:
  nexus_sample full_;
  fs::path path_;
  status done_ = nothing{};
};

void as_it_is(nexus_sample&) {}

// The bank with a mesh of eight vertices for each of its six pixels, and no offsets.
void mesh_instead_of_offsets(nexus_sample& file) {
  std::vector<double> vertices;
  for (int pixel = 0; pixel < 6; ++pixel)
    for (int v = 0; v < 8; ++v)
      for (double x : {pixel * 10.0 + v, v < 4 ? 0.0 : 2.0, v / 4 == 0 ? -1.0 : 3.0})
        vertices.push_back(x);
  test::replace_offsets_by_mesh(file, vertices);
}

} // namespace

TEST_CASE("131: the fields and local transformations of detectors are copied with their attributes, events are not") {
  excerpt_of cut(as_it_is);
  nexus_file out(cut.path());
  CHECK(out.integers(bank + "/detector_number", 6) == std::vector<std::int32_t>{1, 2, 3, 4, 5, 6});
  CHECK(out.shape(bank + "/detector_number") == std::vector<std::size_t>{3, 2});
  CHECK(out.numbers(bank + "/x_pixel_offset", 2) == std::vector<double>{-100, 100});
  CHECK(out.text_attribute(bank + "/x_pixel_offset", "units") == "mm");
  CHECK(out.text_attribute(bank + "/x_pixel_offset", "long_name") == "across");
  CHECK(out.text(bank + "/depends_on") == "transformations/turn");
  CHECK(out.numbers(bank + "/transformations/turn", 1) == std::vector<double>{90});
  CHECK(out.vector_attribute(bank + "/transformations/turn", "vector") == vec3{0, 0, 1});
  CHECK(out.text_attribute(bank + "/transformations/turn", "units") == "deg");
  CHECK(out.shape(bank + "/pixel_shape/vertices") == std::vector<std::size_t>{3, 3});
  CHECK(out.text_attribute("/entry", "default") == "bank");
  CHECK(out.text_attribute(bank, "NX_class") == "NXdetector");
  CHECK(out.what(bank + "/events") == object::none);
  CHECK(out.what("/entry/user") == object::none);
}

TEST_CASE("131: a monitor without depends_on is legal, and brings nothing but itself") {
  excerpt_of cut(as_it_is);
  nexus_file out(cut.path());
  CHECK(out.members("/entry/instrument/monitor").empty());
  CHECK(out.text_attribute("/entry/instrument/monitor", "NX_class") == "NXmonitor");
}

TEST_CASE("131: whatever a chain leads to is copied, from wherever it is, and no more") {
  excerpt_of cut(as_it_is);
  nexus_file out(cut.path());
  CHECK(out.numbers("/entry/elsewhere/distance", 1) == std::vector<double>{-25});
  CHECK(out.numbers("/entry/elsewhere/further", 1) == std::vector<double>{1});
  CHECK(out.what("/entry/elsewhere/unrelated") == object::none);
  CHECK(out.what("/entry/instrument/carriage/value") == object::group);
  CHECK(out.vector_attribute("/entry/instrument/carriage/value", "offset") == vec3{0, 0, 5});
  CHECK(out.what("/entry/instrument/carriage/speed") == object::none);
}

TEST_CASE("131: logs are cut to length 0 wherever they are, scalars stay") {
  excerpt_of cut(as_it_is);
  nexus_file out(cut.path());
  CHECK(out.shape("/entry/instrument/carriage/value/value") == std::vector<std::size_t>{0});
  CHECK(out.text_attribute("/entry/instrument/carriage/value/value", "units") == "mm");
  CHECK(out.shape("/entry/instrument/chopper/delay/log/value") == std::vector<std::size_t>{0, 2});
  CHECK(out.numbers("/entry/instrument/chopper/delay/log/average_value", 1) == std::vector<double>{3});
}

TEST_CASE("131: the fields of a chopper that do not change are kept") {
  excerpt_of cut(as_it_is);
  nexus_file out(cut.path());
  CHECK(out.numbers("/entry/instrument/chopper/slit_edges", 4) == std::vector<double>{0, 10, 20, 30});
}

TEST_CASE("131: offsets come from a mesh only if asked for, and then the mesh is left out") {
  {
    excerpt_of cut(mesh_instead_of_offsets);
    nexus_file out(cut.path());
    CHECK(out.what(bank + "/x_pixel_offset") == object::none);
    CHECK(out.shape(bank + "/pixel_shape/vertices") == std::vector<std::size_t>{48, 3});
  }

  struct expected {
    off_face face;
    double x, y, z;
  };

  for (const auto& e : {expected{off_face::inner, 1.5, 0, -1}, expected{off_face::outer, 5.5, 2, 3},
                        expected{off_face::centroid, 3.5, 1, 1}}) {
    excerpt_of cut(mesh_instead_of_offsets, {true, e.face});
    nexus_file out(cut.path());
    std::vector<double> x;
    for (int pixel = 0; pixel < 6; ++pixel)
      x.push_back(pixel * 10 + e.x);
    CHECK(out.numbers(bank + "/x_pixel_offset", 6) == x);
    CHECK(out.numbers(bank + "/y_pixel_offset", 6) == std::vector<double>(6, e.y));
    CHECK(out.numbers(bank + "/z_pixel_offset", 6) == std::vector<double>(6, e.z));
    CHECK(out.shape(bank + "/x_pixel_offset") == std::vector<std::size_t>{3, 2});
    CHECK(out.text_attribute(bank + "/x_pixel_offset", "units") == "mm");
    CHECK(out.what(bank + "/pixel_shape") == object::none);
  }
}

TEST_CASE("shapes of pixels can be left out of an excerpt") {
  excerpt_of cut(as_it_is, {false, {}});
  CHECK(nexus_file(cut.path()).what(bank + "/pixel_shape") == object::none);
}

TEST_CASE("an excerpt of what is no NeXus file, or to where nothing can be written, is refused and leaves nothing") {
  auto output = fs::temp_directory_path() / fmt::format("livedata_{}_none.nxs", getpid());
  auto bad = write_geometry_excerpt("/etc/hostname", output, {});
  REQUIRE_FALSE(bad);
  CHECK(bad.error().reason == "bad_file");
  CHECK_FALSE(fs::exists(output));
  nexus_sample full("full.nxs");
  write_full(full);
  full.close();
  CHECK_FALSE(write_geometry_excerpt(full.path(), "/no/such/folder/x.nxs", {}));
}

} // namespace nexus_excerpt_test
