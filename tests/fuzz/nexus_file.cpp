// Files in HDF5 that are well formed and say anything: geometry of a detector, beamline, lookup table. They give a
// value, or an error that says what is wrong. (Files that the HDF5 library itself cannot bear are read in a process of
// their own.)
#include "workflows/geometry/nexus_file.hpp"

#include "tests/fuzz/fuzz_input.hpp"
#include "unit/workflows/nexus_sample.hpp"
#include "workflows/geometry/layout_bytes.hpp"
#include "workflows/geometry/nexus_detector.hpp"
#include "workflows/wavelength/lookup_table.hpp"
#include "workflows/wavelength/table_file.hpp"

#include <fstream>

using namespace livedata;
using namespace livedata::fuzz;
using test::nexus_sample;

namespace {

const std::string bank = "/entry/instrument/bank";
const std::vector<std::string> detector_paths{bank,
                                              bank + "/detector_number",
                                              bank + "/x_pixel_offset",
                                              bank + "/y_pixel_offset",
                                              bank + "/z_pixel_offset",
                                              bank + "/depends_on",
                                              bank + "/transformations/turn",
                                              "/entry/instrument/carriage/value",
                                              "/entry/instrument/carriage/value/value",
                                              bank + "/pixel_shape",
                                              bank + "/pixel_shape/vertices",
                                              bank + "/pixel_shape/cylinders"};
const std::vector<std::string> table_paths{"/",
                                           "/data",
                                           "/data/values",
                                           "/coords",
                                           "/coords/elem_000_distance",
                                           "/coords/elem_000_distance/values",
                                           "/coords/elem_001_event_time_offset/values",
                                           "/coords/elem_002_pulse_period/values",
                                           "/coords/elem_003_pulse_stride/values"};
const std::vector<const char*> attributes{"units",      "vector",
                                          "offset",     "offset_units",
                                          "depends_on", "transformation_type",
                                          "axes",       "x_pixel_offset_indices",
                                          "scipp-type", "dims",
                                          "unit",       "name",
                                          "NX_class"};
const std::vector<std::string> texts{"",
                                     ".",
                                     "m",
                                     "mm",
                                     "deg",
                                     "s",
                                     "rotation",
                                     "translation",
                                     "NXlog",
                                     "NXoff_geometry",
                                     "x_pixel_offset",
                                     "..",
                                     "/entry/instrument/bank/transformations/turn",
                                     "turn",
                                     "DataArray",
                                     "DataGroup",
                                     "distance",
                                     "parsec"};

std::vector<double> numbers(fuzz_input& in) {
  std::vector<double> out(in.choice(12));
  for (auto& x : out)
    x = in.choice(4) == 0 ? in.number<double>() : in.number<std::int8_t>();
  return out;
}

std::vector<hsize_t> shape_of(std::size_t n, fuzz_input& in) {
  switch (in.choice(4)) {
  case 0:
    return {n};
  case 1:
    return {1, n};
  case 2:
    return n % 2 == 0 ? std::vector<hsize_t>{n / 2, 2} : std::vector<hsize_t>{n, 1};
  default:
    return n == 1 ? std::vector<hsize_t>{} : std::vector<hsize_t>{n, 1, 1};
  }
}

const std::string& text_of(fuzz_input& in) {
  return texts[in.choice(texts.size())];
}

void change(nexus_sample& file, const std::vector<std::string>& paths, fuzz_input& in) {
  const auto& path = paths[in.choice(paths.size())];
  const auto* attribute = attributes[in.choice(attributes.size())];
  switch (in.choice(7)) {
  case 0:
    file.remove(path);
    break;
  case 1: {
    const auto content = numbers(in);
    file.remove(path);
    file.numbers(path, content, shape_of(content.size(), in), in.choice(3) == 0 ? "" : text_of(in));
    break;
  }
  case 2: {
    std::vector<int> content(in.choice(10));
    for (auto& x : content)
      x = in.choice(4) == 0 ? in.number<int>() : in.number<std::int8_t>();
    file.remove(path);
    file.integers(path, content, shape_of(content.size(), in));
    break;
  }
  case 3:
    file.remove(path);
    file.text(path, text_of(in));
    break;
  case 4:
    file.remove_attribute(path, attribute);
    file.attribute(path, attribute, text_of(in));
    break;
  case 5:
    file.remove_attribute(path, attribute);
    file.attribute(path, attribute, numbers(in));
    break;
  default:
    file.remove_attribute(path, attribute);
    file.attribute(path, attribute, std::vector<std::string>{text_of(in), text_of(in)});
  }
}

// A table as the program writes it, once.
const std::vector<std::byte>& sound_table() {
  static const auto bytes = [] {
    lookup_table t;
    t.distance = {1, 2, 3};
    t.time = {0, 1e6, 2e6};
    t.wavelength = std::vector<double>(9, 1.5);
    t.pulse_period = 71'428'571;
    t.pulse_stride = 1;
    t.distance_resolution = 1;
    t.time_resolution = 1e6;
    const auto path = std::filesystem::temp_directory_path() / ("livedata_fuzz_table_" + std::to_string(::getpid()));
    must_hold(write_lookup_table(t, path).has_value());
    std::ifstream in(path, std::ios::binary);
    const std::vector<char> content{std::istreambuf_iterator<char>(in), {}};
    std::filesystem::remove(path);
    const auto b = std::as_bytes(std::span(content));
    return std::vector<std::byte>(b.begin(), b.end());
  }();
  return bytes;
}

void read_detector(fuzz_input& in) {
  nexus_sample sample("fuzz");
  test::write_bank(sample);
  while (!in.empty())
    change(sample, detector_paths, in);
  const nexus_file file(sample.bytes());
  (void)file.groups_of("NXdetector");
  const auto layout = read_nexus_layout(file, bank, 6);
  must_hold(layout.local.detector_numbers.size() == 6);
  must_hold(to_bytes(layout_of_bytes(to_bytes(layout))) == to_bytes(layout));
}

void read_table(fuzz_input& in) {
  nexus_sample sample("fuzz", sound_table());
  while (!in.empty())
    change(sample, table_paths, in);
  const nexus_file file(sample.bytes());
  (void)check(table_of_file(file));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz_input in(data, std::min<std::size_t>(size, 400));
  try {
    if (in.choice(2) == 0)
      read_detector(in);
    else
      read_table(in);
  } catch (const nexus_error& e) {
    must_hold(*e.what() != '\0');
  }
  return 0;
}
