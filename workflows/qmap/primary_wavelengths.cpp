#include "workflows/qmap/primary_wavelengths.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace livedata {

primary_wavelengths::primary_wavelengths(const lookup_table& table, double flight_path)
  : frame_(table.pulse_period * static_cast<double>(table.pulse_stride)), cells_(table.time), times_(table.time) {
  if (auto covers = check_covers(table, {&flight_path, 1}, "the flight path from the source to the sample"); !covers)
    throw std::invalid_argument(covers.error().message);
  const auto& rows = table.distance;
  const auto above = std::upper_bound(rows.begin(), rows.end() - 1, flight_path);
  const auto row = static_cast<std::size_t>(above - rows.begin()) - 1;
  const auto u = (flight_path - rows[row]) / (rows[row + 1] - rows[row]);
  const auto columns = table.time.size();
  const auto product = [&](std::size_t r, std::size_t column) {
    return table.wavelength[r * columns + column] * rows[r];
  };
  for (std::size_t j = 0; j < columns; ++j)
    wavelength_.push_back(((1 - u) * product(row, j) + u * product(row + 1, j)) / flight_path);
  for (int i = 0; i < 3; ++i) {
    times_.push_back(times_.back() + 1);
    wavelength_.push_back(std::numeric_limits<double>::quiet_NaN());
  }
}

} // namespace livedata
