// Rearranges the elements of an array (pixels of a detector, bins of a screen) by steps that an instrument file
// declares as data:
//
//   {"fold": "y", "into": {"layer": 4, "y": 32}}          one dimension becomes several, row-major; a size of -1
//   follows
//                                                         from the others; a text stands for a named size
//   {"flatten": ["arc", "tube"], "into": "arc/tube"}      neighbouring dimensions become one, row-major
//   {"transpose": ["wire", "module", "strip"]}            all dimensions in a new order
//   {"rename": {"dim_0": "x"}}                            names only
//   {"slice": "wire", "index": 0}                         keeps one index and drops the dimension; -1 is the last one
//   {"reduce": ["straw", "pixel"]}                        drops dimensions: what differs in them alone is added up
//   {"keep": ["strip"]}                                   the same for all dimensions but these
#pragma once

#include "messages/json.hpp"
#include "workflows/detector_view/pixel_grid.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace livedata {

// Checked against the sizes of the array when it is made; cheap until target() is called.
class logical_transform {
public:
  // The size of that name, for folds whose sizes a user chooses.
  using named_size = std::function<std::optional<std::int64_t>(std::string_view)>;

  // `steps`: a list as above, or null for none. `path` leads to it, for messages. Throws parameter_error that names the
  // step, what is wrong and what there is.
  logical_transform(sized_dims input, const json& steps, const std::string& path, const named_size& named = {});

  // After all steps.
  const sized_dims& dims() const noexcept { return dims_; }

  // Whether several elements may meet in one.
  bool reduces() const noexcept { return reduces_; }

  // Where each element of the input goes, both row-major; -1 for those that a slice leaves out.
  std::vector<std::int32_t> target() const;

private:
  // Moves an element by its index along each dimension that it has before the step: to the sum of index times stride.
  // Of a sliced dimension only `index` is kept.
  struct pass {
    sized_dims before;
    std::vector<std::int64_t> strides;
    std::optional<std::pair<std::size_t, std::int64_t>> kept;
  };

  void fold(const json& step, const std::string& path, const named_size& named);
  void flatten(const json& step, const std::string& path);
  void transpose(const json& step, const std::string& path);
  void rename(const json& step, const std::string& path);
  void slice(const json& step, const std::string& path);
  void reduce(const json& step, const std::string& path);
  void keep(const json& step, const std::string& path);
  // Drops the dimensions at these positions.
  void add_up(const std::set<std::size_t>& gone);

  std::size_t position(const json& dim, const std::string& path) const;
  void check_names(const std::string& path) const;

  sized_dims input_;
  sized_dims dims_;
  // Folds, renamings and flattenings leave every element in its place and need none.
  std::vector<pass> passes_;
  bool reduces_ = false;
};

} // namespace livedata
