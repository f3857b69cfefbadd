// Neutrons that fly freely: a lookup table whose wavelengths follow from time and distance alone, and events to match.
#pragma once

#include "support/golden_instruments.hpp"
#include "workflows/reduction/neutron.hpp"
#include "workflows/wavelength/lookup_table.hpp"
#include "workflows/wavelength/table_file.hpp"

#include <cmath>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace livedata::test {

// Of a neutron that arrives at this time after the first pulse of a frame, ns.
inline double flight_time(double arrival, double earliest, std::int64_t stride = 1) {
  constexpr auto period = 1e9 / 14;
  const auto pulses = static_cast<double>(stride);
  return arrival + pulses * period * std::max(0.0, std::ceil((earliest - arrival / period) / pulses));
}

// λ = h t / (m L), which the interpolation of a table reproduces exactly: λ L is the same at all distances. Neutrons
// fly for `earliest` periods at least, and for less than one frame more; in the cell between the two ends of that time
// wavelengths make no sense.
inline lookup_table free_flight_table(double shortest, double longest, double earliest = 0, std::int64_t stride = 1) {
  const auto columns = 150 * static_cast<std::size_t>(stride) + 1;
  constexpr std::size_t rows = 12;
  lookup_table t;
  t.pulse_period = 1e9 / 14;
  t.distance_resolution = (longest - shortest) / (rows - 1);
  t.pulse_stride = stride;
  t.time_resolution = t.pulse_period / 150;
  for (std::size_t i = 0; i < rows; ++i)
    t.distance.push_back(shortest + static_cast<double>(i) * t.distance_resolution);
  for (std::size_t j = 0; j < columns; ++j)
    t.time.push_back(t.pulse_period * static_cast<double>(j) / 150);
  for (auto distance : t.distance)
    for (auto time : t.time)
      t.wavelength.push_back(flight_time(time, earliest, stride) / neutron::time_of_flight(distance, 1));
  return t;
}

// A folder with files of a golden case, and another table in the place of one of them. It goes with this.
class free_flight_folder {
public:
  free_flight_folder(const std::string& golden_case, const std::string& table_name, const lookup_table& table)
    : path_(std::filesystem::temp_directory_path() /
            ("livedata-free-flight-" + std::to_string(getpid()) + "-" + golden_case)) {
    std::filesystem::create_directories(path_);
    for (const auto& entry : std::filesystem::directory_iterator(golden_folder(golden_case)))
      if (const auto name = entry.path().filename().string();
          name != table_name && !name.starts_with("inputs") && !name.starts_with("expected"))
        std::filesystem::copy_file(entry.path(), path_ / name, std::filesystem::copy_options::overwrite_existing);
    if (auto written = write_lookup_table(table, path_ / table_name); !written)
      throw std::runtime_error(written.error().message);
  }

  free_flight_folder(const std::string& golden_case, const std::string& table_name, double shortest, double longest,
                     double earliest = 0)
    : free_flight_folder(golden_case, table_name, free_flight_table(shortest, longest, earliest)) {}

  free_flight_folder(const free_flight_folder&) = delete;
  free_flight_folder& operator=(const free_flight_folder&) = delete;

  ~free_flight_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const noexcept { return path_; }

private:
  std::filesystem::path path_;
};

} // namespace livedata::test
