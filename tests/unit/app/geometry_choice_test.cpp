#include "app/geometry_choice.hpp"
#include "workflows/files/check_sum.hpp"
#include "workflows/geometry/detector_geometry.hpp"
#include "workflows/geometry/nexus_writer.hpp"

#include <doctest/doctest.h>

#include <places.hpp>

namespace geometry_choice_test {

using namespace livedata;
namespace fs = std::filesystem;

TEST_CASE("an instrument takes its geometry from the file of the day, or from its description") {
  auto inst = load_instrument(LIVEDATA_SOURCE_DIR "/instruments/magic.json").value();
  auto folder = fs::temp_directory_path() / "livedata_geometry_choice";
  fs::remove_all(folder);
  fs::create_directories(folder);
  const data_files cache({std::nullopt, folder});
  const data_files data_dir({folder, "/nowhere"});

  auto none = choose_geometry(inst, "auto", "2026-09-01", cache).value();
  CHECK(none.note.find("geometry-magic-2026-08-03.nxs") != std::string::npos);
  CHECK(none.inst.detectors[0].geometry == inst.detectors[0].geometry);
  CHECK_FALSE(choose_geometry(inst, "files", "2026-09-01", cache));
  auto asked_for = choose_geometry(inst, "auto", "2026-09-01", data_dir);
  REQUIRE_FALSE(asked_for);
  CHECK(asked_for.error().message.find("LIVEDATA_DATA_DIR") != std::string::npos);

  REQUIRE(write_geometry_file(inst, folder / "geometry-magic-2026-08-03.nxs"));
  auto wrong = choose_geometry(inst, "auto", "2026-09-01", cache);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().message.find("md5") != std::string::npos);
  CHECK(choose_geometry(inst, "auto", "2026-09-01", data_dir));
  inst.geometry_files.back().md5 = *md5_of(folder / "geometry-magic-2026-08-03.nxs");
  for (const auto* files : {&cache, &data_dir}) {
    auto found = choose_geometry(inst, "auto", "2026-09-01", *files).value();
    CHECK(found.note == "from " + (folder / "geometry-magic-2026-08-03.nxs").string());
    CHECK(make_layout(found.inst.detectors[0])->chain.open_entries() ==
          std::vector<std::string>{"/entry/instrument/detector_a_rotation/value"});
  }
  CHECK(choose_geometry(inst, "described", "2026-09-01", cache)->inst.detectors[0].geometry ==
        inst.detectors[0].geometry);
  CHECK_FALSE(choose_geometry(inst, "files", "2026-08-02", cache));
  fs::remove_all(folder);

  auto dummy = load_instrument(LIVEDATA_SOURCE_DIR "/instruments/dummy.json").value();
  CHECK(choose_geometry(dummy, "files", "2026-09-01", cache)->note.empty());
  CHECK(today().size() == 10);
}

} // namespace geometry_choice_test
