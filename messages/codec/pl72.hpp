// pl72: a run of the experiment begins. Layout: schemas/pl72.fbs.
#pragma once

#include "messages/control.hpp"
#include "messages/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace livedata::pl72 {

inline constexpr std::string_view schema = "pl72";

struct spectra_mapping {
  std::vector<std::int32_t> spectrum;
  std::vector<std::int32_t> detector_id;
  std::int32_t n_spectra = 0;

  friend bool operator==(const spectra_mapping&, const spectra_mapping&) = default;
};

struct message {
  // ms since the epoch; a stop of 0: open.
  std::uint64_t start_time = 0;
  std::uint64_t stop_time = 0;
  std::string run_name;
  std::string instrument_name;
  std::string nexus_structure;
  std::string job_id;
  std::string broker;
  std::string service_id;
  std::string filename;
  std::uint32_t n_periods = 1;
  std::optional<spectra_mapping> detector_spectrum_map = {};
  std::string metadata = {};
  std::string control_topic = {};

  friend bool operator==(const message&, const message&) = default;
};

// Absent texts are empty. Reasons of failure: "too_short", "wrong_schema", "invalid_buffer".
result<message> read(std::span<const std::byte> bytes);

// The control message for the jobs. Failure "bad_time" if a time does not fit nanoseconds.
result<run_start> start_of(const message& m);

std::vector<std::byte> write(const message& m);

} // namespace livedata::pl72
