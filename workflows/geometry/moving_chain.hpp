// Where a component stands that streams move: the latest values of the entries of its chain of transformations.
#pragma once

#include "workflows/archive.hpp"
#include "workflows/geometry/transformation.hpp"
#include "workflows/instrument/instrument.hpp"
#include "workflows/workflow.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace livedata {

// A value of a context stream as it came.
struct context_reading {
  double value = 0;
  std::string unit;

  void state(archive& a);
};

class moving_chain {
public:
  // `name`: of the component, for messages. `bindings`: the streams that move it, and the entries of the chain that
  // they replace; none: it stands still.
  moving_chain(std::string name, transformation_chain chain, std::vector<context_binding> bindings);

  bool takes(std::string_view stream) const;

  // Takes the latest value of a stream. Throws std::invalid_argument if it is no series, or an empty one.
  void set(std::string_view stream, const stream_value& value);

  enum class change { none, same, moved };

  // What has come since the last call: nothing, values that leave the component where it is, or others. In the last
  // case calls follow(const affine&, std::span<const entry_value>) with the new place; if that throws, the component is
  // taken to be where it was. An entry whose stream has not reported yet keeps its own value. Throws std::runtime_error
  // if it has none.
  template <class F>
  change update(F&& follow) {
    if (!reported_ && placed_) return change::none;
    const auto entries = given(&input::latest);
    const auto where = place_of(entries);
    if (placed_ == where) {
      reported_ = false;
      return change::same;
    }
    std::forward<F>(follow)(where, std::span<const entry_value>(entries));
    placed_ = where;
    for (auto& i : inputs_)
      i.placed = i.latest;
    reported_ = false;
    return change::moved;
  }

  // Where it is since the last update; nothing: there was none.
  const std::optional<affine>& placed() const noexcept { return placed_; }

  // The values of the entries that it was placed for.
  std::vector<entry_value> placed_entries() const { return given(&input::placed); }

  void state(archive& a);

private:
  struct input {
    context_binding binding;
    std::optional<context_reading> latest;
    // Where it was placed for.
    std::optional<context_reading> placed;

    void state(archive& a);
  };

  std::vector<entry_value> given(std::optional<context_reading> input::*which) const;
  affine place_of(std::span<const entry_value> entries) const;

  std::string name_;
  transformation_chain chain_;
  std::vector<input> inputs_;
  std::optional<affine> placed_;
  bool reported_ = false;
};

// The bindings of an instrument that move a source of a workflow, by entries that the chain has.
std::vector<context_binding> bindings_of(const instrument& inst, std::string_view workflow, std::string_view source,
                                         const transformation_chain& chain);

} // namespace livedata
