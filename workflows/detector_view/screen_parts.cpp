#include "workflows/detector_view/screen_parts.hpp"

namespace livedata {

void screen_parts::add(std::span<const std::int32_t> bins) {
  const auto parts_before = members_.size();
  inside_.assign(parts_before, 0);
  target_.resize(parts_before);
  std::vector<std::uint32_t> touched;
  for (auto bin : bins) {
    const auto part = part_of_[static_cast<std::size_t>(bin)];
    if (inside_[part]++ == 0) touched.push_back(part);
  }
  for (auto part : touched) {
    // Part 0 has no region and keeps none, so what is inside always leaves it.
    const auto whole = part != 0 && inside_[part] == size_[part];
    memberships_ += whole ? 1 : members_[part].size() + 1;
    if (memberships_ > most_.memberships) throw too_much_overlap("too many regions hold the same parts of the screen");
    if (!whole && members_.size() >= most_.parts) throw too_many_parts("regions cut the screen into too many parts");
    target_[part] = part;
    if (!whole) {
      target_[part] = static_cast<std::uint32_t>(members_.size());
      auto copy = members_[part];
      members_.push_back(std::move(copy));
      size_[part] -= inside_[part];
      size_.push_back(inside_[part]);
    }
    members_[target_[part]].push_back(regions_);
  }
  for (auto bin : bins) {
    auto& part = part_of_[static_cast<std::size_t>(bin)];
    part = target_[part];
  }
  ++regions_;
}

} // namespace livedata
