// Where a component stands: the chain of translations and rotations that its NeXus group names in depends_on. Entries
// of the chain may move while data is taken; their values then come with the data.
#pragma once

#include "messages/result.hpp"
#include "workflows/geometry/vec3.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace livedata {

// x -> rotation · x + translation.
struct affine {
  // Rows.
  std::array<vec3, 3> rotation{vec3{1, 0, 0}, vec3{0, 1, 0}, vec3{0, 0, 1}};
  vec3 translation;

  vec3 point(const vec3& x) const;
  // Without the translation.
  vec3 direction(const vec3& x) const;

  friend bool operator==(const affine&, const affine&) = default;
};

// First `first`, then `second`.
affine followed_by(const affine& first, const affine& second);

enum class transformation_kind { translation, rotation };

// One entry of a chain. With value v and offset o, a translation maps x to x + o + v·vector, a rotation x + o to its
// image under the right-handed rotation about `vector` by the angle v·|vector| (NeXus, NXtransformations).
struct transformation {
  transformation_kind kind = transformation_kind::translation;
  vec3 vector;
  // Metres.
  vec3 offset;
  // In `unit`: of length, or of angle. Nothing: it has no value of its own, so one must be given.
  std::optional<double> value;
  std::string unit;
  // Path in the NeXus file, by which a value for it is given.
  std::string entry = {};
};

// A value for an entry of a chain, in the unit of the log or device that it comes from.
struct entry_value {
  std::string entry;
  double value = 0;
  std::string unit;
};

class transformation_chain {
public:
  // The identity.
  transformation_chain() = default;
  // The first acts first.
  explicit transformation_chain(std::vector<transformation> steps);

  const std::vector<transformation>& steps() const noexcept { return steps_; }

  bool has(std::string_view entry) const;
  // The entries that have no value of their own.
  std::vector<std::string> open_entries() const;

  // The whole transformation, with the given values in place of those of their entries. Values for entries that this
  // chain has not are an error, and so is an entry without a value ("bad_geometry"), or a unit that does not fit.
  result<affine> at(std::span<const entry_value> given = {}) const;

private:
  std::vector<transformation> steps_;
};

// Metres in one unit of length, in any spelling; nothing for anything else.
std::optional<double> metres_per(std::string_view unit);

// Radians in one unit of angle, in any spelling; nothing for anything else.
std::optional<double> radians_per(std::string_view unit);

} // namespace livedata
