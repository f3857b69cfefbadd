// How a recorded run took its messages in: the marks of its recording, gathered. A replay needs them before it hands on
// the first portion. Plain code.
#pragma once

#include "transport/recording/recording.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace livedata {

class recorded_flow {
public:
  // Reads the recording to its end, or to where it is damaged, and rewinds it.
  static recorded_flow of(recording_reader& recording);

  // Whether the recording has marks of portions.
  bool has_portions() const noexcept { return has_portions_; }

  // Whose messages they are; nothing if the recording does not tell.
  const std::optional<setup_mark>& setup() const noexcept { return setup_; }

  // The lengths of the batches of a service, in the order of portions.
  const std::vector<length_mark>& lengths(const std::string& service) const;

  // What the service noted of its cycles, in the order in which it did; empty if it noted nothing.
  const std::vector<cycle_mark>& cycles(const std::string& service) const;

  // What the service did not get of a portion; nullptr: it got all of it.
  const loss_mark* loss(const std::string& service, std::uint64_t portion) const;

private:
  void take(const length_mark& m) { lengths_[m.service].push_back(m); }

  void take(const portion_mark& /*m*/) { has_portions_ = true; }

  void take(const loss_mark& m);

  void take(const setup_mark& m) { setup_ = m; }

  void take(const cycle_mark& m) { cycles_[m.service].push_back(m); }

  bool has_portions_ = false;
  std::optional<setup_mark> setup_;
  std::map<std::string, std::vector<length_mark>> lengths_;
  std::map<std::string, std::vector<cycle_mark>> cycles_;
  std::map<std::pair<std::string, std::uint64_t>, loss_mark> losses_;
};

} // namespace livedata
