// The samples of a series over time that viewers may still see. Results of such an output have only what is new, so
// that they are kept here, the newest of them. Plain code.
#pragma once

#include "messages/codec/da00.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace livedata {

// Whether an output is a series over time: one dimension, along points in time.
bool is_series(const da00::outline& o);

class series_history {
public:
  // Puts the samples of a result behind those that are there; from the time of its first sample on it replaces what is
  // there. Keeps the newest `most`, and up to a quarter more. Samples of another unit, or with other coordinates, begin
  // a new history. A message that is no series is passed over.
  void add(const da00::message& part, std::uint64_t sequence, std::size_t most);

  std::size_t size() const noexcept { return brought_by_.size(); }

  // All samples from the first on that came with a later result than that, as one message; nothing if there is none.
  std::optional<da00::message> after(std::uint64_t sequence) const;

private:
  da00::message samples_;
  // The result that brought each sample.
  std::vector<std::uint64_t> brought_by_;
};

} // namespace livedata
