// Wavelengths of events, from their arrival times and the flight paths of their pixels. This is the inner loop that
// everything in wavelengths shares:
//
//   event_wavelengths to_wavelength(table, flight_paths, first_pixel);      // once, or when the detector moves
//   const auto frames = to_wavelength.frames_of(chunks);                    // once for the chunks of a batch
//   for (const auto& chunk : chunks)
//     to_wavelength.each_block(chunk, frames, [&](const wavelength_block& b) {
//       for (std::size_t e = 0; e < b.events; ++e)
//         if (b.wavelength[e] == b.wavelength[e]) …  b.pixel[e] …            // else NaN: not in the table
//     });
//
// With the flight path L and the arrival time t of an event (ns), x = t + s * pulse_period, where s is the number of
// its pulse in a frame of pulse_stride pulses (0 for a stride of 1). The table holds g = wavelength * distance; g at
// (L, x) is interpolated between the four corners of a cell, and the wavelength is g / L. Outside the grid, or if a
// corner is NaN, it is NaN; an event on a grid point belongs to the cell that begins there. Nothing is done modulo the
// period.
#pragma once

#include "messages/event_chunk.hpp"
#include "workflows/wavelength/lookup_table.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

namespace livedata {

// Some events of a chunk, one after the other.
struct wavelength_block {
  static constexpr std::size_t most = 64;

  // Number of the first one in its chunk, and how many they are.
  std::size_t first = 0;
  std::size_t events = 0;
  // Detector number - first_pixel(); pixels() if the event is of no known pixel.
  std::array<std::uint32_t, most> pixel;
  // Å. NaN: the event is outside the table, or of no known pixel.
  std::array<double, most> wavelength;
};

// Memory with an entry for each pixel and one more, which whoever gets a block reads for its events: fetched ahead.
struct pixel_memory {
  pixel_memory() = default;

  template <class T>
  explicit pixel_memory(const std::vector<T>& entries)
    : first(reinterpret_cast<const char*>(entries.data())), stride(sizeof(T)) {}

  const char* first = nullptr;
  std::size_t stride = 0;
};

// Which pulse of its frame a message belongs to, for the messages of one batch.
class pulse_frames {
public:
  // Frames of one pulse.
  pulse_frames() = default;

  // `offset`: the number of the pulse that is at `reference`, in its frame.
  pulse_frames(double period_ns, std::int64_t stride, std::int64_t reference_ns, std::int64_t offset)
    : period_(period_ns), stride_(stride), reference_(reference_ns), offset_(offset) {}

  // The pulse at `first_ns` begins the numbering, with `offset`.
  static pulse_frames beginning_with(std::int64_t first_ns, double period_ns, std::int64_t stride,
                                     std::int64_t offset = 0);

  // 0 … stride - 1.
  std::int64_t pulse_of(timestamp pulse_time) const noexcept;

  // What has to be added to arrival times, ns.
  double shift_of(timestamp pulse_time) const noexcept {
    return stride_ == 1 ? 0 : static_cast<double>(pulse_of(pulse_time)) * period_;
  }

private:
  double period_ = 0;
  std::int64_t stride_ = 1;
  std::int64_t reference_ = 0;
  std::int64_t offset_ = 0;
};

class event_wavelengths {
public:
  // `flight_paths[i]`: from the source to the pixel with detector number first_pixel + i, m; NaN: there is no such
  // pixel, or its position is not known. `table` has passed check(). Throws std::invalid_argument if a flight path is
  // 0, negative or infinite, or there are 2^31 or more.
  event_wavelengths(std::shared_ptr<const lookup_table> table, std::vector<double> flight_paths,
                    std::int32_t first_pixel);

  // All events have one flight path, whatever their pixels: for monitors.
  event_wavelengths(std::shared_ptr<const lookup_table> table, double flight_path);

  const lookup_table& table() const noexcept { return *table_; }

  std::int32_t first_pixel() const noexcept { return static_cast<std::int32_t>(first_pixel_); }

  std::uint32_t pixels() const noexcept { return pixels_; }

  // Of pixel first_pixel() + i.
  double flight_path(std::size_t i) const noexcept { return lengths_[i]; }

  // Å; NaN if it is outside the table. `time_ns`: within the frame, that is, with the shift.
  double at(double flight_path, double time_ns) const noexcept;

  // Numbers the pulses of a batch, for strides above 1 (guessed_frames.hpp). Events of known pixels count.
  pulse_frames frames_of(std::span<const event_chunk> chunks) const;

  // Calls f(const wavelength_block&) until all events of the chunk have been in a block. Reads them in place, and
  // allocates nothing. The chunk must have pixel ids, unless all events have one flight path.
  template <class F>
  void each_block(const event_chunk& chunk, const pulse_frames& frames, F&& f, const pixel_memory& also = {}) const {
    const auto shift = frames.shift_of(chunk.pulse_time);
    wavelength_block block;
    for (std::size_t first = 0; first < chunk.size(); first += wavelength_block::most) {
      fill(chunk, first, shift, also, block);
      f(static_cast<const wavelength_block&>(block));
    }
  }

private:
  // Cells of an equidistant grid.
  struct axis {
    explicit axis(const std::vector<double>& values);

    // The cell that x, which must be inside, lies in.
    std::uint32_t cell_of(double x) const noexcept;

    bool has(double x) const noexcept { return x >= first && x <= last; }

    const double* values;
    std::uint32_t cells;
    double first;
    double last;
    double per_step;
    // Whether a multiplication tells the cell, but for values that are within `doubtful` cells of a grid point.
    bool even;
  };

  static constexpr double doubtful = 1e-7;

  double interpolated(double flight_path, std::uint32_t row, std::uint32_t column, double u, double v) const noexcept;
  std::uint32_t pixel_of(const event_chunk& chunk, std::size_t event) const noexcept;
  double quickly_at(double flight_path, double time_ns) const noexcept;
  void fill(const event_chunk& chunk, std::size_t first, double shift, const pixel_memory& also,
            wavelength_block& to) const noexcept;
  void fill_plainly(const event_chunk& chunk, double shift, std::size_t begin, wavelength_block& to) const noexcept;
  // Gives the number of events that it did.
  std::size_t fill_avx2(const event_chunk& chunk, double shift, const pixel_memory& also,
                        wavelength_block& to) const noexcept;

  std::shared_ptr<const lookup_table> table_;
  axis rows_;
  axis columns_;
  // wavelength * distance, row-major, and what may be read behind it.
  std::vector<double> products_;
  // Flight path of each pixel, then NaN.
  std::vector<double> lengths_;
  std::uint32_t pixels_;
  std::uint32_t first_pixel_;
  // All events are of pixel 0.
  bool one_path_;
  bool by_vectors_;
};

// Flight paths in the form above, of pixels with numbers in any order. The first is that of the lowest number. Throws
// std::invalid_argument if a number occurs twice, or they spread over more than `most` numbers.
struct numbered_values {
  std::int32_t first = 1;
  // NaN for numbers in between that are of no pixel.
  std::vector<double> values;
};

numbered_values by_number(std::span<const std::int32_t> numbers, std::span<const double> values,
                          std::size_t most = std::size_t{1} << 28);

} // namespace livedata
